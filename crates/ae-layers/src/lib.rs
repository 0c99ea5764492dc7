#![doc = include_str!("../README.md")]

mod error;
pub mod init;
mod layer;
mod sequential;

pub use ae_tensor::Activation;
pub use error::BuildError;
pub use layer::{LayerSpec, dense, flatten, relu, reshape, sigmoid};
pub use sequential::Sequential;
