#![doc = include_str!("../README.md")]

mod backward;
mod buffers;
mod convolution;
mod operation;
pub mod ops;
mod params;
mod tape;

pub use backward::BackwardPass;
pub use buffers::Buffers;
pub use operation::Backward;
pub use params::{Grads, NameTaken, ParamId, Params};
pub use tape::{Tape, Var};
