//! Tests the properties of each sampler's codes.

use ae_lab::{LabError, MIXTURE_COMPONENTS, NAIVE_RANGE, PCA_RANGE, Sampler, SamplerKind};
use ae_pca::{Pca, PcaError};
use ae_tensor::{Tensor, with_threads};
use ae_testkit::naive::{means_and_scatter, widen};
use ae_testkit::{assert_close, assert_close_f64};

/// Codes as after a ReLU: never negative, with units that fire together and one (number 2) that
/// never fires.
fn relu_codes(n: usize) -> Tensor {
    let mut noise = ae_testkit::Sampler::new(1);
    let mut data = Vec::with_capacity(n * 4);
    for _ in 0..n {
        let [a, b, c] = [0; 3].map(|_| noise.uniform(-1.0, 1.0));
        data.extend([8.0 + 4.0 * a, 6.0 + 3.0 * a + b, 0.0, (2.0 * c + b).max(0.0)]);
    }
    Tensor::new([n, 4], data)
}

fn sample(kind: SamplerKind, codes: &Tensor, count: usize, seed: u64) -> Tensor {
    Sampler::fit(kind, codes, 0).expect("sound codes").sample(count, seed)
}

fn column(x: &Tensor, j: usize) -> Vec<f64> {
    x.data().iter().skip(j).step_by(x.shape().dims()[1]).map(|&x| x.into()).collect()
}

/// The mean and the covariance.
fn moments(x: &Tensor) -> (Vec<f64>, Vec<f64>) {
    let (n, d) = x.shape().matrix("moments");
    let (means, mut scatter) = means_and_scatter(&widen(x.data()), d);
    scatter.iter_mut().for_each(|s| *s /= (n - 1) as f64);
    (means, scatter)
}

#[test]
fn every_sampler_repeats_itself_and_no_other() {
    let codes = relu_codes(600);
    let mut seen: Vec<Tensor> = Vec::new();
    for kind in SamplerKind::ALL {
        let sampler = Sampler::fit(kind, &codes, 0).unwrap();
        assert_eq!((sampler.kind(), sampler.latent()), (kind, 4));
        let x = sampler.sample(9, 1);
        assert_eq!(x.shape().dims(), [9, 4]);
        assert!(x.data().iter().all(|x| x.is_finite()));
        assert_eq!(x, sampler.clone().sample(9, 1), "{kind}");
        assert_eq!(
            x.row(8),
            sampler.sample(30, 1).row(8),
            "{kind}: more codes, the same ones first"
        );
        assert_ne!(x, sampler.sample(9, 2), "{kind}");
        assert_ne!(x.row(0), x.row(1), "{kind}");
        assert_eq!(sampler.sample(0, 1).shape().dims(), [0, 4], "{kind}");
        assert!(!seen.contains(&x), "{kind}");
        seen.push(x);
    }
}

/// Pins known values: exchanged streams would change every picture. After PCA, the rounding of an
/// f32 product depends on the CPU.
#[test]
fn samples_are_pinned() {
    let codes = relu_codes(600);
    let expected = [
        [0.188_346, 1.013_644, 1.114_812, 0.253_584],
        [5.672_720, 13.383_795, -5.955_572, 2.447_199],
        [10.188_869, 7.834_875, 0.0, -1.164_560],
        [11.119_576, 8.149_143, 0.0, -0.117_192],
        [6.719_594, 4.848_700, 0.0, 0.267_741],
        [-0.599_008, -0.938_322, 0.039_004, 1.673_291],
    ];
    for (kind, expected) in SamplerKind::ALL.into_iter().zip(expected) {
        println!("{kind}");
        assert_close(sample(kind, &codes, 1, 7).data(), &expected, 1e-4, 1e-4);
    }
}

#[test]
fn names_are_read_and_written() {
    for kind in SamplerKind::ALL {
        assert_eq!(kind.to_string().parse(), Ok(kind));
    }
    assert_eq!(format!("[{:9}]", SamplerKind::Prior), "[prior    ]");
    assert_eq!(
        "Prior".parse::<SamplerKind>().unwrap_err().to_string(),
        "sampler \"Prior\": expected one of uniform, pca-uniform, pca-gaussian, pca-empirical, mixture, prior"
    );
}

#[test]
fn uniform_and_prior_do_not_look_at_codes() {
    let (few, many) = (Tensor::zeros([0, 3]), Tensor::full([5, 3], 9.0));
    for kind in [SamplerKind::Uniform, SamplerKind::Prior] {
        assert_eq!(sample(kind, &few, 4, 1), sample(kind, &many, 4, 1));
    }
    let x = sample(SamplerKind::Uniform, &many, 20_000, 1);
    let (means, covariance) = moments(&x);
    assert!(x.data().iter().all(|x| (NAIVE_RANGE.0..NAIVE_RANGE.1).contains(x)));
    assert_close_f64(&means, &[2.5; 3], 0.0, 0.05);
    assert_close_f64(&[covariance[0], covariance[1]], &[25.0 / 12.0, 0.0], 0.0, 0.05);
    let (means, covariance) = moments(&sample(SamplerKind::Prior, &many, 20_000, 1));
    assert_close_f64(&means, &[0.0; 3], 0.0, 0.03);
    let identity: Vec<f64> = (0..9).map(|i| f64::from(u8::from(i % 4 == 0))).collect();
    assert_close_f64(&covariance, &identity, 0.0, 0.03);
}

#[test]
fn pca_uniform_fills_the_box_along_all_axes() {
    let codes = relu_codes(500);
    let pca = Pca::fit(&codes, None).unwrap();
    let z = pca.transform(&sample(SamplerKind::PcaUniform, &codes, 5000, 1));
    for j in 0..4 {
        let column = column(&z, j);
        let (low, high) = (f64::from(PCA_RANGE.0) - 1e-4, f64::from(PCA_RANGE.1) + 1e-4);
        assert!(column.iter().all(|x| (low..high).contains(x)), "component {j}");
        assert!(column.iter().any(|&x| x > 7.0) && column.iter().any(|&x| x < -7.0));
    }
}

/// Samples have the mean and covariance of the codes and the distribution of each component, and
/// the dead unit stays dead.
#[test]
fn fitted_samplers_have_the_moments_of_the_codes() {
    let codes = relu_codes(4000);
    let (means, covariance) = moments(&codes);
    for kind in [SamplerKind::PcaGaussian, SamplerKind::PcaEmpirical, SamplerKind::Mixture] {
        let x = sample(kind, &codes, 40_000, 3);
        let (found, spread) = moments(&x);
        println!("{kind}: {found:?} {spread:?}");
        assert_close_f64(&found, &means, 0.0, 0.04);
        assert_close_f64(&spread, &covariance, 0.03, 0.08);
        assert!(column(&x, 2).iter().all(|x| x.abs() < 1e-5), "{kind}: the dead unit fires");
    }
}

#[test]
fn empirical_components_are_those_of_codes() {
    let codes = relu_codes(50);
    let pca = Pca::fit(&codes, Some(3)).unwrap();
    let z = pca.transform(&sample(SamplerKind::PcaEmpirical, &codes, 400, 1));
    let of_codes = pca.transform(&codes);
    let mut whole_rows = 0;
    for i in 0..400 {
        let origin = |j: usize| {
            let place =
                column(&of_codes, j).iter().position(|x| (x - f64::from(z.row(i)[j])).abs() < 1e-4);
            place.unwrap_or_else(|| panic!("sample {i}: component {j} is not that of any code"))
        };
        let origins = [0, 1, 2].map(origin);
        whole_rows += usize::from(origins == [origins[0]; 3]);
    }
    // By chance this happens to one in 2500.
    assert!(whole_rows < 5, "{whole_rows} samples are codes, not drawn component by component");
}

/// The codes are clusters on two rings: a Gaussian puts most of its samples far from all codes, and
/// a mixture does not.
#[test]
fn a_mixture_sees_what_a_gaussian_does_not() {
    let mut noise = ae_testkit::Sampler::new(2);
    let mut data = Vec::new();
    for i in 0..2000 {
        let angle = f32::from(i as u16 % 8) / 8.0 * std::f32::consts::TAU;
        data.extend([10.0 * angle.cos() + noise.uniform(-1.0, 1.0)]);
        data.extend([10.0 * angle.sin() + noise.uniform(-1.0, 1.0)]);
    }
    let codes = Tensor::new([2000, 2], data);
    let off = |kind| {
        let x = sample(kind, &codes, 1000, 1);
        let far = ae_lab::nearest_distances(&x, &codes).unwrap();
        far.iter().filter(|&&d| d > 1.0).count()
    };
    let [gaussian, mixture] = [SamplerKind::PcaGaussian, SamplerKind::Mixture].map(off);
    println!("far from all codes: {gaussian} and {mixture} of 1000");
    assert!(gaussian > 400 && mixture < 30);
}

#[test]
fn a_mixture_has_as_many_components_as_the_codes_allow() {
    let components = |n| {
        let sampler = Sampler::fit(SamplerKind::Mixture, &relu_codes(n), 0).unwrap();
        let mixture = sampler.mixture().expect("a mixture");
        assert_eq!(mixture.dims(), 3, "the dead unit is left out");
        mixture.components()
    };
    assert_eq!([20, 60, 95, 3000].map(components), [1, 2, 3, MIXTURE_COMPONENTS]);
    assert!(Sampler::fit(SamplerKind::Prior, &relu_codes(5), 0).unwrap().mixture().is_none());
}

#[test]
fn codes_that_do_not_vary_are_given_back() {
    let codes = Tensor::new([4, 3], [1.5, 0.0, -2.0].repeat(4));
    for kind in [SamplerKind::PcaGaussian, SamplerKind::PcaEmpirical, SamplerKind::Mixture] {
        assert_close(
            sample(kind, &codes, 2, 1).data(),
            &[1.5, 0.0, -2.0, 1.5, 0.0, -2.0],
            0.0,
            1e-6,
        );
    }
    // For two codes, samples are on the line between them.
    let codes = Tensor::new([2, 2], vec![0.0, 0.0, 2.0, 2.0]);
    for kind in [SamplerKind::PcaGaussian, SamplerKind::PcaEmpirical, SamplerKind::Mixture] {
        let x = sample(kind, &codes, 20, 1);
        assert!(x.data().chunks(2).all(|x| (x[0] - x[1]).abs() < 1e-5), "{kind}");
    }
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    for kind in SamplerKind::ALL {
        let fit = |x: &Tensor| Sampler::fit(kind, x, 0).map(|_| ());
        assert_eq!(fit(&Tensor::zeros([4, 0])), Err(LabError::NoColumns { what: "codes" }));
        let mut x = relu_codes(20);
        x.data_mut()[13] = f32::NAN;
        assert_eq!(
            fit(&x).unwrap_err().to_string(),
            "codes: expected finite numbers, found NaN in row 3, column 1"
        );
        let one = fit(&Tensor::zeros([1, 3]));
        if matches!(kind, SamplerKind::Uniform | SamplerKind::Prior) {
            assert_eq!(one, Ok(()));
        } else {
            let expected = LabError::TooFewRows { what: "codes", expected: 2, found: 1 };
            assert_eq!(one, Err(expected));
        }
    }
    let pca: LabError = PcaError::NoColumns.into();
    assert_eq!(pca.to_string(), "PCA needs at least 1 column, found 0");
}

#[test]
fn threads_change_no_bit() {
    let codes = relu_codes(3000);
    let run = |threads| {
        let all = || SamplerKind::ALL.map(|kind| sample(kind, &codes, 700, 5));
        with_threads(threads, all).expect("threads start")
    };
    let one = run(1);
    assert!(one == run(2) && one == run(3));
}
