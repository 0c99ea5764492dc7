//! `config.toml`: the settings of a run, and how far it came. A run can be repeated from it.

mod anomaly;
mod checks;
mod comparison;
mod data;
mod denoise;
mod edits;
mod job;
mod model;
mod options;
mod seed;
mod training;

pub use data::{DataDifference, DataRecord};
pub use model::ModelRecord;

use self::anomaly::AnomalyRecord;
use self::denoise::DenoiseRecord;
use self::training::TrainingRecord;
use crate::build::BuildRecord;
use crate::{DataPlaces, Job, Limits, Plan, RunError};
use ae_data::Extents;
use ae_idx::KnownDataset;
use ae_optim::{NamedSchedule, Optimizer};
use ae_train::{Augmentation, EarlyStopping, Fitted};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The configuration of a run. It is the same for every run with the same job, data and build,
/// whatever the number of threads.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Config {
    job: String,
    #[serde(with = "seed")]
    seed: u64,
    samples: usize,
    /// The maximum numbers of training and test images.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<[usize; 2]>,
    /// Random changes of the training images, and crops.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    augment: Option<Augmentation>,
    #[serde(flatten, deserialize_with = "denoise::deserialize")]
    denoise: Option<DenoiseRecord>,
    /// The settings that only a run of anomaly detection has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    anomaly: Option<AnomalyRecord>,
    data: DataRecord,
    model: ModelRecord,
    training: TrainingRecord,
    build: BuildRecord,
    /// Where the data are, for `paths.toml`.
    #[serde(skip)]
    data_found_at: Option<PathBuf>,
    /// Where the masks of the test images are.
    #[serde(skip)]
    masks_found_at: Option<PathBuf>,
}

impl Config {
    /// Returns the configuration of a run of this job before its first epoch.
    #[must_use]
    pub fn new(
        job: &Job,
        data: DataRecord,
        model: ModelRecord,
        plan: &Plan,
        optimizer: &dyn Optimizer,
    ) -> Self {
        let spec = job.training();
        Self {
            job: job.name().into(),
            seed: spec.seed,
            samples: spec.samples,
            limit: job.limits().map(|Limits { train, test }| [train, test]),
            augment: spec.augmentation,
            denoise: DenoiseRecord::of(job),
            anomaly: AnomalyRecord::of(job),
            data,
            model,
            training: TrainingRecord::new(spec, plan, optimizer),
            build: BuildRecord::this(),
            data_found_at: None,
            masks_found_at: None,
        }
    }

    /// Records where the data were found, and the masks of the test images. This becomes
    /// `paths.toml`, and is not a part of `config.toml`.
    pub fn found_data_at(&mut self, folder: &Path, masks: Option<&Path>) {
        self.data_found_at = Some(folder.to_path_buf());
        self.masks_found_at = masks.map(Path::to_path_buf);
    }

    /// Where the data were found, for the run in this folder.
    pub(crate) fn places(&self, run: &Path) -> Option<DataPlaces> {
        let places = DataPlaces::new(self.data_found_at.as_deref()?, run);
        Some(places.with_masks(self.masks_found_at.as_deref()))
    }

    /// Reads the text of the file at `path`. The file may have been edited by hand.
    ///
    /// # Errors
    /// [`RunError::Config`] if it is not a run's configuration.
    pub fn parse(text: &str, path: &Path) -> Result<Self, RunError> {
        toml::from_str(text).map_err(|error: toml::de::Error| {
            let found = error.message().lines().next().unwrap_or_default().into();
            RunError::Config { path: path.to_path_buf(), found }
        })
    }

    /// Returns the name of the job that trained the model.
    #[must_use]
    pub fn job_name(&self) -> &str {
        &self.job
    }

    /// Returns the seed of all random numbers.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Returns the data.
    #[must_use]
    pub fn data(&self) -> &DataRecord {
        &self.data
    }

    /// Returns the size of the images that the model gets: those of the data, or their crops.
    #[must_use]
    pub fn image(&self) -> Extents {
        let data = self.data.image;
        let size = self.augment.map_or(data.size(), |augmentation| augmentation.size(data.size()));
        Extents { height: size[0], width: size[1], ..data }
    }

    /// Returns the model.
    #[must_use]
    pub fn model(&self) -> &ModelRecord {
        &self.model
    }

    /// Returns whether the data are this known data set, by their checksums.
    #[must_use]
    pub fn is_of(&self, known: &KnownDataset) -> bool {
        self.data.known().is_some_and(|found| found.name == known.name)
    }

    /// Returns the number of epochs to train.
    #[must_use]
    pub fn epochs(&self) -> usize {
        self.training.epochs
    }

    /// Returns the schedule of the learning rate.
    #[must_use]
    pub fn schedule(&self) -> NamedSchedule {
        self.training.schedule.unwrap_or_default()
    }

    /// Returns the epoch, counted from 1, whose weights the run has, if it is not the last.
    pub(crate) fn best_epoch(&self) -> Option<usize> {
        self.training.best_epoch
    }

    /// Returns the number of epochs between two checkpoints.
    #[must_use]
    pub fn checkpoint_every(&self) -> usize {
        self.training.checkpoint_every
    }

    /// The conditions for training to end early.
    #[must_use]
    pub fn early_stopping(&self) -> EarlyStopping {
        self.training.early_stopping()
    }

    /// Records that this many epochs have ended.
    pub fn finished(&mut self, epochs: usize) {
        self.training.epochs_finished = epochs;
    }

    /// Records how training ended.
    pub fn ended(&mut self, fitted: &Fitted) {
        self.training.ended(fitted);
    }
}

#[cfg(test)]
mod tests;
