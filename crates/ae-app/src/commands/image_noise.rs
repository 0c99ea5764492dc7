//! The noise of an image, and how much of it a model is to remove.

use crate::cli::ImageNoise;
use crate::exit::{Refusal, usage, warn};
use crate::input::OwnImage;
use crate::jobs::own_image::ImageDenoiser;
use crate::report::FoundNoise;
use ae_files::printable_path;
use ae_run::{Job, ModelFile};
use ae_train::{contrast_for, is_far, mean_noise, strength_for};
use anyhow::Result;
use std::path::Path;

/// What `--noise` and `--strength` ask for, and the noise that the model was trained on.
#[derive(Clone, Copy, Debug)]
pub(super) struct NoiseOptions {
    noise: Option<ImageNoise>,
    strength: Option<f32>,
    trained: [f32; 2],
}

impl NoiseOptions {
    /// Refuses `--noise` for a model of another corruption, whose amounts are not comparable.
    pub(super) fn new(
        noise: Option<ImageNoise>,
        strength: Option<f32>,
        trained: &ModelFile,
    ) -> Result<Self> {
        let trained = match trained.job()? {
            Job::Denoise(spec) if noise.is_some() => spec
                .corruption
                .deviations()
                .ok_or_else(|| not_gaussian(&spec.corruption.to_string()))?,
            _ => [0.0; 2],
        };
        Ok(Self { noise, strength, trained })
    }

    /// Returns the noise of image number `index`, if it was asked for, and makes its denoiser
    /// suit it. Warns if the model has learned to remove another noise.
    pub(super) fn apply(
        self,
        denoiser: &mut ImageDenoiser<'_>,
        index: usize,
        path: &Path,
        image: &OwnImage,
    ) -> Result<Option<FoundNoise>> {
        denoiser.strength = self.strength.unwrap_or(1.0);
        let Some(asked) = self.noise else { return Ok(None) };
        let (channels, noise) = match asked {
            ImageNoise::Known(noise) => (vec![], noise),
            ImageNoise::Auto => {
                let channels = denoiser.noise_of(index, image)?;
                let mean = mean_noise(&channels);
                (channels, mean)
            }
        };
        let [from, to] = self.trained;
        denoiser.contrast = contrast_for(noise, to);
        if self.strength.is_none() && noise < from {
            denoiser.strength = strength_for(noise, denoiser.removed(index, path, image)?);
        }
        if is_far(noise, self.trained) {
            self.warn(path, noise);
        }
        let image = path.to_string_lossy().into_owned();
        Ok(Some(FoundNoise {
            image,
            noise,
            channels,
            contrast: denoiser.contrast,
            strength: denoiser.strength,
        }))
    }

    fn warn(self, path: &Path, noise: f32) {
        let [from, to] = self.trained;
        let learned = if from == to { from.to_string() } else { format!("{from} to {to}") };
        warn(&format!(
            "{}: expected noise of {learned}, which the model has learned to remove, found {noise:.3}; \
             a model trained with --noise {noise:.3} suits it better",
            printable_path(path)
        ));
    }
}

fn not_gaussian(corruption: &str) -> Refusal {
    usage(format!(
        "--noise: expected a model of Gaussian noise, found one of {corruption}; leave the option out"
    ))
}
