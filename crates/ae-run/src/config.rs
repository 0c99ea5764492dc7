//! `config.toml`: the settings of a run, and how far it came. A run can be repeated from it.

use crate::build::BuildRecord;
use crate::{DataPlaces, DenoiseSpec, Job, Limits, OptimizerName, Plan, RunError};
use ae_data::{Dataset, Extents, Label, Options};
use ae_idx::KnownDataset;
use ae_optim::{NamedSchedule, Optimizer};
use ae_train::{
    Augmentation, AutoEncoder, EarlyStopping, Fitted, NamedCorruption, NamedLoss, Stopped,
    Summation,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

mod anomaly;
mod checks;
mod denoise;
mod edits;
mod job;
mod seed;

use anomaly::AnomalyRecord;

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

/// The settings that only a denoising run has.
#[derive(Clone, Debug, Serialize)]
struct DenoiseRecord {
    /// The factor of Gaussian noise.
    #[serde(skip_serializing_if = "Option::is_none")]
    noise: Option<f32>,
    /// The corruption, if it is not Gaussian noise.
    #[serde(skip_serializing_if = "Option::is_none")]
    corruption: Option<NamedCorruption>,
    fresh_noise: bool,
    sweep: bool,
    quick: bool,
}

/// The data of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataRecord {
    /// The data set's name.
    pub dataset: String,
    /// The folder of the data, in the records of version 0.1.0. Later ones keep it in `paths.toml`,
    /// because a path does not decide a result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// The numbers of the selected classes.
    pub classes: Vec<Label>,
    /// The names of the selected classes.
    pub class_names: Vec<String>,
    /// The number of training images.
    pub train_images: usize,
    /// The number of test images.
    pub test_images: usize,
    /// The size of an image.
    pub image: Extents,
    /// The SHA-256 of each file's unpacked content, or of all names and contents of a folder.
    pub sha256: BTreeMap<String, String>,
    /// How the images are taken from the files.
    #[serde(default, skip_serializing_if = "Options::is_default")]
    pub options: Options,
}

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
    /// `None` for gradients added in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    summation: Option<Summation>,
    checkpoint_every: usize,
    keep_best: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    patience: Option<usize>,
    min_delta: f64,
    /// Whether early stopping ended the training before its last epoch.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    stopped_early: bool,
    /// The epoch, counted from 1, whose weights were restored, if the best ones were kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    best_epoch: Option<usize>,
    /// The last batch that the model was trained on, if training was interrupted.
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<Stopped>,
}

impl DataRecord {
    /// Returns a record with this name. All other fields are empty, to be filled in.
    #[must_use]
    pub fn named(dataset: &str) -> Self {
        Self {
            dataset: dataset.into(),
            folder: None,
            classes: Vec::new(),
            class_names: Vec::new(),
            train_images: 0,
            test_images: 0,
            image: Extents::gray(0, 0),
            sha256: BTreeMap::new(),
            options: Options::default(),
        }
    }

    /// Returns the record of these classes of `dataset`, whose images were taken with these
    /// options.
    ///
    /// # Panics
    /// If the data set does not have one of the classes.
    #[must_use]
    pub fn new(dataset: &Dataset, classes: &[Label], options: &Options) -> Self {
        let name = |&class: &Label| dataset.class_names[usize::from(class)].english.to_string();
        Self {
            dataset: dataset.name.clone(),
            folder: None,
            classes: classes.to_vec(),
            class_names: classes.iter().map(name).collect(),
            train_images: dataset.train.count(),
            test_images: dataset.test.count(),
            image: dataset.extents(),
            sha256: dataset.checksums.clone(),
            options: options.clone(),
        }
    }

    /// Returns the known data set with these checksums, if there is one.
    #[must_use]
    pub fn known(&self) -> Option<&'static KnownDataset> {
        KnownDataset::of_checksums(&self.sha256)
    }

    /// Returns the first file whose content differs, in the order of [`ae_idx::FILE_NAMES`].
    /// `found` has the checksums of other data.
    #[must_use]
    pub fn difference(&self, found: &BTreeMap<String, String>) -> Option<DataDifference> {
        let all = [&self.sha256, found].into_iter().flat_map(BTreeMap::keys);
        let names = ae_idx::FILE_NAMES.into_iter().chain(all.map(String::as_str));
        let sums = names.map(|name| (name, self.sha256.get(name), found.get(name)));
        let mut differing = sums.filter(|(_, recorded, found)| recorded != found);
        let (file, recorded, found) = differing.next()?;
        let sum = |sum: Option<&String>| {
            sum.map_or_else(|| "no such file".into(), |sum| format!("SHA-256 {sum}"))
        };
        Some(DataDifference { file: file.into(), expected: sum(recorded), found: sum(found) })
    }
}

/// A file of a data set whose content is not the recorded one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataDifference {
    /// The file's name without `.gz`, as in MNIST.
    pub file: String,
    /// The recorded checksum of the unpacked content, or "no such file".
    pub expected: String,
    /// The checksum found, or "no such file".
    pub found: String,
}

/// `expected SHA-256 .., found SHA-256 ..`.
impl std::fmt::Display for DataDifference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "expected {}, found {}", self.expected, self.found)
    }
}

impl ModelRecord {
    /// Returns the record of this model under this name.
    #[must_use]
    pub fn new(name: &str, model: &AutoEncoder) -> Self {
        let parameters = model.params().element_count();
        let architecture = model.architecture().to_string();
        Self { name: name.into(), architecture, latent: None, parameters }
    }

    /// Returns the record with codes that are vectors of this length.
    #[must_use]
    pub fn with_latent(self, latent: usize) -> Self {
        Self { latent: Some(latent), ..self }
    }
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
        let constants = optimizer.constants().into_iter();
        let EarlyStopping { patience, min_delta, restore_best } = spec.keep.early_stopping;
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
                summation: Some(plan.summation).filter(|named| *named != Summation::default()),
                checkpoint_every: spec.keep.checkpoint_every,
                keep_best: restore_best,
                patience,
                min_delta,
                stopped_early: false,
                best_epoch: None,
                stopped: None,
            },
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
        let &TrainingRecord { patience, min_delta, keep_best: restore_best, .. } = &self.training;
        EarlyStopping { patience, min_delta, restore_best }
    }

    /// The configuration before the first epoch, as TOML.
    pub(crate) fn at_the_beginning(&self) -> Result<String, RunError> {
        let mut config = self.clone();
        config.finished(0);
        let TrainingRecord { stopped_early, best_epoch, stopped, .. } = &mut config.training;
        (*stopped_early, *best_epoch, *stopped) = (false, None, None);
        Ok(toml::to_string(&config)?)
    }

    /// The configuration before the first epoch without the build, as TOML.
    pub(crate) fn without_build(&self) -> Result<String, RunError> {
        Self { build: BuildRecord::none(), ..self.clone() }.at_the_beginning()
    }

    /// Returns whether two runs train the same model in the same way on the same images, whatever
    /// the seeds, the builds and the names of the data.
    #[must_use]
    pub fn same_but_for_the_seed(&self, other: &Self) -> bool {
        let text = |config: &Self| {
            let mut config = Self { seed: 0, samples: 0, ..config.clone() };
            config.training.checkpoint_every = 1;
            let DataRecord { dataset, folder, class_names, .. } = &mut config.data;
            dataset.clear();
            folder.take();
            class_names.clear();
            config.without_build().ok()
        };
        text(self) == text(other)
    }

    /// Describes the build that made the run if it is not this one. The last digits of its results
    /// may then differ from those of this build.
    #[must_use]
    pub fn other_build(&self) -> Option<String> {
        (self.build != BuildRecord::this()).then(|| self.build.to_string())
    }

    /// Describes this build, as [`Config::other_build`] describes another one.
    #[must_use]
    pub fn this_build() -> String {
        BuildRecord::this().to_string()
    }

    /// Takes over the recorded folder: only the location of the data may have changed.
    pub(crate) fn same_folder(&mut self, as_it_was: &Self) {
        self.data.folder.clone_from(&as_it_was.data.folder);
    }

    /// Sets the number of epochs to train to that of the other configuration.
    pub(crate) fn same_epochs(&mut self, other: &Self) {
        self.training.epochs = other.training.epochs;
    }

    /// Records that this many epochs have ended.
    pub fn finished(&mut self, epochs: usize) {
        self.training.epochs_finished = epochs;
    }

    /// Records how training ended.
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
            Job::Dense(_) | Job::Anomaly(_) => None,
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
