#![doc = include_str!("../README.md")]

mod archive;
mod element;
mod header;
mod npy;
mod npz;
mod read;

pub use archive::{NpzError, NpzReader};
pub use element::Element;
pub use npy::write_npy;
pub use npz::Npz;
pub use read::{NpyArray, NpyData, NpyError, read_npy};
