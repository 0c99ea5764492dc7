//! The errors of reconstructions of any kind.

use crate::metrics::{PsnrSum, psnr, ssim};
use crate::{Samples, shards};
use ae_tensor::{Tensor, current_threads, for_each_with};

/// Keras's `epsilon()`: probabilities are clipped to `[EPSILON, 1 - EPSILON]` before their
/// logarithm is taken.
const EPSILON: f64 = 1e-7;
/// The number of images per shard.
const SHARD: usize = 128;

/// The errors of reconstructions, each a mean over images.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ReconstructionErrors {
    /// The squared error of a pixel's value, a mean over the channels. Of all affine maps of the
    /// training images through `k` numbers, PCA has the smallest on those images.
    pub mse: f64,
    /// See [`psnr`], in decibels; each image counts with at most
    /// [`MAX_PSNR`](crate::metrics::MAX_PSNR). Infinite if all images are perfect.
    pub psnr: f64,
    /// See [`ssim`]; `None` if the images are too small for its window.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub ssim: Option<f64>,
    /// The binary cross-entropy of a pixel, `-x ln y - (1 - x) ln (1 - y)` for the original's `x`
    /// and the reconstruction's `y`, clipped to `[1e-7, 1 - 1e-7]`. Values outside of [0, 1], which
    /// PCA can produce, are not probabilities. After clipping, a pixel that is entirely wrong costs
    /// `ln 1e7 = 16.1`.
    #[cfg_attr(feature = "serde", serde(rename = "binary_crossentropy"))]
    pub cross_entropy: f64,
}

/// Sums of errors over images.
#[derive(Clone, Copy)]
struct Sums {
    mse: f64,
    psnr: PsnrSum,
    /// `None` if the images are too small for the window.
    ssim: Option<f64>,
    cross_entropy: f64,
}

impl Sums {
    const ZERO: Self = Self { mse: 0.0, psnr: PsnrSum::ZERO, ssim: Some(0.0), cross_entropy: 0.0 };

    fn of(original: &[f32], image: &[f32], size: [usize; 3]) -> Self {
        let (mut squares, mut entropies) = (0.0, 0.0);
        for (&x, &y) in original.iter().zip(image) {
            let (x, y) = (f64::from(x), f64::from(y));
            squares += (x - y).powi(2);
            let y = y.clamp(EPSILON, 1.0 - EPSILON);
            entropies -= x * y.ln() + (1.0 - x) * (1.0 - y).ln();
        }
        let pixels = original.len() as f64;
        Self {
            mse: squares / pixels,
            psnr: PsnrSum::of(psnr(original, image)),
            ssim: ssim(original, image, size),
            cross_entropy: entropies / pixels,
        }
    }

    fn add(&mut self, other: Self) {
        self.mse += other.mse;
        self.psnr.add(other.psnr);
        self.ssim = self.ssim.zip(other.ssim).map(|(a, b)| a + b);
        self.cross_entropy += other.cross_entropy;
    }

    fn mean(self, count: usize) -> ReconstructionErrors {
        let n = count as f64;
        ReconstructionErrors {
            mse: self.mse / n,
            psnr: self.psnr.mean(count),
            ssim: self.ssim.map(|ssim| ssim / n),
            cross_entropy: self.cross_entropy / n,
        }
    }
}

/// Compares each sample, an image of `size` (`[height, width, channels]`), with its row of
/// `reconstructions`, `[count, ...]`. The errors are NaN if there are no samples.
///
/// # Panics
/// If the number of reconstructions is not that of the samples, or not all of them have
/// `size[0] * size[1] * size[2]` values.
#[must_use]
pub fn measure_reconstructions(
    originals: Samples<'_>,
    reconstructions: &Tensor,
    size: [usize; 3],
) -> ReconstructionErrors {
    let (count, pixels) = (originals.count(), size[0] * size[1] * size[2]);
    assert!(
        originals.shape().len() == pixels && reconstructions.len() == count * pixels,
        "measure_reconstructions: {} and {} for {count} images of {} x {} x {}",
        originals.batch_shape(count),
        reconstructions.shape(),
        size[0],
        size[1],
        size[2]
    );
    let mut parts: Vec<_> = shards::even(count, SHARD).map(|rows| (rows, Sums::ZERO)).collect();
    for_each_with(&mut vec![(); current_threads()], &mut parts, |(), _, (rows, total)| {
        let indices: Vec<usize> = rows.clone().collect();
        let clean = originals.gather(&indices);
        let made = reconstructions.data()[rows.start * pixels..].chunks_exact(pixels);
        for (clean, made) in clean.data().chunks_exact(pixels).zip(made) {
            total.add(Sums::of(clean, made, size));
        }
    });
    // Summed in the order of the parts, so that the result does not depend on scheduling.
    let mut total = Sums::ZERO;
    parts.into_iter().for_each(|(_, part)| total.add(part));
    total.mean(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BinaryCrossentropy, Examples, evaluate, predict};
    use ae_autodiff::Params;
    use ae_layers::{Activation, Sequential, dense};
    use ae_tensor::with_threads;
    use ae_testkit::{Sampler, assert_close_f64};

    #[test]
    fn one_pixel_by_hand() {
        // 51 / 255 = 0.2; two images of one pixel.
        let samples = Samples::new(&[51, 255], [1]);
        let made = Tensor::new([2, 1], vec![0.5, 1.5]);
        let got = measure_reconstructions(samples, &made, [1, 1, 1]);
        let entropy = |x: f64, y: f64| -x * y.ln() - (1.0 - x) * (1.0 - y).ln();
        let psnr = |mse: f64| -10.0 * mse.log10();
        assert_close_f64(
            &[got.mse, got.psnr, got.cross_entropy],
            &[
                (0.09 + 0.25) / 2.0,
                (psnr(0.09) + psnr(0.25)) / 2.0,
                (entropy(0.2, 0.5) + entropy(1.0, 1.0 - 1e-7)) / 2.0,
            ],
            1e-6,
            0.0,
        );
        assert_eq!(got.ssim, None);
        // White where black should be: the cost of a confident mistake.
        let black =
            measure_reconstructions(Samples::new(&[0], [1]), &Tensor::full([1], 7.0), [1, 1, 1]);
        assert!((black.cross_entropy - 1e7f64.ln()).abs() < 1e-6, "{black:?}");
    }

    #[test]
    fn a_models_cross_entropy_is_its_loss_and_means_are_over_all() {
        const COUNT: usize = 300;
        let bytes: Vec<u8> =
            Sampler::new(1).vec(COUNT * 132, 0.0, 256.0).into_iter().map(|x| x as u8).collect();
        let samples = Samples::new(&bytes, [132]);
        let mut params = Params::new();
        let layers = [dense(3, Activation::Relu), dense(132, Activation::Sigmoid)];
        let model = Sequential::build([132], &layers, &mut params, 1).expect("the shapes fit");
        let made = predict(&model, &params, samples);
        let run = |threads| {
            with_threads(threads, || measure_reconstructions(samples, &made, [12, 11, 1])).unwrap()
        };
        let got = run(1);
        assert!(run(2) == got && run(3) == got);
        let loss = evaluate(&model, &params, Examples::clean(samples), &BinaryCrossentropy);
        assert!((got.cross_entropy / loss - 1.0).abs() < 1e-5, "{got:?} {loss}");

        let all = samples.gather(&(0..COUNT).collect::<Vec<_>>());
        let mean = |measure: &dyn Fn(&[f32], &[f32]) -> f64| {
            (0..COUNT).map(|i| measure(all.row(i), made.row(i))).sum::<f64>() / COUNT as f64
        };
        let squares = |x: &[f32], y: &[f32]| 10f64.powf(-psnr(x, y) / 10.0);
        let expected =
            [mean(&squares), mean(&psnr), mean(&|x, y| ssim(x, y, [12, 11, 1]).unwrap())];
        assert_close_f64(&[got.mse, got.psnr, got.ssim.unwrap()], &expected, 1e-12, 0.0);
    }

    #[test]
    fn a_perfect_image_beside_a_bad_one_has_no_infinite_mean() {
        let samples = Samples::new(&[0, 255], [1]);
        let got = measure_reconstructions(samples, &Tensor::zeros([2, 1]), [1, 1, 1]);
        assert_eq!((got.mse, got.psnr), (0.5, 30.0));
        let perfect = Tensor::new([2, 1], vec![0.0, 1.0]);
        let got = measure_reconstructions(samples, &perfect, [1, 1, 1]);
        assert_eq!((got.mse, got.psnr), (0.0, f64::INFINITY));
    }

    #[test]
    #[should_panic(expected = "for 2 images of 1 x 3 x 1")]
    fn an_image_too_few() {
        let samples = Samples::new(&[0; 6], [3]);
        let _ = measure_reconstructions(samples, &Tensor::zeros([1, 3]), [1, 3, 1]);
    }
}
