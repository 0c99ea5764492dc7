//! Binary cross-entropy from logits.
//!
//! For a probability `p = sigmoid(z)` and a target `t` in [0, 1] the loss is
//! `-t ln p - (1 - t) ln(1 - p)`. Computed like that it fails: `p` rounds to 1 for `z > 17`, and
//! `ln 0` follows. With `ln p = -ln(1 + e^-z)` and `ln(1 - p) = ln p - z` it simplifies to:
//!
//! ```text
//! loss(z, t) = max(z, 0) - z t + ln(1 + e^-|z|)        d loss / d z = sigmoid(z) - t
//! ```
//!
//! `e^-|z|` never overflows, and serves both the loss and the gradient: they are computed in one
//! pass.
//!
//! A logarithm costs as much as all the rest. But only the sum is wanted, and a sum of logarithms
//! is the logarithm of a product. No factor `1 + e^-|z|` is below 1 or above 2, so a product of 64
//! of them cannot overflow: one logarithm is computed for 64 elements. Each factor and each product
//! is rounded, with an error of 2^-24 at most, and so are the terms: the error of a mean is that of
//! its terms' random roundings, far below the last digit of a mean that matters.

use super::math::{ln_from_one, one_plus_exp, sigmoid_and_one_plus};
use super::parallel::{sum_blocks, sum_blocks_mut};
use super::simd::{LANES, load_partial, store_partial};
use wide::f32x16;

/// The number of elements per task; their sum is kept in 16 f32 lanes, 256 elements each, before it
/// is converted to f64.
const BLOCK: usize = 4096;
/// The number of vectors whose factors are multiplied before a logarithm is taken: their product is
/// at most 2^64.
const FACTORS: usize = 64;
const COST: usize = 25;

/// The sum over all elements of the cross-entropy of `logits` and `targets`, accumulated in f64.
///
/// A NaN makes the sum NaN. An infinite logit, for which the formula subtracts infinity from
/// itself, makes it NaN or infinite. Finite logits have a finite loss; so has their sum, as long as
/// every 256 of them add up to less than 3.4e38. At a target of 0, a logit below -55.45 has a loss
/// of 0 instead of less than 2^-80.
///
/// # Panics
/// If the lengths differ.
#[must_use]
pub fn bce_sum(logits: &[f32], targets: &[f32]) -> f64 {
    check(logits, targets);
    sum_blocks(logits, BLOCK, COST * logits.len(), |i, z| {
        let t = &targets[i * BLOCK..][..z.len()];
        let (z_body, z_rest) = z.as_chunks::<LANES>();
        let (t_body, t_rest) = t.as_chunks::<LANES>();
        let mut sum = f32x16::ZERO;
        for (z, t) in z_body.chunks(FACTORS).zip(t_body.chunks(FACTORS)) {
            let mut product = f32x16::ONE;
            for (z, t) in z.iter().zip(t) {
                let (z, t) = (f32x16::new(*z), f32x16::new(*t));
                sum += linear_part(z, t);
                product *= one_plus_exp(NEGLIGIBLE, z);
            }
            sum += ln_from_one(product);
        }
        horizontal(sum) + rest(z_rest, t_rest).0
    })
}

/// Computes [`bce_sum`], and with it `gradient = scale * (sigmoid(logits) - targets)`.
///
/// With `scale = 1 / len` the gradient is that of the mean. At a target of 0, a logit below -55.45
/// has a gradient of 0 instead of less than 2^-80, about 8e-25.
///
/// # Special values
/// The sum is that of [`bce_sum`]. The gradient at a NaN is NaN; at an infinite logit it is the
/// limit, `scale * (1 - t)` or `-scale * t`, although the loss there is not finite.
///
/// # Panics
/// If the lengths differ.
#[must_use]
pub fn bce_sum_and_gradient(
    logits: &[f32],
    targets: &[f32],
    scale: f32,
    gradient: &mut [f32],
) -> f64 {
    check(logits, targets);
    check(logits, gradient);
    sum_blocks_mut(gradient, BLOCK, COST * logits.len(), |i, gradient| {
        let range = i * BLOCK..i * BLOCK + gradient.len();
        let (z_body, z_rest) = logits[range.clone()].as_chunks::<LANES>();
        let (t_body, t_rest) = targets[range].as_chunks::<LANES>();
        let (g_body, g_rest) = gradient.as_chunks_mut::<LANES>();
        let groups = z_body.chunks(FACTORS).zip(t_body.chunks(FACTORS));
        let mut sum = f32x16::ZERO;
        for (g, (z, t)) in g_body.chunks_mut(FACTORS).zip(groups) {
            let mut product = f32x16::ONE;
            for ((g, z), t) in g.iter_mut().zip(z).zip(t) {
                let (z, t) = (f32x16::new(*z), f32x16::new(*t));
                let (sigmoid, factor) = sigmoid_and_one_plus(NEGLIGIBLE, z);
                sum += linear_part(z, t);
                product *= factor;
                *g = ((sigmoid - t) * f32x16::splat(scale)).to_array();
            }
            sum += ln_from_one(product);
        }
        let (rest_sum, difference) = rest(z_rest, t_rest);
        store_partial(difference * f32x16::splat(scale), g_rest);
        horizontal(sum) + rest_sum
    })
}

/// The logarithm of 2^-80, about 8e-25. An exponential below it is too small to matter: it counts
/// as 0.
///
/// Where the target is 0, the exponential is the gradient. Multiplied by the factor 1 / len of a
/// mean it would become subnormal, and so would products with it. Compared with the gradients of
/// other pixels, its effect on a weight is far below the last bit, and so is that on the loss.
const NEGLIGIBLE: f32 = -80.0 * std::f32::consts::LN_2;

/// `max(z, 0) - z t`, the part of the loss without the logarithm. NaN stays NaN.
#[inline(always)]
fn linear_part(z: f32x16, t: f32x16) -> f32x16 {
    z.mul_neg_add(t, f32x16::ZERO.fast_max(z))
}

/// The summed loss of elements that do not fill a vector, and `sigmoid(z) - t` of each.
fn rest(z: &[f32], t: &[f32]) -> (f64, f32x16) {
    let count = z.len();
    let (z, t) = (load_partial(z, 0.0), load_partial(t, 0.0));
    let (sigmoid, factor) = sigmoid_and_one_plus(NEGLIGIBLE, z);
    let loss = linear_part(z, t) + ln_from_one(factor);
    let loss = loss.as_array()[..count].iter().map(|&x| f64::from(x)).sum();
    (loss, sigmoid - t)
}

/// The sum of the lanes, in order, in f64.
fn horizontal(v: f32x16) -> f64 {
    v.as_array().iter().map(|&x| f64::from(x)).sum()
}

fn check(a: &[f32], b: &[f32]) {
    assert!(a.len() == b.len(), "binary cross-entropy: {} logits, {} others", a.len(), b.len());
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_testkit::{Sampler, assert_close, assert_close_f64, gradient, naive};

    #[test]
    fn equals_the_stable_form_in_f64() {
        for len in [0, 1, 15, 16, 17, 4095, 4096, 4097, 30_000] {
            let mut sampler = Sampler::new(len as u64);
            let z = sampler.vec(len, -30.0, 30.0);
            let t = sampler.vec(len, 0.0, 1.0);
            let expected: f64 =
                z.iter().zip(&t).map(|(&z, &t)| naive::bce_with_logit(z.into(), t.into())).sum();
            let mut dz = vec![f32::NAN; len];
            let got = bce_sum_and_gradient(&z, &t, 0.5, &mut dz);
            assert_close_f64(&[got, bce_sum(&z, &t)], &[expected, expected], 1e-6, 1e-12);
            let expected: Vec<f64> = z
                .iter()
                .zip(&t)
                .map(|(&z, &t)| 0.5 * (naive::sigmoid(z.into()) - f64::from(t)))
                .collect();
            assert_close(&dz, &expected, 1e-6, 2e-7);
        }
    }

    #[test]
    fn gradient_is_the_finite_difference_of_the_loss() {
        let mut sampler = Sampler::new(5);
        let z = sampler.vec(21, -5.0, 5.0);
        let t = sampler.vec(21, 0.0, 1.0);
        let t64 = naive::widen(&t);
        let expected = gradient(&naive::widen(&z), |z| naive::mean_bce_with_logits(z, &t64));
        let mut dz = vec![f32::NAN; 21];
        let _ = bce_sum_and_gradient(&z, &t, 1.0 / 21.0, &mut dz);
        assert_close(&dz, &expected, 1e-5, 1e-8);
    }

    #[test]
    fn the_same_bits_for_any_number_of_threads() {
        let mut sampler = Sampler::new(8);
        // Terms of very different size: in another order they would round to another sum.
        let z: Vec<f32> =
            (0..100_000).map(|i| sampler.uniform(-1.0, 1.0) * 10f32.powi(i % 9 - 4)).collect();
        let t = sampler.vec(z.len(), 0.0, 1.0);
        let sums = |threads| {
            let run = || {
                let mut dz = vec![f32::NAN; z.len()];
                (bce_sum(&z, &t), bce_sum_and_gradient(&z, &t, 0.1, &mut dz), dz)
            };
            crate::with_threads(threads, run).expect("threads start")
        };
        let one = sums(1);
        assert_eq!(one.0, one.1);
        for threads in [2, 3, 5] {
            assert!(sums(threads) == one, "{threads} threads");
        }
    }

    #[test]
    fn a_product_of_the_largest_factors_does_not_overflow() {
        // At a logit of 0 each factor is 2, and the loss is ln 2 for any target.
        for len in [1024, 4096, 5000] {
            let (z, t) = (vec![0.0; len], Sampler::new(2).vec(len, 0.0, 1.0));
            let expected = len as f64 * std::f64::consts::LN_2;
            assert_close_f64(&[bce_sum(&z, &t)], &[expected], 1e-7, 0.0);
        }
    }

    #[test]
    fn small_losses_keep_the_digits_that_a_mean_has() {
        // The error of an element is that of rounding 1 + e^-z, 2^-24 at most, and random.
        let z = Sampler::new(4).vec(40_000, 5.0, 12.0);
        let t = vec![1.0; z.len()];
        let exact: f64 = z.iter().map(|&z| naive::bce_with_logit(z.into(), 1.0)).sum();
        let error = (bce_sum(&z, &t) - exact).abs() / z.len() as f64;
        assert!(error < 2e-9, "{error:e}");
    }

    #[test]
    fn saturated_logits_stay_finite() {
        let z = [1e4, -1e4, 1e4, -1e4];
        let t = [1.0, 0.0, 0.0, 1.0];
        assert_eq!(bce_sum(&z, &t), 2e4);
    }

    #[test]
    fn a_nan_shows() {
        assert!(bce_sum(&[f32::NAN, 0.0], &[0.0, 0.0]).is_nan());
    }
}
