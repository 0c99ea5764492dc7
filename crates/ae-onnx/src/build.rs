//! A graph under construction: nodes, constants, and the value that the next node reads.

use crate::proto::{
    AttributeProto, Dimension, Extent, GraphProto, NodeProto, TensorProto, TensorShapeProto,
    TensorType, TypeProto, ValueInfoProto, attribute_type, data_type,
};
use ae_tensor::{Shape, Tensor};

/// The names of the graph's input and output.
pub(crate) const INPUT: &str = "input";
pub(crate) const OUTPUT: &str = "output";

/// The order of the last three axes of images in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrangement {
    /// Height, width, channels: the order of this workspace, also used for everything that is not
    /// an image.
    ChannelsLast,
    /// Channels, height, width: the order of ONNX's operators on images.
    ChannelsFirst,
}

/// A graph in which each node reads the output of the node before it.
pub(crate) struct Builder {
    nodes: Vec<NodeProto>,
    constants: Vec<TensorProto>,
    /// The name of the value that the next node reads.
    value: String,
    order: Arrangement,
    /// The values that shortcuts have kept.
    kept: Vec<(String, Arrangement)>,
}

impl Builder {
    /// A graph that returns its input.
    pub(crate) fn new() -> Self {
        let (nodes, constants, value) = (Vec::new(), Vec::new(), INPUT.into());
        Self { nodes, constants, value, order: Arrangement::ChannelsLast, kept: Vec::new() }
    }

    /// Keeps the value that the next node reads for the end of a shortcut.
    pub(crate) fn keep(&mut self) {
        self.kept.push((self.value.clone(), self.order));
    }

    /// Returns the name of the value that the last open shortcut has kept, for the layer `name`.
    /// The next node reads images in the same order.
    pub(crate) fn kept(&mut self, name: &str) -> String {
        let (value, order) = self.kept.pop().expect("the model's shortcuts were checked");
        self.arrange(order, name);
        value
    }

    /// Adds a node of this name, whose output has the same name. Its first input is the last node's
    /// output; the `others` follow.
    pub(crate) fn node(
        &mut self,
        op_type: &str,
        name: &str,
        others: &[String],
        attribute: Vec<AttributeProto>,
    ) {
        let input = std::iter::once(self.value.clone()).chain(others.iter().cloned()).collect();
        let (name, op_type) = (name.to_owned(), op_type.to_owned());
        self.value.clone_from(&name);
        self.nodes.push(NodeProto { input, output: vec![name.clone()], name, op_type, attribute });
    }

    /// Transposes images to this order for the layer `name`, if they have another order.
    pub(crate) fn arrange(&mut self, order: Arrangement, name: &str) {
        if self.order == order {
            return;
        }
        // perm[i] is the axis that becomes axis i.
        let (perm, what) = match order {
            Arrangement::ChannelsFirst => ([0, 3, 1, 2], "nchw"),
            Arrangement::ChannelsLast => ([0, 2, 3, 1], "nhwc"),
        };
        self.node("Transpose", &format!("{name}/{what}"), &[], vec![ints("perm", &perm)]);
        self.order = order;
    }

    /// Adds an f32 constant and returns its name.
    pub(crate) fn floats(&mut self, name: String, tensor: &Tensor) -> String {
        let raw = tensor.data().iter().flat_map(|x| x.to_le_bytes()).collect();
        self.constant(name, data_type::FLOAT, whole(tensor.shape().dims()), raw)
    }

    /// Adds a list of whole numbers as a constant and returns its name.
    pub(crate) fn whole_numbers(&mut self, name: String, values: &[i64]) -> String {
        let raw = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        self.constant(name, data_type::INT64, whole(&[values.len()]), raw)
    }

    fn constant(
        &mut self,
        name: String,
        data_type: i32,
        dims: Vec<i64>,
        raw_data: Vec<u8>,
    ) -> String {
        self.constants.push(TensorProto { dims, data_type, name: name.clone(), raw_data });
        name
    }

    /// The whole graph, for samples of these shapes. Images leave it in our order, as they entered.
    pub(crate) fn finish(mut self, name: &str, input: Shape, output: Shape) -> GraphProto {
        self.arrange(Arrangement::ChannelsLast, OUTPUT);
        // A graph's output must be the output of a node.
        if self.nodes.is_empty() {
            self.node("Identity", OUTPUT, &[], vec![]);
        }
        let last = self.nodes.last_mut().expect("there is one");
        last.output = vec![OUTPUT.into()];
        GraphProto {
            node: self.nodes,
            name: name.into(),
            initializer: self.constants,
            input: vec![images(INPUT, input)],
            output: vec![images(OUTPUT, output)],
        }
    }
}

/// A value that holds any number of samples of this shape.
fn images(name: &str, shape: Shape) -> ValueInfoProto {
    let batch = Extent::Param("batch".into());
    let extents = shape.dims().iter().map(|&extent| Extent::Value(extent as i64));
    let dim = std::iter::once(batch).chain(extents);
    let dim = dim.map(|extent| Dimension { value: Some(extent) }).collect();
    let shape = Some(TensorShapeProto { dim });
    let tensor_type = Some(TensorType { elem_type: data_type::FLOAT, shape });
    let doc_string = match name {
        INPUT => {
            "samples, the first axis counting them; images are height, width, channels, in [0, 1]"
        }
        _ => "what the model makes of them, in the same order of axes",
    };
    let r#type = Some(TypeProto { tensor_type });
    ValueInfoProto { name: name.into(), r#type, doc_string: doc_string.into() }
}

/// Extents as ONNX's integers. They are below 2^20, or products that were checked for overflow, so
/// they fit.
pub(crate) fn whole(extents: &[usize]) -> Vec<i64> {
    extents.iter().map(|&extent| extent as i64).collect()
}

/// An attribute that is a list of whole numbers.
pub(crate) fn ints(name: &str, values: &[i64]) -> AttributeProto {
    let (ints, r#type) = (values.to_vec(), attribute_type::INTS);
    AttributeProto { name: name.into(), ints, r#type, ..AttributeProto::default() }
}

/// An attribute that is a whole number.
pub(crate) fn int(name: &str, value: i64) -> AttributeProto {
    let r#type = attribute_type::INT;
    AttributeProto { name: name.into(), i: Some(value), r#type, ..AttributeProto::default() }
}

/// An attribute that is a number.
pub(crate) fn float(name: &str, value: f32) -> AttributeProto {
    let r#type = attribute_type::FLOAT;
    AttributeProto { name: name.into(), f: Some(value), r#type, ..AttributeProto::default() }
}

/// An attribute that is a text.
pub(crate) fn text(name: &str, value: &str) -> AttributeProto {
    let (s, r#type) = (Some(value.as_bytes().to_vec()), attribute_type::STRING);
    AttributeProto { name: name.into(), s, r#type, ..AttributeProto::default() }
}
