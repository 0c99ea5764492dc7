#![doc = include_str!("../README.md")]

mod backward;
mod buffers;
mod convolution;
mod grads;
mod operation;
pub mod ops;
mod params;
mod tape;

pub use backward::BackwardPass;
pub use buffers::Buffers;
pub use grads::Grads;
pub use operation::Backward;
pub use params::{NameTaken, ParamId, Params};
pub use tape::{Tape, Var};
