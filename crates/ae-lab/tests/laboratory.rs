//! Several samplers at once give the same numbers as one by one, and each is fitted once.

use ae_lab::{
    Against, LabError, Reference, Sampler, SamplerKind, ScoreOptions, ScoreTable, Source,
};
use ae_tensor::{Tensor, with_threads};
use ae_testkit::Sampler as Numbers;
use std::cell::Cell;

/// Two numbers that depend on each other, and a unit that never fires.
fn codes(count: usize, seed: u64) -> Tensor {
    let mut numbers = Numbers::new(seed);
    let mut x = Tensor::new([count, 3], numbers.vec(3 * count, 0.0, 4.0));
    x.data_mut().chunks_mut(3).for_each(|x| (x[1], x[2]) = (x[0] + 0.2 * x[1], 0.0));
    x
}

/// A decoder from codes to features of four columns, linear except for its last step.
fn decode(codes: &Tensor) -> Tensor {
    let weights = Tensor::new([3, 4], Numbers::new(7).vec(12, -1.0, 1.0));
    codes.matmul(&weights).map(f32::tanh)
}

fn features(count: usize, seed: u64) -> Tensor {
    let noise = Numbers::new(seed + 100).vec(4 * count, -0.05, 0.05);
    let mut x = decode(&codes(count, seed));
    x.data_mut().iter_mut().zip(noise).for_each(|(x, noise)| *x += noise);
    x
}

#[test]
fn samplers_fitted_together_are_those_fitted_alone() {
    let codes = codes(150, 1);
    let together = Sampler::fit_all(&SamplerKind::ALL, &codes, 5).unwrap();
    for (kind, sampler) in SamplerKind::ALL.into_iter().zip(&together) {
        assert_eq!(sampler.kind(), kind);
        let alone = Sampler::fit(kind, &codes, 5).unwrap();
        assert_eq!(sampler.sample(20, 3), alone.sample(20, 3), "{kind}");
        let components = sampler.pca().map(ae_pca::Pca::n_components);
        let expected = match kind {
            SamplerKind::Uniform | SamplerKind::Prior => None,
            SamplerKind::PcaUniform => Some(3),
            // Without the unit that never fires.
            _ => Some(2),
        };
        assert_eq!(components, expected, "{kind}");
    }
    let one = Tensor::new([1, 3], vec![0.0; 3]);
    let both = [SamplerKind::Uniform, SamplerKind::PcaGaussian];
    let error = Sampler::fit_all(&both, &one, 0).unwrap_err();
    assert!(matches!(error, LabError::TooFewRows { expected: 2, found: 1, .. }), "{error}");
}

#[test]
fn scores_are_those_of_each_sampler_by_hand_and_each_is_decoded_once() {
    let (train, held_out) = (features(200, 1), features(60, 2));
    let [train_codes, held_out_codes] = [codes(200, 1), codes(60, 2)];
    let options = ScoreOptions { limit: 50, ..ScoreOptions::default() };
    let reference = Reference::new(&train, &held_out, &options).unwrap();
    let kinds = [SamplerKind::Uniform, SamplerKind::Mixture, SamplerKind::PcaGaussian];
    let samplers = Sampler::fit_all(&kinds, &train_codes, 3).unwrap();
    let decoded = Cell::new(0);
    let counted = |codes: &Tensor| {
        decoded.set(decoded.get() + 1);
        decode(codes)
    };
    let found = reference.score_samplers(&samplers, &held_out_codes, 3, counted).unwrap();
    assert_eq!(decoded.get(), kinds.len() + 1);

    let test = decode(&held_out_codes);
    let sheet = Reference::new(&train, &test, &options).unwrap();
    for (scored, kind) in found.iter().zip(kinds) {
        let codes = Sampler::fit(kind, &train_codes, 3).unwrap().sample(50, 3);
        assert_eq!(scored.source, Source::Sampler(kind));
        assert_eq!(scored.scores, reference.score(&decode(&codes)).unwrap());
        assert_eq!(scored.decoded, Some(sheet.score(&decode(&codes)).unwrap()));
    }
    let [.., last] = &found[..] else { panic!("no scores") };
    assert_eq!((last.source, last.decoded), (Source::HeldOut, None));
    assert_eq!(last.scores, reference.score(&test).unwrap());
    assert_eq!(found.len(), 4);
    // Codes drawn near real codes decode to better images than codes drawn anywhere.
    assert!(found[1].scores.frechet < found[0].scores.frechet);

    let on_three = with_threads(3, || {
        reference.score_samplers(&samplers, &held_out_codes, 3, decode).unwrap()
    });
    assert_eq!(on_three.unwrap(), found);
}

#[test]
fn a_table_of_real_scores_has_a_line_for_each_source() {
    let (train, held_out) = (features(100, 1), features(40, 2));
    let reference = Reference::new(&train, &held_out, &ScoreOptions::default()).unwrap();
    let mut table = ScoreTable::new();
    for seed in [2, 1] {
        let samplers = Sampler::fit_all(&SamplerKind::ALL, &codes(100, 1), seed).unwrap();
        let scored = reference.score_samplers(&samplers, &codes(40, 2), seed, decode).unwrap();
        table.add("small", seed, scored);
    }
    let sources = SamplerKind::ALL.len() + 1;
    assert_eq!(table.rows().len(), 2 * sources);
    assert_eq!(table.markdown(Against::HeldOut).lines().count(), 2 + sources);
    assert_eq!(table.markdown(Against::Decoded).lines().count(), 2 + sources - 1);
    assert_eq!(table.plain().lines().count(), 1 + sources);
    assert_eq!(table.csv().lines().count(), 1 + 2 * (2 * sources - 1));
    // The codes' Gaussian does not depend on the seed, but its draws do.
    let gaussian = Source::Sampler(SamplerKind::PcaGaussian);
    let by_hand: Vec<f64> = table
        .rows()
        .iter()
        .filter(|row| row.scored.source == gaussian)
        .map(|row| row.scored.scores.frechet)
        .collect();
    assert_ne!(by_hand[0], by_hand[1]);
    assert_eq!(table.mean_frechet("small", gaussian), (by_hand[0] + by_hand[1]) / 2.0);
}

#[test]
fn a_decoder_that_makes_nan_is_refused() {
    let (train, held_out) = (features(100, 1), features(40, 2));
    let reference = Reference::new(&train, &held_out, &ScoreOptions::default()).unwrap();
    let samplers = Sampler::fit_all(&[SamplerKind::Prior], &codes(100, 1), 0).unwrap();
    let broken = |codes: &Tensor| decode(codes).map(|_| f32::NAN);
    let error = reference.score_samplers(&samplers, &codes(40, 2), 0, broken).unwrap_err();
    assert!(matches!(error, LabError::NotFinite { .. }) && error.is_about_data(), "{error}");
}
