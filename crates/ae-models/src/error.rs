//! The errors of a model's description.

use ae_layers::ArchitectureError;

/// Why a description is not a valid model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecipeError {
    /// The file is not TOML, or not the table of a model.
    #[error("expected a model in TOML, found: {0}")]
    Toml(String),
    /// A part without layers.
    #[error("expected at least one layer in {0}, found none")]
    Empty(&'static str),
    /// More layers than the description of a model may have.
    #[error("expected at most {} layers, found {found}", ae_layers::Architecture::MOST_LAYERS)]
    Layers {
        /// The number of layers in both parts.
        found: usize,
    },
    /// A layer that is not valid.
    #[error("{part}: layer {layer:?}: {error}")]
    Layer {
        /// encoder or decoder.
        part: &'static str,
        /// As it was written.
        layer: String,
        /// Why it shows divergence.
        error: ArchitectureError,
    },
    /// An expression in braces that is not valid.
    #[error("{part}: layer {layer:?}: expected {expected}, found {found:?}")]
    Number {
        /// encoder or decoder.
        part: &'static str,
        /// As it was written.
        layer: String,
        /// What was expected.
        expected: String,
        /// What was found.
        found: String,
    },
    /// A code length was given, but the model does not use `{latent}`.
    #[error("a code of {0} numbers was requested, but the model does not use {{latent}}")]
    NoLatent(usize),
    /// The model uses `{latent}`, but the length of the code is not known.
    #[error("expected the length of a code for {{latent}}, found none in the model's description")]
    LatentMissing,
    /// A code that is empty or too long.
    #[error("expected a code of 1 to {most} numbers, found {found}")]
    Latent {
        /// The length that was requested.
        found: usize,
        /// The maximum length.
        most: usize,
    },
}
