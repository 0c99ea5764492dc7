//! The measurements of a run: its times, and the quality of its model.

use ae_train::{Denoising, EpochLosses};
use serde::{Deserialize, Serialize};

/// `times.toml`: everything that may differ between two runs of the same configuration.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Times {
    /// The number of threads.
    pub threads: usize,
    /// The number of processes that trained together.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub processes: usize,
    /// The time of training in seconds, validation included.
    pub training_seconds: f64,
    /// The training images per second of training steps.
    pub images_per_second: f64,
}

fn one() -> usize {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_one(count: &usize) -> bool {
    *count == 1
}

/// `metrics.toml`: the quality of a trained denoising model.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// The number of whole epochs that it was trained for.
    pub epochs: usize,
    /// The loss of the last whole epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loss: Option<f64>,
    /// The errors of the test images before and after denoising.
    #[serde(flatten)]
    pub denoising: Denoising,
}

impl Metrics {
    /// Returns the metrics of a model with these losses, measured on the test images.
    #[must_use]
    pub fn new(epochs: &[EpochLosses], measured: &Denoising) -> Self {
        let loss = epochs.last().map(|last| last.loss);
        Self { epochs: epochs.len(), loss, denoising: *measured }
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
        let metrics = Metrics::new(&epochs, &measured);
        let text = toml::to_string(&metrics).unwrap();
        let expected = "epochs = 1\nloss = 0.5\nval_loss = 0.125\npsnr_noisy = 10.5\npsnr_denoised = 20.0\n\
                        ssim_noisy = 0.25\nssim_denoised = 0.75\n";
        assert_eq!(text, expected);
        assert_eq!(toml::from_str::<Metrics>(&text).unwrap(), metrics);
        (measured.noisy.ssim, measured.denoised.ssim) = (None, None);
        let text = toml::to_string(&Metrics::new(&[], &measured)).unwrap();
        let expected = "epochs = 0\nval_loss = 0.125\npsnr_noisy = 10.5\npsnr_denoised = 20.0\n";
        assert_eq!(text, expected);
    }
}
