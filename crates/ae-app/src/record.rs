//! What a run leaves in writing: everything needed to repeat it, and, apart from that, how long it took.

use crate::job::Job;
use ae_optim::Optimizer;
use ae_train::{Denoising, EpochLosses, Fitted, Quality, Stopped};
use serde::Serialize;
use std::collections::BTreeMap;

/// `config.toml`: the same for every run with the same arguments, data and build, whatever the number of threads.
#[derive(Debug, Serialize)]
pub(crate) struct Config {
    job: &'static str,
    seed: u64,
    samples: usize,
    #[serde(flatten)]
    denoise: Option<DenoiseRecord>,
    data: DataRecord,
    model: ModelRecord,
    training: TrainingRecord,
    build: BuildRecord,
}

/// What only a denoising run has.
#[derive(Debug, Serialize)]
pub(crate) struct DenoiseRecord {
    pub(crate) noise: f32,
    pub(crate) fresh_noise: bool,
    pub(crate) sweep: bool,
    pub(crate) quick: bool,
    /// The most training and the most test images taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) limit: Option<[usize; 2]>,
}

#[derive(Debug, Serialize)]
struct DataRecord {
    dataset: String,
    classes: Vec<u8>,
    class_names: Vec<String>,
    train_images: usize,
    test_images: usize,
    image: [usize; 2],
    /// Of each file's unpacked content.
    sha256: BTreeMap<String, String>,
}

#[derive(Debug, Serialize)]
struct ModelRecord {
    #[serde(skip_serializing_if = "Option::is_none")]
    latent: Option<usize>,
    parameters: usize,
}

#[derive(Debug, Serialize)]
struct TrainingRecord {
    epochs: usize,
    epochs_finished: usize,
    batch: usize,
    loss: &'static str,
    optimizer: &'static str,
    optimizer_constants: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<StoppedRecord>,
}

/// The last batch that was learnt from, counted from 1, if Ctrl-C ended training.
#[derive(Debug, Serialize)]
struct StoppedRecord {
    epoch: usize,
    batch: usize,
    batches: usize,
}

#[derive(Debug, Serialize)]
struct BuildRecord {
    version: &'static str,
    cpu_features: Vec<&'static str>,
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
    pub(crate) fn new(job: &Job<'_>, parameters: usize, optimizer: &dyn Optimizer) -> Self {
        let dataset = &job.data.dataset;
        Self {
            job: job.name,
            seed: job.common.seed,
            samples: job.steps.samples,
            denoise: None,
            data: DataRecord {
                dataset: dataset.name.clone(),
                classes: job.data.classes.clone(),
                class_names: job.data.class_names(),
                train_images: dataset.train.count(),
                test_images: dataset.test.count(),
                image: job.data.image(),
                sha256: dataset.checksums.clone(),
            },
            model: ModelRecord { latent: None, parameters },
            training: TrainingRecord {
                epochs: job.epochs,
                epochs_finished: 0,
                batch: job.steps.batch,
                loss: "binary_crossentropy",
                optimizer: optimizer.name(),
                optimizer_constants: optimizer.constants().into_iter().collect(),
                stopped: None,
            },
            build: BuildRecord { version: env!("CARGO_PKG_VERSION"), cpu_features: cpu_features() },
        }
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
