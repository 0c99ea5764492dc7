//! Tests of the calls as a page makes them: bytes in, bytes out.

use super::*;
use ae_train::AutoEncoder;

type Call<'a> = &'a dyn Fn(&mut Calls) -> Result<i32, EngineError>;

/// Makes a call with this input; returns its result and the output.
fn call(calls: &mut Calls, input: &[u8], work: Call<'_>) -> (i32, Vec<u8>) {
    calls.input(input.len()).copy_from_slice(input);
    let result = calls.run(work);
    (result, calls.output().to_vec())
}

fn refused(calls: &mut Calls, input: &[u8], work: Call<'_>) -> String {
    let (result, output) = call(calls, input, work);
    assert_eq!(result, REFUSED);
    String::from_utf8(output).unwrap()
}

fn bytes_of(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|&four| f32::from_le_bytes(four)).collect()
}

fn doubles(bytes: &[u8]) -> Vec<f64> {
    bytes.as_chunks().0.iter().map(|&eight| f64::from_le_bytes(eight)).collect()
}

fn with_model() -> (Calls, AutoEncoder) {
    let model = AutoEncoder::parse("input 9; dense 2 relu | dense 9 sigmoid", 1).unwrap();
    let mut calls = Calls::default();
    let file = model.to_archive().to_bytes();
    assert_eq!(call(&mut calls, &file, &Calls::read_model).0, 1);
    (calls, model)
}

#[test]
fn numbers_come_and_go_as_bytes() {
    let (mut calls, native) = with_model();
    let image: Vec<f32> = (0..9).map(|i| i as f32 / 9.0).collect();
    let input = bytes_of(&image);
    let samples = ae_train::Samples::from_f32(&image, [9]);
    let (result, output) = call(&mut calls, &input, &|calls| calls.predict(1));
    assert_eq!((result, floats(&output)), (0, native.reconstruct(&samples).into_data()));
    let (_, codes) = call(&mut calls, &input, &|calls| calls.encode(1));
    assert_eq!(floats(&codes), native.encode(&samples).into_data());
    let (_, decoded) = call(&mut calls, &codes, &|calls| calls.decode(1));
    assert_eq!(decoded, output);
    let (_, weights) = call(&mut calls, &[], &|calls| calls.weights(1, 1));
    assert_eq!(weights.len(), 4 * (2 * 9 + 9));
    let (_, seen) = call(&mut calls, &input, &|calls| calls.activations(1, 0));
    assert_eq!(seen, codes);
    let both = [&input[..], &input].concat();
    let weight = Weight { layer: 1, part: "bias", position: 8 };
    let (_, check) = call(&mut calls, &both, &|calls| calls.gradient(1, weight, 0.01));
    let [loss, gradient, difference] = doubles(&check)[..] else { panic!("three numbers") };
    assert!(loss > 0.0 && gradient != 0.0 && (gradient - difference).abs() < 1e-3);
    let (_, file) = call(&mut calls, &[], &|calls| calls.save(1));
    assert_eq!(file, native.to_archive().to_bytes());
}

#[test]
fn a_model_is_described_as_json() {
    let (mut calls, _) = with_model();
    let (_, text) = call(&mut calls, &[], &|calls| calls.describe(1));
    let value: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let expected = json!({
        "input": { "height": 3, "width": 3, "channels": 1 },
        "codeLength": 2,
        "parameters": 47,
        "layers": [
            { "name": "dense_1", "kind": "dense", "words": "dense 2 relu", "output": [2], "kernel": [9, 2], "parameters": 20 },
            { "name": "dense_2", "kind": "dense", "words": "dense 9 sigmoid", "output": [9], "kernel": [2, 9], "parameters": 27 },
        ],
    });
    assert_eq!(value, expected);
}

#[test]
fn components_are_one_after_another() {
    let codes: Vec<f32> = (0..12).map(|i| (i * i % 5) as f32).collect();
    let (found, output) = call(&mut Calls::default(), &bytes_of(&codes), &|calls| calls.pca(3));
    let expected = components(&codes, 3).unwrap();
    let parts = [expected.mean, expected.components, expected.deviations, expected.explained];
    assert_eq!((found, floats(&output)), (3, parts.concat()));
}

#[test]
fn a_drawing_and_noise_need_no_model() {
    let mut calls = Calls::default();
    let (_, image) = call(&mut calls, &[0, 255, 0, 0], &|calls| calls.centered(2, 2));
    assert_eq!(floats(&image).iter().sum::<f32>(), 400.0);
    let (_, noise) = call(&mut calls, &image, &|calls| calls.noise((1, 0.5, 3, 0)));
    assert_eq!(floats(&noise), noisy(&floats(&image), 1, 0.5, 3, 0).unwrap());
}

#[test]
fn a_training_reports_in_numbers() {
    let options = br#"{"model":"notebook-dense","latent":2,"optimizer":"adam","batch":4,"epochs":2,
        "seed":1,"height":3,"width":3,"channels":1}"#;
    let images: Vec<u8> = (0..90).collect();
    let input = [&options[..], &images, &images].concat();
    let mut calls = Calls::default();
    let begin = |calls: &mut Calls| calls.new_trainer(options.len(), images.len());
    assert_eq!(call(&mut calls, &input, &begin).0, 1);
    let (_, first) = call(&mut calls, &[], &|calls| calls.step(1, 1));
    let [epoch, batch, batches, loss, done] = doubles(&first)[..] else { panic!("five numbers") };
    assert_eq!([epoch, batch, batches, done], [1.0, 1.0, 3.0, 0.0]);
    assert!(loss > 0.0);
    let (_, rest) = call(&mut calls, &[], &|calls| calls.step(1, 100));
    let rest = doubles(&rest);
    assert_eq!((&rest[..3], rest[4], rest.len()), (&[2.0, 3.0, 3.0][..], 1.0, 5 + 2 * 3));
    assert_eq!([rest[5], rest[8]], [1.0, 2.0]);
    assert_eq!(rest[9], rest[3]);
    assert_eq!(call(&mut calls, &[], &|calls| calls.trained(1)).0, 1);
    assert_eq!(call(&mut calls, &[], &|calls| calls.free_trainer(1)).0, 0);
    // The copy of the model does not need the training.
    assert_eq!(call(&mut calls, &[], &|calls| calls.describe(1)).0, 0);
}

#[test]
fn what_cannot_be_is_a_line_and_the_engine_goes_on() {
    let (mut calls, _) = with_model();
    let calls = &mut calls;
    assert_eq!(
        refused(calls, &[0; 5], &|calls| calls.predict(1)),
        "input: expected numbers of 4 bytes, found 5"
    );
    let unknown = "handle: expected one that was given and not freed, found ";
    for handle in [0, 2, u32::MAX] {
        let found = refused(calls, &[], &|calls| calls.describe(handle));
        assert_eq!(found, format!("{unknown}{handle}"));
        assert!(refused(calls, &[], &|calls| calls.free_trainer(handle)).starts_with(unknown));
    }
    for (options, train) in [(3, 0), (2, 1), (usize::MAX, 1)] {
        refused(calls, b"{}", &|calls| calls.new_trainer(options, train));
    }
    assert!(
        refused(calls, b"{}", &|calls| calls.new_trainer(2, 0)).contains("missing field `model`")
    );
    assert_eq!(call(calls, &[0; 36], &|calls| calls.predict(1)).0, 0);
    assert_eq!(call(calls, &[], &|calls| calls.free_model(1)).0, 0);
    assert!(refused(calls, &[0; 36], &|calls| calls.predict(1)).starts_with(unknown));
    assert!(refused(calls, &[], &|calls| calls.free_model(1)).starts_with(unknown));
}
