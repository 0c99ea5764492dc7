//! The schedules against their formulas and, for the plateau, against the callback's rules worked
//! out by hand.

use super::*;
use std::f64::consts::PI;

/// The rates of all steps of a training run of `epochs` epochs with `batches` steps each, given
/// these validation losses.
fn rates(
    schedule: &dyn Schedule,
    base: f64,
    epochs: usize,
    batches: usize,
    losses: &[f64],
) -> Vec<f64> {
    let steps = (0..epochs).flat_map(|epoch| (0..batches).map(move |batch| (epoch, batch)));
    let rate = |(epoch, batch): (usize, usize)| {
        let before = &losses[..epoch.min(losses.len())];
        schedule.learning_rate(&Step::new(base, [epoch, epochs], [batch, batches], before))
    };
    steps.map(rate).collect()
}

#[test]
fn a_constant_rate_is_never_asked_for() {
    assert_eq!(Constant.cadence(), Cadence::Never);
    assert_eq!(rates(&Constant, 0.25, 3, 1, &[]), [0.25; 3]);
}

#[test]
fn a_step_decay_falls_by_its_factor_after_every_so_many_epochs() {
    let schedule = StepDecay { every: 2, factor: 0.5 };
    assert_eq!(schedule.cadence(), Cadence::Epoch);
    assert_eq!(rates(&schedule, 0.8, 5, 1, &[]), [0.8, 0.8, 0.4, 0.4, 0.2]);
    assert_eq!(rates(&schedule, 0.8, 3, 2, &[]), [0.8, 0.8, 0.8, 0.8, 0.4, 0.4]);
    let each = StepDecay { every: 0, factor: 0.5 };
    assert_eq!(rates(&each, 1.0, 3, 1, &[]), [1.0, 0.5, 0.25]);
}

#[test]
fn a_cosine_is_that_of_the_formula() {
    for alpha in [0.0, 0.1, 1.0] {
        let got = rates(&CosineDecay { alpha }, 0.3, 4, 5, &[]);
        for (step, rate) in got.into_iter().enumerate() {
            let cosine = (1.0 + (PI * step as f64 / 20.0).cos()) / 2.0;
            let expected = 0.3 * ((1.0 - alpha) * cosine + alpha);
            assert!((rate - expected).abs() < 1e-15, "{alpha} {step}: {rate} {expected}");
        }
    }
    let half = Step::new(1.0, [2, 4], [0, 5], &[]);
    assert!((CosineDecay::default().learning_rate(&half) - 0.5).abs() < 1e-15);
    // Beyond the last step the rate stays at its final value.
    let late = Step::new(1.0, [9, 4], [0, 5], &[]);
    assert_eq!(CosineDecay { alpha: 0.25 }.learning_rate(&late), 0.25);
}

#[test]
fn a_plateau_reduces_the_rate_when_keras_does() {
    let rule = ReduceOnPlateau { patience: 2, factor: 0.5, min_delta: 0.0, ..Default::default() };
    assert_eq!(rule.cadence(), Cadence::Epoch);
    let epochs =
        |rule: ReduceOnPlateau, losses: &[f64]| rates(&rule, 8.0, losses.len() + 1, 1, losses);
    // Two epochs without improvement, one of them with an equal loss; then the count starts again.
    let losses = [3.0, 3.0, 3.5, 3.1, 2.0, 2.0, 1.0, 1.5, 1.5, 1.5, 1.5];
    let expected = [8.0, 8.0, 8.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0, 2.0, 2.0, 1.0];
    assert_eq!(epochs(rule, &losses), expected);
    // A patience of 0 counts as 1.
    let impatient = ReduceOnPlateau { patience: 0, ..rule };
    assert_eq!(epochs(impatient, &[3.0, 3.0, 2.0, 2.5]), [8.0, 8.0, 4.0, 4.0, 2.0]);
    // A decrease by at most min_delta does not count.
    let strict = ReduceOnPlateau { min_delta: 0.5, ..rule };
    assert_eq!(epochs(strict, &[3.0, 2.75, 2.5]), [8.0, 8.0, 8.0, 4.0]);
    assert_eq!(epochs(strict, &[3.0, 2.75, 2.25]), [8.0; 4]);
    assert_eq!(
        epochs(ReduceOnPlateau { min_delta: -0.5, ..rule }, &[3.0, 2.75, 2.5]),
        [8.0, 8.0, 8.0, 4.0]
    );
    // Two epochs of cooldown: the first epoch that counts again is the one in which the cooldown
    // ends.
    let cool = ReduceOnPlateau { patience: 1, cooldown: 2, ..rule };
    assert_eq!(epochs(cool, &[3.0; 7]), [8.0, 8.0, 4.0, 4.0, 2.0, 2.0, 1.0, 1.0]);
    // Never below the minimum rate.
    let least = ReduceOnPlateau { patience: 1, min_rate: 3.0, ..rule };
    assert_eq!(epochs(least, &[3.0; 5]), [8.0, 8.0, 4.0, 3.0, 3.0, 3.0]);
}

#[test]
fn a_warm_up_rises_to_the_rate_that_comes_after_it() {
    let schedule = Warmup { epochs: 2, then: StepDecay { every: 1, factor: 0.5 } };
    assert_eq!(schedule.cadence(), Cadence::Step);
    let got = rates(&schedule, 8.0, 4, 4, &[]);
    assert_eq!(got[..8], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
    assert_eq!(got[8..], [8.0, 8.0, 8.0, 8.0, 4.0, 4.0, 4.0, 4.0]);
    // The cosine covers the remaining epochs.
    let warm = rates(&Warmup { epochs: 1, then: CosineDecay::default() }, 1.0, 3, 2, &[]);
    let cosine = rates(&CosineDecay::default(), 1.0, 2, 2, &[]);
    assert_eq!(warm[..2], [0.5, 1.0]);
    assert_eq!(warm[2..], cosine);
    // The plateau ignores the losses of the warm-up.
    let plateau = ReduceOnPlateau { patience: 1, factor: 0.5, ..Default::default() };
    let warm = rates(&Warmup { epochs: 2, then: plateau }, 8.0, 5, 1, &[1.0, 9.0, 9.0, 9.0]);
    assert_eq!(warm, [4.0, 8.0, 8.0, 8.0, 4.0]);
    // Training that ends before the warm-up does.
    let early = rates(&Warmup { epochs: 5, then: CosineDecay::default() }, 5.0, 2, 1, &[]);
    assert_eq!(early, [1.0, 2.0]);
}

#[test]
fn a_named_schedule_is_what_its_name_says() {
    let losses = [1.0; 6];
    for (name, schedule) in [
        ("constant", &Constant as &dyn Schedule),
        ("step:2:0.5", &StepDecay { every: 2, factor: 0.5 }),
        ("cosine", &CosineDecay { alpha: 0.0 }),
        ("cosine:0.25", &CosineDecay { alpha: 0.25 }),
        ("plateau:2:0.5", &ReduceOnPlateau { patience: 2, factor: 0.5, ..Default::default() }),
        (
            "plateau:2:0.5:0:3:0.125",
            &ReduceOnPlateau {
                patience: 2,
                factor: 0.5,
                min_delta: 0.0,
                cooldown: 3,
                min_rate: 0.125,
            },
        ),
        ("warmup:2+cosine", &Warmup { epochs: 2, then: CosineDecay { alpha: 0.0 } }),
        ("warmup:1+constant", &Warmup { epochs: 1, then: Constant }),
    ] {
        let named: NamedSchedule = name.parse().expect(name);
        assert_eq!(named.to_string(), name);
        assert_eq!(named.cadence(), schedule.cadence(), "{name}");
        assert_eq!(
            rates(&named, 1.0, 6, 3, &losses),
            rates(schedule, 1.0, 6, 3, &losses),
            "{name}"
        );
    }
    assert_eq!(
        "plateau".parse(),
        Ok(NamedSchedule { warmup_epochs: 0, decay: Decay::Plateau(ReduceOnPlateau::default()) })
    );
    assert_eq!("plateau:5".parse::<NamedSchedule>().unwrap().to_string(), "plateau:5:0.1");
    assert_eq!(NamedSchedule::default().to_string(), "constant");
}

#[test]
fn other_names_are_refused_with_what_is_expected() {
    for (text, expected) in [
        ("", "constant, step"),
        ("linear", "constant, step"),
        ("Cosine", "constant, step"),
        ("warmup:3", "constant, step"),
        ("warmup:3+warmup:3+cosine", "constant, step"),
        ("warmup:0+cosine", "a warm-up of at least 1 epoch"),
        ("warmup:x+cosine", "a warm-up of at least 1 epoch"),
        ("constant:1", "the end of the schedule"),
        ("step", "a number of epochs"),
        ("step:0:0.5", "a number of epochs"),
        ("step:5", "a factor above 0"),
        ("step:5:0", "a factor above 0"),
        ("step:5:inf", "a factor above 0"),
        ("step:5:0.5:1", "the end of the schedule"),
        ("cosine:", "an alpha from 0 to 1"),
        ("cosine:2", "an alpha from 0 to 1"),
        ("cosine:NaN", "an alpha from 0 to 1"),
        ("plateau:0", "a patience"),
        ("plateau:2:1", "a factor between 0 and 1"),
        ("plateau:2:0.5:-1", "a min_delta"),
        ("plateau:2:0.5:0:x", "a cooldown"),
        ("plateau:2:0.5:0:0:-1", "a minimum rate"),
        ("plateau:2:0.5:0:0:0:0", "the end of the schedule"),
    ] {
        let error = text.parse::<NamedSchedule>().expect_err(text);
        assert!(error.expected.starts_with(expected), "{text}: {error}");
        assert!(
            error.to_string().starts_with("expected ") && error.to_string().contains("found \"")
        );
    }
}
