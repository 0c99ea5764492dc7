//! A layer's nodes in ONNX, as plain data: `ae-onnx` writes them to a file.
//!
//! The operators are those of <https://onnx.ai/onnx/operators/>, opset 13.

use ae_tensor::{Activation, Placement, Shape, Tensor, Window};

/// HWIO, the axes of our kernels, in ONNX's order OIHW.
pub const OIHW: [usize; 4] = [3, 2, 0, 1];

/// A node that reads the output of the node before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The operator.
    pub operator: &'static str,
    /// The suffix that makes the node's name from the layer's; empty for the layer's first node.
    pub suffix: &'static str,
    /// The order that the axes of an input image must have.
    pub order: Order,
    /// The inputs after the first.
    pub inputs: Vec<Input>,
    /// The attributes by name.
    pub attributes: Vec<(&'static str, Attribute)>,
}

impl Node {
    /// A node that accepts any order of axes, without further inputs or attributes.
    #[must_use]
    pub fn new(operator: &'static str) -> Self {
        let (inputs, attributes) = (Vec::new(), Vec::new());
        Self { operator, suffix: "", order: Order::Any, inputs, attributes }
    }

    /// Sets the suffix of the node's name.
    #[must_use]
    pub fn suffix(mut self, suffix: &'static str) -> Self {
        self.suffix = suffix;
        self
    }

    /// Sets the order of the axes of its input.
    #[must_use]
    pub fn order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// Adds an input.
    #[must_use]
    pub fn input(mut self, input: Input) -> Self {
        self.inputs.push(input);
        self
    }

    /// Adds an attribute.
    #[must_use]
    pub fn attribute(mut self, name: &'static str, value: Attribute) -> Self {
        self.attributes.push((name, value));
        self
    }
}

/// The order of the axes of images in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Any order: the operator works element by element or on vectors.
    Any,
    /// Height, width, channels: the order of this workspace.
    ChannelsLast,
    /// Channels, height, width: the order of ONNX's operators on images.
    ChannelsFirst,
}

/// A constant input.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// The layer's parameter of this name in this shape.
    Parameter {
        /// The parameter's name, such as `kernel` or `bias`.
        name: &'static str,
        /// Its shape in this workspace.
        shape: Shape,
        /// The permutation of its axes to ONNX's order; `None` if the order is the same.
        axes: Option<[usize; 4]>,
    },
    /// Numbers in f32.
    Floats {
        /// The second part of the constant's name.
        name: &'static str,
        /// The numbers.
        values: Tensor,
    },
    /// Whole numbers.
    Integers {
        /// The second part of the constant's name.
        name: &'static str,
        /// The numbers, a vector.
        values: Vec<i64>,
    },
    /// The value that the last open shortcut has kept.
    Kept,
    /// An optional input that is left out.
    Absent,
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Attribute {
    /// A whole number.
    Integer(i64),
    /// A list of whole numbers.
    Integers(Vec<i64>),
    /// A number.
    Float(f32),
    /// A text.
    Text(&'static str),
}

/// The node of an activation, named after it; an empty list for the linear activation, `None` for
/// an unknown one.
#[must_use]
pub fn activation(activation: Activation) -> Option<Vec<Node>> {
    let node = |operator, suffix| Node::new(operator).suffix(suffix);
    Some(vec![match activation {
        Activation::Linear => return Some(vec![]),
        Activation::Relu => node("Relu", "relu"),
        Activation::Sigmoid => node("Sigmoid", "sigmoid"),
        Activation::Tanh => node("Tanh", "tanh"),
        Activation::Softplus => node("Softplus", "softplus"),
        Activation::LeakyRelu(slope) => {
            node("LeakyRelu", "leaky_relu").attribute("alpha", Attribute::Float(slope))
        }
        Activation::Elu(alpha) => node("Elu", "elu").attribute("alpha", Attribute::Float(alpha)),
        _ => return None,
    }])
}

/// Extents as ONNX's integers. They are below 2^20, or products that were checked for overflow, so
/// they fit.
#[must_use]
pub fn integers(extents: &[usize]) -> Vec<i64> {
    extents.iter().map(|&extent| extent as i64).collect()
}

/// Size and steps of a window on images of a shape, and the padding at the top, left, bottom and
/// right.
///
/// # Panics
/// If the window does not fit the images.
#[must_use]
pub fn window(window: Window, images: Shape) -> Vec<(&'static str, Attribute)> {
    let image = [images.dims()[0], images.dims()[1]];
    let placement = window.over(image).expect("the layer's shapes were checked");
    let after = [0, 1].map(|axis| {
        // How far the last window reaches beyond the last pixel. A window that leaves pixels out
        // does not reach the edge.
        let Placement { output, stride, size, before, .. } = placement;
        let end = (output[axis] - 1) * stride[axis] + size[axis];
        end.saturating_sub(before[axis] + image[axis])
    });
    vec![
        ("kernel_shape", Attribute::Integers(integers(&placement.size))),
        ("pads", Attribute::Integers(integers(&[placement.before, after].concat()))),
        ("strides", Attribute::Integers(integers(&placement.stride))),
    ]
}
