#![doc = include_str!("../README.md")]

mod error;
mod kind;
mod open;
mod place;
mod printable;
mod replace;
mod rows;
mod unfinished;

pub use error::{ReadError, WriteError};
pub use kind::{TELLING_BYTES, describe};
pub use open::open;
pub use place::{check_replaceable, is_same_place};
pub use printable::{printable, printable_path};
pub use replace::{ReplaceStep, Replacement, replace, replace_with};
pub use rows::{RowFile, StoredRows};
pub use unfinished::remove_unfinished;
