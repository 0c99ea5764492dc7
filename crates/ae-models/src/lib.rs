#![doc = include_str!("../README.md")]

mod error;
mod extents;
mod numbers;
mod padding;
mod presets;
mod recipe;

pub use error::RecipeError;
pub use extents::Extents;
pub use presets::{Preset, presets};
pub use recipe::{Defaults, Recipe};
