#![doc = include_str!("../README.md")]

mod center;
mod decode;
mod display;
mod error;
mod file;
mod gray;
mod levels;
mod luma;
mod orientation;
mod parts;
mod photo;
mod raster;
mod read;
mod reduced;
mod rows;
mod sheet;
mod stroke;
mod window;
mod write;

pub use center::MNIST_SIDE;
pub use display::Display;
pub use error::ImageError;
pub use file::ImageFile;
pub use gray::GrayImage;
pub use levels::{interleaved, luma_of, repeat_gray, set_luma};
pub use luma::WEIGHTS as LUMA_WEIGHTS;
pub use orientation::Orientation;
pub use raster::{Channels, Raster};
pub use read::{Limits, Options, read, read_file};
pub use reduced::Reduced;
pub use rows::PixelRows;
pub use write::{RowWriter, write_rows};
