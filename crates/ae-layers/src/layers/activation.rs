//! An activation as a separate layer, element by element.

use crate::footprint::AxisMap;
use crate::keras::{self, Keras};
use crate::onnx::{self, Node};
use crate::{ArchitectureError, BuildError, Layer, LayerSpec, Pass, Shapes, Site, Takes, Words};
use ae_autodiff::Var;
use ae_tensor::{Activation, Shape};
use serde_json::json;

pub(super) const KEYWORD: &str = "activation";

/// See [`activate`].
#[derive(Clone, Copy, Debug)]
struct Activate(Activation);

/// An activation of every element.
#[must_use]
pub fn activate(activation: Activation) -> LayerSpec {
    LayerSpec::new(Activate(activation))
}

/// `max(x, 0)`.
#[must_use]
pub fn relu() -> LayerSpec {
    activate(Activation::Relu)
}

/// `1 / (1 + e^-x)`.
#[must_use]
pub fn sigmoid() -> LayerSpec {
    activate(Activation::Sigmoid)
}

/// `relu`.
pub(super) fn read(words: &mut Words<'_>) -> Result<LayerSpec, ArchitectureError> {
    Ok(activate(words.activation()?))
}

impl Layer for Activate {
    fn keyword(&self) -> &str {
        KEYWORD
    }

    fn arguments(&self) -> String {
        self.0.to_string()
    }

    fn takes(&self) -> Takes {
        Takes::Any
    }

    fn shapes(&self, _name: &str, input: Shape) -> Result<Shapes, BuildError> {
        Ok(Shapes::of(input))
    }

    fn forward(&self, pass: &mut Pass<'_, '_>, _site: &Site<'_>, x: Var) -> Var {
        match self.0 {
            Activation::Linear => x,
            activation => pass.tape.activate(x, activation),
        }
    }

    fn activation(&self) -> Activation {
        self.0
    }

    fn without_activation(&self) -> Option<LayerSpec> {
        (self.0 != Activation::Linear).then(|| activate(Activation::Linear))
    }

    fn axis_map(&self, _axis: usize) -> Option<AxisMap> {
        Some(AxisMap::Pointwise)
    }

    fn keras(&self) -> Option<Keras> {
        Some(Keras::new("Activation", json!({ "activation": keras::activation(self.0) })))
    }

    fn onnx(&self, _input: Shape, _output: Shape) -> Option<Vec<Node>> {
        // The layer has at most one node, which has the layer's name without a suffix.
        Some(onnx::activation(self.0)?.into_iter().map(|node| node.suffix("")).collect())
    }
}
