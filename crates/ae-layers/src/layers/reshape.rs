//! A layer that gives the same elements another shape.

use crate::keras::Keras;
use crate::onnx::{self, Input, Node, Order};
use crate::words;
use crate::{ArchitectureError, BuildError, Layer, LayerSpec, Pass, Shapes, Site, Takes, Words};
use ae_autodiff::Var;
use ae_tensor::Shape;
use serde_json::json;

pub(super) const KEYWORD: &str = "reshape";

/// See [`reshape`].
#[derive(Clone, Copy, Debug)]
struct Reshape(Shape);

/// The same elements, in row-major order, in another shape, given without the batch.
#[must_use]
pub fn reshape(shape: impl Into<Shape>) -> LayerSpec {
    LayerSpec::new(Reshape(shape.into()))
}

/// `7x7x32`.
pub(super) fn read(words: &mut Words<'_>) -> Result<LayerSpec, ArchitectureError> {
    Ok(reshape(words.shape()?))
}

impl Layer for Reshape {
    fn keyword(&self) -> &str {
        KEYWORD
    }

    fn arguments(&self) -> String {
        words::extents(self.0.dims())
    }

    fn takes(&self) -> Takes {
        Takes::Any
    }

    fn shapes(&self, name: &str, input: Shape) -> Result<Shapes, BuildError> {
        if self.0.len() != input.len() || self.0.rank() > 3 {
            return Err(BuildError::Reshape { layer: name.into(), from: input, to: self.0 });
        }
        Ok(Shapes::of(self.0))
    }

    fn forward(&self, pass: &mut Pass<'_, '_>, site: &Site<'_>, x: Var) -> Var {
        let batch = pass.tape.shape(x).dims()[0];
        pass.tape.reshape(x, site.output.with_batch(batch))
    }

    fn keras(&self) -> Option<Keras> {
        Some(Keras::new("Reshape", json!({ "target_shape": self.0.dims() })))
    }

    fn onnx(&self, _input: Shape, output: Shape) -> Option<Vec<Node>> {
        // 0 keeps the extent of the input: the batch.
        let values = [&[0], &onnx::integers(output.dims())[..]].concat();
        let node = Node::new("Reshape").order(Order::ChannelsLast);
        Some(vec![node.input(Input::Integers { name: "shape", values })])
    }
}
