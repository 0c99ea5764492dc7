//! `activation(x w + b)`: every output sees every input.

use super::images::checked;
use crate::keras::{self, Keras};
use crate::onnx::{self, Input, Node};
use crate::{ArchitectureError, BuildError, Layer, LayerSpec, Pass, Shapes, Site, Takes, Words};
use ae_autodiff::Var;
use ae_tensor::{Activation, Shape};
use serde_json::json;

pub(super) const KEYWORD: &str = "dense";

/// See [`dense`].
#[derive(Clone, Copy, Debug)]
struct Dense {
    units: usize,
    activation: Activation,
}

/// `activation(x w + b)` with `units` outputs. It has a kernel `w [inputs, units]` and a bias
/// `b [units]`.
#[must_use]
pub fn dense(units: usize, activation: Activation) -> LayerSpec {
    LayerSpec::new(Dense { units, activation })
}

/// `10 relu`.
pub(super) fn read(words: &mut Words<'_>) -> Result<LayerSpec, ArchitectureError> {
    Ok(dense(words.number()?, words.activation()?))
}

impl Layer for Dense {
    fn keyword(&self) -> &str {
        KEYWORD
    }

    fn arguments(&self) -> String {
        format!("{} {}", self.units, self.activation)
    }

    fn takes(&self) -> Takes {
        Takes::Vectors
    }

    fn shapes(&self, name: &str, input: Shape) -> Result<Shapes, BuildError> {
        let &[inputs] = input.dims() else {
            let (layer, expected) = (name.into(), "a vector");
            return Err(BuildError::InputShape { layer, expected, found: input });
        };
        if self.units == 0 {
            return Err(BuildError::NoUnits { layer: name.into() });
        }
        let bias = checked(name, input, &[self.units])?;
        let kernel = checked(name, input, &[inputs, self.units])?;
        Ok(Shapes::with_kernel(bias, kernel, bias))
    }

    fn forward(&self, pass: &mut Pass<'_, '_>, site: &Site<'_>, x: Var) -> Var {
        let [kernel, bias] = [0, 1].map(|i| pass.tape.param(site.params[i]));
        pass.tape.dense(x, kernel, bias, self.activation)
    }

    fn activation(&self) -> Activation {
        self.activation
    }

    fn without_activation(&self) -> Option<LayerSpec> {
        let linear = dense(self.units, Activation::Linear);
        (self.activation != Activation::Linear).then_some(linear)
    }

    fn keras(&self) -> Option<Keras> {
        let activation = keras::activation(self.activation);
        Some(Keras::new("Dense", json!({ "units": self.units, "activation": activation })))
    }

    fn onnx(&self, input: Shape, _output: Shape) -> Option<Vec<Node>> {
        // The operator is alpha x kernel + beta bias. The defaults fit: alpha and beta are 1, and
        // nothing is transposed.
        let kernel = [input.len(), self.units].into();
        let product = Node::new("Gemm")
            .input(Input::Parameter { name: "kernel", shape: kernel, axes: None })
            .input(Input::Parameter { name: "bias", shape: [self.units].into(), axes: None });
        Some([vec![product], onnx::activation(self.activation)?].concat())
    }
}
