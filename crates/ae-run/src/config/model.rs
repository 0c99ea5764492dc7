//! The model of a run.

use ae_train::AutoEncoder;
use serde::{Deserialize, Serialize};

/// The model of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ModelRecord {
    /// The name of the preset or of the file.
    pub name: String,
    /// All its layers, as `ae_layers::Architecture` writes them.
    pub architecture: String,
    /// The length of a code, if codes are vectors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latent: Option<usize>,
    /// The number of parameters.
    pub parameters: usize,
}

impl ModelRecord {
    /// Returns the record of this model under this name, without a length of codes.
    #[must_use]
    pub fn new(name: &str, model: &AutoEncoder) -> Self {
        let parameters = model.params().element_count();
        let architecture = model.architecture().to_string();
        Self { name: name.into(), architecture, latent: None, parameters }
    }
}
