//! Replaces a file and looks at it after each step: `cargo run -p ae-files --example whole_or_old`.

use ae_files::{Replacement, WriteError, replace, replace_with};
use std::fs;
use std::io::{Error, Write};

fn main() -> Result<(), WriteError> {
    let path = std::env::temp_dir().join(format!("whole-or-old-{}.txt", std::process::id()));
    replace(&path, b"the old file")?;

    let seen = path.clone();
    let replacement = Replacement::new(&path).observe(move |step| {
        println!("{:12} {:?}", format!("{step:?}"), fs::read_to_string(&seen).ok());
    });
    replacement.write(b"the new file")?;

    let broken = replace_with(&path, |file| {
        file.write_all(b"half of a")?;
        Err(Error::other("the disk is full"))
    });
    println!("a write that fails: {}", broken.is_err());
    println!("and the file: {:?}", fs::read_to_string(&path).ok());
    drop(fs::remove_file(path));
    Ok(())
}
