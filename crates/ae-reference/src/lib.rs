#![doc = include_str!("../README.md")]

mod layer;
mod model;
pub mod naive;
mod state;

pub use layer::Layer;
pub use model::{Model, NoTwin};
pub use state::{Mode, State};
