//! The sigmoid and the softplus: functions of `e^-|x|`, which cannot overflow.

use super::super::simd::splat;
use super::exp::{LN_OF_SMALLEST, exp_of_clamped};
use wide::f32x16;

/// The terms of 2 atanh(s) = 2 s + s R(s^2) after the first, for ln(1 + e) = 2 atanh(e / (2 + e))
/// with 0 <= e <= 1, in powers of (2 s)^2 and halved: divided by 8, 32, 128 and 512. A power of two
/// costs no bit.
const LN_1P_TERMS: [f32; 4] =
    [6.666_642e-1 / 8.0, 4.002_152_7e-1 / 32.0, 2.800_180_5e-1 / 128.0, 2.801_199e-1 / 512.0];

/// `e^x` for `smallest <= x <= 0`, and 0 below `smallest`, which is not below [`LN_OF_SMALLEST`]:
/// all that sigmoid and cross-entropy need.
#[inline(always)]
fn exp_of_negative(x: f32x16, smallest: f32) -> f32x16 {
    let smallest = f32x16::splat(smallest);
    let scaled = exp_of_clamped(smallest.fast_max(x));
    // The maximum lets a NaN through, since a NaN does not compare as less than `smallest`. The sum
    // of bits would turn a NaN into a number if bits other than its highest are set.
    x.simd_ge(smallest).select(scaled, f32x16::ZERO.fast_max(x))
}

#[inline(always)]
pub(crate) fn sigmoid_vector(x: f32x16) -> f32x16 {
    let e = exp_of_negative(-x.abs(), LN_OF_SMALLEST);
    let p = f32x16::ONE / (f32x16::ONE + e);
    x.simd_lt(f32x16::ZERO).select(e * p, p)
}

/// The sigmoid of one logit `z`, and `1 + e^-|z|`, whose logarithm is the softplus of `-|z|`.
/// `e^-|z|` counts as 0 where it is below `e^smallest`. 3 ULP for the sigmoid.
#[inline(always)]
pub(crate) fn sigmoid_and_one_plus(smallest: f32, z: f32x16) -> (f32x16, f32x16) {
    let e = exp_of_negative(-z.abs(), smallest);
    let one_plus = f32x16::ONE + e;
    let p = f32x16::ONE / one_plus;
    (z.simd_lt(f32x16::ZERO).select(e * p, p), one_plus)
}

/// `1 + e^-|z|` alone.
#[inline(always)]
pub(crate) fn one_plus_exp(smallest: f32, z: f32x16) -> f32x16 {
    f32x16::ONE + exp_of_negative(-z.abs(), smallest)
}

/// `ln(1 + e^-|z|)`; 4 ULP.
///
/// No step has a subnormal result. So 2 s = 2 e / (2 + e), about e, replaces the s of 2 atanh(s).
/// Numbers below 2e-10 are not squared: there the other terms are below 1e-20 of the first.
#[inline(always)]
pub(crate) fn softplus_of_minus_abs(z: f32x16) -> f32x16 {
    let e = exp_of_negative(-z.abs(), LN_OF_SMALLEST);
    let twice_s = e / e.mul_add(f32x16::splat(0.5), f32x16::ONE); // e / (1 + e / 2)
    // The order of the operands lets NaN pass.
    let squarable = f32x16::splat(2e-10).fast_max(twice_s);
    let u = squarable * squarable;
    let [c0, c1, c2, c3] = splat(LN_1P_TERMS);
    let r = c3.mul_add(u, c2).mul_add(u, c1).mul_add(u, c0) * u;
    r.mul_add(twice_s, twice_s)
}
