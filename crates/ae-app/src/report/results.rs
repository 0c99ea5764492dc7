//! The results of a command, for a program to read.

use ae_lab::{Line, Measured, ScoreTable, SeedMean, SweepPoint, SweepTable};
use ae_run::{CONFIG, METRICS, Times};
use ae_train::{Denoising, EpochLosses};
use anyhow::{Context, Result};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::{fmt, fs};

/// The file in which `pca` writes its measures.
pub(crate) const PCA: &str = "pca.toml";

/// The content of the JSON. A command leaves out the fields that it does not have.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Results {
    /// How the command ended: `done`, `stopped` by a signal, `complete` if nothing was left to do,
    /// or `partly` if trainings are left, perhaps to other processes.
    ended: &'static str,
    /// The folder of the results.
    folder: String,
    /// The names of the files in the folder.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<String>,
    /// The content of `config.toml`.
    #[serde(skip_serializing_if = "Option::is_none")]
    config: Option<toml::Table>,
    /// The content of `metrics.toml`.
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics: Option<toml::Table>,
    /// The content of `pca.toml`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pca: Option<toml::Table>,
    /// The content of `times.toml`.
    #[serde(skip_serializing_if = "Option::is_none")]
    times: Option<Times>,
    /// The losses of each epoch.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    losses: Vec<Losses>,
    /// The results at each noise level of the sweep.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sweep: Vec<AtNoise>,
    /// The scores of `scores.csv`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scores: Vec<Scored>,
    /// The points of the grid of `sweep`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    points: Vec<SweptPoint>,
    /// The runs of `sweep` that failed, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failed: Vec<Failed>,
    /// The noise of each image of `denoise-image`, if `--noise` asks for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    images: Vec<FoundNoise>,
    /// What `anomaly` has flagged.
    #[serde(skip_serializing_if = "Option::is_none")]
    anomalies: Option<Anomalies>,
    /// The digest of `SHA256SUMS`, which exists if the run is complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
}

#[derive(Debug, Serialize)]
struct Losses {
    epoch: usize,
    #[serde(flatten)]
    losses: EpochLosses,
}

/// A line of `scores.csv`.
#[derive(Debug, Serialize)]
struct Scored {
    model: String,
    seed: u64,
    codes_from: String,
    against: &'static str,
    #[serde(flatten)]
    scores: BTreeMap<String, f64>,
}

/// A point of a sweep's grid.
#[derive(Debug, Serialize)]
struct SweptPoint {
    options: BTreeMap<String, String>,
    /// The numbers of trainings that were measured, that diverged, and that have not ended.
    seeds: usize,
    diverged: usize,
    missing: usize,
    measures: BTreeMap<String, Mean>,
}

/// A run of a sweep that failed.
#[derive(Debug, Serialize)]
struct Failed {
    run: String,
    error: String,
}

/// A measure over the seeds of a point.
#[derive(Debug, Serialize)]
struct Mean {
    mean: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    deviation: Option<f64>,
    /// The 95 % confidence interval of the mean.
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<[f64; 2]>,
}

/// What `anomaly` has flagged.
#[derive(Debug, Serialize)]
pub(crate) struct Anomalies {
    /// The number of images, or of rows of vectors.
    pub(crate) images: usize,
    pub(crate) flagged: usize,
    /// The score that flags, and its threshold.
    pub(crate) score: String,
    pub(crate) threshold: f64,
    /// The file with the scores of each.
    pub(crate) scores: &'static str,
}

/// The noise of an image.
#[derive(Debug, Serialize)]
pub(crate) struct FoundNoise {
    pub(crate) image: String,
    /// The mean over the channels.
    pub(crate) noise: f32,
    /// The estimate for each channel, if it was estimated.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) channels: Vec<f32>,
    /// The contrast of the image that the model got.
    pub(crate) contrast: f32,
    /// How much of what the model removes was removed.
    pub(crate) strength: f32,
}

impl fmt::Display for FoundNoise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "noise {:.4}", self.noise)?;
        if let [red, green, blue] = self.channels[..] {
            write!(f, " (red {red:.4}, green {green:.4}, blue {blue:.4})")?;
        }
        if self.contrast < 1.0 {
            write!(f, ", contrast {:.2}", self.contrast)?;
        }
        write!(f, ", strength {:.2}", self.strength)
    }
}

#[derive(Debug, Serialize)]
struct AtNoise {
    noise: f32,
    #[serde(flatten)]
    denoising: Denoising,
}

impl Results {
    pub(crate) fn trained(&mut self, epochs: &[EpochLosses], times: Times) {
        let losses = epochs.iter().zip(1..);
        self.losses = losses.map(|(&losses, epoch)| Losses { epoch, losses }).collect();
        self.times = Some(times);
    }

    pub(crate) fn at_noise(&mut self, noise: f32, measured: &Denoising) {
        self.sweep.push(AtNoise { noise, denoising: *measured });
    }

    pub(crate) fn found_noise(&mut self, found: FoundNoise) {
        self.images.push(found);
    }

    pub(crate) fn found_anomalies(&mut self, found: Anomalies) {
        self.anomalies = Some(found);
    }

    pub(crate) fn scored(&mut self, table: &ScoreTable) {
        self.scores = table
            .lines()
            .map(|Line { row, source, against, scores }| Scored {
                model: row.model.clone(),
                seed: row.seed,
                codes_from: source,
                against,
                scores: scores.into_iter().collect(),
            })
            .collect();
    }

    pub(crate) fn failed(&mut self, run: &str, error: String) {
        self.failed.push(Failed { run: run.to_owned(), error });
    }

    pub(crate) fn swept(&mut self, table: &SweepTable) {
        let point = |point: &SweepPoint| SweptPoint {
            options: table.options().iter().cloned().zip(point.values.iter().cloned()).collect(),
            seeds: point.measured,
            diverged: point.diverged,
            missing: point.missing,
            measures: table
                .measures_of(point)
                .filter(|known| known.mean.count > 0)
                .map(|Measured { name, mean, .. }| {
                    let SeedMean { mean, deviation, interval, .. } = mean;
                    (name.to_owned(), Mean { mean, deviation, interval })
                })
                .collect(),
        };
        self.points = table.points().iter().map(point).collect();
    }

    /// Records how the command ended, and the content of the folder.
    pub(crate) fn ended(
        &mut self,
        ended: &'static str,
        folder: &Path,
        digest: Option<String>,
    ) -> Result<()> {
        self.ended = ended;
        self.folder = folder.to_string_lossy().into_owned();
        self.files = ae_run::file_names(folder)?;
        self.config = table(folder, CONFIG)?;
        self.metrics = table(folder, METRICS)?;
        self.pca = table(folder, PCA)?;
        self.digest = digest;
        Ok(())
    }
}

/// Reads a TOML file of the folder, if it exists.
pub(super) fn table(folder: &Path, name: &str) -> Result<Option<toml::Table>> {
    let path = folder.join(name);
    if !path.exists() {
        return Ok(None);
    }
    let cannot = || format!("cannot read {}", path.display());
    let text = fs::read_to_string(&path).with_context(cannot)?;
    text.parse().map(Some).with_context(cannot)
}
