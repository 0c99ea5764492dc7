//! `model.safetensors`: a trained model with what is known of it.

use crate::files::MODEL;
use crate::{Config, RunError};
use ae_autodiff::Params;
use ae_checkpoint::{Archive, CheckpointError};
use ae_layers::{Architecture, BuildError, Sequential};
use std::path::Path;

/// The most numbers that a model may make of one image: a hundred times what the notebook's make.
const MOST_ACTIVATIONS: usize = 1 << 26;

/// A trained model, and what is known of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ModelFile {
    /// The layers.
    pub architecture: Architecture,
    /// The layers, built.
    pub model: Sequential,
    /// The weights.
    pub params: Params,
    /// The configuration of the run that trained it.
    pub config: Config,
    /// How far it was trained, as in "epoch 3 of 5".
    pub trained: String,
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

impl ModelFile {
    /// Reads a model from its file, or from the folder of its run. Each tensor must be one of the architecture in the file's
    /// metadata: by name, type and shape, with none left over.
    ///
    /// # Errors
    /// [`RunError::NoModel`] if there is no such file, [`RunError::Checkpoint`] if it is not a model.
    pub fn load(place: &Path) -> Result<Self, RunError> {
        let path = if place.is_dir() { place.join(MODEL) } else { place.to_path_buf() };
        match Archive::read(&path) {
            Ok(archive) => Ok(Self::of_archive(archive)?),
            Err(error) if error.is_absent() => Err(RunError::NoModel { path }),
            Err(error) => Err(error.into()),
        }
    }

    fn of_archive(mut archive: Archive) -> Result<Self, CheckpointError> {
        match archive.word("kind")? {
            "model" => {}
            found => return Err(archive.wrong_word("kind", "model", found)),
        }
        let words = archive.word("architecture")?;
        let architecture: Architecture =
            words.parse().map_err(|error: ae_layers::ArchitectureError| {
                archive.wrong_word("architecture", error.expected, &error.found)
            })?;
        let config = Config::of_archive(&archive)?;
        let trained = archive.word("trained")?.to_owned();
        let mut params = Params::new();
        let built: Result<Sequential, LoadError> = Sequential::build_with(
            architecture.input,
            &architecture.layers,
            &mut params,
            |name, shape| archive.take(name, shape).map_err(LoadError::File),
        );
        let model = match built {
            Ok(model) => model,
            Err(LoadError::File(error)) => return Err(error),
            Err(LoadError::Build(error)) => {
                let expected = "layers that fit together";
                return Err(archive.wrong_word("architecture", expected, &error.to_string()));
            }
        };
        archive.finish()?;
        let activations = model.activation_len();
        if activations > MOST_ACTIVATIONS {
            let (expected, found) = (
                format!("at most {MOST_ACTIVATIONS} numbers to an image"),
                activations.to_string(),
            );
            return Err(archive.wrong_word("architecture", &expected, &found));
        }
        Ok(Self { architecture, model, params, config, trained })
    }

    /// Height and width of the images that it was trained on, if it takes such images and makes such images of them.
    #[must_use]
    pub fn image(&self) -> Option<[usize; 2]> {
        let size @ [height, width] = self.config.data().image;
        let (input, output) = (self.model.input_shape(), self.model.output_shape());
        let fits = [input.len(), output.len()].map(Some) == [height.checked_mul(width); 2];
        fits.then_some(size)
    }

    /// How many numbers the encoder makes of an image, if the model is divided into encoder and decoder.
    #[must_use]
    pub fn code_len(&self) -> Option<usize> {
        let (encoder, _) = self.architecture.divide(&self.model)?;
        Some(encoder.output_shape().len())
    }
}
