//! The activations that kernels do not inline, and their derivatives.

use super::{Activation, update};
use crate::kernels::math::{exp_m1_vector, softplus_of_minus_abs, tanh_vector};
use crate::kernels::simd::{LANES, load_partial, store_partial};
use wide::f32x16;

/// Applies one of them in place, on this thread. A separate function, so that no kernel's loop
/// grows.
#[inline(never)]
pub(super) fn apply(activation: Activation, x: &mut [f32]) {
    match activation {
        Activation::Linear | Activation::Relu | Activation::Sigmoid => {}
        Activation::Tanh => in_place(x, tanh_vector),
        Activation::Softplus => in_place(x, softplus_vector),
        Activation::LeakyRelu(slope) => in_place(x, |x| leaky_relu_vector(x, slope)),
        Activation::Elu(alpha) => in_place(x, |x| elu_vector(x, alpha)),
    }
}

/// Computes `gradient *= f'`, with the derivative in terms of the output `out`.
#[inline(never)]
pub(super) fn backward(activation: Activation, out: &[f32], gradient: &mut [f32]) {
    let one = f32x16::ONE;
    match activation {
        Activation::Linear | Activation::Relu | Activation::Sigmoid => {}
        // 1 - y^2 = (1 - y) (1 + y): y^2 would round before the difference.
        Activation::Tanh => update(gradient, out, |d, y| d * ((one - y) * (one + y))),
        // 1 - e^-y, without cancellation where y is small.
        Activation::Softplus => update(gradient, out, |d, y| d * -exp_m1_vector(-y)),
        Activation::LeakyRelu(slope) => update(gradient, out, |d, y| {
            y.simd_gt(f32x16::ZERO).select(d, d * f32x16::splat(slope))
        }),
        Activation::Elu(alpha) => update(gradient, out, |d, y| {
            y.simd_gt(f32x16::ZERO).select(d, d * (y + f32x16::splat(alpha)))
        }),
    }
}

/// `ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|)`; a NaN stays NaN.
#[inline(always)]
fn softplus_vector(x: f32x16) -> f32x16 {
    f32x16::ZERO.fast_max(x) + softplus_of_minus_abs(x)
}

#[inline(always)]
fn leaky_relu_vector(x: f32x16, slope: f32) -> f32x16 {
    x.simd_gt(f32x16::ZERO).select(x, x * f32x16::splat(slope))
}

#[inline(always)]
fn elu_vector(x: f32x16, alpha: f32) -> f32x16 {
    x.simd_gt(f32x16::ZERO).select(x, f32x16::splat(alpha) * exp_m1_vector(x))
}

#[inline(always)]
fn in_place(x: &mut [f32], f: impl Fn(f32x16) -> f32x16) {
    let (body, rest) = x.as_chunks_mut::<LANES>();
    for v in body {
        *v = f(f32x16::new(*v)).to_array();
    }
    if !rest.is_empty() {
        store_partial(f(load_partial(rest, 0.0)), rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_testkit::ulp_distance;

    /// The largest error in ULPs over every 97th float of an interval.
    fn worst(activation: Activation, from: f32, to: f32, exact: fn(f64) -> f64) -> u32 {
        assert!(from < to);
        // Both signs: away from zero, and towards it.
        let mut x: Vec<f32> = Vec::new();
        for [near, far] in [[0.0, -from], [0.0, to]] {
            let sign = if far == to { 1.0 } else { -1.0 };
            if far > near {
                x.extend(
                    (near.to_bits()..=far.to_bits()).step_by(97).map(|b| sign * f32::from_bits(b)),
                );
            }
        }
        let mut y = x.clone();
        activation.apply(&mut y);
        let pairs = x.iter().zip(&y);
        pairs.map(|(&x, &y)| ulp_distance(y, exact(f64::from(x)) as f32)).max().expect("floats")
    }

    #[test]
    fn tanh_is_within_its_bound() {
        let worst = worst(Activation::Tanh, -100.0, 100.0, f64::tanh);
        assert!(worst <= 4, "{worst} ULP");
    }

    #[test]
    fn softplus_is_within_its_bound() {
        let softplus = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p();
        let worst = worst(Activation::Softplus, -87.3, 1e30, softplus);
        assert!(worst <= 4, "{worst} ULP");
        let mut small = [-88.0, -1e30];
        Activation::Softplus.apply(&mut small);
        assert_eq!(small, [0.0, 0.0]);
    }

    #[test]
    fn elu_is_within_its_bound() {
        let elu = |x: f64| if x > 0.0 { x } else { x.exp_m1() };
        let worst = worst(Activation::Elu(1.0), -100.0, 100.0, elu);
        assert!(worst <= 2, "{worst} ULP");
    }
}
