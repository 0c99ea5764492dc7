//! The errors of making or using a model.

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
        /// The name of the weights.
        name: String,
        /// The shape that the layers need, or "none".
        expected: String,
        /// The shape that was found, or "none".
        found: String,
    },
    /// The model has no encoder and decoder. The field is its description.
    #[error(
        "the model {0:?} is not divided: put a bar where its encoder ends, outside of residual blocks"
    )]
    NotDivided(String),
}

impl ModelError {
    /// The error for weights that have an unexpected shape, are superfluous or are missing.
    pub(super) fn weights(name: &str, expected: Option<Shape>, found: Option<Shape>) -> Self {
        let text = |shape: Option<Shape>| shape.map_or_else(|| "none".into(), |s| s.to_string());
        Self::Weights { name: name.into(), expected: text(expected), found: text(found) }
    }
}
