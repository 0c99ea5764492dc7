//! exp, e^x - 1, ln, ln(1 + x), tanh and the sigmoid for 16 floats at a time, with tested error
//! bounds.
//!
//! The recipe is the classical one (J.-M. Muller, "Elementary Functions", 3rd ed. 2016, chapters 3
//! and 11): reduce the argument to a short interval by an exact identity, use a minimax polynomial
//! there, undo the reduction through the exponent bits. `exp.rs` and `ln.rs` do so; `logistic.rs`
//! combines them. The coefficients come from `tools/minimax.py`; their errors, some 5e-9, are a
//! tenth of half a unit in the last place, so rounding dominates.
//!
//! Bounds in ULPs of the correctly rounded result are stated on each function and tested below;
//! they hold with and without fused multiply-add.

mod exp;
mod ln;
mod logistic;

pub(crate) use exp::{exp_m1_vector, exp_vector, tanh_vector};
pub(crate) use ln::{ln_1p_vector, ln_from_one, ln_vector};
pub(crate) use logistic::{
    one_plus_exp, sigmoid_and_one_plus, sigmoid_vector, softplus_of_minus_abs,
};

use super::parallel::for_each_block;
use super::simd::map;
use wide::f32x16;

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

#[cfg(test)]
mod tests {
    use super::exp::LN_OF_SMALLEST;
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
