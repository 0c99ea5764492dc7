//! What a layer shall be, and which shapes follow from its input's.

use crate::error::BuildError;
use ae_tensor::{Activation, Shape, Window};

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
