#![doc = include_str!("../README.md")]

mod build;
mod export;
mod layers;
pub mod proto;

pub use export::{Part, export};
