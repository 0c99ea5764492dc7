//! The model that a job trains.

use std::path::PathBuf;

/// The model that a job trains. If every field is `None`, it is the job's default model for the
/// data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelSpec {
    /// A model that an earlier run has recorded.
    pub recorded: Option<RecordedModel>,
    /// The name of a preset, or a file.
    pub model: Option<PathBuf>,
    /// Layers that replace the encoder's, separated by semicolons.
    pub encoder: Option<String>,
    /// Layers that replace the decoder's, separated by semicolons.
    pub decoder: Option<String>,
    /// A different number of outputs of the encoder.
    pub latent: Option<usize>,
    /// Whether images get zeros around them if their sides do not suit the model.
    pub pad: bool,
}

/// A model as the configuration of a run records it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedModel {
    /// The name of the preset or of the file.
    pub name: String,
    /// The architecture's description, as `ae_layers::Architecture` reads it.
    pub architecture: String,
    /// The length of a code, if codes are vectors.
    pub latent: Option<usize>,
}
