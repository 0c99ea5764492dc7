//! `e^x` by the identity `e^x = 2^n e^r`, and what follows from it.

use wide::{f32x16, i32x16};

pub(super) const LN_2_HIGH: f32 = 355.0 / 512.0; // 0.6934: times an integer below 2^15 it is exact
pub(super) const LN_2_LOW: f32 = -2.121_944_4e-4; // ln 2 - LN_2_HIGH
/// 1.5 * 2^23: adding it to a small number rounds that number to an integer, stored in the low
/// bits.
const ROUNDER: f32 = 12_582_912.0;

/// The logarithm of the smallest normal number, rounded up.
pub(super) const LN_OF_SMALLEST: f32 = -87.336_54;
/// The logarithm of the largest number, rounded down.
const LN_OF_LARGEST: f32 = 88.722_83;

/// Splits `x = n ln 2 + r` and returns the number with the bits of `ROUNDER + n`, and `e^r`.
#[inline(always)]
fn exp_reduced(x: f32x16) -> (f32x16, f32x16) {
    let (shifted, e) = exp_m1_reduced(x);
    (shifted, e + f32x16::ONE)
}

/// As [`exp_reduced`], with `e^r - 1`.
///
/// Many processors compute a hundred times slower with subnormal numbers. The square of a small `r`
/// would be one, so `r` is multiplied by the polynomial first: that product is about `r / 2`, and
/// the next one is only rounded after `r` has been added to it.
#[inline(always)]
fn exp_m1_reduced(x: f32x16) -> (f32x16, f32x16) {
    let shifted = x.mul_add(f32x16::splat(std::f32::consts::LOG2_E), f32x16::splat(ROUNDER));
    let n = shifted - f32x16::splat(ROUNDER);
    let r = n.mul_neg_add(f32x16::splat(LN_2_HIGH), x);
    let r = n.mul_neg_add(f32x16::splat(LN_2_LOW), r);
    let p = f32x16::splat(1.381_459_6e-3);
    let p = p.mul_add(r, f32x16::splat(8.368_717e-3));
    let p = p.mul_add(r, f32x16::splat(4.166_839e-2));
    let p = p.mul_add(r, f32x16::splat(1.666_652_1e-1));
    let p = p.mul_add(r, f32x16::splat(4.999_999_3e-1));
    (shifted, (p * r).mul_add(r, r))
}

/// `2^n` for integers `n` from -126 to 127, by writing the exponent field.
#[inline(always)]
fn power_of_two(n: i32x16) -> f32x16 {
    bytemuck::cast((n + i32x16::splat(127)) << 23)
}

#[inline(always)]
pub(crate) fn exp_vector(x: f32x16) -> f32x16 {
    let (smallest, largest) = (f32x16::splat(LN_OF_SMALLEST), f32x16::splat(LN_OF_LARGEST));
    let clamped = smallest.fast_max(x).fast_min(largest);
    let scaled = exp_of_clamped(clamped);
    let result = x.simd_le(largest).select(scaled, f32x16::splat(f32::INFINITY));
    // The maximum lets NaN pass, because NaN is neither less nor greater.
    x.simd_ge(smallest).select(result, f32x16::ZERO.fast_max(x))
}

/// `e^x` for `x` between the logarithms of the smallest and of the largest number.
#[inline(always)]
pub(super) fn exp_of_clamped(x: f32x16) -> f32x16 {
    let (shifted, e) = exp_reduced(x);
    // The low bits of `shifted` are n; shifted up, they add to e's exponent field.
    let e_bits: i32x16 = bytemuck::cast(e);
    let n_bits: i32x16 = bytemuck::cast(shifted);
    bytemuck::cast(e_bits + (n_bits << 23))
}

#[inline(always)]
pub(crate) fn exp_m1_vector(x: f32x16) -> f32x16 {
    // Below -20 the result rounds to -1. The order of the operands lets NaN pass.
    let clamped = f32x16::splat(-20.0).fast_max(x);
    let clamped = f32x16::splat(89.0).fast_min(clamped);
    // Where e^x - 1 is x to the last bit. This also keeps the sign of zero.
    let unchanged = x.abs().simd_lt(f32x16::splat(2.9e-8));
    let (shifted, e) = exp_m1_reduced(unchanged.select(f32x16::ONE, clamped));
    let n: i32x16 =
        bytemuck::cast::<_, i32x16>(shifted) - bytemuck::cast::<_, i32x16>(f32x16::splat(ROUNDER));
    // e^x - 1 = 2^n (e^r - 1) + (2^n - 1), divided by 2^(n - half), which keeps 2^n from
    // overflowing.
    let half = n >> 1;
    let rest = power_of_two(half) - power_of_two(half - n);
    let result = power_of_two(half).mul_add(e, rest) * power_of_two(n - half);
    unchanged.select(x, result)
}

/// With `u = e^(-2|x|) - 1`, `tanh |x| = -u / (2 + u)`: nothing cancels, near 0 or near 1.
#[inline(always)]
pub(crate) fn tanh_vector(x: f32x16) -> f32x16 {
    let u = exp_m1_vector(f32x16::splat(-2.0) * x.abs());
    let magnitude = -u / (f32x16::splat(2.0) + u);
    let sign = bytemuck::cast::<_, i32x16>(x) & i32x16::splat(i32::MIN);
    bytemuck::cast(bytemuck::cast::<_, i32x16>(magnitude) | sign)
}
