#![doc = include_str!("../README.md")]

mod cpu;
pub mod kernels;
mod ops;
pub mod random;
mod shape;
mod tensor;

pub use cpu::{cpu_features, detected_cpu_features, unused_cpu_features};
pub use kernels::activation::{Activation, ActivationError};
pub use kernels::parallel::{current_threads, for_each_with, with_threads};
pub use kernels::window::{Padding, Placement, Window};
pub use shape::{MAX_RANK, Shape};
pub use tensor::Tensor;
