//! How well a model removes noise.

use crate::evaluate::over_shards;
use crate::lane::Lane;
use crate::metrics::{psnr, ssim};
use crate::{Examples, Samples};
use ae_autodiff::{Params, Tape};
use ae_layers::Sequential;

/// How close images are to what they should be: means over images.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quality {
    /// See [`psnr`]; infinite if one image is perfect.
    pub psnr: f64,
    /// See [`ssim`]; none if the samples are no gray images, `[height, width]` or `[height, width, 1]`, or too
    /// small for its window.
    pub ssim: Option<f64>,
}

/// A model's images beside the noisy ones it was given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Denoising {
    /// The input against the clean images.
    pub noisy: Quality,
    /// The output against the clean images.
    pub denoised: Quality,
    /// The mean binary cross-entropy, as [`evaluate`](crate::evaluate) gives it.
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
    psnr: f64,
    ssim: f64,
}

impl Sum {
    fn add(&mut self, other: Self) {
        self.psnr += other.psnr;
        self.ssim += other.ssim;
    }
}

/// Measures what the model makes of the examples; NaN for none.
///
/// # Panics
/// If the model does not end with a sigmoid, takes samples of another shape, or gives others than it takes.
#[must_use]
pub fn measure_denoising(model: &Sequential, params: &Params, examples: Examples<'_>) -> Denoising {
    let size = image_size(examples.samples());
    let shards = over_shards(&mut Lane::for_all_threads(), model, examples, |lane| {
        let (input, target) = (lane.batch.input(), lane.batch.target());
        let mut tape = Tape::new(params, &mut lane.buffers);
        let x = tape.input(input);
        let logits = model.forward_logits(&mut tape, x);
        let loss = ae_autodiff::ops::bce::forward(tape.value(logits).data(), target.data());
        let output = tape.sigmoid(logits);
        let count = target.shape().dims()[0];
        let mut sums = Sums { loss: f64::from(loss) * count as f64, ..Sums::default() };
        for i in 0..count {
            let clean = target.row(i);
            let quality = |image| Sum {
                psnr: psnr(clean, image),
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
    let count = examples.samples().count() as f64;
    let mean = |sum: Sum| Quality { psnr: sum.psnr / count, ssim: size.map(|_| sum.ssim / count) };
    Denoising { noisy: mean(all.noisy), denoised: mean(all.denoised), loss: all.loss / count }
}

/// Height and width, if [`ssim`] can be computed.
fn image_size(samples: Samples<'_>) -> Option<[usize; 2]> {
    match *samples.shape().dims() {
        [height, width] | [height, width, 1] if height.min(width) >= crate::metrics::WINDOW => {
            Some([height, width])
        }
        _ => None,
    }
}
