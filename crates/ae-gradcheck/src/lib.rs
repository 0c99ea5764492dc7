#![doc = include_str!("../README.md")]

mod broken;
mod check;
mod differences;

pub use broken::{Broken, Bug};
pub use check::{CheckError, Options, Point, Report, Row, check};
