#![doc = include_str!("../README.md")]

mod architecture;
mod error;
mod footprint;
pub mod init;
mod layer;
mod sequential;

pub use ae_tensor::{Activation, Padding, Window};
pub use architecture::{Architecture, ArchitectureError};
pub use error::BuildError;
pub use footprint::Footprint;
pub use layer::{
    LayerSpec, conv2d, dense, flatten, max_pool2d, relu, reshape, sigmoid, up_sample2d,
};
pub use sequential::Sequential;
