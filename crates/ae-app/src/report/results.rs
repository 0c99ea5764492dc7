//! The results of a command, for a program to read.

use ae_run::{CONFIG, METRICS, Times};
use ae_train::{Denoising, EpochLosses};
use anyhow::{Context, Result};
use serde::Serialize;
use std::fs;
use std::path::Path;

/// What `--json` prints, as far as a command has it.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Results {
    /// How it ended: `done`, `stopped` by Ctrl-C, or `complete`, which there was nothing left to do for.
    ended: &'static str,
    /// Where the results are.
    folder: String,
    /// The files there, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<String>,
    /// `config.toml`, as it stands in the folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    config: Option<toml::Table>,
    /// `metrics.toml`.
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics: Option<toml::Table>,
    /// As in `times.toml`.
    #[serde(skip_serializing_if = "Option::is_none")]
    times: Option<Times>,
    /// Of each epoch.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    losses: Vec<Losses>,
    /// At each noise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sweep: Vec<AtNoise>,
    /// Of the checksums in `SHA256SUMS`, which is there if the run came to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
}

#[derive(Debug, Serialize)]
struct Losses {
    epoch: usize,
    #[serde(flatten)]
    losses: EpochLosses,
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

    /// How it ended, with this in the folder.
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
        self.digest = digest;
        Ok(())
    }
}

/// A file of the folder, if it is there.
fn table(folder: &Path, name: &str) -> Result<Option<toml::Table>> {
    let path = folder.join(name);
    if !path.exists() {
        return Ok(None);
    }
    let cannot = || format!("cannot read {}", path.display());
    let text = fs::read_to_string(&path).with_context(cannot)?;
    text.parse().map(Some).with_context(cannot)
}
