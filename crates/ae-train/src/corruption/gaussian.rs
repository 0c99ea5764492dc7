//! Gaussian noise.

use super::{Corruption, ImageKey};
use ae_tensor::random::{Normals, uniform};
use rand::Rng;

/// Gaussian noise as the denoising examples of Keras add it: `clip(x + factor * z, 0, 1)` with `z`
/// drawn from N(0, 1) for each pixel, and pixels in [0, 1].
///
/// The noise of an image depends on the seed, on the image's number in its part of the data, and,
/// if `fresh`, on the epoch. It does not depend on the image's batch, its position in the batch, or
/// the factor. So two factors are compared with the same noise, and noisy images do not have to be
/// stored: they are computed again whenever they are needed.
///
/// # Special values
/// For any factor, a pixel ends in [0, 1]. A factor that is not finite is refused by
/// [`Examples::noisy`](crate::Examples::noisy).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GaussianNoise {
    /// The standard deviation before clipping; 0 leaves images unchanged.
    pub factor: f32,
    /// The seed of the noise.
    pub seed: u64,
    /// Whether the training images have new noise in each epoch, and not one noisy version of each
    /// image. The test images always have one version, so that epochs are compared on the same
    /// task.
    pub fresh: bool,
}

impl Corruption for GaussianNoise {
    fn name(&self) -> &str {
        "gaussian"
    }

    /// # Panics
    /// If the factor is negative, NaN or infinite, or the numbers of pixels differ.
    fn corrupt(&self, key: ImageKey, clean: &[f32], corrupted: &mut [f32]) {
        self.image(key).corrupt(clean, corrupted);
    }
}

impl GaussianNoise {
    /// Returns the noise of one image, for an image that is read in pieces. The result equals
    /// [`Corruption::corrupt`] on all of its pixels at once.
    ///
    /// # Panics
    /// If the factor is negative, NaN or infinite.
    #[must_use]
    pub fn image(&self, key: ImageKey) -> ImageNoise<impl Rng + use<>> {
        let Self { factor, seed, fresh } = *self;
        assert!(factor.is_finite() && factor >= 0.0, "corrupt: noise of factor {factor}");
        ImageNoise { factor, normals: Normals::new(key.stream(seed, fresh)) }
    }
}

/// Gaussian noise as [`GaussianNoise`], with another standard deviation for each image, drawn
/// uniformly from an interval. A model that learns from it removes noise of any strength in the
/// interval without being told which: K. Zhang et al., "Beyond a Gaussian denoiser", IEEE
/// Transactions on Image Processing 26, 2017, section III.E (DnCNN-B).
///
/// # Panics
/// If `0 <= from < to` does not hold with finite numbers, when an image is corrupted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GaussianLevels {
    /// The smallest standard deviation before clipping.
    pub from: f32,
    /// The largest.
    pub to: f32,
    /// The seed of the noise and of its strength.
    pub seed: u64,
    /// As for [`GaussianNoise`].
    pub fresh: bool,
}

impl Corruption for GaussianLevels {
    fn name(&self) -> &str {
        "gaussian"
    }

    fn corrupt(&self, key: ImageKey, clean: &[f32], corrupted: &mut [f32]) {
        assert!(self.from >= 0.0, "corrupt: noise of factor {}", self.from);
        let mut rng = key.stream(self.seed, self.fresh);
        let factor = uniform(&mut rng, self.from, self.to);
        ImageNoise { factor, normals: Normals::new(rng) }.corrupt(clean, corrupted);
    }
}

/// The noise of one image ([`GaussianNoise::image`]), and how much of it has been used.
#[derive(Debug)]
pub struct ImageNoise<R> {
    factor: f32,
    normals: Normals<R>,
}

impl<R: Rng> ImageNoise<R> {
    /// Writes the corrupted version of the next pixels `clean` to `corrupted`, which has as many
    /// pixels and arbitrary values.
    ///
    /// # Panics
    /// If the numbers of pixels differ.
    pub fn corrupt(&mut self, clean: &[f32], corrupted: &mut [f32]) {
        let Self { factor, normals } = self;
        assert!(
            clean.len() == corrupted.len(),
            "corrupt: {} pixels into {}",
            clean.len(),
            corrupted.len()
        );
        normals.fill(corrupted);
        for (corrupted, &clean) in corrupted.iter_mut().zip(clean) {
            *corrupted = (clean + *factor * *corrupted).clamp(0.0, 1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Split;
    use ae_testkit::assert_close;

    const NOISE: GaussianNoise = GaussianNoise { factor: 0.5, seed: 42, fresh: false };

    fn noisy(noise: GaussianNoise, split: Split, epoch: usize, image: usize) -> Vec<f32> {
        let clean = [0.0, 0.25, 0.5, 0.75, 1.0, 0.5, 0.5, 0.5];
        let mut noisy = [f32::NAN; 8];
        noise.corrupt(ImageKey { split, epoch, image }, &clean, &mut noisy);
        noisy.to_vec()
    }

    /// Pins known values: with other noise, the same command would be a different experiment. They
    /// are those of the twin in Python, `crates/ae-tensor/tools/normals.py`.
    #[test]
    fn noise_is_pinned() {
        let fresh = GaussianNoise { fresh: true, ..NOISE };
        for (noise, split, expected) in [
            (NOISE, Split::Train, [0.552_045_85, 0.677_557_44, 0.880_032_49, 0.830_866_5]),
            (NOISE, Split::Test, [0.082_511_86, 0.331_468_72, 0.604_497_94, 0.968_220_63]),
            (fresh, Split::Train, [0.087_954_55, 0.0, 0.843_503_13, 0.478_996_62]),
        ] {
            // Without fused multiply-add the last digits differ.
            assert_close(&noisy(noise, split, 3, 7)[..4], &expected, 1e-6, 1e-6);
        }
    }

    #[test]
    fn an_image_in_pieces_has_the_same_noise() {
        let clean: Vec<f32> = (0..60).map(|i| i as f32 / 60.0).collect();
        let key = ImageKey { split: Split::Test, epoch: 0, image: 7 };
        let (mut whole, mut pieces) = (vec![f32::NAN; 60], vec![f32::NAN; 60]);
        NOISE.corrupt(key, &clean, &mut whole);
        let mut noise = NOISE.image(key);
        for (clean, corrupted) in clean.chunks(7).zip(pieces.chunks_mut(7)) {
            noise.corrupt(clean, corrupted);
        }
        assert_eq!(pieces, whole);
    }

    #[test]
    fn the_noise_depends_on_its_key_only() {
        let train = |noise, epoch, image| noisy(noise, Split::Train, epoch, image);
        let base = train(NOISE, 0, 7);
        assert_eq!(base, train(NOISE, 5, 7));
        assert_ne!(base, train(NOISE, 0, 8));
        assert_ne!(base, train(GaussianNoise { seed: 43, ..NOISE }, 0, 7));
        assert_ne!(base, noisy(NOISE, Split::Test, 0, 7));
        // Fresh noise depends on the epoch, including the first, and only for training images.
        let fresh = GaussianNoise { fresh: true, ..NOISE };
        assert_ne!(base, train(fresh, 0, 7));
        assert_ne!(train(fresh, 0, 7), train(fresh, 1, 7));
        assert_eq!(noisy(fresh, Split::Test, 1, 7), noisy(NOISE, Split::Test, 0, 7));
    }

    #[test]
    fn another_factor_scales_the_same_noise() {
        let z = |factor: f32| {
            let noise = GaussianNoise { factor, ..NOISE };
            let mut noisy = vec![0.0; 2000];
            // Start from the middle of the range, where weak noise is never clipped.
            let key = ImageKey { split: Split::Train, epoch: 0, image: 3 };
            noise.corrupt(key, &vec![0.5; 2000], &mut noisy);
            noisy.iter().map(|x| (x - 0.5) / factor).collect::<Vec<f32>>()
        };
        let (little, more) = (z(0.05), z(0.1));
        for (a, b) in little.iter().zip(&more) {
            assert!((a - b).abs() < 1e-5, "{a} {b}");
        }
        let variance = little.iter().map(|z| z * z).sum::<f32>() / 2000.0;
        assert!((variance - 1.0).abs() < 0.1, "{variance}");
    }

    #[test]
    fn levels_are_spread_evenly_and_drawn_again_if_fresh() {
        let levels = GaussianLevels { from: 0.02, to: 0.1, seed: 1, fresh: true };
        let deviation = |epoch, image| {
            let mut noisy = vec![0.0; 2000];
            let key = ImageKey { split: Split::Train, epoch, image };
            levels.corrupt(key, &vec![0.5; 2000], &mut noisy);
            (noisy.iter().map(|x| (x - 0.5) * (x - 0.5)).sum::<f32>() / 2000.0).sqrt()
        };
        let all: Vec<f32> = (0..200).map(|image| deviation(0, image)).collect();
        assert!(all.iter().all(|level| (0.018..0.11).contains(level)));
        let mean = all.iter().sum::<f32>() / 200.0;
        assert!((mean - 0.06).abs() < 0.005, "{mean}");
        assert!((deviation(1, 0) / deviation(0, 0) - 1.0).abs() > 0.02);
        let test = |epoch| {
            let mut noisy = [0.0; 9];
            levels.corrupt(ImageKey { split: Split::Test, epoch, image: 3 }, &[0.5; 9], &mut noisy);
            noisy
        };
        assert_eq!(test(0), test(5));
    }

    #[test]
    fn pixels_stay_in_their_range_and_no_noise_changes_nothing() {
        let much = noisy(GaussianNoise { factor: 1e3, ..NOISE }, Split::Train, 0, 7);
        assert!(much.contains(&0.0) && much.contains(&1.0));
        assert!(much.iter().all(|x| (0.0..=1.0).contains(x)));
        let none = noisy(GaussianNoise { factor: 0.0, ..NOISE }, Split::Train, 0, 7);
        assert_eq!(none, [0.0, 0.25, 0.5, 0.75, 1.0, 0.5, 0.5, 0.5]);
    }
}
