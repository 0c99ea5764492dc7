//! How well a model removes noise.

#[cfg(feature = "serde")]
mod flat;

use crate::evaluate::over_shards;
use crate::lane::{Lane, end};
use crate::metrics::{PsnrSum, psnr, ssim};
use crate::{Examples, Loss};
use ae_autodiff::{Params, Tape, Var};
use ae_layers::{End, Sequential};
use ae_tensor::{Shape, Tensor};

/// The similarity of images to their clean versions, as means over images.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quality {
    /// See [`psnr`]; each image counts with at most [`MAX_PSNR`](crate::metrics::MAX_PSNR).
    /// Infinite if all images are perfect.
    pub psnr: f64,
    /// See [`ssim`]; `None` if the samples are not images, `[height, width]` or
    /// `[height, width, channels]`, or are too small for its window.
    pub ssim: Option<f64>,
}

/// The quality of a model's outputs, and of its noisy inputs.
///
/// With the feature `serde` it is serialized as five numbers, where `val_loss` is the loss:
/// `val_loss`, `psnr_noisy`, `psnr_denoised`, `ssim_noisy`, `ssim_denoised`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(from = "flat::Flat", into = "flat::Flat")
)]
pub struct Denoising {
    /// The input compared with the clean images.
    pub noisy: Quality,
    /// The output compared with the clean images.
    pub denoised: Quality,
    /// The mean loss: the result of [`evaluate`](crate::evaluate) without the penalties of layers.
    pub loss: f64,
}

/// Sums over images.
#[derive(Clone, Copy, Default)]
struct Sums {
    loss: f64,
    noisy: Sum,
    denoised: Sum,
}

#[derive(Clone, Copy, Default)]
struct Sum {
    psnr: PsnrSum,
    ssim: f64,
}

impl Sum {
    fn add(&mut self, other: Self) {
        self.psnr.add(other.psnr);
        self.ssim += other.ssim;
    }
}

/// Measures the model's outputs for the examples; NaN if there are no examples.
///
/// # Panics
/// If the loss needs logits and the model does not end with a sigmoid, if the model takes samples
/// of another shape, or if its output does not have the shape of its input.
#[must_use]
pub fn measure_denoising(
    model: &Sequential,
    params: &Params,
    examples: Examples<'_>,
    loss: &dyn Loss,
) -> Denoising {
    let size = image_size(examples.shape());
    let shards = over_shards(&mut Lane::for_all_threads(), model, examples, |lane| {
        let (input, target) = (lane.batch.input(), lane.batch.target());
        let mut tape = Tape::new(params, &mut lane.buffers);
        let x = tape.input(input);
        let (output, loss) = output_and_loss(&mut tape, model, x, target, loss);
        let count = target.shape().dims()[0];
        let mut sums = Sums { loss: loss * count as f64, ..Sums::default() };
        for i in 0..count {
            let clean = target.row(i);
            let quality = |image| Sum {
                psnr: PsnrSum::of(psnr(clean, image)),
                ssim: size.and_then(|size| ssim(clean, image, size)).unwrap_or(0.0),
            };
            sums.noisy.add(quality(input.row(i)));
            sums.denoised.add(quality(tape.value(output).row(i)));
        }
        sums
    });
    let mut all = Sums::default();
    for (_, sums) in &shards {
        all.loss += sums.loss;
        all.noisy.add(sums.noisy);
        all.denoised.add(sums.denoised);
    }
    let count = examples.count();
    let ssim = |sum: Sum| size.map(|_| sum.ssim / count as f64);
    let mean = |sum: Sum| Quality { psnr: sum.psnr.mean(count), ssim: ssim(sum) };
    let loss = all.loss / count as f64;
    Denoising { noisy: mean(all.noisy), denoised: mean(all.denoised), loss }
}

/// Records the model's forward pass on `x`; returns the output and its loss without the penalties
/// of layers.
fn output_and_loss(
    tape: &mut Tape<'_>,
    model: &Sequential,
    x: Var,
    target: &Tensor,
    loss: &dyn Loss,
) -> (Var, f64) {
    match end(loss) {
        End::Logits => {
            let logits = model.forward_logits(tape, x);
            let loss = loss.value(tape.value(logits), target);
            (tape.sigmoid(logits), loss)
        }
        End::Outputs => {
            let output = model.forward(tape, x);
            (output, loss.value(tape.value(output), target))
        }
    }
}

/// The height, width and channels, if [`ssim`] can be computed.
fn image_size(shape: Shape) -> Option<[usize; 3]> {
    let size @ [height, width, _] = match *shape.dims() {
        [height, width] => [height, width, 1],
        [height, width, channels] => [height, width, channels],
        _ => return None,
    };
    (height.min(width) >= crate::metrics::WINDOW).then_some(size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Batch, BinaryCrossentropy, GaussianNoise, MeanSquaredError, Samples, Split, evaluate,
    };
    use ae_layers::{Activation, dense, flatten, reshape, sigmoid};
    use ae_tensor::{Shape, with_threads};
    use ae_testkit::{Sampler, assert_close_f64};

    const NOISE: GaussianNoise = GaussianNoise { factor: 0.2, seed: 3, fresh: false };
    /// The number of images, enough for two shards.
    const COUNT: usize = 1100;

    fn bytes() -> Vec<u8> {
        Sampler::new(1).vec(COUNT * 132, 0.0, 256.0).into_iter().map(|x| x as u8).collect()
    }

    /// An auto-encoder for images of this shape, with sigmoid outputs.
    fn model(shape: Shape) -> (Sequential, Params) {
        let mut params = Params::new();
        let layers = [
            flatten(),
            dense(3, Activation::Relu),
            dense(shape.len(), Activation::Linear),
            reshape(shape),
            sigmoid(),
        ];
        let model = Sequential::build(shape, &layers, &mut params, 1).expect("the shapes fit");
        (model, params)
    }

    #[test]
    fn all_is_a_mean_over_images() {
        let bytes = bytes();
        let samples = Samples::new(&bytes, [11, 12, 1]);
        let (model, params) = model(samples.shape());
        let examples = Examples::noisy(samples, NOISE, Split::Test);
        let run = |threads| {
            with_threads(threads, || {
                measure_denoising(&model, &params, examples, &BinaryCrossentropy)
            })
            .unwrap()
        };
        let got = run(1);
        assert!(run(2) == got && run(3) == got);
        assert_eq!(got.loss, evaluate(&model, &params, examples, &BinaryCrossentropy));
        let squared = measure_denoising(&model, &params, examples, &MeanSquaredError);
        assert_eq!(squared.loss, evaluate(&model, &params, examples, &MeanSquaredError));
        assert_eq!(squared.noisy, got.noisy);

        let mut batch = Batch::new();
        examples.gather(&(0..COUNT).collect::<Vec<_>>(), 0, &mut batch);
        let output = model.predict(&params, batch.input());
        for (quality, images) in [(got.noisy, batch.input()), (got.denoised, &output)] {
            let mean = |metric: &dyn Fn(&[f32], &[f32]) -> f64| {
                let all = (0..COUNT).map(|i| metric(batch.target().row(i), images.row(i)));
                all.sum::<f64>() / COUNT as f64
            };
            let expected = [mean(&psnr), mean(&|x, y| ssim(x, y, [11, 12, 1]).unwrap())];
            assert_close_f64(&[quality.psnr, quality.ssim.unwrap()], &expected, 1e-12, 0.0);
        }
        assert_ne!(got.noisy, got.denoised);
    }

    #[test]
    fn similarity_is_of_images_that_a_window_fits_in() {
        let bytes = bytes();
        for (shape, some) in [
            (Shape::from([11, 12]), true),
            (Shape::from([12, 11, 1]), true),
            (Shape::from([66, 2]), false),
            (Shape::from([132]), false),
            (Shape::from([4, 11, 3]), false),
            (Shape::from([11, 12, 3]), true),
            (Shape::from([11, 12, 5]), true),
        ] {
            let samples = Samples::new(&bytes[..132 * 15], shape);
            let (model, params) = model(shape);
            let examples = Examples::noisy(samples, NOISE, Split::Test);
            let got = measure_denoising(&model, &params, examples, &BinaryCrossentropy);
            assert_eq!(got.noisy.ssim.is_some(), some, "{shape}");
            assert_eq!(got.denoised.ssim.is_some(), some, "{shape}");
            assert!(got.noisy.psnr.is_finite() && got.denoised.psnr.is_finite());
        }
    }

    #[test]
    fn without_noise_the_input_is_perfect() {
        let bytes = bytes();
        let samples = Samples::new(&bytes[..132 * 5], [12, 11]);
        let (model, params) = model(samples.shape());
        let got = measure_denoising(&model, &params, Examples::clean(samples), &BinaryCrossentropy);
        assert_eq!((got.noisy.psnr, got.noisy.ssim), (f64::INFINITY, Some(1.0)));
        assert!(got.denoised.psnr < 20.0);
    }
}
