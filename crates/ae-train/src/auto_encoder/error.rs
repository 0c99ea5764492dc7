//! Why a model cannot be made or used.

use ae_layers::{ArchitectureError, BuildError};
use ae_tensor::Shape;

/// Why an [`AutoEncoder`](crate::AutoEncoder) cannot be made, or cannot be used in this way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The description cannot be read.
    #[error(transparent)]
    Architecture(#[from] ArchitectureError),
    /// The layers do not fit together.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The weights are not those of the layers.
    #[error("weights {name}: expected {expected}, found {found}")]
    Weights {
        /// Their name.
        name: String,
        /// The shape that the layers want, or "none".
        expected: String,
        /// The shape that is there, or "none".
        found: String,
    },
    /// The model has no encoder and decoder: its description is here.
    #[error("the model {0:?} is not divided: put a bar where its encoder ends")]
    NotDivided(String),
}

impl ModelError {
    /// Weights of another shape than expected, or too many or missing.
    pub(super) fn weights(name: &str, expected: Option<Shape>, found: Option<Shape>) -> Self {
        let text = |shape: Option<Shape>| shape.map_or_else(|| "none".into(), |s| s.to_string());
        Self::Weights { name: name.into(), expected: text(expected), found: text(found) }
    }
}
