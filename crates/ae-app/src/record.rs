//! What a run leaves in writing: everything needed to repeat it, and, apart from that, how long it took.

use crate::job::Job;
use ae_optim::Optimizer;
use serde::Serialize;
use std::collections::BTreeMap;

/// `config.toml`: the same for every run with the same arguments, data and build, whatever the number of threads.
#[derive(Debug, Serialize)]
pub(crate) struct Config {
    job: &'static str,
    seed: u64,
    samples: usize,
    data: DataRecord,
    model: ModelRecord,
    training: TrainingRecord,
    build: BuildRecord,
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
    batch: usize,
    loss: &'static str,
    optimizer: &'static str,
    optimizer_constants: BTreeMap<&'static str, String>,
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
    pub(crate) training_seconds: f64,
}

impl Config {
    pub(crate) fn new(job: &Job<'_>, parameters: usize, optimizer: &dyn Optimizer) -> Self {
        let dataset = &job.data.dataset;
        Self {
            job: job.name,
            seed: job.common.seed,
            samples: job.steps.samples,
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
                batch: job.steps.batch,
                loss: "binary_crossentropy",
                optimizer: optimizer.name(),
                optimizer_constants: optimizer.constants().into_iter().collect(),
            },
            build: BuildRecord { version: env!("CARGO_PKG_VERSION"), cpu_features: cpu_features() },
        }
    }

    /// With the numbers that describe an image.
    pub(crate) fn latent(mut self, latent: usize) -> Self {
        self.model.latent = Some(latent);
        self
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
