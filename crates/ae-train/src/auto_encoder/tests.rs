//! A model is one object: it cannot be made of parts that do not fit, and is the same after writing
//! and reading a file.

use super::*;
use crate::{BinaryCrossentropy, Fit, MeanSquaredError, put_weights};
use ae_layers::{Registry, dense};
use ae_optim::{Adam, RmsProp};
use ae_tensor::Activation;
use ae_testkit::Sampler;
use std::path::Path;

const WORDS: &str = "input 12; dense 4 relu; dense 3 linear | dense 12 sigmoid";

fn model(seed: u64) -> AutoEncoder {
    AutoEncoder::parse(WORDS, seed).expect("the layers fit")
}

fn bytes(count: usize) -> Vec<u8> {
    Sampler::new(3).vec(count * 12, 0.0, 256.0).into_iter().map(|x| x as u8).collect()
}

#[test]
fn an_encoder_and_a_decoder_make_up_the_model() {
    let bytes = bytes(30);
    let samples = Samples::new(&bytes, [12]);
    let model = model(1);
    assert_eq!(model.architecture().to_string(), WORDS);
    let codes = model.encode(&samples);
    assert_eq!(codes.shape().dims(), [30, 3]);
    assert_eq!(model.decode(&codes), model.reconstruct(&samples));
    assert_eq!(
        model.reconstruct(&samples),
        model.sequential().predict(model.params(), &samples.all())
    );
    let (architecture, sequential, params) = model.clone().into_parts();
    assert_eq!((&architecture, &params), (model.architecture(), model.params()));
    assert_eq!(sequential.len(), 3);
    assert!(model.summary().contains("Total params: 115"));
}

#[test]
fn a_seed_decides_the_weights_and_parts_make_the_same_model_again() {
    assert_eq!(model(1).params(), model(1).params());
    assert_ne!(model(1).params(), model(2).params());
    let model = model(1);
    let again = AutoEncoder::from_parts(model.architecture().clone(), model.params()).unwrap();
    assert_eq!(again.params(), model.params());
    // The weights are found by name, in any order.
    let mut reversed = Params::new();
    let ids: Vec<ParamId> = model.params().ids().collect();
    for &id in ids.iter().rev() {
        reversed.add(model.params().name(id), model.params().get(id).clone());
    }
    let again = AutoEncoder::from_parts(model.architecture().clone(), &reversed).unwrap();
    assert_eq!(again.params(), model.params());
}

#[test]
fn a_model_that_does_not_fit_its_weights_cannot_be_made() {
    let refused = |change: &dyn Fn(&mut Params)| {
        let mut params = Params::new();
        change(&mut params);
        let architecture = "input 2; dense 1 relu".parse().unwrap();
        AutoEncoder::from_parts(architecture, &params).unwrap_err().to_string()
    };
    let expected = "weights dense_1/kernel: expected (2, 1), found none";
    assert_eq!(refused(&|_| ()), expected);
    let kernel = |params: &mut Params, rows: usize| {
        params.add("dense_1/kernel", Tensor::zeros([rows, 1]));
        params.add("dense_1/bias", Tensor::zeros([1]));
    };
    let expected = "weights dense_1/kernel: expected (2, 1), found (3, 1)";
    assert_eq!(refused(&|params| kernel(params, 3)), expected);
    let too_many = |params: &mut Params| {
        kernel(params, 2);
        params.add("dense_2/bias", Tensor::zeros([7]));
    };
    assert_eq!(refused(&too_many), "weights dense_2/bias: expected none, found (7,)");
    let parse = |words| AutoEncoder::parse(words, 1).unwrap_err();
    assert!(matches!(parse("input 4; dance 2"), ModelError::Architecture(_)));
    assert!(matches!(parse("input 4; reshape 5"), ModelError::Build(_)));
}

#[test]
fn a_model_that_is_not_divided_says_so() {
    let model = AutoEncoder::parse("input 12; dense 12 sigmoid", 1).unwrap();
    let error = model.encoder().unwrap_err();
    assert_eq!(model.decoder().unwrap_err(), error);
    let expected = "the model \"input 12; dense 12 sigmoid\" is not divided: put a bar where its encoder ends, outside of residual blocks";
    assert_eq!(error.to_string(), expected);
}

#[test]
#[should_panic(expected = "encode: the model \"input 1; dense 1 relu\" is not divided")]
fn a_model_that_is_not_divided_makes_no_codes() {
    let _ =
        AutoEncoder::parse("input 1; dense 1 relu", 1).unwrap().encode(&Samples::new(&[0], [1]));
}

#[test]
#[should_panic(expected = "decode: codes of (3,), not (2, 4)")]
fn codes_have_the_shape_that_the_encoder_makes() {
    let _ = model(1).decode(&Tensor::zeros([2, 4]));
}

#[test]
fn a_loss_that_cannot_be_computed_is_an_error() {
    let bytes = bytes(5);
    let samples = Samples::new(&bytes, [12]);
    let linear = AutoEncoder::parse("input 12; dense 12 linear", 1).unwrap();
    assert!(linear.evaluate(&samples, &MeanSquaredError).unwrap() > 0.0);
    let error = linear.evaluate(&samples, &BinaryCrossentropy).unwrap_err().to_string();
    assert_eq!(
        error,
        "the loss binary_crossentropy needs a model that ends with a sigmoid, this one ends with linear"
    );
    let numbers = [0.5; 12].map(|x: f32| x * 3.0);
    let samples = Samples::from_f32(&numbers, [12]);
    assert!(model(1).evaluate(&samples, &MeanSquaredError).is_ok());
    let error = model(1).evaluate(&samples, &BinaryCrossentropy).unwrap_err().to_string();
    assert_eq!(
        error,
        "the loss binary_crossentropy needs numbers from 0 to 1, the given samples contain 1.5"
    );
    let broken = [f32::NAN; 12];
    let broken = linear.evaluate(&Samples::from_f32(&broken, [12]), &MeanSquaredError);
    assert!(
        broken
            .unwrap_err()
            .to_string()
            .ends_with("needs finite numbers, the given samples contain NaN")
    );
}

#[test]
fn a_file_gives_the_model_back() {
    let bytes = bytes(40);
    let samples = Samples::new(&bytes, [12]);
    let mut trained = model(1);
    Fit::new(&samples).epochs(2).run(&mut trained, &mut RmsProp::default()).unwrap();
    assert_ne!(trained.params(), model(1).params());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    trained.save(&path).unwrap();
    let loaded = AutoEncoder::load(&path).unwrap();
    assert_eq!(
        (loaded.architecture(), loaded.params()),
        (trained.architecture(), trained.params())
    );
    assert_eq!(loaded.reconstruct(&samples), trained.reconstruct(&samples));
}

/// The file of a run has more metadata; only its weights and its description matter here.
#[test]
fn other_metadata_do_not_matter() {
    let mut archive = model(1).to_archive();
    for (key, value) in
        [("config", "job = \"dense\""), ("trained", "3 epochs"), ("crate_version", "9")]
    {
        archive.set_metadata(key, value);
    }
    let mut archive = Archive::from_bytes(Path::new("file"), &archive.to_bytes()).unwrap();
    assert_eq!(AutoEncoder::from_archive(&mut archive).unwrap().params(), model(1).params());
}

#[test]
fn a_file_that_holds_another_thing_is_refused() {
    let refused = |kind: &str, words: &str, params: &Params| {
        let mut archive = Archive::new();
        put_weights(&mut archive, params);
        archive.set_metadata("kind", kind);
        archive.set_metadata("architecture", words);
        AutoEncoder::from_archive(&mut archive).unwrap_err().to_string()
    };
    let sound = model(1);
    let error = refused("checkpoint", WORDS, sound.params());
    assert!(error.ends_with("kind: expected model, found checkpoint"), "{error}");
    let error = refused("model", "input 12; dense", sound.params());
    assert!(error.contains("architecture: expected a whole number"), "{error}");
    let error = refused("model", "input 12; reshape 13", sound.params());
    assert!(error.contains("architecture: expected layers that fit together"), "{error}");
    let error = refused(
        "model",
        "input 12; dense 4 relu; dense 2 linear | dense 12 sigmoid",
        sound.params(),
    );
    assert!(
        error.contains("tensor dense_2/kernel: expected F32 [4, 2], found F32 [4, 3]"),
        "{error}"
    );
    let error = refused("model", "input 12; dense 4 relu", sound.params());
    assert!(error.contains("tensor dense_2/bias: expected no tensor of this name"), "{error}");
    // 64 channels would be just within the limit.
    let error = refused("model", "input 1024x1024x65; activation relu", &Params::new());
    assert!(
        error.contains("expected at most 67108864 numbers to an image, found 68157440"),
        "{error}"
    );
}

#[test]
fn weights_are_changed_in_place() {
    let mut model = model(1);
    let id = model.params().find("dense_1/bias").unwrap();
    model.weights_mut(id).fill(0.5);
    assert_eq!(model.params().get(id).data(), [0.5; 4]);
}

#[test]
fn a_training_that_goes_on_ends_as_one_that_was_not_stopped() {
    let bytes = bytes(40);
    let samples = Samples::new(&bytes, [12]);
    let mut whole = model(1);
    let mut file = Vec::new();
    let fit = || Fit::new(&samples).epochs(4).batch(16).seed(7);
    fit()
        .on_epoch(|report| {
            if report.epoch == 2 {
                file = crate::snapshot(7, report.params, report.optimizer, report.state).to_bytes();
            }
        })
        .run(&mut whole, &mut Adam::new(0.01))
        .unwrap();
    let mut resumed = model(2);
    let mut optimizer = Adam::new(0.01);
    let mut archive = Archive::from_bytes(Path::new("file"), &file).unwrap();
    let rule = EarlyStopping::default();
    let state = resumed.restore(&mut archive, 7, &mut optimizer, rule).unwrap();
    let fitted = fit().resume(state).run(&mut resumed, &mut optimizer).unwrap();
    assert_eq!(fitted.history.epochs.len(), 4);
    assert_eq!(resumed.params(), whole.params());
}

/// The encoder of the file's model has a layer that only the registry contains.
#[test]
fn a_registry_reads_what_the_standard_one_does_not_know() {
    let registry = Registry::standard().with("narrow", |words| {
        let units = words.number()?;
        Ok(dense(units, Activation::Relu))
    });
    let architecture = registry.parse("input 4; narrow 2 | dense 4 sigmoid").unwrap();
    let model = AutoEncoder::from_architecture(architecture, 1).unwrap();
    let mut archive = Archive::new();
    put_weights(&mut archive, model.params());
    archive.set_metadata("kind", "model");
    archive.set_metadata("architecture", "input 4; narrow 2 | dense 4 sigmoid");
    assert!(AutoEncoder::from_archive(&mut archive.clone()).is_err());
    let read = AutoEncoder::from_archive_with(&mut archive, &registry).unwrap();
    assert_eq!(read.params(), model.params());
}
