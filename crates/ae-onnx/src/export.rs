//! Exports a model to the bytes of a file.

use crate::build::Builder;
use crate::error::ExportError;
use crate::layers;
use crate::proto::{ModelProto, OperatorSetIdProto, StringStringEntryProto};
use ae_autodiff::Params;
use ae_layers::Architecture;
use prost::Message;
use std::ops::Range;

/// The version of the operators: the first in which `Resize`, `Slice` and the others have their
/// present form.
const OPSET: i64 = 13;

/// The version of the format that was released with it (`onnx/docs/Versioning.md`).
const IR_VERSION: i64 = 7;

/// Which layers of an auto-encoder are exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All layers.
    Whole,
    /// From the input to the code.
    Encoder,
    /// From the code to the output.
    Decoder,
}

impl Part {
    /// The part's name: `whole`, `encoder` or `decoder`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Encoder => "encoder",
            Self::Decoder => "decoder",
        }
    }

    /// The indices of its layers in a model of `count` layers, the first `encoder` of which are the
    /// encoder.
    fn layers(self, encoder: usize, count: usize) -> Range<usize> {
        match self {
            Self::Whole => 0..count,
            Self::Encoder => 0..encoder,
            Self::Decoder => encoder..count,
        }
    }
}

/// Returns the bytes of an ONNX file with a part of a model. The same model gives the same bytes.
///
/// The graph has one input, `input`, and one output, `output`: batches of any size in the model's
/// own shapes, images as (height, width, channels). Weights keep their names; a convolution's
/// kernel has its axes in ONNX's order. A variational code is exported as its means.
///
/// ```
/// use ae_autodiff::Params;
/// use ae_layers::{Architecture, Sequential};
/// use ae_onnx::{Part, export, proto::ModelProto};
/// use prost::Message;
///
/// let model: Architecture = "input 784; dense 10 relu | dense 784 sigmoid".parse()?;
/// let mut params = Params::new();
/// Sequential::build(model.input, &model.layers, &mut params, 1)?;
/// let bytes = export(&model, &params, Part::Decoder)?;
///
/// let graph = ModelProto::decode(&bytes[..])?.graph.expect("a graph");
/// let ops: Vec<&str> = graph.node.iter().map(|node| node.op_type.as_str()).collect();
/// assert_eq!(ops, ["Gemm", "Sigmoid"]);
/// assert_eq!(graph.initializer[0].name, "dense_2/kernel");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The first layer that does not fit its input or cannot be expressed in ONNX; or a part was
/// requested of a model that is not divided.
///
/// # Panics
/// If `params` are not this model's.
pub fn export(
    architecture: &Architecture,
    params: &Params,
    part: Part,
) -> Result<Vec<u8>, ExportError> {
    let layers = architecture.outline()?;
    let has = part == Part::Whole || architecture.is_divided();
    let range = part.layers(architecture.encoder, layers.len());
    let layers = layers.get(range).filter(|layers| has && !layers.is_empty());
    let layers = layers.ok_or_else(|| ExportError::NotDivided {
        model: architecture.to_string(),
        part: part.name(),
    })?;
    let mut graph = Builder::new();
    for layer in layers {
        layers::add(&mut graph, layer, params)?;
    }
    let (input, output) = (layers[0].input, layers[layers.len() - 1].output);
    let words = architecture.to_string();
    let word =
        |key: &str, value: &str| StringStringEntryProto { key: key.into(), value: value.into() };
    let model = ModelProto {
        ir_version: IR_VERSION,
        producer_name: "auto-encoder workbench".into(),
        producer_version: env!("CARGO_PKG_VERSION").into(),
        doc_string: format!("an auto-encoder, {}: {words}", part.name()),
        graph: Some(graph.finish(part.name(), input, output)),
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPSET }],
        metadata_props: vec![word("architecture", &words), word("part", part.name())],
    };
    Ok(model.encode_to_vec())
}
