//! `Pca`, tested by its defining properties, and by the ways in which data can be unsuitable for
//! it.

use ae_pca::{Pca, PcaError};
use ae_tensor::Tensor;
use ae_testkit::naive::{matmul, transpose, widen};
use ae_testkit::{Sampler, assert_close, assert_close_f64};

/// `n x d` samples: `sources` random numbers each, mixed into the columns, far from the origin.
fn mixed(n: usize, d: usize, sources: usize, seed: u64) -> Tensor {
    let mut sampler = Sampler::new(seed);
    let source = Tensor::new([n, sources], sampler.vec(n * sources, -1.0, 1.0));
    let mix = Tensor::new([sources, d], sampler.vec(sources * d, -2.0, 2.0));
    source.matmul(&mix).map(|x| x + 5.0)
}

/// The covariance of the columns, computed from the definition.
fn covariance(x: &Tensor) -> Vec<f64> {
    let (n, d) = x.shape().matrix("covariance");
    let mut x = widen(x.data());
    for j in 0..d {
        let mean = x[j..].iter().step_by(d).sum::<f64>() / n as f64;
        x[j..].iter_mut().step_by(d).for_each(|x| *x -= mean);
    }
    let mut c = matmul(&transpose(&x, n, d), &x, d, n, d);
    c.iter_mut().for_each(|c| *c /= (n - 1) as f64);
    c
}

fn identity(n: usize) -> Vec<f64> {
    (0..n * n).map(|i| f64::from(u8::from(i / n == i % n))).collect()
}

#[test]
fn components_diagonalise_the_covariance() {
    let x = mixed(200, 6, 6, 1);
    let pca = Pca::fit(&x, None).unwrap();
    let (v, c) = (pca.components_f64(), covariance(&x));
    assert_close_f64(&matmul(v, &transpose(v, 6, 6), 6, 6, 6), &identity(6), 0.0, 1e-14);

    let diagonal = matmul(&matmul(v, &c, 6, 6, 6), &transpose(v, 6, 6), 6, 6, 6);
    let mut expected = vec![0.0; 36];
    for (i, variance) in pca.explained_variance().iter().enumerate() {
        expected[7 * i] = *variance;
    }
    let total: f64 = pca.explained_variance().iter().sum();
    assert_close_f64(&diagonal, &expected, 0.0, 1e-14 * total);
    assert_close_f64(&[total], &[c.iter().step_by(7).sum()], 1e-14, 0.0);
    assert_close_f64(&[pca.explained_variance_ratio().iter().sum()], &[1.0], 1e-14, 0.0);
    assert!(pca.explained_variance().is_sorted_by(|a, b| a >= b));
    assert_close(pca.components().data(), v, 6e-8, 0.0);
    let squares: Vec<f64> = pca.standard_deviations().iter().map(|s| s * s).collect();
    assert_close_f64(&squares, pca.explained_variance(), 1e-15, 0.0);
}

#[test]
fn codes_are_centered_and_uncorrelated() {
    let x = mixed(300, 5, 5, 2);
    let pca = Pca::fit(&x, Some(3)).unwrap();
    let z = pca.transform(&x);
    assert_eq!(z.shape().dims(), [300, 3]);
    let variance = pca.explained_variance();
    let expected: Vec<f64> =
        (0..9).map(|i| if i / 3 == i % 3 { variance[i / 3] } else { 0.0 }).collect();
    assert_close_f64(&covariance(&z), &expected, 0.0, 1e-5 * variance[0]);
    assert_close(z.column_sums().data(), &[0.0; 3], 0.0, 1e-3);
}

#[test]
fn whitening_gives_the_identity_covariance() {
    let x = mixed(300, 5, 5, 3);
    let pca = Pca::fit(&x, None).unwrap();
    assert!(!pca.whitens());
    let pca = pca.with_whitening(true);
    assert!(pca.whitens());
    let z = pca.transform(&x);
    assert_close_f64(&covariance(&z), &identity(5), 0.0, 1e-5);
    assert_close(pca.inverse_transform(&z).data(), &widen(x.data()), 1e-5, 1e-5);
}

#[test]
fn with_all_components_the_way_back_is_exact() {
    for (n, d) in [(50, 4), (3, 9), (40, 40)] {
        let x = mixed(n, d, d, 4);
        let pca = Pca::fit(&x, None).unwrap();
        assert_eq!((pca.n_components(), pca.n_features()), (n.min(d), d));
        let back = pca.inverse_transform(&pca.transform(&x));
        assert_close(back.data(), &widen(x.data()), 2e-6, 2e-6 * d as f64);
    }
}

#[test]
fn what_is_lost_is_the_variance_not_kept() {
    // The mean squared distance to the reconstruction equals the sum of the omitted variances.
    let x = mixed(100, 6, 6, 5);
    let all = Pca::fit(&x, None).unwrap();
    for k in 1..=6 {
        let pca = Pca::fit(&x, Some(k)).unwrap();
        assert_eq!(pca.explained_variance(), &all.explained_variance()[..k]);
        let lost = x.clone().zip_map(&pca.inverse_transform(&pca.transform(&x)), |a, b| a - b);
        let lost = lost.map(|e| e * e).sum() / 99.0;
        let left: f64 = all.explained_variance()[k..].iter().sum();
        assert_close_f64(&[lost], &[left], 1e-5, 1e-10);
    }
}

#[test]
fn rank_one_data_have_one_component() {
    let x = mixed(50, 8, 1, 6);
    let pca = Pca::fit(&x, None).unwrap();
    // The mixing is rounded to f32, so the data contain a little of every other direction.
    assert!(pca.explained_variance_ratio()[0] > 1.0 - 1e-12);
    let pca = Pca::fit(&x, Some(1)).unwrap();
    let back = pca.inverse_transform(&pca.transform(&x));
    assert_close(back.data(), &widen(x.data()), 1e-6, 1e-5);
}

#[test]
fn columns_without_variance_do_no_harm() {
    // Columns 1 and 3 are constant, like a dead unit or a pixel at the border.
    let mut x = mixed(60, 5, 5, 7);
    x.data_mut().chunks_exact_mut(5).for_each(|row| (row[1], row[3]) = (0.0, 7.0));
    let pca = Pca::fit(&x, None).unwrap().with_whitening(true);
    assert_eq!(pca.explained_variance()[3..], [0.0, 0.0]);
    let z = pca.transform(&x);
    assert!(z.is_finite());
    // The two directions are the columns themselves, and the data do not vary along them.
    assert!(z.data().chunks_exact(5).all(|row| row[3..] == [0.0, 0.0]));
    let back = pca.inverse_transform(&z);
    assert_close(back.data(), &widen(x.data()), 1e-5, 1e-5);

    // A step of 1 along such a direction is divided by epsilon, not by zero.
    let step = Tensor::from_fn([1, 5], |j| pca.mean()[j] as f32 + f32::from(u8::from(j == 3)));
    let along = pca.transform(&step).data()[3..].iter().fold(0.0f32, |m, z| m.max(z.abs()));
    assert_eq!(along, 1.0 / f32::EPSILON);
}

#[test]
fn data_that_do_not_vary_at_all() {
    let pca = Pca::fit(&Tensor::full([4, 3], 0.1), None).unwrap();
    assert_eq!(pca.explained_variance(), [0.0; 3]);
    assert_eq!(pca.explained_variance_ratio(), [0.0; 3]);
    let z = pca.with_whitening(true).transform(&Tensor::full([2, 3], 0.1));
    assert_eq!(z.data(), [0.0; 6]);
}

#[test]
fn variances_are_never_negative() {
    // 20 columns that are integer multiples of 3 integer sources: 17 variances are exactly zero, so
    // the computed values are rounding noise of either sign.
    for seed in 0..20 {
        let mut sampler = Sampler::new(seed);
        let mut whole =
            |n: usize, d: usize| Tensor::from_fn([n, d], |_| (sampler.bits() % 15) as f32 - 7.0);
        let x = whole(40, 3).matmul(&whole(3, 20));
        let pca = Pca::fit(&x, None).unwrap();
        assert!(pca.explained_variance().iter().all(|&v| v >= 0.0));
        assert!(pca.explained_variance()[3] < 1e-14 * pca.explained_variance()[0]);
        assert!(pca.with_whitening(true).transform(&x).is_finite());
    }
}

#[test]
fn a_large_mean_costs_no_digits() {
    let x = mixed(100, 3, 3, 8).map(|x| (x * 64.0).round() / 64.0);
    let far = x.clone().map(|x| x + 8192.0);
    let (near, far_pca) = (Pca::fit(&x, None).unwrap(), Pca::fit(&far, None).unwrap());
    assert_close_f64(far_pca.explained_variance(), near.explained_variance(), 1e-10, 0.0);
    assert_close(far_pca.transform(&far).data(), &widen(near.transform(&x).data()), 0.0, 1e-5);
}

#[test]
fn signs_follow_the_largest_entry() {
    for seed in 0..10 {
        let pca = Pca::fit(&mixed(40, 7, 7, seed), None).unwrap();
        for row in pca.components_f64().chunks_exact(7) {
            let largest = row.iter().fold(0.0f64, |m, &x| if x.abs() > m.abs() { x } else { m });
            assert!(largest > 0.0, "{row:?}");
        }
    }
}

#[test]
fn settings_and_data_that_are_refused() {
    let refusal = |x: &Tensor, k| Pca::fit(x, k).unwrap_err();
    let x = mixed(4, 6, 3, 9);
    for k in [0, 5, 6, usize::MAX] {
        let error = refusal(&x, Some(k));
        assert_eq!(error, PcaError::Components { asked: k, samples: 4, columns: 6 });
        let text =
            format!("PCA with k = {k} components: expected 1 to 4 for 4 samples of 6 columns");
        assert_eq!(error.to_string(), text);
    }
    assert!(Pca::fit(&x, Some(4)).is_ok());
    for n in [0, 1] {
        let x = Tensor::zeros([n, 3]);
        assert_eq!(refusal(&x, None), PcaError::TooFewSamples { samples: n });
    }
    assert_eq!(refusal(&Tensor::zeros([3, 0]), None), PcaError::NoColumns);
    for bad in [f32::NAN, f32::INFINITY] {
        let mut x = x.clone();
        x.data_mut()[8] = bad;
        let text = format!("expected finite numbers, found {bad} in row 1, column 2");
        assert_eq!(refusal(&x, None).to_string(), text);
    }
}

#[test]
fn the_largest_numbers_do_not_overflow() {
    let x = mixed(20, 4, 4, 10).map(|x| (x - 5.0) * 3e37);
    let pca = Pca::fit(&x, None).unwrap();
    assert!(pca.explained_variance().iter().all(|v| v.is_finite()));
    assert!(pca.with_whitening(true).transform(&x).data().iter().all(|z| z.abs() < 10.0));
}

#[test]
fn no_samples_are_transformed_to_none() {
    let pca = Pca::fit(&mixed(9, 3, 3, 11), Some(2)).unwrap();
    let z = pca.transform(&Tensor::zeros([0, 3]));
    assert_eq!(z.shape().dims(), [0, 2]);
    assert_eq!(pca.inverse_transform(&z).shape().dims(), [0, 3]);
}

#[test]
#[should_panic(expected = "Pca::transform: samples of shape (2, 4) for components of shape (2, 3)")]
fn transform_names_both_shapes() {
    let pca = Pca::fit(&mixed(9, 3, 3, 12), Some(2)).unwrap();
    let _ = pca.transform(&Tensor::zeros([2, 4]));
}

#[test]
#[should_panic(
    expected = "inverse_transform: coordinates of shape (1, 3) for components of shape (2, 3)"
)]
fn inverse_transform_names_both_shapes() {
    let pca = Pca::fit(&mixed(9, 3, 3, 12), Some(2)).unwrap();
    let _ = pca.inverse_transform(&Tensor::zeros([1, 3]));
}

#[test]
fn what_would_take_too_much_memory_is_refused_before_it_is_allocated() {
    // Few samples of any size, or few columns of any number of samples.
    assert_eq!(Pca::check(60, 256 * 256, None), Ok(60));
    assert_eq!(Pca::check(1_000_000_000, 784, None), Ok(784));
    assert_eq!(Pca::check(8000, 8000, Some(50)), Ok(50));
    for (samples, columns, components) in
        [(8300, 8300, Some(10)), (70_000, 65_536, None), (5000, 1 << 40, None)]
    {
        let error = Pca::check(samples, columns, components).unwrap_err();
        assert!(matches!(error, PcaError::TooLarge { .. }), "{error}");
    }
    assert!(Pca::check(usize::MAX, usize::MAX, Some(1)).is_err());
    assert_eq!(
        Pca::check(16_384, 16_384, Some(10)).unwrap_err().to_string(),
        "PCA of 16384 samples of 16384 columns: expected matrices of at most 2048 MiB, found 8195 MiB; \
         take fewer samples or components, or smaller samples"
    );
}
