//! ONNX files against ONNX's own Python package: byte for byte, and what its reference
//! implementation computes: `onnx.json`.

use ae_autodiff::Params;
use ae_layers::{Architecture, BuildError, Sequential};
use ae_onnx::proto::ModelProto;
use ae_onnx::{Part, export};
use ae_tensor::Tensor;
use ae_testkit::assert_close;
use ae_tests::{Array, read};
use prost::Message;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Golden {
    words: String,
    weights: BTreeMap<String, Array>,
    file: String,
    x: Array,
    reference_f32: Array,
}

fn model(golden: &Golden) -> (Architecture, Sequential, Params) {
    let architecture: Architecture = golden.words.parse().unwrap();
    let mut params = Params::new();
    let model = Sequential::build_with(
        architecture.input,
        &architecture.layers,
        &mut params,
        |name, shape| Ok::<_, BuildError>(Tensor::new(shape, golden.weights[name].exact_f32())),
    );
    (architecture, model.unwrap(), params)
}

#[test]
fn the_file_is_byte_for_byte_that_of_onnx() {
    let golden: Golden = read("onnx.json");
    let (architecture, _, params) = model(&golden);
    let bytes = export(&architecture, &params, Part::Whole).unwrap();
    let mut ours = ModelProto::decode(&bytes[..]).unwrap();
    ours.producer_version.clear();
    let hex: String = ours.encode_to_vec().iter().map(|byte| format!("{byte:02x}")).collect();
    let differs = hex.bytes().zip(golden.file.bytes()).position(|(a, b)| a != b);
    assert!(hex == golden.file, "{} bytes, another one at {differs:?} / 2", bytes.len());
}

#[test]
fn our_forward_pass_is_what_the_file_means() {
    let golden: Golden = read("onnx.json");
    let (_, model, params) = model(&golden);
    let x = Tensor::new(&golden.x.shape[..], golden.x.exact_f32());
    let y = model.predict(&params, &x);
    assert_eq!(y.shape().dims(), golden.reference_f32.shape);
    assert_close(y.data(), &golden.reference_f32.data, 1e-5, 1e-6);
}
