#![doc = include_str!("../README.md")]

mod broken;
mod check;
mod differences;
mod error;
mod sides;

pub use broken::{Broken, Bug};
pub use check::{Options, Point, Report, Row, check};
pub use error::CheckError;
