//! The layers: what they are asked to be, and what they become.

use crate::error::BuildError;
use ae_autodiff::{ParamId, Params, Tape, Var};
use ae_tensor::{Activation, Shape, Tensor, Window};

/// Where a layer's parameters come from, by name and shape: drawn, or read from a file.
pub(crate) type Source<'a, E> = dyn FnMut(&str, Shape) -> Result<Tensor, E> + 'a;

/// What a layer shall be; its input's shape, and with it its parameters, follow from the layer before.
#[derive(Clone, Debug, PartialEq)]
pub enum LayerSpec {
    /// See [`dense`].
    Dense {
        /// Outputs.
        units: usize,
        /// Applied to each output.
        activation: Activation,
    },
    /// See [`conv2d`].
    Conv2d {
        /// Output channels.
        filters: usize,
        /// The kernel's height and width, its steps, and what happens at the edge.
        window: Window,
        /// Applied to each output.
        activation: Activation,
    },
    /// See [`max_pool2d`].
    MaxPool2d(Window),
    /// See [`up_sample2d`].
    UpSample2d([usize; 2]),
    /// An activation as a layer of its own.
    Activation(Activation),
    /// Any shape to a vector.
    Flatten,
    /// Another shape for the same elements, without the batch.
    Reshape(Shape),
    /// See [`activity_regularization`].
    ActivityRegularization {
        /// What a sample's sum of magnitudes counts in the loss.
        l1: f32,
    },
    /// See [`sampling`].
    Sampling {
        /// What the codes' divergence from N(0, 1) counts in the loss.
        kl_weight: f32,
    },
}

/// `activation(x w + b)` with `units` outputs: a kernel `w [inputs, units]` and a bias `b [units]`.
#[must_use]
pub fn dense(units: usize, activation: Activation) -> LayerSpec {
    LayerSpec::Dense { units, activation }
}

/// `activation(x * k + b)`: images `[height, width, in]` convolved with a kernel `k [kh, kw, in, filters]`, and a bias
/// `b [filters]`.
#[must_use]
pub fn conv2d(filters: usize, window: Window, activation: Activation) -> LayerSpec {
    LayerSpec::Conv2d { filters, window, activation }
}

/// The largest value in each window, channel by channel. To halve the images as Keras's `MaxPooling2D` does:
/// `Window::same([2, 2]).with_stride([2, 2])`.
#[must_use]
pub fn max_pool2d(window: Window) -> LayerSpec {
    LayerSpec::MaxPool2d(window)
}

/// Every pixel repeated `factor[0]` times downwards and `factor[1]` times to the right.
#[must_use]
pub fn up_sample2d(factor: [usize; 2]) -> LayerSpec {
    LayerSpec::UpSample2d(factor)
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

/// Gives its input on as it is; in training, `l1` times the sum of its magnitudes, the mean over the batch, is added to the loss:
/// what drives most of a code's numbers to 0.
#[must_use]
pub fn activity_regularization(l1: f32) -> LayerSpec {
    LayerSpec::ActivityRegularization { l1 }
}

/// The code of a variational auto-encoder: of `2 n` numbers the first `n` are the means of normal distributions, the others the
/// logarithms of their variances. In training a code is drawn from them, and `kl_weight` times their divergence from N(0, 1), the sum
/// over a code and the mean over the batch, divided by the number of the model's outputs, is added to the loss. Since the
/// cross-entropy is a mean over the outputs, a weight of 1 makes the loss the evidence lower bound, by the number of outputs; other
/// weights are the beta of I. Higgins et al., "beta-VAE" (ICLR 2017). Outside of training a code is the means.
#[must_use]
pub fn sampling(kl_weight: f32) -> LayerSpec {
    LayerSpec::Sampling { kl_weight }
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
    /// The name of the layer's class in Keras.
    #[must_use]
    pub fn class(&self) -> &'static str {
        match self {
            Self::Dense { .. } => "Dense",
            Self::Conv2d { .. } => "Conv2D",
            Self::MaxPool2d(_) => "MaxPooling2D",
            Self::UpSample2d(_) => "UpSampling2D",
            Self::Activation(_) => "Activation",
            Self::Flatten => "Flatten",
            Self::Reshape(_) => "Reshape",
            Self::ActivityRegularization { .. } => "ActivityRegularization",
            Self::Sampling { .. } => "Sampling",
        }
    }

    /// Whether it adds something to the loss.
    #[must_use]
    pub fn penalizes(&self) -> bool {
        matches!(self, Self::ActivityRegularization { .. } | Self::Sampling { .. })
    }

    /// The activation at its end.
    #[must_use]
    pub fn activation(&self) -> Activation {
        match *self {
            Self::Dense { activation, .. }
            | Self::Conv2d { activation, .. }
            | Self::Activation(activation) => activation,
            _ => Activation::Linear,
        }
    }

    /// What Keras calls such a layer before it adds a number: its class in lower case, words set apart.
    pub(crate) fn base_name(&self) -> &'static str {
        match self {
            Self::Dense { .. } => "dense",
            Self::Conv2d { .. } => "conv2d",
            Self::MaxPool2d(_) => "max_pooling2d",
            Self::UpSample2d(_) => "up_sampling2d",
            Self::Activation(_) => "activation",
            Self::Flatten => "flatten",
            Self::Reshape(_) => "reshape",
            Self::ActivityRegularization { .. } => "activity_regularization",
            Self::Sampling { .. } => "sampling",
        }
    }

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

    /// The shape of the layer's output, and those of its kernel and bias if it has any.
    pub(crate) fn shapes(
        &self,
        name: &str,
        input: Shape,
    ) -> Result<(Shape, Option<[Shape; 2]>), BuildError> {
        // Extents may come from a file.
        let shape = |dims: &[usize]| {
            Shape::checked(dims).ok_or(BuildError::TooLarge { layer: name.into(), found: input })
        };
        Ok(match *self {
            Self::Dense { units, .. } => {
                let &[inputs] = input.dims() else {
                    let (layer, expected) = (name.into(), "a vector");
                    return Err(BuildError::InputShape { layer, expected, found: input });
                };
                if units == 0 {
                    return Err(BuildError::NoUnits { layer: name.into() });
                }
                let bias = shape(&[units])?;
                (bias, Some([shape(&[inputs, units])?, bias]))
            }
            Self::Conv2d { filters, window, .. } => {
                let (image, channels) = images(name, input)?;
                if filters == 0 {
                    return Err(BuildError::NoUnits { layer: name.into() });
                }
                let [h, w] = place(name, window, image, input)?;
                let kernel = shape(&[window.size[0], window.size[1], channels, filters])?;
                (shape(&[h, w, filters])?, Some([kernel, shape(&[filters])?]))
            }
            Self::MaxPool2d(window) => {
                let (image, channels) = images(name, input)?;
                let [h, w] = place(name, window, image, input)?;
                (shape(&[h, w, channels])?, None)
            }
            Self::UpSample2d(factor) => {
                let ([h, w], channels) = images(name, input)?;
                let larger = h.checked_mul(factor[0]).zip(w.checked_mul(factor[1]));
                let larger = larger.filter(|&(h, w)| h > 0 && w > 0);
                let larger = larger.and_then(|(h, w)| Shape::checked(&[h, w, channels]));
                let Some(larger) = larger else {
                    return Err(BuildError::Factor { layer: name.into(), factor, image: input });
                };
                (larger, None)
            }
            Self::Activation(_) => (input, None),
            Self::Flatten => (shape(&[input.len()])?, None),
            Self::Reshape(to) => {
                if to.len() != input.len() || to.rank() > 3 {
                    return Err(BuildError::Reshape { layer: name.into(), from: input, to });
                }
                (to, None)
            }
            Self::ActivityRegularization { l1 } => {
                penalty(name, l1)?;
                (input, None)
            }
            Self::Sampling { kl_weight } => {
                penalty(name, kl_weight)?;
                match *input.dims() {
                    [numbers] if numbers.is_multiple_of(2) => (shape(&[numbers / 2])?, None),
                    _ => {
                        let expected = "a vector of means and as many log-variances";
                        return Err(BuildError::InputShape {
                            layer: name.into(),
                            expected,
                            found: input,
                        });
                    }
                }
            }
        })
    }
}

/// What a penalty counts can be any finite number that is not negative.
fn penalty(layer: &str, weight: f32) -> Result<(), BuildError> {
    if weight.is_finite() && weight >= 0.0 {
        return Ok(());
    }
    Err(BuildError::Penalty { layer: layer.into(), weight: weight.to_string() })
}

/// Height and width, and channels, of a layer's input.
fn images(layer: &str, input: Shape) -> Result<([usize; 2], usize), BuildError> {
    let &[h, w, channels] = input.dims() else {
        let expected = "images (height, width, channels)";
        return Err(BuildError::InputShape { layer: layer.into(), expected, found: input });
    };
    Ok(([h, w], channels))
}

/// Height and width of what a window makes of images.
fn place(
    layer: &str,
    window: Window,
    image: [usize; 2],
    input: Shape,
) -> Result<[usize; 2], BuildError> {
    window.over(image).map(|placement| placement.output).ok_or_else(|| BuildError::Window {
        layer: layer.into(),
        size: window.size,
        stride: window.stride,
        padding: window.padding.name(),
        image: input,
    })
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
