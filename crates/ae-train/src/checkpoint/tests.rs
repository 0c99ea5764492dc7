//! A training that is stopped anywhere, written, read and resumed ends in the same way as one that
//! was never stopped.

use super::*;
use crate::{
    EpochReport, Event, Examples, FitOptions, Fitted, GaussianNoise, Samples, Split, Training,
    fit_from,
};
use ae_layers::{Activation, Sequential, dense};
use ae_optim::{Adadelta, RmsProp};
use ae_testkit::Sampler;
use std::ops::ControlFlow;
use std::path::Path;

const EPOCHS: usize = 6;
const SEED: u64 = 5;
const KEEP: EarlyStopping = EarlyStopping { patience: Some(2), min_delta: 0.0, restore_best: true };

fn optimizer(name: &str) -> Box<dyn Optimizer> {
    match name {
        "RMSprop" => Box::new(RmsProp::new(0.01)),
        _ => Box::new(Adadelta::default()),
    }
}

fn model(params: &mut Params) -> Sequential {
    let layers = [dense(3, Activation::Relu), dense(12, Activation::Sigmoid)];
    Sequential::build([12], &layers, params, 1).expect("the shapes fit")
}

/// Trains from this state until the epoch `stop` has ended, and also returns the checkpoint of each
/// epoch.
fn train(
    params: &mut Params,
    optimizer: &mut dyn Optimizer,
    state: TrainingState,
    stop: usize,
) -> (Fitted, Vec<Vec<u8>>) {
    let bytes: Vec<u8> =
        Sampler::new(3).vec(27 * 12, 0.0, 256.0).into_iter().map(|x| x as u8).collect();
    let (train, test) = bytes.split_at(20 * 12);
    let noise = GaussianNoise { factor: 0.3, seed: SEED, fresh: true };
    let train = Examples::noisy(Samples::new(train, [12]), noise, Split::Train);
    let test = Examples::noisy(Samples::new(test, [12]), noise, Split::Test);
    let model = model(&mut Params::new());
    let options = FitOptions::new(EPOCHS, 8, SEED);
    let mut files = Vec::new();
    let training = Training { params, optimizer, state };
    let fitted = fit_from(&model, training, train, test, options, |event| {
        if let Event::Epoch(EpochReport { epoch, params, optimizer, state, .. }) = event {
            files.push(snapshot(SEED, params, *optimizer, state).to_bytes());
            if *epoch == stop {
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    });
    (fitted.unwrap(), files)
}

fn read(bytes: &[u8]) -> Archive {
    Archive::from_bytes(Path::new("file"), bytes).unwrap()
}

#[test]
fn a_resumed_training_ends_as_one_never_stopped() {
    for name in ["RMSprop", "Adadelta"] {
        for rule in [EarlyStopping::default(), EarlyStopping { patience: None, ..KEEP }] {
            let mut whole = Params::new();
            model(&mut whole);
            let start = whole.clone();
            let (fitted, files) =
                train(&mut whole, &mut *optimizer(name), TrainingState::new(rule), usize::MAX);
            assert_eq!((fitted.restored.is_some(), files.len()), (rule.restore_best, EPOCHS));
            for stop in 0..=EPOCHS {
                // A new process has other weights, which the file replaces.
                let mut params = start.clone();
                let mut resumed = optimizer(name);
                let file = match stop {
                    0 => snapshot(SEED, &start, &*optimizer(name), &TrainingState::new(rule))
                        .to_bytes(),
                    _ => files[stop - 1].clone(),
                };
                let state =
                    restore(&mut read(&file), SEED, &mut params, &mut *resumed, rule).unwrap();
                assert_eq!((state.epoch(), state.steps), (stop, 3 * stop as u64));
                let (again, later) = train(&mut params, &mut *resumed, state, usize::MAX);
                assert_eq!(again.history, fitted.history, "{name} stopped after {stop}");
                assert_eq!(params, whole, "{name} stopped after {stop}");
                assert!(later == files[stop..], "{name} stopped after {stop}");
                assert_eq!(again.restored, fitted.restored);
            }
        }
    }
}

#[test]
fn early_stopping_is_resumed_as_well() {
    // A patience of two epochs, and a difference so large that only the first epoch is an
    // improvement.
    let rule = EarlyStopping { min_delta: 10.0, ..KEEP };
    let mut whole = Params::new();
    model(&mut whole);
    let start = whole.clone();
    let (fitted, files) =
        train(&mut whole, &mut *optimizer("RMSprop"), TrainingState::new(rule), usize::MAX);
    assert_eq!((files.len(), fitted.stopped_early, fitted.restored), (3, true, Some(1)));
    for stop in 1..=3 {
        let (mut params, mut resumed) = (start.clone(), optimizer("RMSprop"));
        let state =
            restore(&mut read(&files[stop - 1]), SEED, &mut params, &mut *resumed, rule).unwrap();
        // After the last epoch only the weights remain to be restored.
        let (again, later) = train(&mut params, &mut *resumed, state, usize::MAX);
        assert!(params == whole && later == files[stop..], "stopped after {stop}");
        assert_eq!(
            (again.stopped_early, again.restored, again.history.epochs.len()),
            (true, Some(1), 3)
        );
    }
}

#[test]
fn what_is_broken_off_keeps_the_last_weights() {
    let rule = EarlyStopping { min_delta: 10.0, ..KEEP };
    let mut params = Params::new();
    model(&mut params);
    let (fitted, _) = train(&mut params, &mut *optimizer("RMSprop"), TrainingState::new(rule), 2);
    assert!(fitted.stopped.is_some() && fitted.restored.is_none() && !fitted.stopped_early);
    let mut again = Params::new();
    model(&mut again);
    let plain = TrainingState::new(EarlyStopping::default());
    train(&mut again, &mut *optimizer("RMSprop"), plain, 2);
    assert_eq!(params, again);
}

#[test]
fn a_checkpoint_of_an_earlier_version_has_no_first_loss_and_is_read() {
    let rule = EarlyStopping::default();
    let mut params = Params::new();
    model(&mut params);
    let mut trained = optimizer("RMSprop");
    let (fitted, files) = train(&mut params, &mut *trained, TrainingState::new(rule), 2);
    let read_state = |file: &[u8]| {
        let (mut params, mut resumed) = (params.clone(), optimizer("RMSprop"));
        restore(&mut read(file), SEED, &mut params, &mut *resumed, rule).unwrap()
    };
    let state = read_state(&files[1]);
    assert!(state.first_loss == Some(state.began()) && state.began() > 0.6);
    let earlier = TrainingState { first_loss: None, ..state };
    let file = snapshot(SEED, &params, &*trained, &earlier).to_bytes();
    assert!(file.len() < files[1].len());
    let again = read_state(&file);
    let first = fitted.history.epochs[0];
    assert_eq!((again.first_loss, again.began()), (None, first.loss.min(first.val_loss)));
}

#[test]
fn another_training_is_refused() {
    let mut params = Params::new();
    model(&mut params);
    let rule = EarlyStopping::default();
    let (_, files) = train(&mut params, &mut *optimizer("RMSprop"), TrainingState::new(rule), 2);
    let refused = |seed, params: &mut Params, optimizer: &mut dyn Optimizer, rule| {
        let before = params.clone();
        let error = restore(&mut read(&files[1]), seed, params, optimizer, rule).unwrap_err();
        assert_eq!(*params, before);
        error.to_string()
    };
    let rmsprop = &mut RmsProp::default();
    assert_eq!(refused(6, &mut params, rmsprop, rule), "file: seed: expected 6, found 5");
    assert_eq!(
        refused(SEED, &mut params, &mut Adadelta::default(), rule),
        "file: optimizer: expected Adadelta, found RMSprop"
    );
    assert_eq!(
        refused(SEED, &mut params, rmsprop, KEEP),
        "file: tensor best/dense_1/kernel: expected F32 [12, 3], found none"
    );
    let mut other = Params::new();
    let layers = [dense(4, Activation::Relu), dense(12, Activation::Sigmoid)];
    Sequential::build([12], &layers, &mut other, 1).unwrap();
    assert_eq!(
        refused(SEED, &mut other, rmsprop, rule),
        "file: tensor dense_1/kernel: expected F32 [12, 4], found F32 [12, 3]"
    );
}
