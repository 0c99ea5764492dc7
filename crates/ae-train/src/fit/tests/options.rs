//! Tests of losses, schedules and clipping in the loop.

use super::*;
use crate::{Fit, MeanSquaredError, Monitor, restore, snapshot};
use ae_checkpoint::Archive;
use ae_optim::{Adam, AdamW, Cadence, NamedSchedule, Schedule, Sgd, Step};
use std::path::Path;
use std::sync::Mutex;

/// A schedule that records every call and returns the base rate.
#[derive(Debug)]
struct Witness {
    cadence: Cadence,
    asked: Mutex<Vec<(usize, usize, usize)>>,
}

impl Schedule for Witness {
    fn learning_rate(&self, step: &Step<'_>) -> f64 {
        assert_eq!((step.epochs, step.batches), (3, 3));
        let mut asked = self.asked.lock().unwrap();
        asked.push((step.epoch, step.batch, step.val_losses.len()));
        step.base_rate
    }

    fn cadence(&self) -> Cadence {
        self.cadence
    }
}

/// Trains on 20 samples in batches of 8 with these options, from the state of `training`; returns
/// the file of each epoch.
fn train(training: Training<'_>, options: FitOptions<'_>) -> (Fitted, Vec<Vec<u8>>) {
    let (train, test) = (data(20), data(7));
    let train = Examples::clean(Samples::new(&train, [12]));
    let test = Examples::clean(Samples::new(&test, [12]));
    let model = model(&mut Params::new());
    let mut files = Vec::new();
    let fitted = fit_from(&model, training, train, test, options, |event| {
        if let Event::Epoch(report) = event {
            let file = snapshot(options.seed, report.params, report.optimizer, report.state);
            files.push(file.to_bytes());
        }
        ControlFlow::Continue(())
    });
    (fitted.unwrap(), files)
}

fn fresh() -> Params {
    let mut params = Params::new();
    model(&mut params);
    params
}

fn beginning() -> TrainingState {
    TrainingState::new(EarlyStopping::default())
}

#[test]
fn a_schedule_is_asked_as_often_as_it_says() {
    let each: Vec<_> =
        (0..3).flat_map(|epoch| (0..3).map(move |batch| (epoch, batch, epoch))).collect();
    let first = vec![(0, 0, 0), (1, 0, 1), (2, 0, 2)];
    for (cadence, expected) in
        [(Cadence::Never, vec![]), (Cadence::Epoch, first), (Cadence::Step, each)]
    {
        let witness = Witness { cadence, asked: Mutex::default() };
        let mut params = fresh();
        let mut optimizer = Adam::new(0.01);
        let training =
            Training { params: &mut params, optimizer: &mut optimizer, state: beginning() };
        train(training, OPTIONS.with_schedule(&witness));
        assert_eq!(*witness.asked.lock().unwrap(), expected);
    }
}

/// An optimizer whose rate must not be changed.
#[derive(Debug)]
struct Untouchable(Sgd);

impl Optimizer for Untouchable {
    fn step(&mut self, params: &mut Params, grads: &Grads) {
        self.0.step(params, grads);
    }

    fn learning_rate(&self) -> f64 {
        self.0.learning_rate()
    }

    fn set_learning_rate(&mut self, _: f64) {
        panic!("a constant schedule changes nothing");
    }

    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn constants(&self) -> Vec<(&'static str, String)> {
        self.0.constants()
    }

    fn state(&self) -> Vec<(&'static str, &[Tensor])> {
        self.0.state()
    }

    fn restore(&mut self, steps: u64, state: Vec<Vec<Tensor>>) {
        self.0.restore(steps, state);
    }
}

#[test]
fn a_constant_schedule_does_not_touch_the_optimizer() {
    let mut params = fresh();
    let mut optimizer = Untouchable(Sgd::new(0.1));
    let training = Training { params: &mut params, optimizer: &mut optimizer, state: beginning() };
    let constant: NamedSchedule = "constant".parse().unwrap();
    train(training, OPTIONS.with_schedule(&constant));
    assert_ne!(params, fresh());
}

#[test]
fn a_training_resumed_under_any_schedule_ends_with_the_same_bits() {
    const EPOCHS: usize = 6;
    // A plateau of one epoch, with a difference so large that only the first epoch is an
    // improvement.
    for name in [
        "step:2:0.5",
        "cosine:0.1",
        "plateau:1:0.5:10",
        "warmup:2+cosine",
        "warmup:1+plateau:1:0.5:10",
    ] {
        let schedule: NamedSchedule = name.parse().unwrap();
        let options = FitOptions { epochs: EPOCHS, ..OPTIONS.with_schedule(&schedule) };
        let mut whole = fresh();
        let mut optimizer = AdamW::new(0.02);
        let training =
            Training { params: &mut whole, optimizer: &mut optimizer, state: beginning() };
        let (fitted, files) = train(training, options);
        assert_eq!(optimizer.learning_rate(), 0.02, "{name}: the rate is given back");
        let mut constant = fresh();
        let training = Training {
            params: &mut constant,
            optimizer: &mut AdamW::new(0.02),
            state: beginning(),
        };
        train(training, FitOptions { epochs: EPOCHS, ..OPTIONS });
        assert_ne!(constant, whole, "{name} does something");
        for stop in 1..=EPOCHS {
            let mut params = fresh();
            let mut optimizer = AdamW::new(0.02);
            let mut archive = Archive::from_bytes(Path::new("file"), &files[stop - 1]).unwrap();
            let rule = EarlyStopping::default();
            let state =
                restore(&mut archive, OPTIONS.seed, &mut params, &mut optimizer, rule).unwrap();
            let training = Training { params: &mut params, optimizer: &mut optimizer, state };
            let (again, later) = train(training, options);
            assert_eq!(again.history, fitted.history, "{name} after {stop}");
            assert!(params == whole && later == files[stop..], "{name} after {stop}");
        }
    }
}

#[test]
fn a_step_has_the_rate_of_its_place() {
    // Without momentum, SGD's steps are proportional to its rate. The rate is halved after each
    // epoch, so the third epoch's steps are a quarter as long.
    let schedule: NamedSchedule = "step:1:0.5".parse().unwrap();
    let mut expected = fresh();
    for (epochs, rate) in [(1, 0.4), (2, 0.2), (3, 0.1)] {
        let history =
            History { epochs: vec![EpochLosses { loss: 1.0, val_loss: 1.0 }; epochs - 1] };
        let monitor = Monitor::new(EarlyStopping::default());
        let state = TrainingState { history, steps: 0, monitor, first_loss: None };
        let training = Training { params: &mut expected, optimizer: &mut Sgd::new(rate), state };
        train(training, FitOptions { epochs, ..OPTIONS });
    }
    let mut params = fresh();
    let training =
        Training { params: &mut params, optimizer: &mut Sgd::new(0.4), state: beginning() };
    train(training, OPTIONS.with_schedule(&schedule));
    assert_eq!(params, expected);
}

/// A schedule that returns an invalid rate from its third step on.
#[derive(Debug)]
struct Broken(f64);

impl Schedule for Broken {
    fn learning_rate(&self, step: &Step<'_>) -> f64 {
        if step.index() < 2 { step.base_rate } else { self.0 }
    }
}

#[test]
fn a_rate_that_is_not_a_number_of_at_least_zero_is_an_error_and_the_old_rate_comes_back() {
    for rate in [f64::NAN, f64::INFINITY, -1e-3] {
        let (bytes, broken) = (data(20), Broken(rate));
        let mut model = crate::AutoEncoder::parse("input 12; dense 12 sigmoid", 1).unwrap();
        let mut optimizer = Sgd::new(0.1);
        let samples = Samples::new(&bytes, [12]);
        let fit = Fit::new(&samples).batch(8).schedule(&broken);
        let error = fit.run(&mut model, &mut optimizer).unwrap_err();
        assert!(matches!(error, FitError::LearningRate { epoch: 1, batch: 3, .. }), "{error}");
        assert_eq!(optimizer.learning_rate(), 0.1);
    }
}

#[test]
fn clipped_gradients_take_steps_of_the_length_asked_for() {
    // One step of SGD with rate 1 moves all weights together by the norm of the gradient.
    let moved = |clip_norm| {
        let mut params = fresh();
        let options = FitOptions { epochs: 1, batch: 20, clip_norm, ..OPTIONS };
        let mut optimizer = Sgd::new(1.0);
        let training =
            Training { params: &mut params, optimizer: &mut optimizer, state: beginning() };
        train(training, options);
        let start = fresh();
        let difference = params.ids().flat_map(|id| {
            let pairs = params.get(id).data().iter().zip(start.get(id).data());
            pairs.map(|(&a, &b)| f64::from(a) - f64::from(b)).collect::<Vec<_>>()
        });
        difference.collect::<Vec<f64>>()
    };
    let norm = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
    let free = moved(None);
    let clipped = moved(Some(norm(&free) / 4.0));
    for (clipped, free) in clipped.iter().zip(&free) {
        assert!((clipped - free / 4.0).abs() < 1e-6, "{clipped} {free}");
    }
    assert_eq!(moved(Some(norm(&free) * 1.01)), free);
    for clip in [0.0, -1.0, f64::NAN] {
        let result = run(OPTIONS.with_clip_norm(clip), 0.01).result;
        assert!(matches!(result, Err(FitError::ClipNorm(_))), "{result:?}");
    }
}

#[test]
fn squared_errors_train_a_model_without_a_sigmoid_on_any_numbers() {
    // Points on a line through (3, -2).
    let numbers: Vec<f32> =
        (0..40).flat_map(|i| [3.0 + i as f32 / 20.0, -2.0 - i as f32 / 10.0]).collect();
    let points = Samples::from_f32(&numbers, [2]);
    let words = "input 2; dense 1 linear | dense 2 linear";
    let learn = |threads| {
        let training = || {
            let mut model = crate::AutoEncoder::parse(words, 1).unwrap();
            let fit = Fit::new(&points).epochs(300).batch(10).loss(&MeanSquaredError);
            let fitted = fit.run(&mut model, &mut Adam::new(0.02)).unwrap();
            (model.params().clone(), fitted.history)
        };
        with_threads(threads, training).unwrap()
    };
    let (params, history) = learn(1);
    assert!(learn(2) == (params, history.clone()) && learn(3).1 == history);
    assert!(history.epochs[299].val_loss < 1e-3, "{:?}", history.epochs[299]);
    let mut model = crate::AutoEncoder::parse(words, 1).unwrap();
    let error = Fit::new(&points).run(&mut model, &mut Adam::default()).unwrap_err();
    assert!(matches!(error, FitError::NoSigmoid { .. }), "{error}");
}

#[test]
fn bytes_and_numbers_that_are_bytes_over_255_train_to_the_same_bits() {
    let bytes = data(20);
    let numbers: Vec<f32> = bytes.iter().map(|&byte| f32::from(byte) / 255.0).collect();
    let learn = |samples: Samples<'_>| {
        let mut model =
            crate::AutoEncoder::parse("input 12; dense 4 relu | dense 12 sigmoid", 1).unwrap();
        let noisy = Examples::noisy(samples, NOISE, Split::Train);
        let fit = Fit::new(&noisy).validate(&samples).epochs(3).batch(8).seed(5);
        let fitted = fit.run(&mut model, &mut RmsProp::new(0.01)).unwrap();
        (model.params().clone(), fitted.history)
    };
    let (from_bytes, from_numbers) =
        (learn(Samples::new(&bytes, [12])), learn(Samples::from_f32(&numbers, [12])));
    assert_eq!(from_bytes, from_numbers);
}

#[test]
fn without_validation_examples_the_training_examples_validate() {
    let bytes = data(20);
    let samples = Samples::new(&bytes, [12]);
    let words = "input 12; dense 4 relu | dense 12 sigmoid";
    let mut model = crate::AutoEncoder::parse(words, 1).unwrap();
    let fitted = Fit::new(&samples).epochs(2).run(&mut model, &mut RmsProp::default()).unwrap();
    let loss = model.evaluate(&samples, &BinaryCrossentropy).unwrap();
    assert_eq!(fitted.history.epochs[1].val_loss, loss);
    // Twenty are fewer than 32: one batch.
    assert_eq!(fitted.samples_seen, 40);
}
