//! Max pooling and up-sampling, with their gradients, over random shapes against the naive
//! references. They compute only sums, which are exact here, so results must be equal.

mod common;

use ae_tensor::kernels::pool::{max_pool, max_pool_backward};
use ae_tensor::kernels::upsample::{up_sample, up_sample_backward};
use ae_tensor::{Window, with_threads};
use ae_testkit::naive::{self, widen};
use ae_testkit::{Sampler, assert_close};
use common::{Scene, channels, exact, scenes, unwritten};
use proptest::prelude::*;

/// `y`, the winners, and `dx` for the gradient `dy`; `None` if the window does not fit.
fn pool(scene: Scene, channels: usize, x: &[f32], dy: &[f32]) -> Option<[Vec<f32>; 3]> {
    let placement = scene.window.over(scene.image)?;
    let (mut y, mut winners) = (unwritten(dy.len()), unwritten(dy.len()));
    max_pool(&placement, channels, x, &mut y, &mut winners);
    let mut dx = unwritten(x.len());
    max_pool_backward(&placement, channels, &winners, dy, &mut dx);
    Some([y, winners, dx])
}

fn lens(scene: Scene, channels: usize) -> [usize; 2] {
    let [h, w] = scene.window.over(scene.image).map_or([0, 0], |placement| placement.output);
    [scene.batch * scene.image[0] * scene.image[1] * channels, scene.batch * h * w * channels]
}

/// Few different values, so that many are equal, all below zero: a padding that counted as a zero
/// would win. Occasionally an infinity or a NaN.
fn values(seed: u64, len: usize, odd: bool) -> Vec<f32> {
    let mut sampler = Sampler::new(seed);
    let mut value = || match sampler.bits() % 40 {
        0 if odd => f32::NAN,
        1 if odd => f32::INFINITY,
        2..=9 if odd => f32::NEG_INFINITY,
        n => -1.0 - (n % 3) as f32,
    };
    (0..len).map(|_| value()).collect()
}

fn same_bits(a: &[f32], b: &[f64]) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|(&a, &b)| f64::from(a) == b || (a.is_nan() && b.is_nan()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(800))]

    #[test]
    fn max_pooling_of_any_shape(scene in scenes(), channels in channels(), seed: u64, odd: bool) {
        let Some(window) = scene.naive() else { return Ok(()) };
        let [len, out] = lens(scene, channels);
        let (x, dy) = (values(seed, len, odd), exact(seed, out));
        let (y, winners) = naive::max_pool2d(&widen(&x), window, channels);
        let dx = naive::max_pool2d_backward(&winners, &widen(&dy), window, channels);
        let winners: Vec<f64> = winners.iter().map(|&tap| tap as f64).collect();
        let [ours, our_winners, our_dx] = pool(scene, channels, &x, &dy).unwrap();
        prop_assert!(same_bits(&ours, &y));
        prop_assert!(same_bits(&our_winners, &winners));
        prop_assert!(same_bits(&our_dx, &dx));
    }

    /// A wrong gradient of one output must not affect another output.
    #[test]
    fn a_gradient_goes_to_its_winner_alone(scene in scenes(), channels in channels(), seed: u64) {
        let [len, out] = lens(scene, channels);
        if out == 0 {
            return Ok(());
        }
        let mut dy = vec![0.0; out];
        dy[seed as usize % out] = f32::NAN;
        let [_, _, dx] = pool(scene, channels, &values(seed, len, false), &dy).unwrap();
        prop_assert_eq!(dx.iter().filter(|d| d.is_nan()).count(), 1);
        prop_assert!(dx.iter().all(|&d| d.is_nan() || d == 0.0));
    }

    #[test]
    fn up_sampling_of_any_shape(
        batch in 0..=5usize, image in [1..=9usize, 1..=9], factor in [1..=4usize, 1..=4], channels in channels(),
    ) {
        let x = exact(1, batch * image[0] * image[1] * channels);
        let dy = exact(2, x.len() * factor[0] * factor[1]);
        let (mut y, mut dx) = (unwritten(dy.len()), unwritten(x.len()));
        up_sample(image, channels, factor, &x, &mut y);
        up_sample_backward(image, channels, factor, &dy, &mut dx);
        assert_close(&y, &naive::up_sample2d(&widen(&x), image, channels, factor), 0.0, 0.0);
        assert_close(&dx, &naive::up_sample2d_backward(&widen(&dy), image, channels, factor), 0.0, 0.0);
    }
}

/// Overlapping windows add to a pixel from many sides, and the sums are rounded: a different order
/// would be noticed.
#[test]
fn the_same_bits_for_any_number_of_threads() {
    let rounded = |seed, len| Sampler::new(seed).vec(len, -1.0, 1.0);
    for (window, channels) in [
        (Window::same([2, 2]).with_stride([2, 2]), 32),
        (Window::same([3, 3]), 17),
        (Window::valid([5, 3]).with_stride([1, 2]), 3),
    ] {
        let scene = Scene { batch: 5, image: [41, 37], window };
        let [len, out] = lens(scene, channels);
        assert!(3 * out * window.size[0] * window.size[1] > 200_000, "too small to be split");
        let (x, dy) = (rounded(1, len), rounded(2, out));
        let reference = naive::max_pool2d(&widen(&x), scene.naive().unwrap(), channels);
        let run = |threads| {
            with_threads(threads, || pool(scene, channels, &x, &dy).unwrap())
                .expect("threads start")
        };
        let one = run(1);
        assert!(same_bits(&one[0], &reference.0));
        for threads in [2, 3, 7] {
            assert!(run(threads) == one, "{threads} threads, {window:?}");
        }
    }
    let (image, channels, factor) = ([41, 37], 17, [2, 3]);
    let x = rounded(3, 5 * 41 * 37 * channels);
    let dy = rounded(4, x.len() * 6);
    let run = |threads| {
        let (mut y, mut dx) = (unwritten(dy.len()), unwritten(x.len()));
        with_threads(threads, || {
            up_sample(image, channels, factor, &x, &mut y);
            up_sample_backward(image, channels, factor, &dy, &mut dx);
        })
        .expect("threads start");
        (y, dx)
    };
    let one = run(1);
    assert_close(&one.0, &naive::up_sample2d(&widen(&x), image, channels, factor), 0.0, 0.0);
    for threads in [2, 3, 7] {
        assert!(run(threads) == one, "{threads} threads");
    }
}
