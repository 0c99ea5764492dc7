//! Prints the content of an IDX file: `cargo run -p ae-idx --example read_idx -- FILE`.

use ae_idx::{IdxData, IdxError, Limits, read_file_with_sha256};
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("usage: read_idx FILE");
        return ExitCode::FAILURE;
    };
    match describe(path.as_ref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn describe(path: &std::path::Path) -> Result<(), IdxError> {
    let (array, sha256) = read_file_with_sha256(path, &Limits::default())?;
    println!("{} of dimensions {:?}", array.element_type(), array.dims());
    println!("SHA-256 of the unpacked content: {sha256}");
    if let (IdxData::U8(pixels), &[_, _, cols]) = (array.data(), array.dims()) {
        // The first image, one character per pixel.
        let image = pixels.len() / array.dims()[0] as usize;
        for row in pixels[..image].chunks(cols as usize) {
            println!("{}", row.iter().map(|p| shade(*p)).collect::<String>());
        }
    }
    Ok(())
}

fn shade(pixel: u8) -> char {
    [' ', '.', ':', '+', '#'][usize::from(pixel) * 5 / 256]
}
