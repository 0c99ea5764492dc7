//! The logarithm by the identity `ln(2^n m) = n ln 2 + ln m`.

use super::super::simd::splat;
use super::exp::{LN_2_HIGH, LN_2_LOW};
use wide::{f32x16, i32x16};

/// The terms of 2 atanh(s) = 2 s + s R(s^2) after the first, for ln m = 2 atanh((m - 1) / (m + 1))
/// with 1/sqrt(2) <= m <= sqrt(2).
const LN_TERMS: [f32; 3] = [6.666_677_6e-1, 3.997_757_4e-1, 2.987_094e-1];

/// `ln(2^offset x) + correction` for normal, positive, finite `x`.
#[inline(always)]
fn ln_of_normal(x: f32x16, offset: f32x16, correction: f32x16) -> f32x16 {
    // x = 2^n m with 1/sqrt(2) <= m < sqrt(2): count exponents from the bits of 1/sqrt(2).
    let bits: i32x16 = bytemuck::cast(x);
    let origin = i32x16::splat(std::f32::consts::FRAC_1_SQRT_2.to_bits() as i32);
    let n: i32x16 = (bits - origin) >> 23;
    let m: f32x16 = bytemuck::cast(bits - (n << 23));
    let f = m - f32x16::ONE;
    let s = f / (f + f32x16::splat(2.0));
    // ln(1 + f) = 2 atanh(s) = 2 s + s R(s^2), and 2 s = f - s f: so f, which is exact, comes last
    // (the arrangement is that of fdlibm's e_log.c).
    let u = s * s;
    let [c0, c1, c2] = splat(LN_TERMS);
    let r = c2.mul_add(u, c1).mul_add(u, c0) * u;
    let small = (r - f).mul_add(s, correction);
    let n = n.round_float() + offset;
    n.mul_add(f32x16::splat(LN_2_HIGH), n.mul_add(f32x16::splat(LN_2_LOW), small) + f)
}

#[inline(always)]
pub(crate) fn ln_vector(x: f32x16) -> f32x16 {
    // Subnormal numbers have exponent field 0: scale them up by 2^24.
    let subnormal = x.simd_lt(f32x16::splat(f32::MIN_POSITIVE));
    let scaled = subnormal.select(x * f32x16::splat(16_777_216.0), x);
    let offset = subnormal.select(f32x16::splat(-24.0), f32x16::ZERO);
    at_the_ends(x, ln_of_normal(scaled, offset, f32x16::ZERO))
}

#[inline(always)]
pub(crate) fn ln_1p_vector(x: f32x16) -> f32x16 {
    // 1 + x rounds to u; the rounding error is added back to first order: ln(u + lost) = ln u +
    // lost / u.
    let u = f32x16::ONE + x;
    let lost = x - (u - f32x16::ONE);
    let result = at_the_ends(u, ln_of_normal(u, f32x16::ZERO, lost / u));
    // Where 1 + x is 1, ln(1 + x) = x to the last bit; this also keeps the sign of zero.
    x.abs().simd_lt(f32x16::splat(2.9e-8)).select(x, result)
}

/// `ln_x`, the logarithm of `x`, corrected where `x` is 0, negative, infinite or NaN.
#[inline(always)]
fn at_the_ends(x: f32x16, ln_x: f32x16) -> f32x16 {
    let zero = f32x16::ZERO;
    let ln_x = x.simd_eq(zero).select(f32x16::splat(f32::NEG_INFINITY), ln_x);
    let ln_x = x.simd_lt(zero).select(f32x16::splat(f32::NAN), ln_x);
    // Infinity and NaN, which compare as "not less than infinity", are their own logarithms.
    x.simd_lt(f32x16::splat(f32::INFINITY)).select(ln_x, x)
}

/// The logarithm of numbers from 1 to the largest one; 2 ULP.
#[inline(always)]
pub(crate) fn ln_from_one(x: f32x16) -> f32x16 {
    ln_of_normal(x, f32x16::ZERO, f32x16::ZERO)
}
