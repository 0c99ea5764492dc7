//! `config.toml`: what a run was, and how far it came. A run can be repeated from it.

use crate::build::BuildRecord;
use crate::{DenoiseSpec, Job, Limits, OptimizerName, Plan, RunError};
use ae_idx::Dataset;
use ae_optim::{NamedSchedule, Optimizer};
use ae_train::{AutoEncoder, EarlyStopping, Fitted, NamedCorruption, NamedLoss, Stopped};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

mod job;

/// The configuration of a run: the same for every run with the same job, data and build, whatever the number of threads.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Config {
    job: String,
    seed: u64,
    samples: usize,
    /// The most training and the most test images taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<[usize; 2]>,
    #[serde(flatten)]
    denoise: Option<DenoiseRecord>,
    data: DataRecord,
    model: ModelRecord,
    training: TrainingRecord,
    build: BuildRecord,
}

/// What only a denoising run has.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct DenoiseRecord {
    /// The factor of Gaussian noise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    noise: Option<f32>,
    /// Another corruption instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    corruption: Option<NamedCorruption>,
    fresh_noise: bool,
    sweep: bool,
    quick: bool,
}

/// The data of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DataRecord {
    /// The data set's name.
    pub dataset: String,
    /// As it was named, if the data set is not a known one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// The classes taken.
    pub classes: Vec<u8>,
    /// Their names.
    pub class_names: Vec<String>,
    /// How many training images are taken.
    pub train_images: usize,
    /// How many test images are taken.
    pub test_images: usize,
    /// Height and width of an image.
    pub image: [usize; 2],
    /// Of each file's unpacked content.
    pub sha256: BTreeMap<String, String>,
}

/// The model of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ModelRecord {
    /// The preset's or the file's.
    pub name: String,
    /// All its layers, as `ae_layers::Architecture` writes them.
    pub architecture: String,
    /// How many numbers make up a code that is a vector.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latent: Option<usize>,
    /// How many weights it has.
    pub parameters: usize,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct TrainingRecord {
    epochs: usize,
    epochs_finished: usize,
    batch: usize,
    loss: NamedLoss,
    optimizer: String,
    optimizer_constants: BTreeMap<String, String>,
    rule: OptimizerName,
    /// The learning rate, if one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    learning_rate: Option<f64>,
    /// `None` for a constant learning rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    schedule: Option<NamedSchedule>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    clip_norm: Option<f64>,
    checkpoint_every: usize,
    keep_best: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    patience: Option<usize>,
    min_delta: f64,
    /// Whether training ended before its last epoch, as it no longer improved.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    stopped_early: bool,
    /// The epoch, counted from 1, whose weights the model has, if the best were kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    best_epoch: Option<usize>,
    /// The last batch that was learnt from, if training was interrupted.
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<Stopped>,
}

impl DataRecord {
    /// Data of this name of which nothing else is known, to be filled in.
    #[must_use]
    pub fn named(dataset: &str) -> Self {
        Self {
            dataset: dataset.into(),
            folder: None,
            classes: Vec::new(),
            class_names: Vec::new(),
            train_images: 0,
            test_images: 0,
            image: [0, 0],
            sha256: BTreeMap::new(),
        }
    }

    /// The images of `dataset`, which are those of `classes`; `folder` if it is not a known data set.
    ///
    /// # Panics
    /// If the data set does not have such a class.
    #[must_use]
    pub fn new(dataset: &Dataset, classes: &[u8], folder: Option<String>) -> Self {
        let name = |&class: &u8| dataset.class_names[usize::from(class)].english.to_string();
        Self {
            dataset: dataset.name.clone(),
            folder,
            classes: classes.to_vec(),
            class_names: classes.iter().map(name).collect(),
            train_images: dataset.train.count(),
            test_images: dataset.test.count(),
            image: [dataset.train.rows(), dataset.train.cols()],
            sha256: dataset.checksums.clone(),
        }
    }
}

impl ModelRecord {
    /// Of this model, which is called `name`.
    #[must_use]
    pub fn new(name: &str, model: &AutoEncoder) -> Self {
        let parameters = model.params().element_count();
        let architecture = model.architecture().to_string();
        Self { name: name.into(), architecture, latent: None, parameters }
    }

    /// The same with codes that are vectors of this length.
    #[must_use]
    pub fn with_latent(self, latent: usize) -> Self {
        Self { latent: Some(latent), ..self }
    }
}

impl Config {
    /// Of a run of this job before its first epoch.
    #[must_use]
    pub fn new(
        job: &Job,
        data: DataRecord,
        model: ModelRecord,
        plan: &Plan,
        optimizer: &dyn Optimizer,
    ) -> Self {
        let spec = job.training();
        let constants = optimizer.constants().into_iter();
        let EarlyStopping { patience, min_delta, restore_best } = spec.keep.early_stopping;
        Self {
            job: job.name().into(),
            seed: spec.seed,
            samples: spec.samples,
            limit: job.limits().map(|Limits { train, test }| [train, test]),
            denoise: DenoiseRecord::of(job),
            data,
            model,
            training: TrainingRecord {
                epochs: plan.epochs,
                epochs_finished: 0,
                batch: plan.batch,
                loss: plan.loss,
                optimizer: optimizer.name().into(),
                optimizer_constants: constants.map(|(name, value)| (name.into(), value)).collect(),
                rule: plan.optimizer,
                learning_rate: plan.lr,
                schedule: Some(plan.schedule).filter(|named| *named != NamedSchedule::default()),
                clip_norm: plan.clip_norm,
                checkpoint_every: spec.keep.checkpoint_every,
                keep_best: restore_best,
                patience,
                min_delta,
                stopped_early: false,
                best_epoch: None,
                stopped: None,
            },
            build: BuildRecord::this(),
        }
    }

    /// Reads the text of a file at `path`, which somebody may have edited.
    ///
    /// # Errors
    /// [`RunError::Config`] if it is not a run's configuration.
    pub fn parse(text: &str, path: &Path) -> Result<Self, RunError> {
        toml::from_str(text).map_err(|error: toml::de::Error| {
            let found = error.message().lines().next().unwrap_or_default().into();
            RunError::Config { path: path.to_path_buf(), found }
        })
    }

    /// The name of the job that trained the model.
    #[must_use]
    pub fn job_name(&self) -> &str {
        &self.job
    }

    /// The seed, which decided all that is random.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The data.
    #[must_use]
    pub fn data(&self) -> &DataRecord {
        &self.data
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &ModelRecord {
        &self.model
    }

    /// Whether the data are a known data set of this name.
    #[must_use]
    pub fn is_of(&self, known: &ae_idx::KnownDataset) -> bool {
        self.data.dataset == known.name && self.data.folder.is_none()
    }

    /// After how many epochs a checkpoint is written.
    pub(crate) fn checkpoint_every(&self) -> usize {
        self.training.checkpoint_every
    }

    /// When training ends early.
    pub(crate) fn early_stopping(&self) -> EarlyStopping {
        let &TrainingRecord { patience, min_delta, keep_best: restore_best, .. } = &self.training;
        EarlyStopping { patience, min_delta, restore_best }
    }

    /// As TOML, as it was before the first epoch.
    pub(crate) fn at_the_beginning(&self) -> Result<String, RunError> {
        let mut config = self.clone();
        config.finished(0);
        let TrainingRecord { stopped_early, best_epoch, stopped, .. } = &mut config.training;
        (*stopped_early, *best_epoch, *stopped) = (false, None, None);
        Ok(toml::to_string(&config)?)
    }

    /// The same without the program that made it.
    pub(crate) fn without_build(&self) -> Result<String, RunError> {
        Self { build: BuildRecord::none(), ..self.clone() }.at_the_beginning()
    }

    /// The program that made it, if it was not this one: then the last digits of its results may differ from ours.
    #[must_use]
    pub fn other_build(&self) -> Option<String> {
        (self.build != BuildRecord::this()).then(|| self.build.to_string())
    }

    /// The data are where they were, whatever the folder is called now.
    pub(crate) fn same_folder(&mut self, as_it_was: &Self) {
        self.data.folder.clone_from(&as_it_was.data.folder);
    }

    /// This many epochs have ended.
    pub fn finished(&mut self, epochs: usize) {
        self.training.epochs_finished = epochs;
    }

    /// Training is over.
    pub fn ended(&mut self, fitted: &Fitted) {
        self.finished(fitted.history.epochs.len());
        self.training.stopped_early = fitted.stopped_early;
        self.training.best_epoch = fitted.restored;
        self.training.stopped = fitted.stopped;
    }
}

impl DenoiseRecord {
    fn of(job: &Job) -> Option<Self> {
        match job {
            Job::Dense(_) => None,
            &Job::Denoise(DenoiseSpec { corruption, fresh_noise, sweep, quick, .. }) => {
                let (noise, corruption) = match corruption {
                    NamedCorruption::Gaussian { factor } => (Some(factor), None),
                    corruption => (None, Some(corruption)),
                };
                Some(Self { noise, corruption, fresh_noise, sweep, quick })
            }
        }
    }
}

#[cfg(test)]
mod tests;
