//! The results of a command, for a program to read.

use crate::record::Times;
use crate::run_folder::RunFolder;
use ae_train::{Denoising, EpochLosses};
use anyhow::{Context, Result};
use serde::Serialize;
use std::fs;

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
    loss: f64,
    val_loss: f64,
}

#[derive(Debug, Serialize)]
struct AtNoise {
    noise: f32,
    psnr_noisy: f64,
    psnr_denoised: f64,
    ssim_noisy: Option<f64>,
    ssim_denoised: Option<f64>,
    val_loss: f64,
}

impl Results {
    pub(crate) fn trained(&mut self, epochs: &[EpochLosses], times: Times) {
        let losses = epochs.iter().zip(1..);
        let losses =
            losses.map(|(&EpochLosses { loss, val_loss }, epoch)| Losses { epoch, loss, val_loss });
        self.losses = losses.collect();
        self.times = Some(times);
    }

    pub(crate) fn at_noise(&mut self, noise: f32, measured: &Denoising) {
        let &Denoising { noisy, denoised, loss: val_loss } = measured;
        self.sweep.push(AtNoise {
            noise,
            psnr_noisy: noisy.psnr,
            psnr_denoised: denoised.psnr,
            ssim_noisy: noisy.ssim,
            ssim_denoised: denoised.ssim,
            val_loss,
        });
    }

    /// How it ended, with this in the folder.
    pub(crate) fn ended(
        &mut self,
        ended: &'static str,
        folder: &RunFolder,
        digest: Option<String>,
    ) -> Result<()> {
        self.ended = ended;
        self.folder = folder.path().to_string_lossy().into_owned();
        self.files = folder.names()?;
        self.config = table(folder, "config.toml")?;
        self.metrics = table(folder, "metrics.toml")?;
        self.digest = digest;
        Ok(())
    }
}

/// A file of the folder, if it is there.
fn table(folder: &RunFolder, name: &str) -> Result<Option<toml::Table>> {
    let path = folder.file(name);
    if !path.exists() {
        return Ok(None);
    }
    let cannot = || format!("cannot read {}", path.display());
    let text = fs::read_to_string(&path).with_context(cannot)?;
    text.parse().map(Some).with_context(cannot)
}
