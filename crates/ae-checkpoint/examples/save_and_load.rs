//! Tensors and words into a file and out again, and a file that lost a bit: `cargo run -p ae-checkpoint --example save_and_load`.

use ae_checkpoint::{Archive, CheckpointError, Replace};
use ae_tensor::Tensor;
use std::path::PathBuf;

fn main() -> Result<(), CheckpointError> {
    let path: PathBuf = std::env::temp_dir().join(format!("weights-{}", std::process::id()));
    let kernel = Tensor::from_fn([2, 3], |i| i as f32);
    let mut archive = Archive::new();
    archive.put("dense_1/kernel", &kernel);
    archive.say("epoch", 7);
    let mut bytes = archive.to_bytes();
    // The file that is there is whole at any moment, whatever happens.
    let replace = Replace { path: path.clone(), previous: None };
    replace.write(&bytes, &|_| ())?;

    let mut archive = Archive::read(&path)?;
    let found = archive.take("dense_1/kernel", kernel.shape())?;
    archive.finish()?;
    println!("epoch {}, the same tensor: {}", archive.number::<u64>("epoch")?, found == kernel);

    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    replace.write(&bytes, &|_| ())?;
    let error = Archive::read(&path).expect_err("a bit is wrong");
    println!("with a bit flipped it is refused: {}", error.is_damage());
    drop(std::fs::remove_file(path));
    Ok(())
}
