//! Samples that are not in memory: the same bits as from memory, and clear errors.

use ae_autodiff::Params;
use ae_files::{RowFile, StoredRows};
use ae_layers::{Activation, Architecture, dense, flatten, reshape, sigmoid};
use ae_optim::Adam;
use ae_tensor::{Tensor, with_threads};
use ae_testkit::Sampler;
use ae_train::{
    Augmentation, AutoEncoder, BinaryCrossentropy, EarlyStopping, Event, Examples, Fit, FitError,
    Fitted, GaussianNoise, Samples, Split, TrainingState, measure_denoising, snapshot,
};
use std::fs::{self, File};
use std::ops::ControlFlow::{Break, Continue};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const PIXELS: usize = 12;
const COUNT: usize = 203;
const NOISE: GaussianNoise = GaussianNoise { factor: 0.3, seed: 11, fresh: true };

fn bytes() -> Vec<u8> {
    let bytes = Sampler::new(3).vec(COUNT * PIXELS, 0.0, 256.0);
    bytes.into_iter().map(|x| x as u8).collect()
}

/// A folder with a file of the samples behind a header of five bytes.
fn written() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("rows");
    fs::write(&path, [&[255; 5][..], &bytes()].concat()).expect("it is written");
    (folder, path)
}

fn open(path: &Path) -> RowFile {
    RowFile::open(path, 5, PIXELS, COUNT).expect("it has the rows")
}

fn model() -> AutoEncoder {
    let layers = vec![dense(5, Activation::Relu), dense(PIXELS, Activation::Sigmoid)];
    let architecture = Architecture { input: [PIXELS].into(), layers, encoder: 0 };
    AutoEncoder::from_architecture(architecture, 1).expect("the shapes fit")
}

fn weights(params: &Params) -> Vec<Tensor> {
    params.ids().map(|id| params.get(id).clone()).collect()
}

fn train(samples: Samples<'_>, batch: usize) -> (Vec<Tensor>, Fitted) {
    let mut model = model();
    let train = Examples::noisy(samples, NOISE, Split::Train);
    let test = Examples::noisy(samples, NOISE, Split::Test);
    let fit = Fit::new(&train).validate(&test).epochs(3).batch(batch).seed(7);
    let fitted = fit.run(&mut model, &mut Adam::new(0.01)).expect("it learns");
    (weights(model.params()), fitted)
}

#[test]
fn training_from_a_file_is_training_from_memory() {
    let (_folder, path) = written();
    let (bytes, file) = (bytes(), open(&path));
    // The last batch is smaller; 203 is one batch, and with 102 each reader has one.
    for batch in [1, 20, 102, COUNT] {
        let memory = train(Samples::new(&bytes, [PIXELS]), batch);
        for threads in [1, 2, 3] {
            let stored = || train(Samples::stored(&file, [PIXELS]), batch);
            let (weights, fitted) = with_threads(threads, stored).expect("threads start");
            assert_eq!((&weights, &fitted.history), (&memory.0, &memory.1.history), "{batch}");
        }
    }
    assert_eq!(file.fault(), None);
}

#[test]
fn all_else_from_a_file_is_the_same_as_from_memory() {
    let (_folder, path) = written();
    let (bytes, file, model) = (bytes(), open(&path), model());
    let memory = Samples::new(&bytes, [2, 6, 1]);
    let stored = Samples::stored(&file, [2, 6, 1]);
    assert_eq!((stored.count(), stored.shape()), (memory.count(), memory.shape()));
    assert_eq!(stored.all(), memory.all());
    assert_eq!(stored.gather(&[7, 7, 200, 0]), memory.gather(&[7, 7, 200, 0]));
    assert_eq!(stored.choose(9, 4), memory.choose(9, 4));
    let [memory, stored] = [Samples::new(&bytes, [PIXELS]), Samples::stored(&file, [PIXELS])];
    assert_eq!(model.reconstruct(&stored), model.reconstruct(&memory));
    let loss = |samples| model.evaluate(&samples, &BinaryCrossentropy);
    assert_eq!(loss(stored), loss(memory));
    let measured = |samples| {
        let examples = Examples::noisy(samples, NOISE, Split::Test);
        measure_denoising(model.sequential(), model.params(), examples, &BinaryCrossentropy)
    };
    assert_eq!(measured(stored), measured(memory));
}

#[test]
fn a_training_that_was_resumed_is_the_same_from_a_file() {
    let (_folder, path) = written();
    let (bytes, file) = (bytes(), open(&path));
    let whole = train(Samples::new(&bytes, [PIXELS]), 20);
    // From memory up to the second epoch, and then from the file.
    let (mut first, mut optimizer) = (model(), Adam::new(0.01));
    let mut archive = None;
    let memory = Samples::new(&bytes, [PIXELS]);
    let [learn, test] =
        [Split::Train, Split::Test].map(|split| Examples::noisy(memory, NOISE, split));
    let fit = Fit::new(&learn).validate(&test).epochs(3).batch(20).seed(7);
    let fit = fit.on_event(|event| match event {
        Event::Epoch(report) if report.epoch == 2 => {
            archive = Some(snapshot(7, report.params, report.optimizer, report.state));
            Break(())
        }
        _ => Continue(()),
    });
    fit.run(&mut first, &mut optimizer).expect("it learns");
    let mut archive = archive.expect("the second epoch has ended");
    let (mut second, mut optimizer) = (model(), Adam::new(0.01));
    let state: TrainingState = second
        .restore(&mut archive, 7, &mut optimizer, EarlyStopping::default())
        .expect("it is its own archive");
    let stored = Samples::stored(&file, [PIXELS]);
    let [learn, test] =
        [Split::Train, Split::Test].map(|split| Examples::noisy(stored, NOISE, split));
    let fit = Fit::new(&learn).validate(&test).epochs(3).batch(20).seed(7).resume(state);
    let fitted = fit.run(&mut second, &mut optimizer).expect("it learns");
    assert_eq!((weights(second.params()), fitted.history), (whole.0, whole.1.history));
}

/// Trains until the file becomes shorter in the second epoch.
fn cut_off(validated: bool) -> FitError {
    let (_folder, path) = written();
    let (bytes, file, mut model) = (bytes(), open(&path), model());
    let (memory, stored) = (Samples::new(&bytes, [PIXELS]), Samples::stored(&file, [PIXELS]));
    let (learn, test) = if validated { (memory, stored) } else { (stored, memory) };
    let fit = Fit::new(&learn).validate(&test).epochs(9).batch(20).on_event(|event| {
        if let Event::Epoch(report) = event {
            assert_eq!(report.epoch, 1, "it ends in the second");
            File::options().write(true).open(&path).unwrap().set_len(40).unwrap();
        }
        Continue(())
    });
    let error = fit.run(&mut model, &mut Adam::new(0.01)).expect_err("the file was cut off");
    let finite = |tensor: &Tensor| tensor.data().iter().all(|x| x.is_finite());
    assert!(weights(model.params()).iter().all(finite));
    assert!(stored.fault().is_some());
    assert!(matches!(
        model.evaluate(&stored, &BinaryCrossentropy),
        Err(FitError::Data(fault)) if Some(&fault) == stored.fault().as_ref()
    ));
    error
}

#[test]
fn a_file_that_becomes_shorter_ends_the_training_with_one_line() {
    for validated in [false, true] {
        let error = cut_off(validated);
        assert!(matches!(error, FitError::Data(_)), "{error:?}");
        let line = error.to_string();
        assert!(line.contains("rows: ") && line.contains("become shorter"), "{line}");
        assert!(!line.contains('\n'), "{line}");
    }
}

#[test]
fn flips_and_crops_from_a_file_are_those_from_memory() {
    let (_folder, path) = written();
    let (bytes, file) = (bytes(), open(&path));
    let augmentation: Augmentation = "flip,shift:1,crop:2x2:3".parse().expect("it is one");
    let run = |samples: Samples<'_>| {
        let [learn, test] = [Split::Train, Split::Test].map(|split| {
            Examples::noisy(samples, NOISE, split).augmented(augmentation, [3, 4], 5, split)
        });
        let layers = vec![flatten(), dense(4, Activation::Linear), reshape([2, 2, 1]), sigmoid()];
        let architecture = Architecture { input: [2, 2, 1].into(), layers, encoder: 0 };
        let mut model = AutoEncoder::from_architecture(architecture, 1).expect("the shapes fit");
        let fit = Fit::new(&learn).validate(&test).epochs(2).batch(20).seed(7);
        let fitted = fit.run(&mut model, &mut Adam::new(0.01)).expect("it learns");
        (weights(model.params()), fitted.history)
    };
    let memory = run(Samples::new(&bytes, [3, 4, 1]));
    assert_eq!(run(Samples::stored(&file, [3, 4, 1])), memory);
}

#[test]
#[should_panic(expected = "Samples: rows of 12 bytes for samples of shape (11,)")]
fn rows_of_another_length_panic() {
    let (_folder, path) = written();
    let _ = Samples::stored(&open(&path), [11]);
}
