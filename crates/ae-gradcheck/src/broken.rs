//! Wrong backward passes, made on purpose and outside of the right one: a layer that wraps another,
//! and changes of gradients that are already computed. Nothing of it is reachable in training.

use ae_autodiff::{Backward, BackwardPass, Grads, Params, Tape, Var};
use ae_layers::{BuildError, Layer, LayerSpec, Mode, Noise, Pass, Route, Shapes, Site, Takes};
use ae_tensor::{Activation, Shape, Tensor};

/// A mistake that one makes in a backward pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// The derivative of the activation is forgotten.
    Activation,
    /// The kernel's gradient is laid out as that of the transposed kernel.
    Transpose,
    /// The bias receives the gradient of the first sample only: the sum is forgotten.
    Bias,
    /// What goes back through the layer has the wrong sign.
    Sign,
    /// The taps of a convolution's gradient lie one place too far.
    Tap,
    /// The loss is a mean, but its gradient is that of the sum.
    Mean,
}

impl Bug {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Activation, Self::Transpose, Self::Bias, Self::Sign, Self::Tap, Self::Mean];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Activation => "activation",
            Self::Transpose => "transpose",
            Self::Bias => "bias",
            Self::Sign => "sign",
            Self::Tap => "tap",
            Self::Mean => "mean",
        }
    }

    /// What is wrong, in one line.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Activation => "the derivative of the activation is forgotten",
            Self::Transpose => "the gradient of the kernel is that of the transposed kernel",
            Self::Bias => "the gradient of the bias is that of the first sample alone",
            Self::Sign => "what goes back has the wrong sign",
            Self::Tap => "the taps of the kernel's gradient lie one place too far",
            Self::Mean => "the gradient is that of a sum, but the loss is a mean",
        }
    }

    /// Whether the layer can have this mistake; `last` says that the loss takes its logits.
    pub(crate) fn fits(self, spec: &LayerSpec, parameters: &[Shape], last: bool) -> bool {
        let kernel = parameters.first().map_or(&[][..], Shape::dims);
        match self {
            Self::Activation => {
                let linear = spec.without_activation();
                !last && !kernel.is_empty() && linear.is_some()
            }
            Self::Transpose => kernel.iter().filter(|&&extent| extent > 1).count() > 1,
            Self::Bias | Self::Sign => !kernel.is_empty(),
            Self::Tap => kernel.len() == 4 && kernel[1] > 1,
            Self::Mean => false,
        }
    }

    /// Whether the mistake is in what goes back through the layer, and not in its own gradients.
    pub(crate) fn wraps(self) -> bool {
        matches!(self, Self::Activation | Self::Sign)
    }

    /// Spoils the gradients of the layer `name`. `first` are those of the first sample alone, as a
    /// batch of one, and `rows` the number of samples.
    pub(crate) fn spoil(
        self,
        name: &str,
        params: &Params,
        grads: &mut Grads,
        first: &Grads,
        rows: usize,
    ) {
        let of = |part: &str| params.find(&format!("{name}/{part}"));
        match self {
            Self::Activation | Self::Sign | Self::Mean => {}
            Self::Bias => {
                let Some(id) = of("bias") else { return };
                let alone = first.get(id).data();
                for (g, alone) in grads.get_mut(id).data_mut().iter_mut().zip(alone) {
                    *g = alone / rows as f32;
                }
            }
            Self::Transpose => {
                let Some(id) = of("kernel") else { return };
                let right = grads.get(id).clone();
                let axes: &[usize] =
                    if right.shape().rank() == 2 { &[1, 0] } else { &[0, 1, 3, 2] };
                let square = right.shape().dims()[..2].iter().all(|&extent| extent > 1);
                let axes = if right.shape().rank() == 4 && square { &[1, 0, 2, 3] } else { axes };
                grads.get_mut(id).data_mut().copy_from_slice(right.permuted(axes).data());
            }
            Self::Tap => {
                let Some(id) = of("kernel") else { return };
                let right = grads.get(id).clone();
                let tap: usize = right.shape().dims()[2..].iter().product();
                let wrong = grads.get_mut(id).data_mut();
                wrong.copy_from_slice(right.data());
                wrong.rotate_right(tap);
            }
        }
    }
}

/// A mistake, and the layer that has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The mistake.
    pub bug: Bug,
    /// The name of the layer, such as `dense_1`; `None` for one in the middle of those
    /// that can have it.
    pub layer: Option<String>,
}

/// A layer whose backward pass is wrong. Its name, shapes and outputs are those of the right one.
#[derive(Debug)]
pub(crate) struct Wrong {
    pub(crate) right: LayerSpec,
    pub(crate) bug: Bug,
}

impl Layer for Wrong {
    fn keyword(&self) -> &str {
        self.right.keyword()
    }

    fn arguments(&self) -> String {
        self.right.arguments()
    }

    fn takes(&self) -> Takes {
        self.right.takes()
    }

    fn shapes(&self, name: &str, input: Shape) -> Result<Shapes, BuildError> {
        self.right.shapes(name, input)
    }

    fn forward(&self, pass: &mut Pass<'_, '_>, site: &Site<'_>, x: Var) -> Var {
        match (self.bug, self.right.without_activation()) {
            (Bug::Activation, Some(linear)) => {
                let z = linear.forward(pass, site, x);
                apart(pass.tape, z, self.right.activation(), 1.0)
            }
            _ => {
                let y = self.right.forward(pass, site, x);
                apart(pass.tape, y, Activation::Linear, -1.0)
            }
        }
    }

    fn activation(&self) -> Activation {
        self.right.activation()
    }

    fn without_activation(&self) -> Option<LayerSpec> {
        let right = self.right.without_activation()?;
        Some(LayerSpec::new(Self { right, bug: self.bug }))
    }

    fn noise(&self, name: &str, output: Shape, mode: Mode) -> Option<Noise> {
        self.right.noise(name, output, mode)
    }

    fn penalizes(&self) -> bool {
        self.right.penalizes()
    }

    fn route(&self) -> Route {
        self.right.route()
    }
}

/// Records `activation(x)`, through which `factor` times the gradient goes back as it came.
pub(crate) fn apart(tape: &mut Tape<'_>, x: Var, activation: Activation, factor: f32) -> Var {
    let y: Vec<f32> = {
        let (params, mut buffers) = (Params::new(), ae_autodiff::Buffers::new());
        let mut other = Tape::new(&params, &mut buffers);
        let z = other.input(tape.value(x));
        let y = match activation {
            Activation::Linear => z,
            _ => other.activate(z, activation),
        };
        other.value(y).data().to_vec()
    };
    let shape = tape.shape(x);
    tape.custom(&[x], Tensor::new(shape, y), Unchanged { x, factor })
}

struct Unchanged {
    x: Var,
    factor: f32,
}

impl Backward for Unchanged {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        pass.accumulate(self.x, |_, dx| {
            dx.iter_mut().zip(&*dy).for_each(|(dx, dy)| *dx = self.factor * dy);
        });
    }
}
