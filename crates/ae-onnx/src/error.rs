//! Why a model cannot be exported.

use ae_layers::BuildError;

/// Why a model cannot be exported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// A layer does not fit its input.
    #[error("{0}")]
    Build(BuildError),
    /// A layer that ONNX's operators cannot express, or that does not implement its export.
    #[error("layer {layer} cannot be expressed in ONNX")]
    NoOperator {
        /// The layer's name.
        layer: String,
    },
    /// A part of a model that is not divided.
    #[error(
        "the model {model:?} has no {part}: its description does not mark where the encoder ends, outside of residual blocks"
    )]
    NotDivided {
        /// The model's description.
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
