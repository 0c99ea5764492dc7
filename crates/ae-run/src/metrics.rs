//! What a run measures: how long it took, and how good the model is.

use ae_train::{Denoising, EpochLosses};
use serde::Serialize;

/// `times.toml`: all that may differ between two runs of the same configuration.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Times {
    /// Threads that computed.
    pub threads: usize,
    /// Seconds of training, validation included.
    pub training_seconds: f64,
    /// Images learnt from in a second of training steps.
    pub images_per_second: f64,
}

/// How close noisy and denoised images are to the originals, as files name these numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct DenoisingNumbers {
    /// Mean peak signal-to-noise ratio of the noisy images, in decibels.
    pub psnr_noisy: f64,
    /// The same of the denoised images.
    pub psnr_denoised: f64,
    /// Mean structural similarity of the noisy images, if they are large enough to have one.
    pub ssim_noisy: Option<f64>,
    /// The same of the denoised images.
    pub ssim_denoised: Option<f64>,
}

impl From<&Denoising> for DenoisingNumbers {
    fn from(measured: &Denoising) -> Self {
        let Denoising { noisy, denoised, .. } = measured;
        Self {
            psnr_noisy: noisy.psnr,
            psnr_denoised: denoised.psnr,
            ssim_noisy: noisy.ssim,
            ssim_denoised: denoised.ssim,
        }
    }
}

/// `metrics.toml`: how good a denoising model is in the end. TOML leaves out what is `None`.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Metrics {
    epochs: usize,
    /// The last whole epoch's.
    loss: Option<f64>,
    val_loss: f64,
    #[serde(flatten)]
    numbers: DenoisingNumbers,
}

impl Metrics {
    /// Of a model with these losses, measured on the test images.
    #[must_use]
    pub fn new(epochs: &[EpochLosses], measured: &Denoising) -> Self {
        Self {
            epochs: epochs.len(),
            loss: epochs.last().map(|last| last.loss),
            val_loss: measured.loss,
            numbers: measured.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_train::Quality;

    #[test]
    fn what_is_not_there_is_left_out_of_the_file() {
        let quality = |psnr, ssim| Quality { psnr, ssim };
        let mut measured = Denoising {
            noisy: quality(10.5, Some(0.25)),
            denoised: quality(20.0, Some(0.75)),
            loss: 0.125,
        };
        let epochs = [EpochLosses { loss: 0.5, val_loss: 0.25 }];
        let text = toml::to_string(&Metrics::new(&epochs, &measured)).unwrap();
        let expected = "epochs = 1\nloss = 0.5\nval_loss = 0.125\npsnr_noisy = 10.5\npsnr_denoised = 20.0\n\
                        ssim_noisy = 0.25\nssim_denoised = 0.75\n";
        assert_eq!(text, expected);
        (measured.noisy.ssim, measured.denoised.ssim) = (None, None);
        let text = toml::to_string(&Metrics::new(&[], &measured)).unwrap();
        let expected = "epochs = 0\nval_loss = 0.125\npsnr_noisy = 10.5\npsnr_denoised = 20.0\n";
        assert_eq!(text, expected);
    }
}
