//! Gradients of what makes a code sparse or random.

use super::check;
use ae_tensor::Tensor;
use ae_testkit::Sampler;

/// `m + e^(l/2) e` for rows of n means and n log-variances.
fn draws(x: &[f64], noise: &[f32], n: usize) -> Vec<f64> {
    let rows = x.chunks_exact(2 * n).zip(noise.chunks_exact(n));
    rows.flat_map(|(x, e)| {
        (0..n).map(|j| x[j] + (x[n + j] / 2.0).exp() * f64::from(e[j])).collect::<Vec<_>>()
    })
    .collect()
}

#[test]
fn gaussian_sample() {
    for (rows, n) in [(1, 1), (3, 2), (2, 9)] {
        let noise = Sampler::new(5).vec(rows * n, -2.0, 2.0);
        // An input must outlive the tape that the check makes.
        let tensor: &'static Tensor = Box::leak(Box::new(Tensor::new([rows, n], noise.clone())));
        check(
            &[&[rows, 2 * n]],
            |tape, v| {
                let noise = tape.input(tensor);
                tape.gaussian_sample(v[0], noise)
            },
            |p| draws(&p[0], &noise, n),
        );
    }
}

#[test]
fn gaussian_means() {
    check(
        &[&[3, 4]],
        |tape, v| tape.gaussian_means(v[0]),
        |p| p[0].chunks(4).flat_map(|row| [row[0], row[1]]).collect(),
    );
}

#[test]
fn gaussian_divergence() {
    for (rows, n) in [(1, 1), (3, 2), (2, 9)] {
        check(
            &[&[rows, 2 * n]],
            |tape, v| tape.gaussian_divergence(v[0]),
            |p| {
                let of_row = |row: &[f64]| -> f64 {
                    (0..n)
                        .map(|j| (row[j] * row[j] + row[n + j].exp() - 1.0 - row[n + j]) / 2.0)
                        .sum()
                };
                vec![p[0].chunks(2 * n).map(of_row).sum::<f64>() / rows as f64]
            },
        );
    }
}

#[test]
fn l1() {
    check(
        &[&[3, 4]],
        |tape, v| tape.l1(v[0]),
        |p| vec![p[0].iter().map(|x| x.abs()).sum::<f64>() / 3.0],
    );
}

#[test]
fn scale() {
    check(&[&[7]], |tape, v| tape.scale(v[0], -2.5), |p| p[0].iter().map(|x| -2.5 * x).collect());
}

/// A unit that is off has no slope; what is no number shows.
#[test]
fn l1_of_special_values() {
    use crate::ops::l1;
    let x = [0.0, -0.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY];
    let mut dx = [7.0; 5];
    l1::backward(2.0, &x, 1, &mut dx);
    assert_eq!((dx[0], dx[1], dx[3], dx[4]), (0.0, 0.0, 2.0, -2.0));
    assert!(dx[2].is_nan());
    assert!(l1::forward(&x, 1).is_nan() && l1::forward(&x[3..], 1).is_infinite());
}

#[test]
#[should_panic(expected = "gaussian: means and as many log-variances are no (2, 3)")]
fn a_code_has_as_many_means_as_variances() {
    check(&[&[2, 3]], |tape, v| tape.gaussian_means(v[0]), |p| p[0].clone());
}
