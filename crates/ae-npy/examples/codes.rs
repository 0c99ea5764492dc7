//! Shows an array's file byte by byte, then writes that array and another to codes.npz:
//! `cargo run -p ae-npy --example codes`. In Python, `numpy.load("codes.npz")["codes"]` reads it
//! back.

use ae_npy::{Npz, write_npy};
use std::fs::File;
use std::io::{self, BufWriter, Write};

fn main() -> io::Result<()> {
    let codes = [0.0f32, 1.5, 2.0, 0.5, 0.0, 4.0];
    let mut bytes = Vec::new();
    write_npy(&mut bytes, &[2, 3], &codes)?;
    for line in bytes.chunks(16) {
        let hex: Vec<String> = line.iter().map(|byte| format!("{byte:02x}")).collect();
        let shown = |&byte: &u8| if byte.is_ascii_graphic() { char::from(byte) } else { '.' };
        println!("{:<47}  {}", hex.join(" "), line.iter().map(shown).collect::<String>());
    }

    let mut npz = Npz::new(BufWriter::new(File::create("codes.npz")?));
    npz.add("codes", &[2, 3], &codes)?;
    npz.add("labels", &[2], &[5u8, 7])?;
    npz.finish()?.flush()?;
    println!("wrote codes.npz: {} bytes", std::fs::metadata("codes.npz")?.len());
    Ok(())
}
