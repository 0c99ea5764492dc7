#![doc = include_str!("../README.md")]

mod build;
mod error;
mod export;
mod layers;
pub mod proto;

pub use error::ExportError;
pub use export::{Part, export};
