//! Compares measures of images and noise with their f64 references over random sizes, and tests
//! their results for NaN and infinity.

use ae_tensor::random::{Normals, Purpose, stream};
use ae_testkit::naive::{self, widen};
use ae_testkit::{Sampler, assert_close};
use ae_train::metrics::{psnr, ssim};
use ae_train::{Batch, Examples, GaussianNoise, Samples, Split};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn measures(height in 1..=24usize, width in 1..=24usize, off in 0.0f32..1.0, seed: u64) {
        let mut sampler = Sampler::new(seed);
        let x = sampler.vec(height * width, 0.0, 1.0);
        let y: Vec<f32> = x.iter().map(|x| (x + off * sampler.uniform(-1.0, 1.0)).clamp(0.0, 1.0)).collect();
        let (wide_x, wide_y) = (widen(&x), widen(&y));
        let (found, expected) = (psnr(&x, &y), naive::psnr(&wide_x, &wide_y));
        prop_assert!(found == expected || (found - expected).abs() < 1e-9, "{} {}", found, expected);
        let size = [height, width];
        match (ssim(&x, &y, [height, width, 1]), naive::ssim(&wide_x, &wide_y, size)) {
            (Some(found), Some(expected)) => prop_assert!((found - expected).abs() < 1e-9, "{} {}", found, expected),
            (found, expected) => prop_assert_eq!(found, expected),
        }
    }

    /// `clip(x + factor z, 0, 1)` with the numbers of the image's own stream.
    #[test]
    fn noise(
        count in 1..=12usize, len in 1..=40usize, factor in 0.0f32..2.0, epoch in 0..5usize, fresh: bool, test: bool, seed: u64,
    ) {
        let mut sampler = Sampler::new(seed);
        let bytes: Vec<u8> = (0..count * len).map(|_| sampler.bits() as u8).collect();
        let order: Vec<usize> = (0..count * 2).map(|_| sampler.bits() as usize % count).collect();
        let part = if test { Split::Test } else { Split::Train };
        let examples = Examples::noisy(Samples::new(&bytes, [len]), GaussianNoise { factor, seed, fresh }, part);
        let mut batch = Batch::new();
        examples.gather(&order, epoch, &mut batch);
        let (purpose, key) = match (test, fresh) {
            (true, _) => (Purpose::TestNoise, 0),
            (false, true) => (Purpose::Noise, epoch as u64 + 1),
            (false, false) => (Purpose::Noise, 0),
        };
        for (i, &image) in order.iter().enumerate() {
            let mut z = vec![f32::NAN; len];
            Normals::new(stream(seed, purpose, key, image as u64)).fill(&mut z);
            let clean: Vec<f64> = bytes[image * len..][..len].iter().map(|&b| f64::from(b) / 255.0).collect();
            let noisy: Vec<f64> = clean.iter().zip(&z)
                .map(|(x, &z)| (x + f64::from(factor) * f64::from(z)).clamp(0.0, 1.0))
                .collect();
            assert_close(batch.target().row(i), &clean, 6e-8, 0.0);
            assert_close(batch.input().row(i), &noisy, 0.0, 1e-6);
        }
    }
}

#[test]
fn measures_of_broken_images() {
    let sound = Sampler::new(1).vec(12 * 13, 0.0, 1.0);
    for place in [0, 12, 80, 155] {
        for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut broken = sound.clone();
            broken[place] = odd;
            for [x, y] in [[&sound, &broken], [&broken, &sound]] {
                // An infinite error gives minus infinity or NaN, which cannot be mistaken for a
                // measure.
                let found = psnr(x, y);
                assert!(if odd.is_nan() { found.is_nan() } else { found == f64::NEG_INFINITY });
                assert!(ssim(x, y, [12, 13, 1]).is_some_and(f64::is_nan), "{odd} at {place}");
            }
        }
    }
    assert_eq!(psnr(&[0.5, -0.0], &[0.5, 0.0]), f64::INFINITY);
    // The largest and smallest differences of f32 numbers are computed without overflow in f64.
    assert!(
        (psnr(&[f32::MAX], &[f32::MIN]) + 20.0 * (2.0 * f64::from(f32::MAX)).log10()).abs() < 1e-9
    );
    assert!(
        (psnr(&[f32::from_bits(1)], &[0.0]) + 20.0 * f64::from(f32::from_bits(1)).log10()).abs()
            < 1e-9
    );
    assert!(psnr(&[], &[]).is_nan());
}

/// The smallest factors change no pixel, except that the black one gets `0.67 * 2^-149`, rounded to
/// `2^-149`. The largest possible factor gives black and white pixels, never NaN or infinity.
#[test]
fn noise_of_any_factor_keeps_pixels_in_their_range() {
    let bytes: Vec<u8> = (0..=255).collect();
    for factor in [0.0, f32::from_bits(1), f32::MAX] {
        let noise = GaussianNoise { factor, seed: 3, fresh: false };
        let mut batch = Batch::new();
        Examples::noisy(Samples::new(&bytes, [64]), noise, Split::Train).gather(
            &[0, 1, 2, 3],
            0,
            &mut batch,
        );
        let pixels = batch.input().data();
        assert!(pixels.iter().all(|x| (0.0..=1.0).contains(x)));
        if factor < 1.0 {
            assert_eq!(pixels[0], factor);
            assert_eq!(pixels[1..], batch.target().data()[1..]);
        } else {
            assert!(pixels.iter().all(|x| *x == 0.0 || *x == 1.0));
        }
    }
}
