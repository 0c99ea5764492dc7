#![doc = include_str!("../README.md")]

mod architecture;
mod error;
mod footprint;
pub mod init;
mod layer;
mod outline;
mod sequential;

pub use ae_tensor::{Activation, Padding, Window};
pub use architecture::{Architecture, ArchitectureError};
pub use error::BuildError;
pub use footprint::Footprint;
pub use layer::{
    LayerSpec, activity_regularization, conv2d, dense, flatten, max_pool2d, relu, reshape,
    sampling, sigmoid, up_sample2d,
};
pub use outline::LayerOutline;
pub use sequential::{Recorded, Sequential};
