#![doc = include_str!("../README.md")]

mod archive;
mod decode;
mod digest;
mod encode;
mod error;
mod saver;

pub use archive::Archive;
pub use digest::sha256;
pub use error::CheckpointError;
pub use saver::Saver;
