//! A loss, a corruption, a schedule and a data set written outside of this crate, with its public
//! interface alone.

use ae_autodiff::{Tape, Var};
use ae_optim::{Adam, Cadence, Schedule, Step};
use ae_tensor::random::uniform;
use ae_tensor::with_threads;
use ae_train::{
    AsExamples, AutoEncoder, Corruption, Examples, Fit, ImageKey, Loss, Samples, Split,
};

/// The mean of the error's fourth power.
#[derive(Debug)]
struct FourthPower;

impl Loss for FourthPower {
    fn name(&self) -> &str {
        "fourth_power"
    }

    fn record(&self, tape: &mut Tape<'_>, outputs: Var, targets: Var) -> Var {
        let error = tape.sub(outputs, targets);
        let square = tape.mul(error, error);
        let fourth = tape.mul(square, square);
        tape.mean(fourth)
    }
}

/// All pixels of an image become darker by the same factor.
#[derive(Debug)]
struct Dusk {
    seed: u64,
}

impl Corruption for Dusk {
    fn name(&self) -> &str {
        "dusk"
    }

    fn corrupt(&self, key: ImageKey, clean: &[f32], corrupted: &mut [f32]) {
        let light = uniform(&mut key.stream(self.seed, true), 0.5, 1.0);
        corrupted.iter_mut().zip(clean).for_each(|(dark, clean)| *dark = light * clean);
    }
}

/// The rate divided by the number of the epoch.
#[derive(Debug)]
struct Harmonic;

impl Schedule for Harmonic {
    fn learning_rate(&self, step: &Step<'_>) -> f64 {
        step.base_rate / (step.epoch + 1) as f64
    }

    fn cadence(&self) -> Cadence {
        Cadence::Epoch
    }
}

/// A data set that owns its numbers and always applies its corruption.
struct Evening {
    numbers: Vec<f32>,
    dusk: Dusk,
    split: Split,
}

impl Evening {
    fn new(count: usize, split: Split) -> Self {
        // Bright pairs of neighbors.
        let pixel = |i: usize| if (i / 8) % 4 == i % 8 / 2 { 1.0 } else { 0.25 };
        Self { numbers: (0..count * 8).map(pixel).collect(), dusk: Dusk { seed: 3 }, split }
    }
}

impl AsExamples for Evening {
    fn as_examples(&self) -> Examples<'_> {
        Examples::corrupted(Samples::from_f32(&self.numbers, [8]), &self.dusk, self.split)
    }
}

#[test]
fn what_is_written_outside_trains_a_model_to_the_same_bits_for_any_number_of_threads() {
    let (train, test) = (Evening::new(60, Split::Train), Evening::new(12, Split::Test));
    let learn = |threads| {
        let training = || {
            let mut model =
                AutoEncoder::parse("input 8; dense 4 tanh | dense 8 linear", 1).unwrap();
            let fit = Fit::new(&train).validate(&test).epochs(60).batch(10);
            let fit = fit.loss(&FourthPower).schedule(&Harmonic).clip_norm(1.0);
            let fitted = fit.run(&mut model, &mut Adam::new(0.05)).unwrap();
            let loss = model.evaluate(&test, &FourthPower).unwrap();
            assert_eq!(loss, fitted.history.epochs[59].val_loss);
            (model.params().clone(), fitted.history)
        };
        with_threads(threads, training).unwrap()
    };
    let (params, history) = learn(1);
    let (first, last) = (history.epochs[0].val_loss, history.epochs[59].val_loss);
    assert!(last < first / 3.0, "{first} {last}");
    assert!(learn(2) == (params.clone(), history.clone()) && learn(3) == (params, history));
}
