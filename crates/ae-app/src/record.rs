//! What a run leaves in writing: everything needed to repeat it, and, apart from that, how long it took.

use crate::cli::KeepArgs;
use crate::data::Limits;
use crate::job::Job;
use crate::optimizers::OptimizerName;
use ae_optim::Optimizer;
use ae_train::{Denoising, EpochLosses, Fitted, Quality, Stopped};
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub(crate) use again::Place;

mod again;
mod facts;

/// `config.toml`: the same for every run with the same arguments, data and build, whatever the number of threads. A run can be
/// repeated from it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Config {
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
pub(crate) struct DenoiseRecord {
    pub(crate) noise: f32,
    pub(crate) fresh_noise: bool,
    pub(crate) sweep: bool,
    pub(crate) quick: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct DataRecord {
    dataset: String,
    /// As it was named; of a data set of the user's own only.
    #[serde(skip_serializing_if = "Option::is_none")]
    folder: Option<String>,
    classes: Vec<u8>,
    class_names: Vec<String>,
    train_images: usize,
    test_images: usize,
    image: [usize; 2],
    /// Of each file's unpacked content.
    sha256: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct ModelRecord {
    /// The preset's or the file's.
    name: String,
    /// All its layers in words; what is repeated.
    architecture: String,
    /// How many numbers make up a code that is a vector.
    #[serde(skip_serializing_if = "Option::is_none")]
    latent: Option<usize>,
    parameters: usize,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct TrainingRecord {
    epochs: usize,
    epochs_finished: usize,
    batch: usize,
    loss: String,
    optimizer: String,
    optimizer_constants: BTreeMap<String, String>,
    /// What `--optimizer` calls it, and the learning rate if one was given.
    rule: OptimizerName,
    #[serde(skip_serializing_if = "Option::is_none")]
    learning_rate: Option<f64>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<StoppedRecord>,
}

/// The last batch that was learnt from, counted from 1, if Ctrl-C ended training.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct StoppedRecord {
    epoch: usize,
    batch: usize,
    batches: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct BuildRecord {
    version: String,
    cpu_features: Vec<String>,
}

impl BuildRecord {
    fn this() -> Self {
        let cpu_features = cpu_features().into_iter().map(String::from).collect();
        Self { version: env!("CARGO_PKG_VERSION").into(), cpu_features }
    }
}

/// `times.toml`: all that may differ between two runs of the same configuration.
#[derive(Debug, Serialize)]
pub(crate) struct Times {
    pub(crate) threads: usize,
    /// With validation.
    pub(crate) training_seconds: f64,
    /// In training steps alone.
    pub(crate) images_per_second: f64,
}

/// `metrics.toml`: how good the model is in the end, as far as that can be said in numbers.
#[derive(Debug, Serialize)]
pub(crate) struct Metrics {
    epochs: usize,
    /// The last whole epoch's.
    #[serde(skip_serializing_if = "Option::is_none")]
    loss: Option<f64>,
    val_loss: f64,
    psnr_noisy: f64,
    psnr_denoised: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    ssim_noisy: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ssim_denoised: Option<f64>,
}

impl Metrics {
    pub(crate) fn new(epochs: &[EpochLosses], measured: &Denoising) -> Self {
        let Denoising { noisy, denoised, loss } = *measured;
        let (Quality { psnr: psnr_noisy, ssim: ssim_noisy }, denoised) = (noisy, denoised);
        Self {
            epochs: epochs.len(),
            loss: epochs.last().map(|last| last.loss),
            val_loss: loss,
            psnr_noisy,
            psnr_denoised: denoised.psnr,
            ssim_noisy,
            ssim_denoised: denoised.ssim,
        }
    }
}

impl Config {
    pub(crate) fn new(
        job: &Job<'_>,
        keep: &KeepArgs,
        parameters: usize,
        optimizer: &dyn Optimizer,
    ) -> Self {
        let dataset = &job.data.dataset;
        let constants = optimizer.constants().into_iter();
        Self {
            job: job.name.into(),
            seed: job.common.seed,
            samples: job.samples,
            limit: None,
            denoise: None,
            data: DataRecord {
                dataset: dataset.name.clone(),
                folder: job.data.own_folder(),
                classes: job.data.classes.clone(),
                class_names: job.data.class_names(),
                train_images: dataset.train.count(),
                test_images: dataset.test.count(),
                image: job.data.image(),
                sha256: dataset.checksums.clone(),
            },
            model: ModelRecord {
                name: job.model_name.into(),
                architecture: job.architecture.to_string(),
                latent: None,
                parameters,
            },
            training: TrainingRecord {
                epochs: job.plan.epochs,
                epochs_finished: 0,
                batch: job.plan.batch,
                loss: "binary_crossentropy".into(),
                optimizer: optimizer.name().into(),
                optimizer_constants: constants.map(|(name, value)| (name.into(), value)).collect(),
                rule: job.plan.optimizer,
                learning_rate: job.plan.lr,
                checkpoint_every: keep.checkpoint_every,
                keep_best: keep.keep_best,
                patience: keep.patience,
                min_delta: keep.min_delta,
                stopped_early: false,
                best_epoch: None,
                stopped: None,
            },
            build: BuildRecord::this(),
        }
    }

    /// What the model is called.
    pub(crate) fn model_name(&self) -> &str {
        &self.model.name
    }

    /// What decided all that is random.
    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// In words, as it was before the first epoch.
    pub(crate) fn at_the_beginning(&self) -> Result<String> {
        let mut config = self.clone();
        config.finished(0);
        let TrainingRecord { stopped_early, best_epoch, stopped, .. } = &mut config.training;
        (*stopped_early, *best_epoch, *stopped) = (false, None, None);
        Ok(toml::to_string(&config)?)
    }

    /// The same without the program that made it.
    pub(crate) fn without_build(&self) -> Result<String> {
        let build = BuildRecord { version: String::new(), cpu_features: Vec::new() };
        Self { build, ..self.clone() }.at_the_beginning()
    }

    /// The program that made it, if it was not this one.
    pub(crate) fn other_build(&self) -> Option<String> {
        let BuildRecord { version, cpu_features } = &self.build;
        (self.build != BuildRecord::this())
            .then(|| format!("version {version} for {}", cpu_features.join(" ")))
    }

    /// The data lie where they lay, whatever they are called now.
    pub(crate) fn same_place(&mut self, as_it_was: &Self) {
        self.data.folder.clone_from(&as_it_was.data.folder);
    }

    /// With the first images only.
    pub(crate) fn limit(mut self, limits: Option<Limits>) -> Self {
        self.limit = limits.map(|Limits { train, test }| [train, test]);
        self
    }

    /// With the numbers that describe an image.
    pub(crate) fn latent(mut self, latent: usize) -> Self {
        self.model.latent = Some(latent);
        self
    }

    /// With what only a denoising run has.
    pub(crate) fn denoise(mut self, denoise: DenoiseRecord) -> Self {
        self.denoise = Some(denoise);
        self
    }

    /// Training has come so far.
    pub(crate) fn finished(&mut self, epochs: usize) {
        self.training.epochs_finished = epochs;
    }

    /// Training is over.
    pub(crate) fn ended(&mut self, fitted: &Fitted) {
        self.finished(fitted.history.epochs.len());
        self.training.stopped_early = fitted.stopped_early;
        self.training.best_epoch = fitted.restored;
        self.training.stopped = fitted
            .stopped
            .map(|Stopped { epoch, batch, batches }| StoppedRecord { epoch, batch, batches });
    }
}

/// The vector instructions that this program was compiled to use.
pub(crate) fn cpu_features() -> Vec<&'static str> {
    let all = [
        (cfg!(target_feature = "sse2"), "sse2"),
        (cfg!(target_feature = "sse4.2"), "sse4.2"),
        (cfg!(target_feature = "avx"), "avx"),
        (cfg!(target_feature = "avx2"), "avx2"),
        (cfg!(target_feature = "fma"), "fma"),
        (cfg!(target_feature = "avx512f"), "avx512f"),
        (cfg!(target_feature = "neon"), "neon"),
    ];
    all.into_iter().filter(|(has, _)| *has).map(|(_, name)| name).collect()
}
