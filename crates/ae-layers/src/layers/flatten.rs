//! A layer that flattens any shape to a vector.

use super::images::checked;
use crate::keras::Keras;
use crate::onnx::{Attribute, Node, Order};
use crate::{ArchitectureError, BuildError, Layer, LayerSpec, Pass, Shapes, Site, Takes, Words};
use ae_autodiff::Var;
use ae_tensor::Shape;
use serde_json::json;

pub(super) const KEYWORD: &str = "flatten";

/// See [`flatten`].
#[derive(Clone, Copy, Debug)]
struct Flatten;

/// Flattens any shape to a vector, in row-major order.
#[must_use]
pub fn flatten() -> LayerSpec {
    LayerSpec::new(Flatten)
}

/// Reads no arguments.
pub(super) fn read(_words: &mut Words<'_>) -> Result<LayerSpec, ArchitectureError> {
    Ok(flatten())
}

impl Layer for Flatten {
    fn keyword(&self) -> &str {
        KEYWORD
    }

    fn arguments(&self) -> String {
        String::new()
    }

    fn takes(&self) -> Takes {
        Takes::Images
    }

    fn shapes(&self, name: &str, input: Shape) -> Result<Shapes, BuildError> {
        Ok(Shapes::of(checked(name, input, &[input.len()])?))
    }

    fn forward(&self, pass: &mut Pass<'_, '_>, site: &Site<'_>, x: Var) -> Var {
        let batch = pass.tape.shape(x).dims()[0];
        pass.tape.reshape(x, site.output.with_batch(batch))
    }

    fn keras(&self) -> Option<Keras> {
        Some(Keras::new("Flatten", json!({})))
    }

    fn onnx(&self, _input: Shape, _output: Shape) -> Option<Vec<Node>> {
        let node = Node::new("Flatten").order(Order::ChannelsLast);
        Some(vec![node.attribute("axis", Attribute::Integer(1))])
    }
}
