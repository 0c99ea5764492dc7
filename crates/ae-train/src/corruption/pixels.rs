//! Corruptions that replace some of the pixels and leave the others unchanged.
//!
//! Each pixel has one random number `u`, uniform in [0, 1), and is replaced if `u < p`. So with a
//! larger probability the same pixels are replaced, and some more, which makes two probabilities
//! comparable.

use super::{Corruption, ImageKey};
use rand::Rng;

/// Each pixel becomes 0 with this probability: the corruption of P. Vincent et al., "Extracting and
/// composing robust features with denoising autoencoders", ICML 2008, section 2.3, with each pixel
/// drawn independently.
///
/// # Panics
/// If the probability is not from 0 to 1, when an image is corrupted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Masking {
    /// The probability that a pixel is replaced, from 0 to 1.
    pub probability: f32,
    /// The seed, which determines the replaced pixels.
    pub seed: u64,
    /// Whether other pixels of the training images are replaced in each epoch.
    pub fresh: bool,
}

/// Each pixel is replaced with this probability, by 0 or 1, which are equally likely.
///
/// # Panics
/// If the probability is not from 0 to 1, when an image is corrupted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SaltAndPepper {
    /// The probability that a pixel is replaced, from 0 to 1.
    pub probability: f32,
    /// The seed, which determines the replaced pixels and their values.
    pub seed: u64,
    /// Whether other pixels of the training images are replaced in each epoch.
    pub fresh: bool,
}

impl Corruption for Masking {
    fn name(&self) -> &str {
        "masking"
    }

    fn corrupt(&self, key: ImageKey, clean: &[f32], corrupted: &mut [f32]) {
        let rng = key.stream(self.seed, self.fresh);
        replace(self.probability, rng, clean, corrupted, |_| 0.0);
    }
}

impl Corruption for SaltAndPepper {
    fn name(&self) -> &str {
        "salt-and-pepper"
    }

    fn corrupt(&self, key: ImageKey, clean: &[f32], corrupted: &mut [f32]) {
        let rng = key.stream(self.seed, self.fresh);
        // The lowest bit is not part of u.
        replace(self.probability, rng, clean, corrupted, |bits| (bits & 1) as f32);
    }
}

/// Replaces each pixel with this probability by `by(bits)`, where `bits` are the pixel's random
/// bits: the upper 24 are `u`.
fn replace(
    probability: f32,
    mut rng: impl Rng,
    clean: &[f32],
    corrupted: &mut [f32],
    by: impl Fn(u32) -> f32,
) {
    assert!((0.0..=1.0).contains(&probability), "corrupt: a probability of {probability}");
    assert!(
        clean.len() == corrupted.len(),
        "corrupt: {} pixels into {}",
        clean.len(),
        corrupted.len()
    );
    for (corrupted, &clean) in corrupted.iter_mut().zip(clean) {
        let bits = rng.next_u32();
        let u = (bits >> 8) as f32 / (1 << 24) as f32;
        *corrupted = if u < probability { by(bits) } else { clean };
    }
}
