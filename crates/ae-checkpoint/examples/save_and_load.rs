//! Writes tensors and metadata to a file, reads them back, and shows that a flipped bit is found:
//! `cargo run -p ae-checkpoint --example save_and_load`.

use ae_checkpoint::{Archive, CheckpointError};
use ae_tensor::Tensor;
use std::path::PathBuf;

fn main() -> Result<(), CheckpointError> {
    let path: PathBuf = std::env::temp_dir().join(format!("weights-{}", std::process::id()));
    let kernel = Tensor::from_fn([2, 3], |i| i as f32);
    let mut archive = Archive::new();
    archive.put("dense_1/kernel", &kernel);
    archive.set_metadata("epoch", 7);
    // A complete file is there at every moment: this one, or the one before it.
    archive.write(&path)?;

    let mut found = Archive::read(&path)?;
    let same = found.take("dense_1/kernel", kernel.shape())? == kernel;
    found.finish()?;
    println!("epoch {}, the same tensor: {same}", found.number::<u64>("epoch")?);
    drop(std::fs::remove_file(&path));

    let mut bytes = archive.to_bytes();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    let error = Archive::from_bytes(&path, &bytes).expect_err("a bit is wrong");
    println!("with a bit flipped it is refused: {}", error.is_damage());
    Ok(())
}
