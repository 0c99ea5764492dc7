//! exp, e^x - 1, ln, ln(1 + x), tanh and the sigmoid for 16 floats at a time, with tested error
//! bounds.
//!
//! The recipe is the classical one (J.-M. Muller, "Elementary Functions", 3rd ed. 2016, chapters 3
//! and 11): reduce the argument to a short interval by an exact identity, use a minimax polynomial
//! there, undo the reduction through the exponent bits. The coefficients come from
//! `tools/minimax.py`; their errors, some 5e-9, are a tenth of half a unit in the last place, so
//! rounding dominates.
//!
//! Bounds in ULPs of the correctly rounded result are stated on each function and tested below;
//! they hold with and without fused multiply-add.

use super::parallel::for_each_block;
use super::simd::map;
use wide::{f32x16, i32x16};

/// The number of elements per task.
const BLOCK: usize = 16 * 1024;
/// The cost of an element in floating-point operations; decides whether threads pay off.
const COST: usize = 20;

/// Computes `out = e^x`, element by element; 1 ULP; results below the smallest normal number,
/// 1.2e-38, are 0.
///
/// # Special values
/// `exp(-inf) = 0`, `exp(inf) = inf`, overflow gives `inf`, NaN stays NaN; subnormal `x` give 1.
///
/// # Panics
/// If the lengths differ. The same holds for all functions of this module.
pub fn exp(x: &[f32], out: &mut [f32]) {
    apply("exp", x, out, exp_vector);
}

/// Computes `out = e^x - 1`; 2 ULP, also where `x` is so small that `e^x` would lose it.
///
/// # Special values
/// `exp_m1(-inf) = -1`, `exp_m1(inf) = inf`, overflow gives `inf`, NaN stays NaN. Subnormal `x` and
/// both zeros are returned unchanged.
pub fn exp_m1(x: &[f32], out: &mut [f32]) {
    apply("exp_m1", x, out, exp_m1_vector);
}

/// Computes `out = ln(x)`; 2 ULP.
///
/// # Special values
/// `ln(0) = ln(-0) = -inf`, `ln(inf) = inf`; negative numbers and NaN give NaN. Subnormal `x` are
/// accepted.
pub fn ln(x: &[f32], out: &mut [f32]) {
    apply("ln", x, out, ln_vector);
}

/// Computes `out = ln(1 + x)`; 2 ULP, also where `x` is so small that `1 + x` would lose it.
///
/// # Special values
/// `ln_1p(-1) = -inf`, below that NaN, `ln_1p(inf) = inf`; NaN stays NaN. Subnormal `x` and both
/// zeros are returned unchanged.
pub fn ln_1p(x: &[f32], out: &mut [f32]) {
    apply("ln_1p", x, out, ln_1p_vector);
}

/// Computes `out = tanh(x)`; 4 ULP.
///
/// # Special values
/// 1 and -1 at the infinities; NaN stays NaN. Subnormal `x` and both zeros are returned unchanged.
pub fn tanh(x: &[f32], out: &mut [f32]) {
    apply("tanh", x, out, tanh_vector);
}

/// Computes `out = 1 / (1 + e^-x)`; 3 ULP; results below the smallest normal number, 1.2e-38, are
/// 0.
///
/// # Special values
/// 0 and 1 at the infinities, 1/2 for subnormal `x`; NaN stays NaN.
pub fn sigmoid(x: &[f32], out: &mut [f32]) {
    apply("sigmoid", x, out, sigmoid_vector);
}

fn apply(name: &str, x: &[f32], out: &mut [f32], f: impl Fn(f32x16) -> f32x16 + Sync) {
    assert!(x.len() == out.len(), "{name}: {} values into {}", x.len(), out.len());
    for_each_block(out, BLOCK, x.len() * COST, |i, out| {
        map(&x[i * BLOCK..][..out.len()], out, &f);
    });
}

const LN_2_HIGH: f32 = 355.0 / 512.0; // 0.6934: times an integer below 2^15 it is exact
const LN_2_LOW: f32 = -2.121_944_4e-4; // ln 2 - LN_2_HIGH
/// 1.5 * 2^23: adding it to a small number rounds that number to an integer, stored in the low
/// bits.
const ROUNDER: f32 = 12_582_912.0;

/// The logarithm of the smallest normal number, rounded up.
const LN_OF_SMALLEST: f32 = -87.336_54;
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
fn exp_of_clamped(x: f32x16) -> f32x16 {
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

/// The terms of 2 atanh(s) = 2 s + s R(s^2) after the first, for ln m = 2 atanh((m - 1) / (m + 1))
/// with 1/sqrt(2) <= m <= sqrt(2).
const LN_TERMS: [f32; 3] = [6.666_677_6e-1, 3.997_757_4e-1, 2.987_094e-1];
/// The same for ln(1 + e) = 2 atanh(e / (2 + e)) with 0 <= e <= 1, in powers of (2 s)^2 and halved:
/// divided by 8, 32, 128 and 512. A power of two costs no bit.
const LN_1P_TERMS: [f32; 4] =
    [6.666_642e-1 / 8.0, 4.002_152_7e-1 / 32.0, 2.800_180_5e-1 / 128.0, 2.801_199e-1 / 512.0];

/// Vectors that hold one coefficient each. A loop, since `map` over an array stayed a call for each
/// vector of the data, with the coefficients on the stack. Without the call `ln_1p` is 1.5 to 1.9
/// times as fast on a Zen 5.
#[inline(always)]
pub(super) fn splat<const N: usize>(coefficients: [f32; N]) -> [f32x16; N] {
    let mut vectors = [f32x16::ZERO; N];
    for (vector, x) in vectors.iter_mut().zip(coefficients) {
        *vector = f32x16::splat(x);
    }
    vectors
}

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

/// The logarithm of numbers from 1 to the largest one; 2 ULP.
#[inline(always)]
pub(crate) fn ln_from_one(x: f32x16) -> f32x16 {
    ln_of_normal(x, f32x16::ZERO, f32x16::ZERO)
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

#[cfg(test)]
mod tests {
    use super::*;
    use ae_testkit::ulp_distance;

    /// Compares `f` with `exact` over every 97th bit pattern from `from` to `to` (both included)
    /// and returns the largest error in ULPs.
    fn sweep(from: f32, to: f32, f: fn(&[f32], &mut [f32]), exact: fn(f64) -> f64) -> u32 {
        let ordered = |x: f32| {
            let bits = i64::from(x.to_bits() & 0x7fff_ffff);
            if x.is_sign_negative() { -bits } else { bits }
        };
        let float = |i: i64| {
            let magnitude = f32::from_bits(i.unsigned_abs() as u32);
            if i < 0 { -magnitude } else { magnitude }
        };
        let mut worst = 0;
        let mut x = Vec::new();
        let mut out = vec![0.0; 65_536];
        let mut check = |x: &[f32]| {
            let out = &mut out[..x.len()];
            out.fill(f32::NAN);
            f(x, out);
            for (&x, &y) in x.iter().zip(&*out) {
                worst = worst.max(ulp_distance(y, exact(f64::from(x)) as f32));
            }
        };
        for i in (ordered(from)..=ordered(to)).step_by(97) {
            x.push(float(i));
            if x.len() == 65_536 {
                check(&x);
                x.clear();
            }
        }
        x.push(to);
        check(&x);
        worst
    }

    #[test]
    fn exp_is_within_its_bounds() {
        let worst = sweep(LN_OF_SMALLEST, 89.0, exp, f64::exp);
        assert!(worst <= 1, "{worst} ULP");
        for x in [LN_OF_SMALLEST.next_down(), -95.0, -103.0, f32::MIN] {
            assert_eq!(one(exp, x), 0.0, "{x}");
        }
    }

    #[test]
    fn exp_m1_is_within_its_bound() {
        let worst = sweep(f32::MIN, 89.0, exp_m1, f64::exp_m1);
        assert!(worst <= 2, "{worst} ULP");
    }

    #[test]
    fn tanh_is_within_its_bound() {
        let worst = sweep(f32::MIN, f32::MAX, tanh, f64::tanh);
        assert!(worst <= 4, "{worst} ULP");
    }

    #[test]
    fn ln_is_within_its_bound() {
        let worst = sweep(f32::from_bits(1), f32::MAX, ln, f64::ln);
        assert!(worst <= 2, "{worst} ULP");
    }

    #[test]
    fn ln_1p_is_within_its_bound() {
        let worst = sweep((-1.0f32).next_up(), f32::MAX, ln_1p, f64::ln_1p);
        assert!(worst <= 2, "{worst} ULP");
    }

    #[test]
    fn sigmoid_is_within_its_bound() {
        let worst = sweep(-87.3, 200.0, sigmoid, ae_testkit::naive::sigmoid);
        assert!(worst <= 3, "{worst} ULP");
    }

    #[test]
    fn the_parts_of_cross_entropy_are_within_their_bounds() {
        fn softplus(x: &[f32], out: &mut [f32]) {
            map(x, out, softplus_of_minus_abs);
        }
        let worst = sweep(0.0, 87.3, softplus, |z| (-z).exp().ln_1p());
        assert!(worst <= 4, "{worst} ULP");
        fn fused_sigmoid(x: &[f32], out: &mut [f32]) {
            map(x, out, |z| sigmoid_and_one_plus(LN_OF_SMALLEST, z).0);
        }
        let worst = sweep(-87.3, 200.0, fused_sigmoid, ae_testkit::naive::sigmoid);
        assert!(worst <= 3, "{worst} ULP");
        fn factor(x: &[f32], out: &mut [f32]) {
            map(x, out, |z| one_plus_exp(LN_OF_SMALLEST, z));
        }
        let worst = sweep(-200.0, 200.0, factor, |z| 1.0 + (-z.abs()).exp());
        assert!(worst <= 1, "{worst} ULP");
        fn logarithm(x: &[f32], out: &mut [f32]) {
            map(x, out, ln_from_one);
        }
        let worst = sweep(1.0, f32::MAX, logarithm, f64::ln);
        assert!(worst <= 2, "{worst} ULP");
    }

    /// Applies `f` to one number, through the padded end of a slice.
    fn one(f: fn(&[f32], &mut [f32]), x: f32) -> f32 {
        let mut out = [f32::NAN];
        f(&[x], &mut out);
        out[0]
    }

    #[test]
    fn the_ends_of_the_line() {
        let inf = f32::INFINITY;
        assert_eq!(one(exp, -inf), 0.0);
        assert_eq!(one(exp, inf), inf);
        assert_eq!(one(exp, 89.0), inf);
        assert_eq!(one(exp, -104.0), 0.0);
        assert_eq!(one(exp, 0.0), 1.0);
        assert!(one(exp, f32::NAN).is_nan());

        assert_eq!((one(exp_m1, -inf), one(exp_m1, inf), one(exp_m1, 89.0)), (-1.0, inf, inf));
        assert_eq!((one(tanh, -inf), one(tanh, inf)), (-1.0, 1.0));
        for f in [exp_m1, tanh] {
            for x in [0.0, -0.0, f32::from_bits(1), -1e-40, 1e-20] {
                assert_eq!(one(f, x).to_bits(), x.to_bits(), "{x}");
            }
            assert!(one(f, f32::NAN).is_nan());
        }

        assert_eq!(one(ln, 0.0), -inf);
        assert_eq!(one(ln, -0.0), -inf);
        assert_eq!(one(ln, inf), inf);
        assert_eq!(one(ln, 1.0), 0.0);
        assert!(one(ln, -1e-40).is_nan());
        assert!(one(ln, -inf).is_nan());
        assert!(one(ln, f32::NAN).is_nan());

        assert_eq!(one(ln_1p, -1.0), -inf);
        assert_eq!(one(ln_1p, inf), inf);
        assert_eq!(one(ln_1p, 0.0), 0.0);
        assert!(one(ln_1p, -0.0).is_sign_negative());
        assert_eq!(one(ln_1p, 1e-30), 1e-30);
        assert!(one(ln_1p, -1.1).is_nan());
        assert!(one(ln_1p, f32::NAN).is_nan());

        assert_eq!(one(sigmoid, inf), 1.0);
        assert_eq!(one(sigmoid, -inf), 0.0);
        assert_eq!(one(sigmoid, 0.0), 0.5);
        assert_eq!(one(sigmoid, -100.0), 0.0);
        assert!(one(sigmoid, f32::NAN).is_nan());
        // Any NaN payload, as a file may contain.
        for bits in [0x7fc0_0001, 0x7f80_0001, 0x7fff_ffff, 0xffc0_0155, 0x7fc0_0100] {
            let nan = f32::from_bits(bits);
            for f in [exp, exp_m1, ln, ln_1p, tanh, sigmoid] {
                assert!(one(f, nan).is_nan(), "{bits:x}");
            }
        }
    }

    #[test]
    fn a_value_does_not_depend_on_its_place() {
        let x: Vec<f32> = (0..53).map(|i| i as f32 * 0.37 - 9.0).collect();
        let mut whole = vec![f32::NAN; x.len()];
        sigmoid(&x, &mut whole);
        for (i, &v) in x.iter().enumerate() {
            assert_eq!(one(sigmoid, v).to_bits(), whole[i].to_bits(), "element {i}");
        }
    }
}
