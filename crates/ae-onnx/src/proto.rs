//! The messages of ONNX that a model of ours needs, by their names and field numbers in
//! [`onnx.proto`](https://github.com/onnx/onnx/blob/main/onnx/onnx.proto), IR version 7. Fields
//! that we never write are left out: protobuf skips what a reader does not know.
//!
//! Fields stand in the order of their numbers, so that the bytes are those of any other writer that
//! keeps this order. `packed = "false"` is proto2's default, in which `onnx.proto` is written. A
//! field that is [`Option`] is written even if its value is 0, and ONNX's checker wants it there.

use prost::{Message, Oneof};

/// A file: a graph, and what is known about it.
#[derive(Clone, PartialEq, Message)]
pub struct ModelProto {
    /// The version of this format itself.
    #[prost(int64, tag = "1")]
    pub ir_version: i64,
    /// The program that wrote the file.
    #[prost(string, tag = "2")]
    pub producer_name: String,
    /// And its version.
    #[prost(string, tag = "3")]
    pub producer_version: String,
    /// What the model is, for people.
    #[prost(string, tag = "6")]
    pub doc_string: String,
    /// The computation.
    #[prost(message, optional, tag = "7")]
    pub graph: Option<GraphProto>,
    /// Which version of the operators the graph means.
    #[prost(message, repeated, tag = "8")]
    pub opset_import: Vec<OperatorSetIdProto>,
    /// What else there is to say.
    #[prost(message, repeated, tag = "14")]
    pub metadata_props: Vec<StringStringEntryProto>,
}

/// A set of operators.
#[derive(Clone, PartialEq, Message)]
pub struct OperatorSetIdProto {
    /// Empty: ONNX's own.
    #[prost(string, tag = "1")]
    pub domain: String,
    /// 13, say.
    #[prost(int64, tag = "2")]
    pub version: i64,
}

/// A word about the model.
#[derive(Clone, PartialEq, Message)]
pub struct StringStringEntryProto {
    /// What it is about.
    #[prost(string, tag = "1")]
    pub key: String,
    /// The word.
    #[prost(string, tag = "2")]
    pub value: String,
}

/// A computation: nodes in an order in which each finds its inputs computed.
#[derive(Clone, PartialEq, Message)]
pub struct GraphProto {
    /// The operations.
    #[prost(message, repeated, tag = "1")]
    pub node: Vec<NodeProto>,
    /// The graph's name.
    #[prost(string, tag = "2")]
    pub name: String,
    /// The constants: weights, above all.
    #[prost(message, repeated, tag = "5")]
    pub initializer: Vec<TensorProto>,
    /// What it is given.
    #[prost(message, repeated, tag = "11")]
    pub input: Vec<ValueInfoProto>,
    /// What it gives.
    #[prost(message, repeated, tag = "12")]
    pub output: Vec<ValueInfoProto>,
}

/// An operation. Values have names; an edge of the graph is a name that is one node's output and
/// another's input.
#[derive(Clone, PartialEq, Message)]
pub struct NodeProto {
    /// The values it works on; an empty name stands for an input that is left out.
    #[prost(string, repeated, tag = "1")]
    pub input: Vec<String>,
    /// The values it makes.
    #[prost(string, repeated, tag = "2")]
    pub output: Vec<String>,
    /// Its own name.
    #[prost(string, tag = "3")]
    pub name: String,
    /// The operator: `Gemm`, `Conv`.
    #[prost(string, tag = "4")]
    pub op_type: String,
    /// What is fixed about it.
    #[prost(message, repeated, tag = "5")]
    pub attribute: Vec<AttributeProto>,
}

/// A setting of a node.
#[derive(Clone, PartialEq, Message)]
pub struct AttributeProto {
    /// Its name: `strides`.
    #[prost(string, tag = "1")]
    pub name: String,
    /// A number, if that is its type.
    #[prost(float, optional, tag = "2")]
    pub f: Option<f32>,
    /// A whole number, if that is its type.
    #[prost(int64, optional, tag = "3")]
    pub i: Option<i64>,
    /// A text, if that is its type.
    #[prost(bytes = "vec", optional, tag = "4")]
    pub s: Option<Vec<u8>>,
    /// Whole numbers, if that is its type.
    #[prost(int64, repeated, packed = "false", tag = "8")]
    pub ints: Vec<i64>,
    /// Which of these it is: see [`attribute_type`].
    #[prost(int32, tag = "20")]
    pub r#type: i32,
}

/// The numbers of an attribute's types (`AttributeProto.AttributeType`).
pub mod attribute_type {
    /// A number.
    pub const FLOAT: i32 = 1;
    /// A whole number.
    pub const INT: i32 = 2;
    /// A text.
    pub const STRING: i32 = 3;
    /// Whole numbers.
    pub const INTS: i32 = 7;
}

/// The numbers of the types of elements (`TensorProto.DataType`).
pub mod data_type {
    /// `f32`.
    pub const FLOAT: i32 = 1;
    /// `i64`.
    pub const INT64: i32 = 7;
}

/// A constant.
#[derive(Clone, PartialEq, Message)]
pub struct TensorProto {
    /// Its extents.
    #[prost(int64, repeated, packed = "false", tag = "1")]
    pub dims: Vec<i64>,
    /// The type of its elements: see [`data_type`].
    #[prost(int32, tag = "2")]
    pub data_type: i32,
    /// Its name among the graph's values.
    #[prost(string, tag = "8")]
    pub name: String,
    /// The elements in row-major order, each with its lowest byte first.
    #[prost(bytes = "vec", tag = "9")]
    pub raw_data: Vec<u8>,
}

/// A value's name and type.
#[derive(Clone, PartialEq, Message)]
pub struct ValueInfoProto {
    /// Its name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Its type.
    #[prost(message, optional, tag = "2")]
    pub r#type: Option<TypeProto>,
    /// What it is, for people.
    #[prost(string, tag = "3")]
    pub doc_string: String,
}

/// The type of a value. Others than tensors exist; we have none.
#[derive(Clone, PartialEq, Message)]
pub struct TypeProto {
    /// A tensor's.
    #[prost(message, optional, tag = "1")]
    pub tensor_type: Option<TensorType>,
}

/// A tensor's element type and shape (`TypeProto.Tensor`).
#[derive(Clone, PartialEq, Message)]
pub struct TensorType {
    /// See [`data_type`].
    #[prost(int32, tag = "1")]
    pub elem_type: i32,
    /// Its extents.
    #[prost(message, optional, tag = "2")]
    pub shape: Option<TensorShapeProto>,
}

/// Extents, known or to be known.
#[derive(Clone, PartialEq, Message)]
pub struct TensorShapeProto {
    /// First to last.
    #[prost(message, repeated, tag = "1")]
    pub dim: Vec<Dimension>,
}

/// An extent (`TensorShapeProto.Dimension`).
#[derive(Clone, PartialEq, Message)]
pub struct Dimension {
    /// A number or a name.
    #[prost(oneof = "Extent", tags = "1, 2")]
    pub value: Option<Extent>,
}

/// A number, or a name for one that is only known when the graph runs.
#[derive(Clone, PartialEq, Eq, Oneof)]
pub enum Extent {
    /// It is this.
    #[prost(int64, tag = "1")]
    Value(i64),
    /// Wherever this name stands, it is the same.
    #[prost(string, tag = "2")]
    Param(String),
}
