//! The scores that compare a sample with its reconstruction, number by number.

use crate::error::same_shape;
use crate::neighbors::squared_distance;
use ae_tensor::{Tensor, current_threads, for_each_with};

/// The probability that an output is at least away from 0 and from 1 in [`cross_entropies`].
const CLIP: f64 = 1e-7;

/// The number of rows in a task. A task of one thread is worth waking it for from a few thousand
/// numbers on.
const ROWS: usize = 16;

/// The mean squared error of each row, `1/d sum_j (x_j - y_j)^2`, of `inputs` and their
/// reconstructions `outputs`, `[n, d]` both.
///
/// Differences and sums are f64. A row with NaN has the score NaN, which
/// [`Threshold`](super::Threshold) and the curves refuse with the row's number.
///
/// ```
/// use ae_tensor::Tensor;
/// let inputs = Tensor::new([2, 2], vec![0.0, 1.0, 0.5, 0.5]);
/// let outputs = Tensor::new([2, 2], vec![0.0, 0.0, 0.5, 0.5]);
/// assert_eq!(ae_lab::anomaly::squared_errors(&inputs, &outputs), [0.5, 0.0]);
/// ```
///
/// # Panics
/// If the two are not matrices of the same shape, or have no columns.
#[must_use]
pub fn squared_errors(inputs: &Tensor, outputs: &Tensor) -> Vec<f64> {
    let d = same_shape("squared_errors", inputs, outputs).1;
    scores_of_rows(inputs, outputs, |x, y| squared_distance(x, y) / d as f64)
}

/// The mean binary cross-entropy of each row,
///
/// ```text
///   1/d sum_j -x_j ln p_j - (1 - x_j) ln(1 - p_j)
/// ```
///
/// of `inputs` `x` and their reconstructions `outputs` `p`, `[n, d]` both, all from 0 to 1. The
/// unit is nats per number.
///
/// An output that is exactly 0 or 1, as a sigmoid in f32 can be, would cost infinitely much if it
/// is wrong. So outputs are first moved into the interval from 1e-7 to 1 - 1e-7, as Keras's
/// `binary_crossentropy` does: a number costs at most 16.1 nats. The rest is computed in f64.
///
/// A row with NaN, or with an input outside of 0 to 1, for which the formula means nothing, has the
/// score NaN, which [`Threshold`](super::Threshold) and the curves refuse with the row's number.
///
/// # Panics
/// If the two are not matrices of the same shape, or have no columns.
#[must_use]
pub fn cross_entropies(inputs: &Tensor, outputs: &Tensor) -> Vec<f64> {
    let d = same_shape("cross_entropies", inputs, outputs).1;
    scores_of_rows(inputs, outputs, |x, p| {
        x.iter().zip(p).map(|(&x, &p)| cross_entropy(x, p)).sum::<f64>() / d as f64
    })
}

/// The cross-entropy of a number in nats.
fn cross_entropy(x: f32, p: f32) -> f64 {
    if !(0.0..=1.0).contains(&x) {
        return f64::NAN;
    }
    let (x, p) = (f64::from(x), f64::from(p).clamp(CLIP, 1.0 - CLIP));
    // Many pixels are exactly black or white, and a logarithm takes most of the time.
    if x == 0.0 {
        -(1.0 - p).ln()
    } else if x == 1.0 {
        -p.ln()
    } else {
        -x * p.ln() - (1.0 - x) * (1.0 - p).ln()
    }
}

/// The heat maps of the error, `[n, h * w]`: at each pixel the squared error, as the mean over the
/// channels. `inputs` and `outputs` are `[n, h * w * c]` with the channels of a pixel side by side,
/// for `size = [h, w, c]`; a series of `d` numbers is of size `[1, d, 1]`.
///
/// The mean of a map is the image's [`squared_errors`], up to the rounding to f32.
///
/// # Panics
/// If the two are not matrices of the same shape with `h * w * c` columns, more than 0.
#[must_use]
pub fn error_maps(inputs: &Tensor, outputs: &Tensor, size: [usize; 3]) -> Tensor {
    let (n, d) = same_shape("error_maps", inputs, outputs);
    let [h, w, channels] = size;
    assert!(h * w * channels == d, "error_maps: rows of {d} numbers as images of {size:?}");
    let mut maps = Tensor::zeros([n, h * w]);
    let mut blocks: Vec<&mut [f32]> = maps.data_mut().chunks_mut(ROWS * h * w).collect();
    let lanes = current_threads().min(blocks.len()).max(1);
    for_each_with(&mut vec![(); lanes], &mut blocks, |(), block, maps| {
        let first = block * ROWS * d;
        let part = first..first + maps.len() * channels;
        let [x, y] = [inputs, outputs].map(|x| &x.data()[part.clone()]);
        let pairs = x.chunks_exact(channels).zip(y.chunks_exact(channels));
        for (map, (x, y)) in maps.iter_mut().zip(pairs) {
            *map = (squared_distance(x, y) / channels as f64) as f32;
        }
    });
    maps
}

/// `score(input, output)` of each row, in as many threads as there are. The scores do not depend on
/// the number of threads: each is computed by one of them.
fn scores_of_rows(
    inputs: &Tensor,
    outputs: &Tensor,
    score: impl Fn(&[f32], &[f32]) -> f64 + Sync,
) -> Vec<f64> {
    let mut scores = vec![0.0; inputs.shape().dims()[0]];
    let mut blocks: Vec<&mut [f64]> = scores.chunks_mut(ROWS).collect();
    let lanes = current_threads().min(blocks.len()).max(1);
    for_each_with(&mut vec![(); lanes], &mut blocks, |(), block, scores| {
        for (i, out) in scores.iter_mut().enumerate() {
            let row = block * ROWS + i;
            *out = score(inputs.row(row), outputs.row(row));
        }
    });
    scores
}
