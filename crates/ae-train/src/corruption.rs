//! Corruptions of images, which a denoising auto-encoder learns to undo.

mod gaussian;
mod named;
mod pixels;

pub use gaussian::{GaussianLevels, GaussianNoise, ImageNoise};
pub use named::NamedCorruption;
pub use pixels::{Masking, SaltAndPepper};

use ae_tensor::random::{Purpose, stream};
use rand::Rng;
use std::fmt;

/// A random change of images.
///
/// The result for an image depends only on the image and its [`ImageKey`], not on its batch, its
/// position in the batch, or the number of threads. So corrupted images do not have to be stored:
/// they are computed again whenever they are needed.
///
/// ```
/// use ae_tensor::random::uniform;
/// use ae_train::{Corruption, ImageKey};
///
/// /// All pixels from a random one on become black.
/// #[derive(Debug)]
/// struct Curtain {
///     seed: u64,
/// }
///
/// impl Corruption for Curtain {
///     fn name(&self) -> &str {
///         "curtain"
///     }
///
///     fn corrupt(&self, key: ImageKey, clean: &[f32], corrupted: &mut [f32]) {
///         let mut rng = key.stream(self.seed, false);
///         let from = uniform(&mut rng, 0.0, clean.len() as f32) as usize;
///         corrupted.copy_from_slice(clean);
///         corrupted[from..].fill(0.0);
///     }
/// }
/// ```
pub trait Corruption: fmt::Debug + Send + Sync {
    /// Its name.
    fn name(&self) -> &str;

    /// Writes the corrupted version of the image `clean` to `corrupted`, which has as many pixels
    /// and arbitrary values.
    fn corrupt(&self, key: ImageKey, clean: &[f32], corrupted: &mut [f32]);
}

/// Whether images belong to the training data or to the test data. Image 7 of one is unrelated to
/// image 7 of the other, and so is their noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Split {
    /// The training data.
    Train,
    /// The test data.
    Test,
}

/// An image in an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ImageKey {
    /// Whether it is a training image or a test image.
    pub split: Split,
    /// The epoch, counted from 0.
    pub epoch: usize,
    /// Its number in the training or the test data.
    pub image: usize,
}

impl ImageKey {
    /// Random numbers for this image. If `fresh` is set, a training image has different numbers in
    /// each epoch; otherwise it has the same numbers in all epochs. A test image always has the
    /// same numbers, so that epochs are compared on the same task.
    #[must_use]
    pub fn stream(self, seed: u64, fresh: bool) -> impl Rng {
        let (purpose, epoch) = match self.split {
            Split::Train if fresh => (Purpose::Noise, self.epoch as u64 + 1),
            Split::Train => (Purpose::Noise, 0),
            Split::Test => (Purpose::TestNoise, 0),
        };
        stream(seed, purpose, epoch, self.image as u64)
    }
}

#[cfg(test)]
mod tests;
