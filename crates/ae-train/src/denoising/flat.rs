//! The measures of denoising as they are serialized: five numbers.

use super::{Denoising, Quality};
use serde::{Deserialize, Serialize};

/// The serialized form of [`Denoising`].
#[derive(Serialize, Deserialize)]
pub(super) struct Flat {
    val_loss: f64,
    psnr_noisy: f64,
    psnr_denoised: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ssim_noisy: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ssim_denoised: Option<f64>,
}

impl From<Denoising> for Flat {
    fn from(Denoising { noisy, denoised, loss }: Denoising) -> Self {
        Self {
            val_loss: loss,
            psnr_noisy: noisy.psnr,
            psnr_denoised: denoised.psnr,
            ssim_noisy: noisy.ssim,
            ssim_denoised: denoised.ssim,
        }
    }
}

impl From<Flat> for Denoising {
    fn from(flat: Flat) -> Self {
        Self {
            noisy: Quality { psnr: flat.psnr_noisy, ssim: flat.ssim_noisy },
            denoised: Quality { psnr: flat.psnr_denoised, ssim: flat.ssim_denoised },
            loss: flat.val_loss,
        }
    }
}
