//! The layers: what they are asked to be, and what they become.

use crate::error::BuildError;
use crate::init::glorot_uniform;
use ae_autodiff::{ParamId, Params, Tape, Var};
use ae_tensor::{Activation, Shape, Tensor};

/// What a layer shall be; its input's shape, and with it its parameters, follow from the layer before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LayerSpec {
    /// See [`dense`].
    Dense {
        /// Outputs.
        units: usize,
        /// Applied to each output.
        activation: Activation,
    },
    /// An activation as a layer of its own.
    Activation(Activation),
    /// Any shape to a vector.
    Flatten,
    /// Another shape for the same elements, without the batch.
    Reshape(Shape),
}

/// `activation(x w + b)` with `units` outputs: a kernel `w [inputs, units]` and a bias `b [units]`.
#[must_use]
pub fn dense(units: usize, activation: Activation) -> LayerSpec {
    LayerSpec::Dense { units, activation }
}

/// `max(x, 0)`.
#[must_use]
pub fn relu() -> LayerSpec {
    LayerSpec::Activation(Activation::Relu)
}

/// `1 / (1 + e^-x)`.
#[must_use]
pub fn sigmoid() -> LayerSpec {
    LayerSpec::Activation(Activation::Sigmoid)
}

/// Any shape to a vector, in row-major order.
#[must_use]
pub fn flatten() -> LayerSpec {
    LayerSpec::Flatten
}

/// The same elements in another shape, given without the batch.
#[must_use]
pub fn reshape(shape: impl Into<Shape>) -> LayerSpec {
    LayerSpec::Reshape(shape.into())
}

/// A layer of a model: which parameters it uses and how. It owns no weights; a copy of it shares them.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub(crate) name: String,
    /// The name of its class in Keras.
    pub(crate) class: &'static str,
    pub(crate) input: Shape,
    pub(crate) output: Shape,
    pub(crate) kind: Kind,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Dense { kernel: ParamId, bias: ParamId, activation: Activation },
    Activation(Activation),
    Flatten,
    Reshape,
}

impl LayerSpec {
    /// The name of the layer's class in Keras.
    #[must_use]
    pub fn class(&self) -> &'static str {
        match self {
            Self::Dense { .. } => "Dense",
            Self::Activation(_) => "Activation",
            Self::Flatten => "Flatten",
            Self::Reshape(_) => "Reshape",
        }
    }

    /// Checks the layer against its input, adds its parameters to `params` and draws them.
    pub(crate) fn build(
        &self,
        name: String,
        input: Shape,
        params: &mut Params,
        seed: u64,
    ) -> Result<Layer, BuildError> {
        let (output, kind) = match *self {
            Self::Dense { units, activation } => {
                let &[inputs] = input.dims() else {
                    let expected = "a vector";
                    return Err(BuildError::InputShape { layer: name, expected, found: input });
                };
                if units == 0 {
                    return Err(BuildError::NoUnits { layer: name });
                }
                let index = params.len() as u64;
                let kernel = glorot_uniform(Shape::from([inputs, units]), seed, index);
                let kernel = params.add(format!("{name}/kernel"), kernel);
                let bias = params.add(format!("{name}/bias"), Tensor::zeros([units]));
                (Shape::from([units]), Kind::Dense { kernel, bias, activation })
            }
            Self::Activation(activation) => (input, Kind::Activation(activation)),
            Self::Flatten => (Shape::from([input.len()]), Kind::Flatten),
            Self::Reshape(to) => {
                if to.len() != input.len() || to.rank() > 3 {
                    return Err(BuildError::Reshape { layer: name, from: input, to });
                }
                (to, Kind::Reshape)
            }
        };
        Ok(Layer { name, class: self.class(), input, output, kind })
    }
}

impl Layer {
    /// The activation that comes last in this layer.
    pub(crate) fn activation(&self) -> Activation {
        match self.kind {
            Kind::Dense { activation, .. } | Kind::Activation(activation) => activation,
            Kind::Flatten | Kind::Reshape => Activation::Linear,
        }
    }

    /// The same layer with another activation at its end; the parameters stay shared.
    pub(crate) fn with_activation(&self, new: Activation) -> Self {
        let mut layer = self.clone();
        match &mut layer.kind {
            Kind::Dense { activation, .. } | Kind::Activation(activation) => *activation = new,
            Kind::Flatten | Kind::Reshape => {}
        }
        layer
    }

    /// Which parameters it uses.
    pub(crate) fn params(&self) -> Vec<ParamId> {
        match self.kind {
            Kind::Dense { kernel, bias, .. } => vec![kernel, bias],
            Kind::Activation(_) | Kind::Flatten | Kind::Reshape => vec![],
        }
    }

    /// Records the layer's work on `x`, a batch of inputs of its shape.
    pub(crate) fn forward(&self, tape: &mut Tape<'_>, x: Var) -> Var {
        let batch = tape.shape(x).dims()[0];
        match self.kind {
            Kind::Dense { kernel, bias, activation } => {
                let (kernel, bias) = (tape.param(kernel), tape.param(bias));
                tape.dense(x, kernel, bias, activation)
            }
            Kind::Activation(Activation::Linear) => x,
            Kind::Activation(activation) => tape.activate(x, activation),
            Kind::Flatten | Kind::Reshape => tape.reshape(x, self.output.with_batch(batch)),
        }
    }
}
