#![doc = include_str!("../README.md")]

mod centre;
mod error;
mod gray;
mod read;
mod sheet;

pub use centre::MNIST_SIDE;
pub use error::ImageError;
pub use gray::GrayImage;
pub use read::{Limits, Options, read, read_file};
