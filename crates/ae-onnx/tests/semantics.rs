//! The graph computes the same function as the model: each exported file is decoded and run by its
//! operators' definitions.

mod common;

use ae_autodiff::{Params, Var};
use ae_layers::{
    Architecture, BuildError, Layer, LayerSpec, Pass, Registry, Sequential, Shapes, Site, Takes,
};
use ae_onnx::{Part, export, proto::ModelProto};
use ae_tensor::{Shape, Tensor};
use ae_testkit::{Sampler, assert_close};
use common::{Array, run};
use prost::Message;

fn build(words: &str) -> (Architecture, Sequential, Params) {
    let architecture: Architecture = words.parse().unwrap();
    let mut params = Params::new();
    let mut sampler = Sampler::new(7);
    // The biases are random too: they would be zero otherwise.
    let model = Sequential::build_with(
        architecture.input,
        &architecture.layers,
        &mut params,
        |_, shape: Shape| {
            Ok::<_, ae_layers::BuildError>(Tensor::new(shape, sampler.vec(shape.len(), -0.6, 0.6)))
        },
    );
    (architecture, model.unwrap(), params)
}

fn graph(architecture: &Architecture, params: &Params, part: Part) -> ModelProto {
    let bytes = export(architecture, params, part).unwrap();
    ModelProto::decode(&bytes[..]).unwrap()
}

#[track_caller]
fn assert_same(model: &Sequential, params: &Params, exported: &ModelProto) {
    let graph = exported.graph.as_ref().unwrap();
    let mut sampler = Sampler::new(8);
    for batch in [1, 3] {
        let shape = model.input_shape().with_batch(batch);
        let x = Tensor::new(shape, sampler.vec(shape.len(), -1.0, 1.0));
        let expected = model.predict(params, &x);
        let input = Array::new(shape.dims(), x.data().iter().map(|&x| f64::from(x)).collect());
        let found = run(graph, input);
        assert_eq!(found.dims, expected.shape().dims());
        assert_close(expected.data(), &found.data, 1e-5, 1e-5);
    }
}

/// The models whose graphs are run. A new layer needs rows here.
const ROWS: &[&str] = &[
    "input 5; dense 3 relu",
    "input 5; dense 3 linear; activation sigmoid; dense 4 relu; dense 2 sigmoid",
    "input 4; activation linear",
    "input 5; dense 4 tanh; dense 4 softplus; dense 4 leaky_relu:0.1; dense 3 elu:0.5",
    "input 5; activation elu; activation leaky_relu; activation tanh",
    "input 28x28x1; conv2d 2 3x3 stride 1x1 same relu",
    // Even windows, strides, and sides that are not multiples of them: the odd pixel of padding is
    // the last one.
    "input 7x6x2; conv2d 3 2x4 stride 1x1 same linear",
    "input 7x6x2; conv2d 3 3x4 stride 2x3 same sigmoid",
    "input 7x6x2; conv2d 3 1x2 stride 3x3 same linear",
    "input 7x6x2; conv2d 3 3x2 stride 2x1 valid relu",
    "input 3x2x1; conv2d 2 5x5 stride 1x1 same linear",
    "input 3x4x2; conv2d_transpose 3 3x3 stride 2x2 same relu",
    "input 3x4x2; conv2d_transpose 2 4x1 stride 1x3 same linear",
    "input 3x4x2; conv2d_transpose 2 5x2 stride 2x3 valid sigmoid; conv2d 1 2x2 stride 2x2 valid tanh",
    "input 7x5x2; max_pooling2d 2x2 stride 2x2 same",
    "input 7x5x2; max_pooling2d 3x2 stride 1x2 same",
    "input 7x5x2; max_pooling2d 3x2 stride 2x1 valid",
    "input 2x3x2; up_sampling2d 2x3",
    // Our own forward pass merges these layers into one operation.
    "input 2x3x2; up_sampling2d 2x2; conv2d 2 3x3 stride 1x1 same relu",
    "input 3x5x2; zero_padding2d 0 1 2 3; conv2d 2 3x3 stride 1x1 same relu; cropping2d 1 0 1 2; activation sigmoid",
    "input 3x5x1; cropping2d 1 0 1 2; flatten; dense 2 linear",
    // The order of elements where images become vectors and vectors become images.
    "input 3x2x4; conv2d 2 2x2 stride 1x1 same linear; flatten; dense 3 relu",
    "input 3x2x4; flatten; dense 12 relu; reshape 2x3x2; up_sampling2d 2x1; reshape 4x6; reshape 24",
    // Layers that act only in training do nothing here; a code that is drawn in training is its
    // means.
    "input 5; dense 4 relu; activity_regularization 0.01; dense 3 linear",
    "input 5; dense 6 linear; sampling 1; dense 2 sigmoid",
    "input 5; dropout 0.5; dense 2 sigmoid",
    // A residual block from the input to the output, and two that are nested, with images turned
    // within the blocks.
    "input 5; shortcut; dense 5 tanh; add",
    "input 5x4x2; shortcut; conv2d 3 3x3 stride 1x1 same relu; conv2d 2 3x3 stride 1x1 same linear; add; activation sigmoid",
    "input 4x3x2; shortcut; add; conv2d 2 3x3 stride 1x1 same relu; shortcut; activation tanh; shortcut; conv2d 2 3x3 stride 1x1 \
     same linear; add; add; flatten; dense 24 relu; shortcut; reshape 4x3x2; conv2d 1 3x3 stride 1x1 same relu; flatten; \
     dense 24 linear; add; reshape 4x3x2; conv2d 1 3x3 stride 1x1 same linear",
    "input 3x2x4; max_pooling2d 2x2 stride 1x1 valid; activation sigmoid; reshape 8; dense 2 linear",
];

#[test]
fn every_layer_has_a_row() {
    for keyword in Registry::standard().keywords() {
        let has =
            |row: &&str| row.split("; ").any(|layer| layer.split(' ').next() == Some(keyword));
        assert!(ROWS.iter().any(has), "{keyword} has no row in this table");
    }
}

#[test]
fn graphs_compute_what_the_models_do() {
    for words in ROWS {
        let (architecture, model, params) = build(words);
        let exported = graph(&architecture, &params, Part::Whole);
        assert_same(&model, &params, &exported);
    }
}

#[test]
fn encoder_and_decoder_meet_at_the_code() {
    let words = "input 8x8x1; conv2d 3 3x3 stride 1x1 same relu; max_pooling2d 2x2 stride 2x2 same; conv2d 2 3x3 stride 1x1 same \
                 relu; up_sampling2d 2x2; conv2d 1 3x3 stride 1x1 same sigmoid";
    let (mut architecture, model, params) = build(words);
    for encoder in 1..architecture.layers.len() {
        architecture.encoder = encoder;
        let (head, tail) = model.split_at(encoder);
        assert_same(&head, &params, &graph(&architecture, &params, Part::Encoder));
        let decoder = graph(&architecture, &params, Part::Decoder);
        assert_same(&tail, &params, &decoder);
        // Each part contains its own weights and no others.
        let names: Vec<String> =
            tail.params().iter().map(|&id| params.name(id).to_owned()).collect();
        let constants = &decoder.graph.as_ref().unwrap().initializer;
        let weights = constants.iter().map(|c| &c.name).filter(|name| !name.ends_with("scales"));
        assert!(weights.eq(&names), "{names:?}");
    }
}

#[test]
fn a_model_with_a_shortcut_past_its_code_has_no_parts() {
    let (architecture, _, params) = build("input 4; shortcut; dense 3 relu | dense 4 linear; add");
    assert!(export(&architecture, &params, Part::Whole).is_ok());
    for (part, name) in [(Part::Encoder, "encoder"), (Part::Decoder, "decoder")] {
        let error = export(&architecture, &params, part).unwrap_err().to_string();
        let missing = format!(
            "has no {name}: its description does not mark where the encoder ends, outside of residual blocks"
        );
        assert!(error.ends_with(&missing), "{error}");
    }
}

#[test]
fn images_are_turned_once_on_the_way_in_and_once_on_the_way_out() {
    let words = "input 8x8x1; conv2d 3 3x3 stride 1x1 same relu; max_pooling2d 2x2 stride 2x2 same; activation relu; up_sampling2d \
                 2x2; conv2d 1 3x3 stride 1x1 same sigmoid";
    let (architecture, _, params) = build(words);
    let exported = graph(&architecture, &params, Part::Whole).graph.unwrap();
    let ops: Vec<&str> = exported.node.iter().map(|node| node.op_type.as_str()).collect();
    let expected =
        ["Transpose", "Conv", "Relu", "MaxPool", "Relu", "Resize", "Conv", "Sigmoid", "Transpose"];
    assert_eq!(ops, expected);
    // The image that a shortcut keeps is not turned: the other summand is turned back to it.
    let (architecture, _, params) =
        build("input 8x8x1; shortcut; conv2d 1 3x3 stride 1x1 same relu; add");
    let exported = graph(&architecture, &params, Part::Whole).graph.unwrap();
    let ops: Vec<&str> = exported.node.iter().map(|node| node.op_type.as_str()).collect();
    assert_eq!(ops, ["Transpose", "Conv", "Relu", "Transpose", "Add"]);
    let (architecture, _, params) = build("input 784; dense 10 relu; dense 784 sigmoid");
    let exported = graph(&architecture, &params, Part::Whole).graph.unwrap();
    let ops: Vec<&str> = exported.node.iter().map(|node| node.op_type.as_str()).collect();
    assert_eq!(ops, ["Gemm", "Relu", "Gemm", "Sigmoid"]);
}

#[test]
fn the_file_says_what_it_is_and_is_the_same_again() {
    let words = "input 5; dense 3 relu | dense 5 sigmoid";
    let (architecture, _, params) = build(words);
    let bytes = export(&architecture, &params, Part::Encoder).unwrap();
    assert_eq!(bytes, export(&architecture, &params, Part::Encoder).unwrap());
    let model = ModelProto::decode(&bytes[..]).unwrap();
    assert_eq!((model.ir_version, model.opset_import[0].version), (7, 13));
    let said: Vec<(&str, &str)> =
        model.metadata_props.iter().map(|p| (p.key.as_str(), p.value.as_str())).collect();
    assert_eq!(said, [("architecture", words), ("part", "encoder")]);
}

#[test]
fn layers_that_do_not_fit_are_an_error() {
    let architecture: Architecture = "input 5; max_pooling2d 2x2 stride 1x1 same".parse().unwrap();
    let error = export(&architecture, &Params::new(), Part::Whole).unwrap_err();
    assert!(error.to_string().contains("max_pooling2d_1"), "{error}");
}

#[test]
fn a_model_that_is_not_divided_has_no_encoder() {
    let (architecture, _, params) = build("input 5; dense 3 relu; dense 5 sigmoid");
    let error = export(&architecture, &params, Part::Encoder).unwrap_err();
    let message = "the model \"input 5; dense 3 relu; dense 5 sigmoid\" has no encoder: its description does not mark where the encoder ends, outside of residual blocks";
    assert_eq!(error.to_string(), message);
}

#[test]
#[should_panic(expected = "export: dense_1/kernel of (5, 3), not (5, 4)")]
fn weights_of_another_model() {
    let (_, _, params) = build("input 5; dense 3 relu");
    let other: Architecture = "input 5; dense 4 relu".parse().unwrap();
    drop(export(&other, &params, Part::Whole));
}

/// A layer that does not implement its export to ONNX.
#[derive(Debug)]
struct Unknown;

impl Layer for Unknown {
    fn keyword(&self) -> &str {
        "unknown"
    }
    fn arguments(&self) -> String {
        String::new()
    }
    fn takes(&self) -> Takes {
        Takes::Any
    }
    fn shapes(&self, _name: &str, input: Shape) -> Result<Shapes, BuildError> {
        Ok(Shapes::of(input))
    }
    fn forward(&self, _pass: &mut Pass<'_, '_>, _site: &Site<'_>, x: Var) -> Var {
        x
    }
}

#[test]
fn a_layer_without_a_form_in_onnx_is_named() {
    let layers = vec![LayerSpec::new(Unknown)];
    let architecture = Architecture { input: [4].into(), layers, encoder: 0 };
    let error = export(&architecture, &Params::new(), Part::Whole).unwrap_err();
    assert_eq!(error.to_string(), "layer unknown_1 cannot be expressed in ONNX");
}
