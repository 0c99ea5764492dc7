//! A model in a file, and out of it.

use super::AutoEncoder;
use crate::put_weights;
use ae_autodiff::Params;
use ae_checkpoint::{Archive, CheckpointError};
use ae_layers::{Architecture, BuildError, Registry, Sequential};
use std::path::Path;

/// What the metadata of a model's file give as its `kind`.
const KIND: &str = "model";

impl AutoEncoder {
    /// The most numbers that a model from a file may make of one sample, since a file may come from
    /// anywhere: a hundred times what usual ones make.
    pub const MOST_ACTIVATIONS: usize = 1 << 26;

    /// Writes description and weights to a file, whole or not at all.
    ///
    /// # Errors
    /// [`CheckpointError`] if it cannot be written: what was there before is untouched.
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

    /// [`AutoEncoder::load`] of a model with layers that this registry knows.
    ///
    /// # Errors
    /// As [`AutoEncoder::load`].
    pub fn load_with(path: impl AsRef<Path>, registry: &Registry) -> Result<Self, CheckpointError> {
        Self::from_archive_with(&mut Archive::read(path.as_ref())?, registry)
    }

    /// The weights under their names, and in the metadata `kind`, `architecture`, and the same as
    /// JSON in `description` ([`Architecture::to_json`]). More metadata may be added.
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

    /// Takes a model out of an archive. Each tensor must be one of the architecture in the
    /// metadata: by name, type and shape, with none left over. Other metadata are not looked at.
    ///
    /// # Errors
    /// [`CheckpointError::Metadata`] or [`CheckpointError::Tensor`] for the first thing that is not
    /// as it should be.
    pub fn from_archive(archive: &mut Archive) -> Result<Self, CheckpointError> {
        Self::from_archive_with(archive, &Registry::standard())
    }

    /// [`AutoEncoder::from_archive`] of a model with layers that this registry knows.
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

/// Layers that do not fit together, or a file that does not fit them.
enum LoadError {
    Build(BuildError),
    File(CheckpointError),
}

impl From<BuildError> for LoadError {
    fn from(error: BuildError) -> Self {
        Self::Build(error)
    }
}

/// The layers of this architecture, with weights out of the archive. None is allocated that is not
/// there.
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
