//! Learning rates of `CosineDecay` and `ReduceLROnPlateau` against Keras: `schedules.json`.

use ae_optim::{CosineDecay, ReduceOnPlateau, Schedule, Step};
use ae_testkit::assert_close;
use ae_tests::{Array, read};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    epochs: usize,
    batches: usize,
    cosine: Vec<Cosine>,
    plateau: Vec<Plateau>,
}

#[derive(Deserialize)]
struct Cosine {
    rate: f64,
    alpha: f64,
    keras_f32: Array,
}

#[derive(Deserialize)]
struct Plateau {
    rate: f64,
    losses: Array,
    patience: usize,
    factor: f64,
    min_delta: f64,
    cooldown: usize,
    min_rate: f64,
    keras_f32: Array,
}

#[test]
fn a_cosine_falls_as_in_keras() {
    let Golden { epochs, batches, cosine, .. } = read("schedules.json");
    assert_eq!(cosine.len(), 3);
    for Cosine { rate, alpha, keras_f32 } in cosine {
        let step = |i| Step::new(rate, [i / batches, epochs], [i % batches, batches], &[]);
        let ours =
            (0..epochs * batches).map(|i| CosineDecay { alpha }.learning_rate(&step(i)) as f32);
        // Near its end the cosine is 1 - 1 + something small: Keras computes that in f32.
        assert_close(&ours.collect::<Vec<_>>(), &keras_f32.data, 1e-6, 1e-7 * rate);
    }
}

#[test]
fn a_plateau_reduces_the_rate_in_the_same_epochs_as_in_keras() {
    let Golden { plateau, .. } = read("schedules.json");
    assert_eq!(plateau.len(), 7);
    for (case, plateau) in plateau.into_iter().enumerate() {
        let Plateau { rate, losses, patience, factor, min_delta, cooldown, min_rate, .. } = plateau;
        let schedule = ReduceOnPlateau { patience, factor, min_delta, cooldown, min_rate };
        let epochs = losses.data.len() + 1;
        let ours = (0..epochs).map(|epoch| {
            let step = Step::new(rate, [epoch, epochs], [0, 1], &losses.data[..epoch]);
            schedule.learning_rate(&step) as f32
        });
        let ours: Vec<f32> = ours.collect();
        assert!(ours.last() < ours.first(), "case {case} reduces something");
        assert_close(&ours, &plateau.keras_f32.data, 1e-6, 0.0);
    }
}
