//! Prints a drawing in the form of an image of MNIST:
//! `cargo run -p ae-image --example as_mnist -- FILE.png [invert]`, with `invert` for dark ink on
//! light paper.

use ae_image::{MNIST_SIDE, Options, read_file};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let invert = arguments.get(1).is_some_and(|word| word == "invert");
    let Some(path) = arguments.first() else {
        eprintln!("usage: as_mnist FILE.png [invert]");
        return ExitCode::FAILURE;
    };
    // A transparent sheet is as light as paper, or as dark as MNIST's background.
    let options = Options { background: if invert { 255 } else { 0 }, ..Options::default() };
    let image = match read_file(path, &options) {
        Ok(image) if invert => image.invert(),
        Ok(image) => image,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    let Some(digit) = image.drawing(None) else {
        eprintln!("error: no ink: nothing in this image is brighter than its paper");
        return ExitCode::FAILURE;
    };
    for row in digit.pixels().chunks(MNIST_SIDE) {
        println!("{}", row.iter().map(|&p| shade(p)).collect::<String>());
    }
    ExitCode::SUCCESS
}

fn shade(pixel: u8) -> char {
    [' ', '.', ':', '+', '#'][usize::from(pixel) * 5 / 256]
}
