//! Why a model cannot be exported.

use ae_layers::BuildError;

/// Why a model cannot be exported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// A layer does not fit its input.
    #[error("{0}")]
    Build(BuildError),
    /// A layer that ONNX's operators cannot express, or whose author has not said how.
    #[error("layer {layer} has no form in ONNX")]
    NoOperator {
        /// The layer's name.
        layer: String,
    },
    /// A part of a model without one.
    #[error("the model {model:?} has no {part}: nothing says where its encoder ends")]
    NotDivided {
        /// Its description.
        model: String,
        /// `encoder` or `decoder`.
        part: &'static str,
    },
}

impl From<BuildError> for ExportError {
    fn from(error: BuildError) -> Self {
        Self::Build(error)
    }
}
