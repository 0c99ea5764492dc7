#![doc = include_str!("../README.md")]

mod architecture;
mod error;
mod footprint;
pub mod init;
pub mod keras;
mod layer;
mod layers;
pub mod onnx;
mod outline;
mod pass;
mod registry;
mod sequential;
mod summary;
pub mod words;

pub use ae_tensor::{Activation, Padding, Window};
pub use architecture::{Architecture, ArchitectureError};
pub use error::BuildError;
pub use footprint::{AxisMap, Footprint};
pub use init::Init;
pub use keras::Keras;
pub use layer::{Layer, LayerSpec, Parameter, Route, Shapes, Site, Takes};
pub use layers::*;
pub use outline::LayerOutline;
pub use pass::{Distribution, Mode, Noise, Pass};
pub use registry::{Reader, Registry};
pub use sequential::{End, Recorded, Sequential};
pub use words::Words;
