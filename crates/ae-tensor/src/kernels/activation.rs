//! Activations, and the addition of the bias before them, in one pass over memory.
//!
//! Linear, ReLU and sigmoid are inlined into the loops of products and convolutions. The others are
//! rarer: a separate function applies them in a second pass, so that those loops stay unchanged.

mod text;
mod uncommon;

pub use text::ActivationError;

use super::math::sigmoid_vector;
use super::parallel::for_each_block;
use super::simd::{LANES, load, load_partial, map, store, store_partial};
use wide::{f32x16, i32x16};

/// The function that a layer applies to each element of its output.
///
/// In text form, an activation is its [`name`](Activation::name), followed by its parameter if that
/// is not the default:
///
/// ```
/// use ae_tensor::Activation;
/// let leaky: Activation = "leaky_relu:0.1".parse()?;
/// assert_eq!(leaky, Activation::LeakyRelu(0.1));
/// assert_eq!("leaky_relu".parse(), Ok(Activation::LeakyRelu(Activation::LEAKY_RELU_SLOPE)));
/// assert_eq!(Activation::Elu(1.0).to_string(), "elu");
/// # Ok::<(), ae_tensor::ActivationError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Activation {
    /// `x`
    #[default]
    Linear,
    /// `max(x, 0)`; NaN stays NaN.
    Relu,
    /// `1 / (1 + e^-x)`
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
    /// `ln(1 + e^x)`
    Softplus,
    /// `x` above 0, else `slope x` (A. L. Maas, A. Y. Hannun, A. Y. Ng, "Rectifier nonlinearities
    /// improve neural network acoustic models", 2013). The slope is at least 0 and finite;
    /// [`Activation::backward`] panics otherwise.
    LeakyRelu(f32),
    /// `x` above 0, else `alpha (e^x - 1)` (D.-A. Clevert, T. Unterthiner, S. Hochreiter, "Fast and
    /// accurate deep network learning by exponential linear units", arXiv:1511.07289). Alpha is at
    /// least 0 and finite; [`Activation::backward`] panics otherwise.
    Elu(f32),
}

impl Activation {
    /// The default slope of a leaky ReLU, as in Keras.
    pub const LEAKY_RELU_SLOPE: f32 = 0.2;
    /// The default alpha of an ELU, as in Keras.
    pub const ELU_ALPHA: f32 = 1.0;

    /// All activations, with their default parameters.
    pub const ALL: [Self; 7] = [
        Self::Linear,
        Self::Relu,
        Self::Sigmoid,
        Self::Tanh,
        Self::Softplus,
        Self::LeakyRelu(Self::LEAKY_RELU_SLOPE),
        Self::Elu(Self::ELU_ALPHA),
    ];

    /// The Keras name, without a parameter.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Relu => "relu",
            Self::Sigmoid => "sigmoid",
            Self::Tanh => "tanh",
            Self::Softplus => "softplus",
            Self::LeakyRelu(_) => "leaky_relu",
            Self::Elu(_) => "elu",
        }
    }

    /// The part of the activation that kernels inline into their loops: the activation itself if it
    /// is a common one. [`Activation::finish`] does the rest.
    #[inline(always)]
    pub(crate) fn inlined(self) -> Self {
        match self {
            Self::Linear | Self::Relu | Self::Sigmoid => self,
            Self::Tanh | Self::Softplus | Self::LeakyRelu(_) | Self::Elu(_) => Self::Linear,
        }
    }

    /// Returns whether [`Activation::finish`] does anything.
    #[inline(always)]
    pub(crate) fn has_second_pass(self) -> bool {
        match self {
            Self::Linear | Self::Relu | Self::Sigmoid => false,
            Self::Tanh | Self::Softplus | Self::LeakyRelu(_) | Self::Elu(_) => true,
        }
    }

    /// Applies an activation that kernels do not inline, as a second pass in place on this thread.
    /// Does nothing for the others.
    #[inline(always)]
    pub(crate) fn finish(self, x: &mut [f32]) {
        if self.has_second_pass() {
            uncommon::apply(self, x);
        }
    }

    /// Applies a common activation to one vector; returns `x` itself for the others, which
    /// [`Activation::finish`] applies.
    #[inline(always)]
    pub(crate) fn vector(self, x: f32x16) -> f32x16 {
        match self {
            // The operands' order lets a NaN through: a diverged network must not look like a
            // silent one.
            Self::Relu => f32x16::ZERO.fast_max(x),
            Self::Sigmoid => sigmoid_vector(x),
            Self::Linear | Self::Tanh | Self::Softplus | Self::LeakyRelu(_) | Self::Elu(_) => x,
        }
    }

    /// Applies the activation in place.
    ///
    /// # Special values
    /// NaN stays NaN (for the sigmoid see [`math::sigmoid`](super::math::sigmoid)). ReLU keeps
    /// infinity and maps -infinity to 0; the sigmoid maps them to 1 and 0, tanh to 1 and -1,
    /// softplus to infinity and 0, ELU to infinity and `-alpha`; leaky ReLU multiplies -infinity by
    /// its slope, which gives NaN if the slope is 0. The sign of a zero may change.
    pub fn apply(self, x: &mut [f32]) {
        const BLOCK: usize = 16 * 1024;
        let cost = match self {
            Self::Linear => return,
            Self::Relu | Self::LeakyRelu(_) => 1,
            Self::Sigmoid => 20,
            Self::Tanh | Self::Softplus | Self::Elu(_) => 30,
        };
        let len = x.len();
        for_each_block(x, BLOCK, len * cost, |_, block| {
            if self.has_second_pass() {
                return self.finish(block);
            }
            let (body, rest) = block.as_chunks_mut::<LANES>();
            for v in body {
                *v = self.vector(f32x16::new(*v)).to_array();
            }
            if !rest.is_empty() {
                store_partial(self.vector(load_partial(rest, 0.0)), rest);
            }
        });
    }

    /// Turns `gradient`, the gradient of the loss with respect to the activation's output `out`,
    /// into that with respect to its input: `gradient *= f'(x)`. The derivative is written in terms
    /// of the output `y`:
    ///
    /// ```text
    /// relu         1 if y > 0, else 0           tanh      1 - y^2
    /// leaky_relu   1 if y > 0, else slope       softplus  1 - e^-y        since 1 + e^x = e^y
    /// elu          1 if y > 0, else y + alpha   sigmoid   y (1 - y)
    /// ```
    ///
    /// At 0 the first two have no derivative, nor has ELU unless alpha is 1; the lower case is
    /// taken there, as in TensorFlow and PyTorch. For leaky ReLU and ELU this requires a slope or
    /// an alpha of at least 0: with a negative one the output does not determine the sign of `x`.
    ///
    /// # Special values
    /// ReLU passes any `gradient` on where `out` is above 0; elsewhere, also where `out` is NaN,
    /// the result is 0, as in TensorFlow. The sigmoid multiplies: a saturated output gives 0, or
    /// NaN if `gradient` is not finite there. The others multiply too. A NaN output gives NaN,
    /// except for leaky ReLU, which multiplies by its slope.
    ///
    /// # Panics
    /// If the lengths differ, or a slope or an alpha is negative, infinite or NaN.
    pub fn backward(self, out: &[f32], gradient: &mut [f32]) {
        const BLOCK: usize = 16 * 1024;
        assert!(
            out.len() == gradient.len(),
            "{} backward: {} outputs, {} gradients",
            self.name(),
            out.len(),
            gradient.len()
        );
        let cost = match self {
            Self::Linear => return,
            Self::Softplus => 30,
            _ => 4,
        };
        self.check_parameter();
        for_each_block(gradient, BLOCK, cost * out.len(), |i, gradient| {
            let out = &out[i * BLOCK..][..gradient.len()];
            match self {
                Self::Relu => update(gradient, out, where_positive),
                Self::Sigmoid => update(gradient, out, |d, y| d * (y * (f32x16::ONE - y))),
                rare => uncommon::backward(rare, out, gradient),
            }
        });
    }

    /// # Panics
    /// If the activation has a parameter that is negative, infinite or NaN.
    fn check_parameter(self) {
        if let Self::LeakyRelu(parameter) | Self::Elu(parameter) = self {
            assert!(
                text::is_valid(parameter),
                "{} with parameter {parameter}: expected a finite number of at least 0",
                self.name()
            );
        }
    }
}

/// `d` where `y > 0`, else 0; so 0 where `y` is NaN.
///
/// The compiler turns a plain comparison into masked stores, which take thirty times as long as
/// plain stores on some CPUs (AMD's first Zen). So the bits are compared as integers: those from 0
/// up are the floats not below 0, those from 1 up are the positive ones, and those up to infinity
/// are not NaN. The sign bit is set where one of the three differences is negative.
#[inline(always)]
fn where_positive(d: f32x16, y: f32x16) -> f32x16 {
    let n: i32x16 = bytemuck::cast(y);
    let infinity = i32x16::splat(f32::INFINITY.to_bits() as i32);
    let not_positive: i32x16 = (n | (n - i32x16::ONE) | (infinity - n)) >> 31;
    bytemuck::cast(!not_positive & bytemuck::cast::<_, i32x16>(d))
}

/// `d = f(d, y)` for all elements.
#[inline(always)]
fn update(d: &mut [f32], y: &[f32], f: impl Fn(f32x16, f32x16) -> f32x16) {
    let (d_body, d_rest) = d.as_chunks_mut::<LANES>();
    let (y_body, y_rest) = y.as_chunks::<LANES>();
    for (d, y) in d_body.iter_mut().zip(y_body) {
        *d = f(f32x16::new(*d), f32x16::new(*y)).to_array();
    }
    store_partial(f(load_partial(d_rest, 0.0), load_partial(y_rest, 0.0)), d_rest);
}

/// Computes `x = activation(x + bias)` in place; the bias is added to each row of `bias.len()`
/// elements.
///
/// # Special values
/// As [`Activation::apply`] treats the sum; a NaN or infinity in the bias affects its own column
/// only.
///
/// # Panics
/// If `x` does not consist of whole rows.
pub fn bias_activation(x: &mut [f32], bias: &[f32], activation: Activation) {
    if x.is_empty() {
        return;
    }
    assert!(
        !bias.is_empty() && x.len().is_multiple_of(bias.len()),
        "bias_activation: bias of {} for {} elements",
        bias.len(),
        x.len()
    );
    for row in x.chunks_exact_mut(bias.len()) {
        for (x, bias) in row.chunks_mut(LANES).zip(bias.chunks(LANES)) {
            if x.len() == LANES {
                store(activation.vector(load(x) + load(bias)), x);
            } else {
                let sum = load_partial(x, 0.0) + load_partial(bias, 0.0);
                store_partial(activation.vector(sum), x);
            }
        }
    }
    activation.finish(x);
}

/// `out = activation(x)`.
///
/// # Special values
/// As for [`Activation::apply`].
///
/// # Panics
/// If the lengths differ.
pub fn activate(x: &[f32], out: &mut [f32], activation: Activation) {
    const BLOCK: usize = 16 * 1024;
    assert!(x.len() == out.len(), "activate: {} values into {}", x.len(), out.len());
    for_each_block(out, BLOCK, 20 * x.len(), |i, out| {
        map(&x[i * BLOCK..][..out.len()], out, |v| activation.vector(v));
        activation.finish(out);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_testkit::{Sampler, assert_close, gradient, naive};

    /// All activations, also with parameters that are not the defaults.
    fn all() -> impl Iterator<Item = Activation> {
        let unusual =
            [Activation::LeakyRelu(0.0), Activation::LeakyRelu(1.5), Activation::Elu(0.25)];
        Activation::ALL.into_iter().chain(unusual)
    }

    fn reference(activation: Activation, x: f64) -> f64 {
        naive::activation(&activation.to_string(), x)
    }

    #[test]
    fn bias_and_activation_equal_their_formula() {
        for activation in all() {
            for (rows, cols) in [(1, 1), (3, 7), (2, 16), (5, 33)] {
                let mut sampler = Sampler::new(7);
                let x = sampler.vec(rows * cols, -4.0, 4.0);
                let bias = sampler.vec(cols, -1.0, 1.0);
                let expected: Vec<f64> = x
                    .iter()
                    .enumerate()
                    .map(|(i, &x)| reference(activation, f64::from(x + bias[i % cols])))
                    .collect();
                let mut got = x.clone();
                bias_activation(&mut got, &bias, activation);
                assert_close(&got, &expected, 5e-7, 0.0);
            }
        }
    }

    #[test]
    fn in_place_and_copying_forms_agree() {
        let x = Sampler::new(3).vec(40_000, -4.0, 4.0);
        for activation in all() {
            let mut out = vec![f32::NAN; x.len()];
            activate(&x, &mut out, activation);
            let mut inplace = x.clone();
            activation.apply(&mut inplace);
            assert_eq!(out, inplace);
        }
    }

    #[test]
    fn backward_is_the_derivative() {
        for activation in all() {
            for len in [1, 15, 16, 50] {
                let mut sampler = Sampler::new(len as u64);
                let x = sampler.vec(len, -4.0, 4.0);
                let d_out = sampler.vec(len, -1.0, 1.0);
                let mut out = x.clone();
                activation.apply(&mut out);
                let mut dx = d_out.clone();
                activation.backward(&out, &mut dx);
                let weighted = |x: &[f64]| -> f64 {
                    x.iter()
                        .zip(&d_out)
                        .map(|(&x, &d)| reference(activation, x) * f64::from(d))
                        .sum()
                };
                assert_close(&dx, &gradient(&naive::widen(&x), weighted), 1e-5, 1e-7);
            }
        }
    }

    /// Where the output rounds to the end of its range, the derivative is lost; near that end, it
    /// keeps the output's digits.
    #[test]
    fn backward_of_saturated_outputs() {
        let backward = |activation: Activation, x: f32| {
            let (mut y, mut d) = ([x], [1.0]);
            activation.apply(&mut y);
            activation.backward(&y, &mut d);
            d[0]
        };
        assert_eq!(
            (backward(Activation::Tanh, 20.0), backward(Activation::Tanh, -20.0)),
            (0.0, 0.0)
        );
        assert_eq!(backward(Activation::Tanh, 0.0), 1.0);
        assert_eq!(
            (backward(Activation::Softplus, 100.0), backward(Activation::Softplus, -200.0)),
            (1.0, 0.0)
        );
        // 1 - e^-y without cancellation: for small y it is y.
        let small = backward(Activation::Softplus, -30.0);
        assert!((f64::from(small) / naive::sigmoid(-30.0) - 1.0).abs() < 1e-6, "{small:e}");
        assert_eq!(
            (backward(Activation::Elu(2.0), -100.0), backward(Activation::Elu(2.0), 0.0)),
            (0.0, 2.0)
        );
        assert_eq!(backward(Activation::LeakyRelu(0.3), 0.0), 0.3);
        // The product slope x underflows to 0, which is not above 0, so the slope still applies.
        assert_eq!(backward(Activation::LeakyRelu(0.3), -f32::from_bits(1)), 0.3);
        assert_eq!(backward(Activation::LeakyRelu(0.0), -3.0), 0.0);
    }

    #[test]
    #[should_panic(
        expected = "leaky_relu with parameter -0.5: expected a finite number of at least 0"
    )]
    fn a_negative_slope_has_no_derivative_by_the_output() {
        Activation::LeakyRelu(-0.5).backward(&[1.0], &mut [1.0]);
    }

    #[test]
    fn relu_at_zero_has_gradient_zero_and_keeps_nan() {
        let mut dx = [5.0];
        Activation::Relu.backward(&[0.0], &mut dx);
        assert_eq!(dx, [0.0]);
        let mut x = [f32::NAN];
        Activation::Relu.apply(&mut x);
        assert!(x[0].is_nan());
    }
}
