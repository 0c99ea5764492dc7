//! Activations, and the bias that goes before them, in one pass over memory.

use super::math::sigmoid_vector;
use super::parallel::for_each_block;
use super::simd::{LANES, load, load_partial, map, store, store_partial};
use wide::{f32x16, i32x16};

/// What a layer does to each element at its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Activation {
    /// `x`
    #[default]
    Linear,
    /// `max(x, 0)`; NaN stays NaN.
    Relu,
    /// `1 / (1 + e^-x)`
    Sigmoid,
}

impl Activation {
    /// Its name in Keras.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Relu => "relu",
            Self::Sigmoid => "sigmoid",
        }
    }

    /// The activation of one vector.
    #[inline(always)]
    pub(crate) fn vector(self, x: f32x16) -> f32x16 {
        match self {
            Self::Linear => x,
            // The operands' order lets a NaN through: a broken network must not look like a silent one.
            Self::Relu => f32x16::ZERO.fast_max(x),
            Self::Sigmoid => sigmoid_vector(x),
        }
    }

    /// Applies the activation in place.
    ///
    /// # Special values
    /// NaN stays NaN (the sigmoid: see [`math::sigmoid`](super::math::sigmoid)). ReLU keeps infinity and makes -infinity 0;
    /// the sigmoid makes them 1 and 0. The sign of a zero may change.
    pub fn apply(self, x: &mut [f32]) {
        const BLOCK: usize = 16 * 1024;
        let cost = match self {
            Self::Linear => return,
            Self::Relu => 1,
            Self::Sigmoid => 20,
        };
        let len = x.len();
        for_each_block(x, BLOCK, len * cost, |_, block| {
            let (body, rest) = block.as_chunks_mut::<LANES>();
            for v in body {
                *v = self.vector(f32x16::new(*v)).to_array();
            }
            if !rest.is_empty() {
                store_partial(self.vector(load_partial(rest, 0.0)), rest);
            }
        });
    }

    /// Turns `gradient`, that of the loss by the activation's output `out`, into that by its input:
    /// `gradient *= f'(x)`, with the derivative written in terms of the output. ReLU's is taken as 0 at 0,
    /// as Keras does.
    ///
    /// # Special values
    /// ReLU passes `gradient` on, whatever it is, where `out` is above 0; elsewhere, where `out` is NaN too, the result is 0, as
    /// in TensorFlow. The sigmoid multiplies: 0 for a saturated output, but NaN if `gradient` is not finite there.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn backward(self, out: &[f32], gradient: &mut [f32]) {
        const BLOCK: usize = 16 * 1024;
        assert!(
            out.len() == gradient.len(),
            "{} backward: {} outputs, {} gradients",
            self.name(),
            out.len(),
            gradient.len()
        );
        if self == Self::Linear {
            return;
        }
        for_each_block(gradient, BLOCK, 4 * out.len(), |i, gradient| {
            let out = &out[i * BLOCK..][..gradient.len()];
            match self {
                Self::Linear => {}
                Self::Relu => update(gradient, out, where_positive),
                Self::Sigmoid => update(gradient, out, |d, y| d * (y * (f32x16::ONE - y))),
            }
        });
    }
}

/// `d` where `y > 0`, else 0; so 0 where `y` is NaN.
///
/// Of a comparison, which would say it plainly, the compiler makes masked stores, and those take thirty times as long as
/// others on some CPUs (AMD's first Zen). As integers, in this order: 0 and up are the floats not below 0, 1 and up are
/// those above, and those up to infinity are no NaN. Where one of the three numbers is negative, its sign bit is set.
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

/// `x = activation(x + bias)` in place, the bias being added to each row of `bias.len()` elements.
///
/// # Special values
/// As [`Activation::apply`] has them, of the sum; a broken number in the bias reaches its column alone.
///
/// # Panics
/// If `x` is not a whole number of rows.
pub fn bias_activation(x: &mut [f32], bias: &[f32], activation: Activation) {
    if x.is_empty() {
        return;
    }
    assert!(
        !bias.is_empty() && x.len().is_multiple_of(bias.len()),
        "bias_activation: a bias of {} for {} elements",
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
}

/// `out = activation(x)`.
///
/// # Special values
/// As [`Activation::apply`] has them.
///
/// # Panics
/// If the lengths differ.
pub fn activate(x: &[f32], out: &mut [f32], activation: Activation) {
    const BLOCK: usize = 16 * 1024;
    assert!(x.len() == out.len(), "activate: {} values into {}", x.len(), out.len());
    for_each_block(out, BLOCK, 20 * x.len(), |i, out| {
        map(&x[i * BLOCK..][..out.len()], out, |v| activation.vector(v));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_testkit::{Sampler, assert_close, gradient, naive};

    const ALL: [Activation; 3] = [Activation::Linear, Activation::Relu, Activation::Sigmoid];

    fn reference(activation: Activation, x: f64) -> f64 {
        match activation {
            Activation::Linear => x,
            Activation::Relu => x.max(0.0),
            Activation::Sigmoid => naive::sigmoid(x),
        }
    }

    #[test]
    fn bias_and_activation_equal_their_formula() {
        for activation in ALL {
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
                assert_close(&got, &expected, 4e-7, 0.0);
            }
        }
    }

    #[test]
    fn in_place_and_copying_forms_agree() {
        let x = Sampler::new(3).vec(40_000, -4.0, 4.0);
        for activation in ALL {
            let mut out = vec![f32::NAN; x.len()];
            activate(&x, &mut out, activation);
            let mut inplace = x.clone();
            activation.apply(&mut inplace);
            assert_eq!(out, inplace);
        }
    }

    #[test]
    fn backward_is_the_derivative() {
        for activation in ALL {
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
