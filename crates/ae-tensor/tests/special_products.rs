//! NaN and infinity in matrix products and convolutions, over random shapes and positions: they
//! appear where the definition gives them.

mod common;

use ae_tensor::Activation::Relu;
use ae_tensor::Window;
use ae_tensor::kernels::conv::enlarged::{self, EnlargedConv2d};
use ae_tensor::kernels::conv::{self, Conv2d};
use ae_tensor::kernels::gemm::{Epilogue, MatRef, gemm};
use ae_tensor::kernels::packed::Packed;
use ae_testkit::naive::{self, Window2d, widen};
use common::{channels, exact, scenes, unwritten};
use proptest::prelude::*;

const NAN: f32 = f32::NAN;
const INF: f32 = f32::INFINITY;
const ODD: [f32; 3] = [NAN, INF, -INF];
/// The smallest positive number.
const TINY: f32 = f32::from_bits(1);

fn bits(x: &[f32]) -> Vec<u32> {
    x.iter().map(|x| x.to_bits()).collect()
}

/// Returns whether each number matches the reference for the same operands: the same number up to
/// rounding, the same infinity, or both NaN.
fn same_kind(found: &[f32], expected: &[f64]) -> bool {
    found.len() == expected.len()
        && found.iter().zip(expected).all(|(&f, &e)| {
            f.is_nan() == e.is_nan()
                && (e.is_finite() == f.is_finite())
                && (e.is_finite() || e.is_nan() || f64::from(f) == e)
        })
}

/// Returns whether the numbers that are not finite are those of the reference. Where the reference
/// has an infinity, sums of its transformed tiles may give NaN.
fn same_places(found: &[f32], expected: &[f64]) -> bool {
    found.iter().zip(expected).all(|(f, e)| f.is_finite() == e.is_finite())
}

/// Returns whether every number that is not finite in the reference is not finite here.
fn nothing_swallowed(found: &[f32], expected: &[f64]) -> bool {
    found.iter().zip(expected).all(|(f, e)| e.is_finite() || !f.is_finite())
}

/// Replaces one element, if there is any.
fn spoil(mut x: Vec<f32>, seed: u64, odd: f32) -> Vec<f32> {
    if !x.is_empty() {
        let place = (seed >> 8) as usize % x.len();
        x[place] = odd;
    }
    x
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Padding multiplies by zero: it must neither hide nor spread a NaN.
    #[test]
    fn a_product_is_broken_where_its_definition_is(
        m in 1..=90usize, k in 0..=40usize, n in 1..=90usize, at: bool, bt: bool, in_a: bool, odd in 0..3usize, seed: u64,
    ) {
        let (mut a, mut b) = (exact(seed, m * k), exact(seed ^ 1, k * n));
        if in_a { a = spoil(a, seed, ODD[odd]) } else { b = spoil(b, seed, ODD[odd]) }
        let expected = naive::matmul(&widen(&a), &widen(&b), m, k, n);
        let (stored_a, stored_b) = (naive::transpose(&a, m, k), naive::transpose(&b, k, n));
        let a = if at { MatRef::new(&stored_a, k, m).t() } else { MatRef::new(&a, m, k) };
        let b = if bt { MatRef::new(&stored_b, n, k).t() } else { MatRef::new(&b, k, n) };
        let mut c = unwritten(m * n);
        gemm(a, b, &mut c, Epilogue::default());
        prop_assert!(same_kind(&c, &expected));
        let bias = spoil(vec![1.0; n], seed, ODD[odd]);
        let expected: Vec<f64> =
            naive::add_bias(&expected, &widen(&bias)).into_iter().map(naive::relu).collect();
        gemm(a, b, &mut c, Epilogue { bias: Some(&bias), activation: Relu });
        prop_assert!(same_kind(&c, &expected));
    }

    #[test]
    fn so_is_a_packed_product(
        m in 1..=60usize, rows in 1..=30usize, cols in 1..=60usize, in_a: bool, odd in 0..3usize, seed: u64,
    ) {
        let (mut a, mut b) = (exact(seed, m * rows), exact(seed ^ 1, rows * cols));
        if in_a { a = spoil(a, seed, ODD[odd]) } else { b = spoil(b, seed, ODD[odd]) }
        let (a, b) = (widen(&a), widen(&b));
        let found: Vec<f32> = Packed::new(&b, cols).product(&a).iter().map(|&x| x as f32).collect();
        prop_assert!(same_kind(&found, &naive::matmul(&a, &b, m, rows, cols)));
    }

    /// In the image: exactly where the definition has it, except where tiles of 4 x 4 outputs may
    /// be used, in which it spreads. In the kernel and in gradients it may reach further, since
    /// zeros of the padding are multiplied like pixels. It never reaches less far.
    #[test]
    fn a_convolution_is_broken_where_its_definition_is(
        scene in scenes(), inputs in channels(), outputs in channels(), which in 0..3usize, odd in 0..3usize, seed: u64,
    ) {
        let (Some(window), Some(placement)) = (scene.naive(), scene.window.over(scene.image)) else { return Ok(()) };
        let conv = Conv2d::new(placement, inputs, outputs);
        let batch = scene.batch.min(2);
        let lens = [batch * conv.input_len(), conv.kernel_len(), batch * conv.output_len()];
        let mut operands = [0, 1, 2].map(|i| exact(seed ^ i as u64, lens[i]));
        operands[which] = spoil(std::mem::take(&mut operands[which]), seed, ODD[odd]);
        let [x, kernel, dy] = &operands;
        let [wide_x, wide_kernel, wide_dy] = [x, kernel, dy].map(|v| widen(v));
        let mut y = unwritten(dy.len());
        conv::forward(&conv, x, kernel, Epilogue::default(), &mut y);
        let expected = naive::conv2d(&wide_x, &wide_kernel, window, inputs, outputs);
        prop_assert!(nothing_swallowed(&y, &expected), "y");
        let spreads = scene.window.size == [3, 3]
            && scene.window.stride == [1, 1]
            && inputs.is_multiple_of(16)
            && outputs.is_multiple_of(16);
        prop_assert!(which != 0 || spreads || same_places(&y, &expected), "y, of a broken image");
        let mut dx = unwritten(x.len());
        conv::backward_input(&conv, dy, kernel, &mut dx);
        let expected = naive::conv2d_backward_input(&wide_dy, &wide_kernel, window, inputs, outputs);
        prop_assert!(nothing_swallowed(&dx, &expected), "dx");
        let mut dkernel = unwritten(kernel.len());
        conv::backward_kernel(&conv, x, dy, &mut dkernel);
        let expected = naive::conv2d_backward_kernel(&wide_x, &wide_dy, window, inputs, outputs);
        prop_assert!(nothing_swallowed(&dkernel, &expected), "dkernel");
    }

    /// Taps are added up in advance: infinities of both signs may then meet elsewhere, and the
    /// result is still not finite.
    #[test]
    fn so_is_an_enlarged_one(
        batch in 1..=2usize, image in [1..=6usize, 1..=6], factor in [1..=3usize, 1..=3], size in [1..=4usize, 1..=4],
        inputs in channels(), outputs in channels(), which in 0..3usize, odd in 0..3usize, seed: u64,
    ) {
        let conv = EnlargedConv2d::new(image, factor, size, [inputs, outputs]);
        let large = [image[0] * factor[0], image[1] * factor[1]];
        let window = Window2d::same(large, size, [1, 1]);
        let lens = [batch * conv.input_len(), conv.kernel_len(), batch * conv.output_len()];
        let mut operands = [0, 1, 2].map(|i| exact(seed ^ i as u64, lens[i]));
        operands[which] = spoil(std::mem::take(&mut operands[which]), seed, ODD[odd]);
        let [x, kernel, dy] = &operands;
        let [wide_x, wide_kernel, wide_dy] = [x, kernel, dy].map(|v| widen(v));
        let enlarged_x = naive::up_sample2d(&wide_x, image, inputs, factor);
        let mut y = unwritten(dy.len());
        enlarged::forward(&conv, x, kernel, Epilogue::default(), &mut y);
        prop_assert!(nothing_swallowed(&y, &naive::conv2d(&enlarged_x, &wide_kernel, window, inputs, outputs)), "y");
        let mut dx = unwritten(x.len());
        enlarged::backward_input(&conv, dy, kernel, &mut dx);
        let expected = naive::conv2d_backward_input(&wide_dy, &wide_kernel, window, inputs, outputs);
        prop_assert!(nothing_swallowed(&dx, &naive::up_sample2d_backward(&expected, image, inputs, factor)), "dx");
        let mut dkernel = unwritten(kernel.len());
        enlarged::backward_kernel(&conv, x, dy, &mut dkernel);
        let expected = naive::conv2d_backward_kernel(&enlarged_x, &wide_dy, window, inputs, outputs);
        prop_assert!(nothing_swallowed(&dkernel, &expected), "dkernel");
    }
}

/// Products of f32 are f32: those too large become infinite, and those too small for a normal
/// number keep the digits that are left.
#[test]
fn products_overflow_and_underflow_as_f32() {
    let one = |a: f32, b: f32| {
        let mut c = [NAN; 20];
        gemm(MatRef::new(&[a; 1], 1, 1), MatRef::new(&[b; 20], 1, 20), &mut c, Epilogue::default());
        assert!(bits(&c).iter().all(|&b| b == c[0].to_bits()));
        c[0]
    };
    assert_eq!(one(1e30, 1e30), INF);
    assert_eq!(one(-1e30, 1e30), -INF);
    assert_eq!(one(f32::MIN_POSITIVE, 0.25), f32::MIN_POSITIVE / 4.0);
    assert_eq!(one(TINY, 3.0), f32::from_bits(3));
    assert_eq!(one(TINY, 0.25), 0.0);
    let conv = Conv2d::new(Window::same([3, 3]).over([4, 4]).unwrap(), 1, 16);
    for (x, k, expected) in [(1e30, 1e30, INF), (TINY, 1.0, f32::from_bits(4))] {
        let mut y = unwritten(256);
        conv::forward(&conv, &[x; 16], &[k; 9 * 16], Epilogue::default(), &mut y);
        assert_eq!(y[0], expected);
    }
}
