//! The messages of ONNX that our models need, with the names and field numbers of
//! [`onnx.proto`](https://github.com/onnx/onnx/blob/main/onnx/onnx.proto), IR version 7. Fields
//! that we never write are left out: protobuf skips fields that a reader does not know.
//!
//! Fields are in the order of their numbers, so that the bytes equal those of any other writer that
//! keeps this order. `packed = "false"` is the default of proto2, in which `onnx.proto` is written.
//! An [`Option`] field is written even if its value is 0, because ONNX's checker requires it.

use prost::{Message, Oneof};

/// A file: a graph and its metadata.
#[derive(Clone, PartialEq, Message)]
pub struct ModelProto {
    /// The version of this format itself.
    #[prost(int64, tag = "1")]
    pub ir_version: i64,
    /// The program that wrote the file.
    #[prost(string, tag = "2")]
    pub producer_name: String,
    /// The version of that program.
    #[prost(string, tag = "3")]
    pub producer_version: String,
    /// A description of the model for people.
    #[prost(string, tag = "6")]
    pub doc_string: String,
    /// The computation.
    #[prost(message, optional, tag = "7")]
    pub graph: Option<GraphProto>,
    /// The version of the operators that the graph uses.
    #[prost(message, repeated, tag = "8")]
    pub opset_import: Vec<OperatorSetIdProto>,
    /// Further metadata.
    #[prost(message, repeated, tag = "14")]
    pub metadata_props: Vec<StringStringEntryProto>,
}

/// A set of operators.
#[derive(Clone, PartialEq, Message)]
pub struct OperatorSetIdProto {
    /// The domain; empty for ONNX's own operators.
    #[prost(string, tag = "1")]
    pub domain: String,
    /// The version, such as 13.
    #[prost(int64, tag = "2")]
    pub version: i64,
}

/// An entry of the metadata.
#[derive(Clone, PartialEq, Message)]
pub struct StringStringEntryProto {
    /// The key.
    #[prost(string, tag = "1")]
    pub key: String,
    /// The value.
    #[prost(string, tag = "2")]
    pub value: String,
}

/// A computation: nodes in an order in which the inputs of each are computed before it.
#[derive(Clone, PartialEq, Message)]
pub struct GraphProto {
    /// The operations.
    #[prost(message, repeated, tag = "1")]
    pub node: Vec<NodeProto>,
    /// The graph's name.
    #[prost(string, tag = "2")]
    pub name: String,
    /// The constants, mainly weights.
    #[prost(message, repeated, tag = "5")]
    pub initializer: Vec<TensorProto>,
    /// The inputs.
    #[prost(message, repeated, tag = "11")]
    pub input: Vec<ValueInfoProto>,
    /// The outputs.
    #[prost(message, repeated, tag = "12")]
    pub output: Vec<ValueInfoProto>,
}

/// An operation. Values have names; an edge of the graph is a name that is one node's output and
/// another's input.
#[derive(Clone, PartialEq, Message)]
pub struct NodeProto {
    /// The names of its inputs; an empty name means that an input is left out.
    #[prost(string, repeated, tag = "1")]
    pub input: Vec<String>,
    /// The names of its outputs.
    #[prost(string, repeated, tag = "2")]
    pub output: Vec<String>,
    /// The node's name.
    #[prost(string, tag = "3")]
    pub name: String,
    /// The operator: `Gemm`, `Conv`.
    #[prost(string, tag = "4")]
    pub op_type: String,
    /// The attributes of the operator.
    #[prost(message, repeated, tag = "5")]
    pub attribute: Vec<AttributeProto>,
}

/// An attribute of a node.
#[derive(Clone, PartialEq, Message)]
pub struct AttributeProto {
    /// Its name: `strides`.
    #[prost(string, tag = "1")]
    pub name: String,
    /// The value, if it is a number.
    #[prost(float, optional, tag = "2")]
    pub f: Option<f32>,
    /// The value, if it is a whole number.
    #[prost(int64, optional, tag = "3")]
    pub i: Option<i64>,
    /// The value, if it is a text.
    #[prost(bytes = "vec", optional, tag = "4")]
    pub s: Option<Vec<u8>>,
    /// The value, if it is a list of whole numbers.
    #[prost(int64, repeated, packed = "false", tag = "8")]
    pub ints: Vec<i64>,
    /// The type of the value, see [`attribute_type`].
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
    /// A description of the value for people.
    #[prost(string, tag = "3")]
    pub doc_string: String,
}

/// The type of a value. Only tensors are used here.
#[derive(Clone, PartialEq, Message)]
pub struct TypeProto {
    /// The type, if the value is a tensor.
    #[prost(message, optional, tag = "1")]
    pub tensor_type: Option<TensorType>,
}

/// A tensor's element type and shape (`TypeProto.Tensor`).
#[derive(Clone, PartialEq, Message)]
pub struct TensorType {
    /// The element type, see [`data_type`].
    #[prost(int32, tag = "1")]
    pub elem_type: i32,
    /// Its extents.
    #[prost(message, optional, tag = "2")]
    pub shape: Option<TensorShapeProto>,
}

/// The shape of a value, whose extents may be names.
#[derive(Clone, PartialEq, Message)]
pub struct TensorShapeProto {
    /// The extents, first to last.
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

/// A number, or a name for a number that is known only when the graph is run.
#[derive(Clone, PartialEq, Eq, Oneof)]
pub enum Extent {
    /// A number.
    #[prost(int64, tag = "1")]
    Value(i64),
    /// A name. The extent is the same wherever this name is used.
    #[prost(string, tag = "2")]
    Param(String),
}
