//! The layers: what they become of what they are asked to be, and their work on the tape.

mod spec;

pub use spec::{
    LayerSpec, activity_regularization, conv2d, dense, flatten, max_pool2d, relu, reshape,
    sampling, sigmoid, up_sample2d,
};

use crate::error::BuildError;
use ae_autodiff::{ParamId, Params, Tape, Var};
use ae_tensor::{Activation, Shape, Tensor, Window};

/// Where a layer's parameters come from, by name and shape: drawn, or read from a file.
pub(crate) type Source<'a, E> = dyn FnMut(&str, Shape) -> Result<Tensor, E> + 'a;

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
    Conv2d { kernel: ParamId, bias: ParamId, window: Window, activation: Activation },
    MaxPool2d(Window),
    UpSample2d([usize; 2]),
    Activation(Activation),
    Flatten,
    Reshape,
    ActivityRegularization { l1: f32 },
    Sampling { kl_weight: f32 },
}

/// What a layer does beside its forward pass.
pub(crate) enum Mode {
    /// Nothing.
    Inference,
    /// It may draw codes from noise of N(0, 1), and add to the loss.
    Training {
        /// `[batch, noise_len]`, if there is a layer that needs it.
        noise: Option<Var>,
        /// What has been added so far.
        penalty: Option<Var>,
        /// How many numbers the whole model gives.
        outputs: usize,
    },
}

impl Mode {
    /// Adds `weight` times what `record` records to the loss.
    fn penalize(
        &mut self,
        tape: &mut Tape<'_>,
        weight: f32,
        record: impl FnOnce(&mut Tape<'_>) -> Var,
    ) {
        if let Self::Training { penalty, .. } = self {
            let value = record(tape);
            let scaled = tape.scale(value, weight);
            *penalty = Some(penalty.map_or(scaled, |sum| tape.add(sum, scaled)));
        }
    }
}

impl LayerSpec {
    /// Checks the layer against its input, and adds its parameters to `params`.
    pub(crate) fn build<E: From<BuildError>>(
        &self,
        name: String,
        input: Shape,
        params: &mut Params,
        source: &mut Source<'_, E>,
    ) -> Result<Layer, E> {
        let (output, parameters) = self.shapes(&name, input)?;
        let mut add = |what: &str, shape| -> Result<ParamId, E> {
            let name = format!("{name}/{what}");
            let tensor = source(&name, shape)?;
            Ok(params.add(name, tensor))
        };
        let ids = match parameters {
            Some([kernel, bias]) => Some([add("kernel", kernel)?, add("bias", bias)?]),
            None => None,
        };
        let kind = match (self.clone(), ids) {
            (Self::Dense { activation, .. }, Some([kernel, bias])) => {
                Kind::Dense { kernel, bias, activation }
            }
            (Self::Conv2d { window, activation, .. }, Some([kernel, bias])) => {
                Kind::Conv2d { kernel, bias, window, activation }
            }
            (Self::MaxPool2d(window), _) => Kind::MaxPool2d(window),
            (Self::UpSample2d(factor), _) => Kind::UpSample2d(factor),
            (Self::Activation(activation), _) => Kind::Activation(activation),
            (Self::Flatten, _) => Kind::Flatten,
            (Self::Reshape(_), _) => Kind::Reshape,
            (Self::ActivityRegularization { l1 }, _) => Kind::ActivityRegularization { l1 },
            (Self::Sampling { kl_weight }, _) => Kind::Sampling { kl_weight },
            (Self::Dense { .. } | Self::Conv2d { .. }, None) => {
                unreachable!("these layers have parameters")
            }
        };
        Ok(Layer { name, class: self.class(), input, output, kind })
    }
}

impl Layer {
    /// The activation that comes last in this layer.
    pub(crate) fn activation(&self) -> Activation {
        match self.kind {
            Kind::Dense { activation, .. }
            | Kind::Conv2d { activation, .. }
            | Kind::Activation(activation) => activation,
            Kind::MaxPool2d(_)
            | Kind::UpSample2d(_)
            | Kind::Flatten
            | Kind::Reshape
            | Kind::ActivityRegularization { .. }
            | Kind::Sampling { .. } => Activation::Linear,
        }
    }

    /// The same layer with another activation at its end; the parameters stay shared.
    pub(crate) fn with_activation(&self, new: Activation) -> Self {
        let mut layer = self.clone();
        match &mut layer.kind {
            Kind::Dense { activation, .. }
            | Kind::Conv2d { activation, .. }
            | Kind::Activation(activation) => *activation = new,
            Kind::MaxPool2d(_)
            | Kind::UpSample2d(_)
            | Kind::Flatten
            | Kind::Reshape
            | Kind::ActivityRegularization { .. }
            | Kind::Sampling { .. } => {}
        }
        layer
    }

    /// Which parameters it uses.
    pub(crate) fn params(&self) -> Vec<ParamId> {
        match self.kind {
            Kind::Dense { kernel, bias, .. } | Kind::Conv2d { kernel, bias, .. } => {
                vec![kernel, bias]
            }
            Kind::MaxPool2d(_)
            | Kind::UpSample2d(_)
            | Kind::Activation(_)
            | Kind::Flatten
            | Kind::Reshape
            | Kind::ActivityRegularization { .. }
            | Kind::Sampling { .. } => vec![],
        }
    }

    /// Whether one operation can do the work of this layer and the `next`: up-sampling, and a convolution that moves pixel
    /// by pixel.
    pub(crate) fn merges_with(&self, next: &Self) -> bool {
        match (&self.kind, &next.kind) {
            (Kind::UpSample2d(_), Kind::Conv2d { window, .. }) => {
                *window == Window::same(window.size)
            }
            _ => false,
        }
    }

    /// Records the work of this layer and the `next` in one operation, if [`Layer::merges_with`] says so.
    pub(crate) fn forward_with(&self, next: &Self, tape: &mut Tape<'_>, x: Var) -> Option<Var> {
        match (&self.kind, &next.kind) {
            (&Kind::UpSample2d(factor), &Kind::Conv2d { kernel, bias, activation, .. })
                if self.merges_with(next) =>
            {
                let (kernel, bias) = (tape.param(kernel), tape.param(bias));
                Some(tape.up_sample_conv2d(x, factor, kernel, bias, activation))
            }
            _ => None,
        }
    }

    /// Records the layer's work on `x`, a batch of inputs of its shape.
    pub(crate) fn forward(&self, tape: &mut Tape<'_>, x: Var, mode: &mut Mode) -> Var {
        let batch = tape.shape(x).dims()[0];
        match self.kind {
            Kind::Dense { kernel, bias, activation } => {
                let (kernel, bias) = (tape.param(kernel), tape.param(bias));
                tape.dense(x, kernel, bias, activation)
            }
            Kind::Conv2d { kernel, bias, window, activation } => {
                let (kernel, bias) = (tape.param(kernel), tape.param(bias));
                tape.conv2d(x, kernel, bias, window, activation)
            }
            Kind::MaxPool2d(window) => tape.max_pool2d(x, window),
            Kind::UpSample2d(factor) => tape.up_sample2d(x, factor),
            Kind::Activation(Activation::Linear) => x,
            Kind::Activation(activation) => tape.activate(x, activation),
            Kind::Flatten | Kind::Reshape => tape.reshape(x, self.output.with_batch(batch)),
            Kind::ActivityRegularization { l1 } => {
                mode.penalize(tape, l1, |tape| tape.l1(x));
                x
            }
            Kind::Sampling { kl_weight } => {
                let &mut Mode::Training { noise, outputs, .. } = mode else {
                    return tape.gaussian_means(x);
                };
                let weight = kl_weight / outputs as f32;
                mode.penalize(tape, weight, |tape| tape.gaussian_divergence(x));
                tape.gaussian_sample(x, noise.expect("a model that samples is given noise"))
            }
        }
    }
}
