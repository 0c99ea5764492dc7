//! Images with noise.

use super::EngineError;
use super::error::{check_finite, check_rows};
use ae_train::{GaussianNoise, ImageKey, Split};

/// These `count` images with Gaussian noise of this `level`, clipped to 0 and 1: the noise that the
/// program's `denoise` adds to the test images with the numbers `first`, `first + 1` and so on, for
/// this `seed`. Another level is the same noise, stronger or weaker.
///
/// # Errors
/// If the images are not whole or not finite, or the level is not from 0 to 1.
pub fn noisy(
    images: &[f32],
    count: usize,
    level: f32,
    seed: u64,
    first: usize,
) -> Result<Vec<f32>, EngineError> {
    if !(0.0..=1.0).contains(&level) {
        return Err(EngineError::new("level of noise", "a number from 0 to 1", level));
    }
    check_rows("images", images.len(), count)?;
    check_finite("images", images)?;
    if images.is_empty() {
        return Ok(Vec::new());
    }
    let len = images.len() / count;
    let noise = GaussianNoise { factor: level, seed, fresh: false };
    let mut noisy = vec![0.0; images.len()];
    for (i, (clean, noisy)) in images.chunks_exact(len).zip(noisy.chunks_exact_mut(len)).enumerate()
    {
        let key = ImageKey { split: Split::Test, epoch: 0, image: first + i };
        noise.image(key).corrupt(clean, noisy);
    }
    Ok(noisy)
}
