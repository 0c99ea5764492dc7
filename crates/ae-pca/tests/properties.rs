//! `symmetric_eigen` and `Pca` over random shapes: their defining properties hold in f64, whichever
//! method was chosen.

use ae_pca::{Pca, PcaError, symmetric_eigen};
use ae_tensor::Tensor;
use ae_testkit::naive::{add_bias, matmul, means_and_scatter, transpose, widen};
use ae_testkit::{Sampler, assert_close, assert_close_f64};
use proptest::prelude::*;

fn identity(n: usize) -> Vec<f64> {
    (0..n * n).map(|i| f64::from(u8::from(i / n == i % n))).collect()
}

/// `[n, d]` samples from `rank` sources, plus noise in all directions, around a center.
fn samples(n: usize, d: usize, rank: usize, noise: f32, center: f32, seed: u64) -> Tensor {
    let mut sampler = Sampler::new(seed);
    let source = Tensor::new([n, rank], sampler.vec(n * rank, -1.0, 1.0));
    let mix = Tensor::new([rank, d], sampler.vec(rank * d, -1.0, 1.0));
    source.matmul(&mix).map(|x| x + noise * sampler_at(seed, x) + center)
}

/// A number in [-1, 1) that depends only on the two arguments.
fn sampler_at(seed: u64, x: f32) -> f32 {
    Sampler::new(seed ^ u64::from(x.to_bits())).uniform(-1.0, 1.0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn eigenvectors_of_any_symmetric_matrix(n in 0..=60usize, rank in 1..=60usize, scale in -30..30i32, seed: u64) {
        let b = widen(&Sampler::new(seed).vec(rank * n, -1.0, 1.0));
        // Of both signs: the first half of the terms minus the second.
        let weighted: Vec<f64> = b.iter().enumerate()
            .map(|(i, x)| x * 10f64.powi(scale) * if i / n.max(1) < rank.div_ceil(2) { 1.0 } else { -1.0 })
            .collect();
        let mut a = matmul(&transpose(&b, rank, n), &weighted, n, rank, n);
        for i in 0..n {
            for j in 0..i {
                a[i * n + j] = a[j * n + i];
            }
        }
        let eigen = symmetric_eigen(&a, n).unwrap();
        let norm = a.iter().map(|x| x * x).sum::<f64>().sqrt();
        let small = 1e-14 * (n as f64).sqrt();
        let vectors_t = transpose(&eigen.vectors, n, n);
        assert_close_f64(&matmul(&eigen.vectors, &vectors_t, n, n, n), &identity(n), 0.0, small);
        let scaled: Vec<f64> =
            vectors_t.iter().enumerate().map(|(i, v)| v * eigen.values[i % n]).collect();
        assert_close_f64(&matmul(&a, &vectors_t, n, n, n), &scaled, 0.0, small * norm);
        prop_assert!(eigen.values.is_sorted_by(|a, b| a >= b));
    }

    /// Wide data with few components use simultaneous iteration, up to 64 columns Jacobi's method,
    /// and others division.
    #[test]
    fn components_of_any_data(
        n in 2..=120usize, d in 1..=110usize, share in 0.0..1.0f64, rank in 1..=20usize, noise in prop::sample::select(vec![0.0f32, 1e-3, 0.3]),
        center in -50.0f32..50.0, whiten: bool, seed: u64,
    ) {
        let x = samples(n, d, rank, noise, center, seed);
        let k = 1 + (share * (n.min(d) - 1) as f64) as usize;
        let pca = Pca::fit(&x, Some(k)).unwrap().with_whitening(whiten);
        let (means, mut covariance) = means_and_scatter(&widen(x.data()), d);
        covariance.iter_mut().for_each(|c| *c /= (n - 1) as f64);
        assert_close_f64(pca.mean(), &means, 1e-13, 1e-13);
        let total: f64 = covariance.iter().step_by(d + 1).sum();
        let (v, variance) = (pca.components_f64(), pca.explained_variance());
        let vt = transpose(v, k, d);
        assert_close_f64(&matmul(v, &vt, k, d, k), &identity(k), 0.0, 1e-12);
        // C v = lambda v, and no omitted direction has more variance than those kept.
        let scaled: Vec<f64> = vt.iter().enumerate().map(|(i, v)| v * variance[i % k]).collect();
        assert_close_f64(&matmul(&covariance, &vt, d, d, k), &scaled, 0.0, 1e-10 * total + 1e-300);
        prop_assert!(variance.is_sorted_by(|a, b| a >= b) && variance[k - 1] >= 0.0);
        let all = Pca::fit(&x, None).unwrap();
        assert_close_f64(variance, &all.explained_variance()[..k], 0.0, 1e-11 * total);
        let ratio: Vec<f64> = variance.iter().map(|v| if total > 0.0 { v / total } else { 0.0 }).collect();
        assert_close_f64(pca.explained_variance_ratio(), &ratio, 0.0, 1e-11);
        for row in v.chunks(d) {
            let largest = row.iter().fold(0.0f64, |m, &x| if x.abs() > m.abs() { x } else { m });
            prop_assert!(largest > 0.0);
        }

        // The round trip through the components.
        let components = widen(pca.components().data());
        let smallest = f64::from(f32::EPSILON);
        let deviations: Vec<f64> = variance.iter().map(|v| v.sqrt()).collect();
        let negative: Vec<f64> = means.iter().map(|m| -m).collect();
        let centered = add_bias(&widen(x.data()), &negative);
        let mut z = matmul(&centered, &transpose(&components, k, d), n, d, k);
        let largest = z.iter().fold(0.0f64, |m, z| m.max(z.abs()));
        let mut off = vec![4e-6 * (largest + 1e-6); n * k];
        if whiten {
            for (i, z) in z.iter_mut().enumerate() {
                let deviation = deviations[i % k].max(smallest);
                *z /= deviation;
                off[i] /= deviation;
            }
        }
        let found = pca.transform(&x);
        for (i, (&f, e)) in found.data().iter().zip(&z).enumerate() {
            prop_assert!((f64::from(f) - e).abs() <= off[i], "{}: {} {}", i, f, e);
        }
        let back = pca.inverse_transform(&found);
        let mut z = widen(found.data());
        if whiten {
            z.iter_mut().enumerate().for_each(|(i, z)| *z *= deviations[i % k]);
        }
        let expected = add_bias(&matmul(&z, &components, n, k, d), &means);
        assert_close(back.data(), &expected, 1e-5, 1e-5 * (largest + 1.0));
    }

    /// In a fit, an error with its position; in a sample, confined to its row.
    #[test]
    fn what_is_not_finite(n in 2..=40usize, d in 1..=90usize, place: prop::sample::Index, odd in 0..3usize, seed: u64) {
        let odd = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY][odd];
        let sound = samples(n, d, 3, 0.1, 1.0, seed);
        let (mut x, place) = (sound.clone(), place.index(n * d));
        x.data_mut()[place] = odd;
        let expected = PcaError::NotFinite { row: place / d, column: place % d, value: odd.to_string() };
        prop_assert_eq!(Pca::fit(&x, None).unwrap_err(), expected);
        let pca = Pca::fit(&sound, None).unwrap();
        let z = pca.transform(&x);
        let k = pca.n_components();
        for (i, row) in z.data().chunks(k).enumerate() {
            prop_assert_eq!(row.iter().any(|z| !z.is_finite()), i == place / d);
        }
        let mut z = Tensor::zeros([n, k]);
        z.data_mut()[place % (n * k)] = odd;
        for (i, row) in pca.inverse_transform(&z).data().chunks(d).enumerate() {
            prop_assert_eq!(row.iter().any(|x| !x.is_finite()), i == place % (n * k) / k);
        }
    }
}

/// The largest and smallest f32 numbers.
#[test]
fn the_ends_of_f32() {
    let tiny = f32::from_bits(1);
    for size in [tiny, f32::MIN_POSITIVE, 1e30, f32::MAX] {
        let x = Tensor::new([3, 2], vec![size, 0.0, 0.0, size, -size, -0.0]);
        let pca = Pca::fit(&x, None).unwrap();
        let size = f64::from(size);
        // By hand: means (0, size / 3); scatter 2, 0, 2/3 in units of size squared.
        assert_close_f64(pca.explained_variance(), &[size * size, size * size / 3.0], 1e-12, 0.0);
        let z = pca.transform(&x);
        assert!(z.is_finite());
        assert_close(&z.data()[..1], &[size], 1e-6, 0.0);
    }
}
