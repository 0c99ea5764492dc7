//! The kernels that are not about images, over random lengths and shapes against their f64
//! references: activations, cross-entropy, functions, sums, covariance, transposition, pixels, and
//! products with bias and activation.

mod common;

use ae_tensor::Activation;
use ae_tensor::kernels::activation::{activate, bias_activation};
use ae_tensor::kernels::bce::{bce_sum, bce_sum_and_gradient};
use ae_tensor::kernels::convert::{gather_unit_rows, unit_from_u8};
use ae_tensor::kernels::gemm::{Epilogue, MatRef, gemm};
use ae_tensor::kernels::gram::{column_means, scatter};
use ae_tensor::kernels::math::{exp, exp_m1, ln, ln_1p, sigmoid, tanh};
use ae_tensor::kernels::packed::Packed;
use ae_tensor::kernels::sum::{column_sums, sum};
use ae_tensor::kernels::transpose::transpose;
use ae_testkit::naive::{self, widen};
use ae_testkit::{Sampler, assert_close, assert_close_f64, max_ulp};
use common::{exact, unwritten};
use proptest::prelude::*;

/// Linear and ReLU do not round. The bounds of the others are at most 4 ULP, plus one where a
/// parameter is multiplied. Results too small for a normal f32 may be 0.
fn assert_activated(found: &[f32], z: &[f64], activation: Activation) {
    let text = activation.to_string();
    let expected: Vec<f64> = z.iter().map(|&z| naive::activation(&text, z)).collect();
    let rtol = match activation {
        Activation::Linear | Activation::Relu => 0.0,
        Activation::Sigmoid => 3.6e-7,
        _ => 6e-7,
    };
    assert_close(found, &expected, rtol, f32::MIN_POSITIVE.into());
}

/// All activations, including one with a non-default parameter.
fn activations() -> impl Iterator<Item = Activation> {
    Activation::ALL.into_iter().chain([Activation::LeakyRelu(0.01), Activation::Elu(2.0)])
}

/// Mostly short lengths, occasionally more than a block of any kernel.
fn lengths() -> impl Strategy<Value = usize> {
    prop_oneof![4 => 0..=70usize, 2 => 4000..=4200usize, 1 => 16_000..=50_000usize]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn activations_and_their_derivatives(len in lengths(), scale in 0.01f32..100.0, seed: u64) {
        let x = Sampler::new(seed).vec(len, -scale, scale);
        let dy = exact(seed, len);
        for activation in activations() {
            let (mut y, mut dx) = (unwritten(len), dy.clone());
            activate(&x, &mut y, activation);
            assert_activated(&y, &widen(&x), activation);
            activation.backward(&y, &mut dx);
            let text = activation.to_string();
            let gradient = |(&x, &dy): (&f32, &f32)| {
                naive::activation_backward(&text, x.into(), dy.into())
            };
            // s (1 - s) has the digits that 1 - s has: off by a rounding of s; likewise for the
            // others.
            let atol = match activation {
                Activation::Linear | Activation::Relu => 0.0,
                Activation::Sigmoid => 4e-7,
                _ => 2e-6,
            };
            assert_close(&dx, &x.iter().zip(&dy).map(gradient).collect::<Vec<_>>(), 0.0, atol);
        }
    }

    #[test]
    fn bias_and_activation(rows in 0..=40usize, cols in 1..=70usize, seed: u64) {
        let (x, bias) = (exact(seed, rows * cols), exact(seed ^ 1, cols));
        for activation in activations() {
            let mut y = x.clone();
            bias_activation(&mut y, &bias, activation);
            assert_activated(&y, &naive::add_bias(&widen(&x), &widen(&bias)), activation);
        }
    }

    #[test]
    fn cross_entropy(len in lengths(), scale in 0.01f32..200.0, share in 0.001f32..10.0, seed: u64) {
        let mut sampler = Sampler::new(seed);
        let (z, t) = (sampler.vec(len, -scale, scale), sampler.vec(len, 0.0, 1.0));
        let pairs = || z.iter().zip(&t).map(|(&z, &t)| (f64::from(z), f64::from(t)));
        let mut dz = unwritten(len);
        let found = bce_sum_and_gradient(&z, &t, share, &mut dz);
        prop_assert_eq!(found, bce_sum(&z, &t));
        let expected: f64 = pairs().map(|(z, t)| naive::bce_with_logit(z, t)).sum();
        // Where t is near 1, `z - z t` loses the leading digits of `z t` and keeps its
        // rounding, half a unit in the last place: 2^-24 of it.
        let products: f64 = pairs().map(|(z, t)| (z * t).abs()).sum();
        assert_close_f64(&[found], &[expected], 1e-6, 6e-8 * products);
        let share = f64::from(share);
        let expected: Vec<f64> = pairs().map(|(z, t)| share * (naive::sigmoid(z) - t)).collect();
        assert_close(&dz, &expected, 2e-7, 4e-7 * share);
    }

    /// The bounds are tested over nearly all numbers next to the functions; this test is about
    /// lengths.
    #[test]
    fn functions(len in lengths(), seed: u64) {
        type Case = (fn(&[f32], &mut [f32]), fn(f64) -> f64, u32, [f32; 2]);
        let cases: [Case; 6] = [
            (exp, f64::exp, 1, [-87.0, 88.0]),
            (exp_m1, f64::exp_m1, 2, [-30.0, 30.0]),
            (tanh, f64::tanh, 4, [-12.0, 12.0]),
            (ln, f64::ln, 2, [1e-30, 1e3]),
            (ln_1p, f64::ln_1p, 2, [-0.99, 10.0]),
            (sigmoid, naive::sigmoid, 3, [-87.0, 50.0]),
        ];
        for (i, (f, definition, bound, [low, high])) in cases.into_iter().enumerate() {
            let x = Sampler::new(seed).vec(len, low, high);
            let mut y = unwritten(len);
            f(&x, &mut y);
            let expected: Vec<f64> = widen(&x).into_iter().map(definition).collect();
            let (worst, at) = max_ulp(&y, &expected);
            prop_assert!(worst <= bound, "function {}: {} ULP at {}", i, worst, at);
        }
    }

    #[test]
    fn sums(rows in 0..=600usize, cols in 1..=300usize, seed: u64) {
        let x = exact(seed, rows * cols);
        prop_assert_eq!(sum(&x), widen(&x).iter().sum::<f64>());
        let mut columns = unwritten(cols);
        column_sums(&x, &mut columns);
        prop_assert_eq!(widen(&columns), naive::column_sums(&widen(&x), cols));
    }

    #[test]
    fn covariance(rows in 1..=300usize, cols in 1..=60usize, center in -100.0f32..100.0, seed: u64) {
        let mut x = Sampler::new(seed).vec(rows * cols, center - 1.0, center + 1.0);
        // A column that does not vary is skipped.
        x.iter_mut().skip(seed as usize % cols).step_by(cols).for_each(|x| *x = 0.3);
        let (means, expected) = naive::means_and_scatter(&widen(&x), cols);
        let found = column_means(&x, cols);
        assert_close_f64(&found, &means, 1e-14, 1e-14);
        assert_close_f64(&scatter(&x, &found), &expected, 1e-11, 1e-11);
    }

    #[test]
    fn packed_products(m in 0..=60usize, rows in 1..=60usize, cols in 1..=60usize, seed: u64) {
        let (a, b) = (widen(&exact(seed, m * rows)), widen(&exact(seed ^ 1, rows * cols)));
        prop_assert_eq!(Packed::new(&b, cols).product(&a), naive::matmul(&a, &b, m, rows, cols));
    }

    #[test]
    fn transposes(rows in 0..=80usize, cols in 0..=80usize) {
        let x: Vec<f32> = (0..rows * cols).map(|i| i as f32).collect();
        let mut out = unwritten(x.len());
        transpose(&x, rows, cols, &mut out);
        prop_assert_eq!(out, naive::transpose(&x, rows, cols));
    }

    #[test]
    fn pixels(len in 0..=90usize, count in 1..=60usize, chosen in 0..=100usize, seed: u64) {
        let mut sampler = Sampler::new(seed);
        let x: Vec<u8> = (0..count * len).map(|_| sampler.bits() as u8).collect();
        let rows: Vec<usize> = (0..chosen).map(|_| sampler.bits() as usize % count).collect();
        let gray = |x: &u8| (f64::from(*x) / 255.0) as f32;
        let (mut all, mut some) = (unwritten(x.len()), unwritten(chosen * len));
        unit_from_u8(&x, &mut all);
        prop_assert!(all.iter().eq(x.iter().map(gray).collect::<Vec<_>>().iter()));
        gather_unit_rows(&x, len, &rows, &mut some);
        let expected: Vec<f32> = rows.iter().flat_map(|r| x[r * len..][..len].iter().map(gray)).collect();
        prop_assert_eq!(some, expected);
    }

    /// Each form of the product, with each epilogue, on numbers whose sums are exact.
    #[test]
    fn products(
        m in 0..=140usize, k in 0..=90usize, n in 0..=140usize, at: bool, bt: bool, with_bias: bool, which in 0..Activation::ALL.len(),
        seed: u64,
    ) {
        let (a, b, bias) = (exact(seed, m * k), exact(seed ^ 1, k * n), exact(seed ^ 2, n));
        let mut z = naive::matmul(&widen(&a), &widen(&b), m, k, n);
        if with_bias {
            z = naive::add_bias(&z, &widen(&bias));
        }
        let (stored_a, stored_b) = (naive::transpose(&a, m, k), naive::transpose(&b, k, n));
        let a = if at { MatRef::new(&stored_a, k, m).t() } else { MatRef::new(&a, m, k) };
        let b = if bt { MatRef::new(&stored_b, n, k).t() } else { MatRef::new(&b, k, n) };
        let mut c = unwritten(m * n);
        let activation = Activation::ALL[which];
        gemm(a, b, &mut c, Epilogue { bias: with_bias.then_some(&bias[..]), activation });
        assert_activated(&c, &z, activation);
    }
}
