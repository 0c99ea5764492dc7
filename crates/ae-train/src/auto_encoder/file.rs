//! Writing a model to a file and reading it back.

use super::AutoEncoder;
use crate::put_weights;
use ae_autodiff::Params;
use ae_checkpoint::{Archive, CheckpointError};
use ae_layers::{Architecture, BuildError, Registry, Sequential};
use std::path::Path;

/// The `kind` in the metadata of a model's file.
const KIND: &str = "model";

impl AutoEncoder {
    /// The maximum number of values that a model from a file may compute for one sample, since a
    /// file may come from anywhere. It is a hundred times the number of usual models.
    pub const MOST_ACTIVATIONS: usize = 1 << 26;

    /// Writes the description and the weights to a file, atomically.
    ///
    /// # Errors
    /// [`CheckpointError`] if it cannot be written. An existing file is then unchanged.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), CheckpointError> {
        self.to_archive().write(path)
    }

    /// Reads a model from a file that [`AutoEncoder::save`] wrote, or from the `model.safetensors`
    /// of a run of `ae-app`.
    ///
    /// # Errors
    /// [`CheckpointError`] if the file cannot be read, is damaged, or does not hold a model and its
    /// weights.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, CheckpointError> {
        Self::load_with(path, &Registry::standard())
    }

    /// [`AutoEncoder::load`] for a model with layers of this registry.
    ///
    /// # Errors
    /// As [`AutoEncoder::load`].
    pub fn load_with(path: impl AsRef<Path>, registry: &Registry) -> Result<Self, CheckpointError> {
        Self::from_archive_with(&mut Archive::read(path.as_ref())?, registry)
    }

    /// The weights by name, and metadata: `kind`, `architecture`, and `description`, which is the
    /// architecture as JSON ([`Architecture::to_json`]). More metadata may be added.
    #[must_use]
    pub fn to_archive(&self) -> Archive {
        let mut archive = Archive::new();
        put_weights(&mut archive, &self.params);
        archive.set_metadata("kind", KIND);
        archive.set_metadata("architecture", &self.architecture);
        let description = self.architecture.to_json().expect("the layers fit together");
        archive.set_metadata("description", description);
        archive
    }

    /// Takes a model out of an archive. The tensors must be exactly those of the architecture in
    /// the metadata, by name, type and shape. Other metadata is ignored.
    ///
    /// # Errors
    /// [`CheckpointError::Metadata`] or [`CheckpointError::Tensor`] for the first
    /// mismatch.
    pub fn from_archive(archive: &mut Archive) -> Result<Self, CheckpointError> {
        Self::from_archive_with(archive, &Registry::standard())
    }

    /// [`AutoEncoder::from_archive`] for a model with layers of this registry.
    ///
    /// # Errors
    /// As [`AutoEncoder::from_archive`].
    pub fn from_archive_with(
        archive: &mut Archive,
        registry: &Registry,
    ) -> Result<Self, CheckpointError> {
        match archive.metadata("kind")? {
            KIND => {}
            found => return Err(archive.metadata_mismatch("kind", KIND, found)),
        }
        let architecture = registry.parse(archive.metadata("architecture")?).map_err(|error| {
            archive.metadata_mismatch("architecture", &error.expected, &error.found)
        })?;
        let (model, params) = build(archive, &architecture)?;
        archive.finish()?;
        let (activations, most) = (model.activation_len(), Self::MOST_ACTIVATIONS);
        if activations > most {
            let expected = format!("at most {most} numbers to an image");
            let found = activations.to_string();
            return Err(archive.metadata_mismatch("architecture", &expected, &found));
        }
        Ok(Self::of(architecture, model, params))
    }
}

/// The layers do not fit together, or the file does not match them.
enum LoadError {
    Build(BuildError),
    File(CheckpointError),
}

impl From<BuildError> for LoadError {
    fn from(error: BuildError) -> Self {
        Self::Build(error)
    }
}

/// Builds the layers of this architecture with weights from the archive. Nothing is allocated for
/// weights that the archive does not have.
fn build(
    archive: &mut Archive,
    architecture: &Architecture,
) -> Result<(Sequential, Params), CheckpointError> {
    let mut params = Params::new();
    let (input, layers) = (architecture.input, &architecture.layers);
    let model = Sequential::build_with(input, layers, &mut params, |name, shape| {
        archive.take(name, shape).map_err(LoadError::File)
    });
    match model {
        Ok(model) => Ok((model, params)),
        Err(LoadError::File(error)) => Err(error),
        Err(LoadError::Build(error)) => {
            let expected = "layers that fit together";
            Err(archive.metadata_mismatch("architecture", expected, &error.to_string()))
        }
    }
}
