//! `y = x / (1 - rate)` where `noise >= rate`, and 0 elsewhere: dropout (N. Srivastava et al.,
//! "Dropout: a simple way to prevent neural networks from overfitting", Journal of Machine Learning
//! Research 15, 2014), in the form of Keras and PyTorch.
//!
//! With noise that is uniform in [0, 1), an element is dropped with probability `rate`. The others
//! are enlarged, so that the expected value of `y` is `x`, and a trained model needs no correction:
//!
//! ```text
//! E[y] = (1 - rate) x / (1 - rate) = x
//! ```
//!
//! For given noise `y` is linear in `x`, so `dx` follows from `dy` by the same function.

use crate::{Backward, BackwardPass, Tape, Var};
use ae_tensor::Tensor;

/// `out = x / (1 - rate)` where `noise >= rate`, else 0, also where `x` is NaN or infinite. This is
/// also its own backward function.
///
/// # Panics
/// If the lengths differ.
pub fn dropout(x: &[f32], noise: &[f32], rate: f32, out: &mut [f32]) {
    let factor = 1.0 / (1.0 - rate);
    super::combine(x, noise, out, |x, noise| if noise >= rate { x * factor } else { 0.0 });
}

impl Tape<'_> {
    /// Dropout: each element of `x` becomes 0 where its `noise`, drawn uniformly from [0, 1), is
    /// below `rate`; the others are divided by `1 - rate`.
    ///
    /// # Panics
    /// If the shapes differ, `rate` is not in [0, 1), or the noise depends on a parameter.
    #[track_caller]
    pub fn dropout(&mut self, x: Var, noise: Var, rate: f32) -> Var {
        let shape = self.same_shape("dropout", x, noise);
        assert!((0.0..1.0).contains(&rate), "dropout: a rate of {rate}, not in [0, 1)");
        assert!(!self.requires_gradient(noise), "dropout: the noise must be constant");
        let mut y = self.buffer(shape.len());
        dropout(self.value(x).data(), self.value(noise).data(), rate, &mut y);
        self.custom(&[x], Tensor::new(shape, y), Dropout { x, noise, rate })
    }
}

struct Dropout {
    x: Var,
    noise: Var,
    rate: f32,
}

impl Backward for Dropout {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        let &mut Self { x, noise, rate } = self;
        pass.accumulate(x, |tape, dx| dropout(dy, tape.value(noise).data(), rate, dx));
    }
}
