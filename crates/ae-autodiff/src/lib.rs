#![doc = include_str!("../README.md")]

mod backward;
mod buffers;
pub mod ops;
mod params;
mod tape;
mod tape_code;
mod tape_images;

pub use buffers::Buffers;
pub use params::{Grads, ParamId, Params};
pub use tape::{Tape, Var};
