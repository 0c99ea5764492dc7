#![doc = include_str!("../README.md")]

mod element;
mod npy;
mod npz;

pub use element::Element;
pub use npy::write_npy;
pub use npz::Npz;
