//! `model.safetensors`: a trained model, with the configuration of the run that trained it.

use crate::files::MODEL;
use crate::{Config, Job, RunError};
use ae_checkpoint::{Archive, CheckpointError};
use ae_data::Extents;
use ae_train::AutoEncoder;
use std::path::{Path, PathBuf};

/// A trained model, with the configuration of the run that trained it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ModelFile {
    /// The layers with their weights.
    pub model: AutoEncoder,
    /// The configuration of the run that trained it.
    pub config: Config,
    /// How far it was trained, for example "epoch 3 of 5".
    pub trained: String,
    /// The path from which it was read: the file, or the folder of its run.
    pub place: PathBuf,
}

impl ModelFile {
    /// Reads a model from its file, or from the folder of its run. The tensors in the file must be
    /// exactly those of the architecture in its metadata: same names, types and shapes.
    ///
    /// [`AutoEncoder::load`] reads the same file without the configuration.
    ///
    /// # Errors
    /// [`RunError::NoModel`] if the file does not exist, [`RunError::Checkpoint`] if it is not the
    /// model of a run.
    pub fn load(place: &Path) -> Result<Self, RunError> {
        let path = if place.is_dir() { place.join(MODEL) } else { place.to_path_buf() };
        match Archive::read(&path) {
            Ok(archive) => Ok(Self::from_archive(archive, place)?),
            Err(error) if error.is_absent() => Err(RunError::NoModel { path }),
            Err(error) => Err(error.into()),
        }
    }

    fn from_archive(mut archive: Archive, place: &Path) -> Result<Self, CheckpointError> {
        let model = AutoEncoder::from_archive(&mut archive)?;
        let config = Config::from_archive(&archive)?;
        let trained = archive.metadata("trained")?.to_owned();
        Ok(Self { model, config, trained, place: place.to_path_buf() })
    }

    /// Returns the job that trained the model, on the data that the model was trained on.
    ///
    /// # Errors
    /// As for [`Config::job_of`].
    pub fn job(&self) -> Result<Job, RunError> {
        self.config.job_of(&self.place)
    }

    /// Returns the size of the images that the model was trained on, if its inputs and outputs are
    /// such images.
    #[must_use]
    pub fn image(&self) -> Option<Extents> {
        let image = self.config.image();
        let model = self.model.sequential();
        let (input, output) = (model.input_shape(), model.output_shape());
        let fits = [input.len(), output.len()].map(Some) == [image.checked_len(); 2];
        fits.then_some(image)
    }

    /// Returns the length of a code, if the model is divided into encoder and decoder.
    #[must_use]
    pub fn code_len(&self) -> Option<usize> {
        self.model.encoder().ok().map(|encoder| encoder.output_shape().len())
    }
}
