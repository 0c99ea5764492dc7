//! What can be wrong with a model's description.

use ae_layers::ArchitectureError;

/// Why a description makes no model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecipeError {
    /// No TOML, or another table than a model's.
    #[error("expected a model in TOML, found: {0}")]
    Toml(String),
    /// A part without layers.
    #[error("expected at least one layer in {0}, found none")]
    Empty(&'static str),
    /// More layers than a model's words are read back of.
    #[error("expected at most {} layers, found {found}", ae_layers::Architecture::MOST_LAYERS)]
    Layers {
        /// How many there are in both parts.
        found: usize,
    },
    /// A layer that is none.
    #[error("{part}: layer {layer:?}: {error}")]
    Layer {
        /// encoder or decoder.
        part: &'static str,
        /// As it was written.
        layer: String,
        /// What is wrong with it.
        error: ArchitectureError,
    },
    /// A number in braces that is none.
    #[error("{part}: layer {layer:?}: expected {expected}, found {found:?}")]
    Number {
        /// encoder or decoder.
        part: &'static str,
        /// As it was written.
        layer: String,
        /// What should stand there.
        expected: String,
        /// What does.
        found: String,
    },
    /// A model that says how long a code is nowhere, but was asked for one.
    #[error("a code of {0} numbers was asked for, but the model does not use {{latent}}")]
    NoLatent(usize),
    /// A model that needs a code's length, and none is known.
    #[error("expected the length of a code for {{latent}}, found none in the model's description")]
    LatentMissing,
    /// A code of no numbers, or of more than can be.
    #[error("expected a code of 1 to {most} numbers, found {found}")]
    Latent {
        /// What was asked for.
        found: usize,
        /// The most that is possible.
        most: usize,
    },
}
