#![doc = include_str!("../README.md")]

mod error;
mod open;
mod printable;
mod replace;

pub use error::{ReadError, WriteError};
pub use open::open;
pub use printable::{printable, printable_path};
pub use replace::{ReplaceStep, Replacement, replace, replace_with};
