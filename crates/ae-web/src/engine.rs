//! What a page computes: the program's own crates, called from a browser.
//!
//! Nothing here knows of a browser. The functions take bytes and numbers, return numbers, and are
//! tested natively.

mod components;
mod drawing;
mod error;
mod gradient;
mod model;
mod noise;
mod trainer;

pub use components::{Components, components};
pub use drawing::centered;
pub use error::EngineError;
pub use gradient::{GradientCheck, Weight};
pub use model::{Activations, LayerReport, LayerWeights, Model};
pub use noise::noisy;
pub use trainer::{Trainer, TrainerOptions, TrainerReport};
