//! NaN, infinity, the largest and smallest numbers, and signed zeros: every kernel treats them as
//! its "Special values" section states. `special_products.rs` covers products and convolutions.

mod common;

use ae_tensor::Activation::{self, Elu, LeakyRelu, Linear, Relu, Sigmoid, Softplus, Tanh};
use ae_tensor::kernels::activation::{activate, bias_activation};
use ae_tensor::kernels::bce::{bce_sum, bce_sum_and_gradient};
use ae_tensor::kernels::gram::{column_means, scatter};
use ae_tensor::kernels::math::{exp, exp_m1, ln, ln_1p, sigmoid, tanh};
use ae_tensor::kernels::pool::{max_pool, max_pool_backward};
use ae_tensor::kernels::sum::{column_sums, sum};
use ae_tensor::kernels::transpose::transpose;
use ae_tensor::kernels::upsample::{up_sample, up_sample_backward};
use ae_tensor::{Tensor, Window};
use ae_testkit::naive;
use ae_testkit::{Sampler, ulp_distance};
use common::unwritten;

const NAN: f32 = f32::NAN;
const INF: f32 = f32::INFINITY;
const ODD: [f32; 3] = [NAN, INF, -INF];
/// The smallest positive number.
const TINY: f32 = f32::from_bits(1);

fn bits(x: &[f32]) -> Vec<u32> {
    x.iter().map(|x| x.to_bits()).collect()
}

/// An in-place operation on numbers.
type Form<'a> = &'a dyn Fn(&mut [f32]);

/// Applies `f` to `x` at each position of a vector in turn, and past its end: the result must
/// always be the same, and is returned.
fn everywhere(len: usize, x: f32, f: impl Fn(&mut [f32])) -> f32 {
    let results: Vec<f32> = (0..len)
        .map(|place| {
            let mut all = vec![0.5; len];
            all[place] = x;
            f(&mut all);
            let others = all.iter().enumerate().filter(|(i, _)| *i != place);
            assert!(others.map(|(_, x)| x).all(|x| x.is_finite()), "{x} at {place} spreads");
            all[place]
        })
        .collect();
    assert!(results.iter().all(|y| ulp_distance(*y, results[0]) == 0), "{x}: {results:?}");
    results[0]
}

#[test]
fn activations() {
    let ln_2 = std::f32::consts::LN_2;
    for activation in Activation::ALL {
        let apply = |x: &mut [f32]| activation.apply(x);
        let copy = |x: &mut [f32]| {
            let from = x.to_vec();
            activate(&from, x, activation);
        };
        let with_bias = |x: &mut [f32]| bias_activation(x, &[0.0; 37], activation);
        let forms: [Form<'_>; 3] = [&apply, &copy, &with_bias];
        for form in forms {
            let of = |x| everywhere(37, x, form);
            assert!(of(NAN).is_nan() && of(-NAN).is_nan(), "{activation:?}");
            let ends =
                [of(-INF), of(f32::MIN), of(-TINY), of(-0.0), of(TINY), of(f32::MAX), of(INF)];
            let expected = match activation {
                Linear => [-INF, f32::MIN, -TINY, 0.0, TINY, f32::MAX, INF],
                Relu => [0.0, 0.0, 0.0, 0.0, TINY, f32::MAX, INF],
                Sigmoid => [0.0, 0.0, 0.5, 0.5, 0.5, 1.0, 1.0],
                Tanh => [-1.0, -1.0, -TINY, 0.0, TINY, 1.0, 1.0],
                Softplus => [0.0, 0.0, ln_2, ln_2, ln_2, f32::MAX, INF],
                LeakyRelu(slope) => [-INF, slope * f32::MIN, 0.0, 0.0, TINY, f32::MAX, INF],
                Elu(alpha) => [-alpha, -alpha, -TINY, 0.0, TINY, f32::MAX, INF],
                other => panic!("no row for {other}"),
            };
            assert_eq!(ends, expected, "{activation:?}");
        }
        // A NaN or infinite bias affects its own column.
        for odd in ODD {
            let mut bias = [0.0; 20];
            bias[17] = odd;
            let mut x = [0.5; 60];
            bias_activation(&mut x, &bias, activation);
            let expected = naive::activation(&activation.to_string(), odd.into()) as f32;
            assert!(x.iter().skip(17).step_by(20).all(|&x| ulp_distance(x, expected) == 0));
            assert!(x.iter().enumerate().all(|(i, x)| i % 20 == 17 || x.is_finite()));
        }
    }
}

#[test]
fn activations_backward() {
    for len in [1, 16, 37] {
        let backward = |activation: Activation, y: f32, dy: f32| {
            everywhere(len, dy, |d| {
                // Where the gradient is at 0.5, the output is, too.
                let out: Vec<f32> = d.iter().map(|&d| if d == 0.5 { 0.25 } else { y }).collect();
                activation.backward(&out, d);
            })
        };
        for odd in ODD {
            assert_eq!(ulp_distance(backward(Linear, 1.0, odd), odd), 0);
            assert_eq!(ulp_distance(backward(Relu, TINY, odd), odd), 0);
            // A unit whose output is 0 passes no gradient, not even NaN; neither does a unit that
            // is NaN.
            assert_eq!(backward(Relu, 0.0, odd), 0.0);
            assert_eq!(backward(Relu, NAN, 1.0), 0.0);
            assert_eq!(backward(Relu, INF, 1.0), 1.0);
            assert_eq!(ulp_distance(backward(Sigmoid, 0.5, odd), odd), 0);
            // Saturated: 0, but 0 times infinity is NaN.
            assert_eq!((backward(Sigmoid, 1.0, 3.0), backward(Sigmoid, 0.0, 3.0)), (0.0, 0.0));
            assert!(backward(Sigmoid, 1.0, odd).is_nan() && backward(Sigmoid, NAN, 1.0).is_nan());
            for (activation, saturated) in
                [(Tanh, 1.0), (Tanh, -1.0), (Softplus, 0.0), (Elu(2.0), -2.0)]
            {
                assert_eq!(backward(activation, saturated, 3.0), 0.0, "{activation}");
                assert!(backward(activation, saturated, odd).is_nan(), "{activation}");
                assert!(backward(activation, NAN, 1.0).is_nan(), "{activation}");
            }
            assert_eq!(backward(Softplus, INF, 3.0), 3.0);
            assert_eq!(
                (backward(Elu(2.0), INF, 3.0), backward(LeakyRelu(0.5), INF, 3.0)),
                (3.0, 3.0)
            );
            // An output that is NaN counts as not above 0.
            assert_eq!(backward(LeakyRelu(0.5), NAN, 3.0), 1.5);
        }
    }
}

#[test]
fn functions() {
    let of = |f: fn(&[f32], &mut [f32]), x| {
        everywhere(37, x, |all| {
            let from = all.to_vec();
            f(&from, all);
        })
    };
    for f in [exp, exp_m1, ln, ln_1p, tanh, sigmoid] {
        assert!(of(f, NAN).is_nan() && of(f, -NAN).is_nan());
    }
    let ends = |f| [-INF, f32::MIN, -TINY, -0.0, 0.0, TINY, f32::MAX, INF].map(|x| of(f, x));
    assert_eq!(ends(exp), [0.0, 0.0, 1.0, 1.0, 1.0, 1.0, INF, INF]);
    assert_eq!(bits(&ends(exp_m1)), bits(&[-1.0, -1.0, -TINY, -0.0, 0.0, TINY, INF, INF]));
    assert_eq!(bits(&ends(tanh)), bits(&[-1.0, -1.0, -TINY, -0.0, 0.0, TINY, 1.0, 1.0]));
    assert_eq!(ends(sigmoid), [0.0, 0.0, 0.5, 0.5, 0.5, 0.5, 1.0, 1.0]);
    let ln_of = ends(ln);
    assert!(ln_of[..3].iter().all(|y| y.is_nan()));
    assert_eq!(ln_of[3..], [-INF, -INF, -103.278_93, 88.722_84, INF]);
    let ln_1p_of = ends(ln_1p);
    assert!(ln_1p_of[..2].iter().all(|y| y.is_nan()));
    assert_eq!(bits(&ln_1p_of[2..]), bits(&[-TINY, -0.0, 0.0, TINY, 88.722_84, INF]));
    // 0 instead of a subnormal result.
    assert_eq!((of(exp, -88.0), of(exp, -103.0), of(sigmoid, -88.0)), (0.0, 0.0, 0.0));
}

#[test]
fn cross_entropy() {
    for len in [1, 16, 37] {
        for place in 0..len {
            let run = |z: f32, t: f32| {
                let (mut all_z, mut all_t) = (vec![0.0; len], vec![0.5; len]);
                (all_z[place], all_t[place]) = (z, t);
                let mut dz = unwritten(len);
                let loss = bce_sum_and_gradient(&all_z, &all_t, 1.0, &mut dz);
                let other = bce_sum(&all_z, &all_t);
                assert!(loss == other || loss.is_nan() && other.is_nan(), "{loss} {other}");
                let others = dz.iter().enumerate().filter(|(i, _)| *i != place);
                assert!(others.map(|(_, d)| d).all(|d| *d == 0.0));
                (loss, dz[place])
            };
            for (z, t) in [(NAN, 0.5), (0.0, NAN), (NAN, NAN)] {
                let (loss, dz) = run(z, t);
                assert!(loss.is_nan() && dz.is_nan(), "{z} {t}");
            }
            // Infinite logits: the gradient is its limit, the loss is a difference of infinities.
            for (z, t, limit) in
                [(INF, 1.0, 0.0), (INF, 0.25, 0.75), (-INF, 0.0, 0.0), (-INF, 1.0, -1.0)]
            {
                let (loss, dz) = run(z, t);
                assert!(!loss.is_finite() && dz == limit, "{z} {t}: {loss} {dz}");
            }
            // Saturated, but exact in the logits.
            let rest = (len - 1) as f64 * std::f64::consts::LN_2;
            for z in [100.0, 1e30] {
                for (z, t, expected, limit) in
                    [(z, 1.0, 0.0, 0.0), (z, 0.0, z, 1.0), (-z, 1.0, z, -1.0), (-z, 0.0, 0.0, 0.0)]
                {
                    let (loss, dz) = run(z, t);
                    assert!(
                        (loss - rest - f64::from(expected)).abs()
                            <= 1e-6 * (rest + f64::from(expected))
                    );
                    assert_eq!(dz, limit);
                }
            }
            assert_eq!(run(TINY, 0.5).1, 0.0);
        }
    }
    // The sixteen running sums are f32: the loss overflows where its terms nearly do.
    assert_eq!(bce_sum(&[f32::MAX; 32], &[0.0; 32]), f64::INFINITY);
    assert!(bce_sum(&[1e36; 40_000], &[0.0; 40_000]).is_finite());
}

#[test]
fn sums() {
    for len in [1, 37, 40_000] {
        for odd in ODD {
            let mut x = vec![1.0; len];
            x[len / 2] = odd;
            assert_eq!(ulp_distance(sum(&x) as f32, odd), 0, "{len}");
        }
        assert_eq!(sum(&vec![f32::MAX; len]), f64::from(f32::MAX) * len as f64);
        assert_eq!(sum(&vec![TINY; len]), f64::from(TINY) * len as f64);
    }
    assert!(sum(&[INF, -INF]).is_nan());
    // Every layout of the columns: wide, narrow, folded.
    for cols in [1, 7, 16, 32, 128, 300] {
        for odd in ODD {
            let mut x = vec![1.0; 70 * cols];
            x[68 * cols + cols / 2] = odd;
            let mut out = unwritten(cols);
            column_sums(&x, &mut out);
            for (j, &out) in out.iter().enumerate() {
                assert_eq!(
                    ulp_distance(out, if j == cols / 2 { odd } else { 70.0 }),
                    0,
                    "{cols} {j}"
                );
            }
        }
        let mut out = unwritten(cols);
        column_sums(&vec![f32::MAX; 2 * cols], &mut out);
        assert!(out.iter().all(|&sum| sum == INF), "sums are f32");
        column_sums(&vec![TINY; 70 * cols], &mut out);
        assert!(out.iter().all(|&sum| sum == f32::from_bits(70)));
    }
}

#[test]
fn covariance() {
    let cols = 30;
    for odd in ODD {
        let mut x = Sampler::new(1).vec(100 * cols, -1.0, 1.0);
        x[50 * cols + 7] = odd;
        let means = column_means(&x, cols);
        assert_eq!(means.iter().position(|m| !m.is_finite()), Some(7));
        for (pq, product) in scatter(&x, &means).iter().enumerate() {
            assert_eq!(product.is_nan(), pq / cols == 7 || pq % cols == 7, "{odd}: {pq}");
        }
    }
    // No f32 is too large or too small for these sums.
    let x = [f32::MAX, TINY, f32::MIN, -TINY];
    let means = column_means(&x, 2);
    assert_eq!(means, [0.0, 0.0]);
    let (large, small) = (f64::from(f32::MAX), f64::from(TINY));
    assert_eq!(
        scatter(&x, &means),
        [2.0 * large * large, 2.0 * large * small, 2.0 * large * small, 2.0 * small * small]
    );
}

#[test]
fn copies_keep_every_bit() {
    // Also a NaN with a payload.
    let odd = [f32::from_bits(0x7fa0_1234), -NAN, INF, -0.0, TINY];
    let x: Vec<f32> = (0..20 * 19).map(|i| odd[i % 5]).collect();
    let mut out = unwritten(x.len());
    transpose(&x, 20, 19, &mut out);
    assert_eq!(bits(&out), naive::transpose(&bits(&x), 20, 19));
    let mut y = unwritten(x.len() * 6);
    up_sample([20, 1], 19, [2, 3], &x, &mut y);
    for (i, y) in bits(&y).iter().enumerate() {
        // [40, 3, 19]
        assert_eq!(*y, x[i / (2 * 3 * 19) * 19 + i % 19].to_bits(), "{i}");
    }
}

#[test]
fn up_sampling_backward_stays_in_its_block() {
    for odd in ODD {
        let mut dy = vec![1.0; 4 * 6 * 5];
        dy[(6 + 4) * 5 + 2] = odd; // row 1, column 4, channel 2
        let mut dx = unwritten(2 * 3 * 5);
        up_sample_backward([2, 3], 5, [2, 2], &dy, &mut dx);
        for (i, &d) in dx.iter().enumerate() {
            assert_eq!(ulp_distance(d, if i == 2 * 5 + 2 { odd } else { 4.0 }), 0, "{i}");
        }
    }
    let mut dx = [0.0];
    up_sample_backward([1, 1], 1, [1, 2], &[f32::MAX; 2], &mut dx);
    assert_eq!(dx, [INF]);
}

#[test]
fn pooling() {
    let placement = Window::valid([1, 4]).over([1, 4]).unwrap();
    let pool = |x: [f32; 4]| {
        // In a whole vector of channels and in the remainder.
        let x: Vec<f32> = x.iter().flat_map(|&x| [x; 19]).collect();
        let (mut y, mut winners) = (unwritten(19), unwritten(19));
        max_pool(&placement, 19, &x, &mut y, &mut winners);
        assert!(
            bits(&y).iter().all(|&b| b == y[0].to_bits())
                && winners.iter().all(|w| *w == winners[0])
        );
        (y[0], winners[0])
    };
    assert!(pool([1.0, NAN, 2.0, INF]).0.is_nan());
    assert_eq!(pool([NAN, 1.0, NAN, 2.0]).1, 2.0);
    assert_eq!(pool([-INF, -INF, f32::MIN, -INF]), (f32::MIN, 2.0));
    assert_eq!(pool([-INF; 4]), (-INF, 0.0));
    assert_eq!(pool([0.0, TINY, INF, INF]), (INF, 2.0));
    // The zeros are equal: the first wins, with its sign.
    let (y, winner) = pool([-1.0, -0.0, 0.0, -TINY]);
    assert_eq!((y.to_bits(), winner), ((-0.0f32).to_bits(), 1.0));
    for odd in ODD {
        let mut dx = unwritten(4);
        max_pool_backward(&placement, 1, &[2.0], &[odd], &mut dx);
        assert!(ulp_distance(dx[2], odd) == 0 && dx[0] == 0.0 && dx[1] == 0.0 && dx[3] == 0.0);
        // A winner that is not a valid tap.
        max_pool_backward(&placement, 1, &[NAN], &[odd], &mut dx);
        assert_eq!(dx, [0.0; 4]);
    }
}

#[test]
fn a_tensors_largest_element_and_finiteness() {
    for odd in ODD {
        for place in 0..3 {
            let mut x = Tensor::new([3], vec![1.0, 2.0, f32::MAX]);
            assert!(x.is_finite());
            x.data_mut()[place] = odd;
            assert!(!x.is_finite());
            let expected = if odd == -INF { if place == 2 { 2.0 } else { f32::MAX } } else { odd };
            assert_eq!(ulp_distance(x.max(), expected), 0);
        }
    }
    assert_eq!(Tensor::zeros([0]).max(), -INF);
    assert!(Tensor::zeros([0]).mean().is_nan());
}
