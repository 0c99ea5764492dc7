//! `y = (1/n) sum_i (a_i - b_i)^2`, the mean squared error of two values, a scalar: Keras's
//! `mean_squared_error`.
//!
//! ```text
//! da_i = dy 2 (a_i - b_i) / n        db_i = -da_i
//! ```
//!
//! Usually `b` holds constant targets. But `y` is symmetric, and the gradient by both is
//! implemented, so two learned values can be drawn to each other.

use super::combine;
use crate::{Backward, BackwardPass, Tape, Var};
use ae_tensor::kernels::sum::squared_distance;

/// The mean of `(a - b)^2`, accumulated in f64; NaN for no elements.
///
/// # Panics
/// If the lengths differ.
#[must_use]
pub fn forward(a: &[f32], b: &[f32]) -> f32 {
    (squared_distance(a, b) / a.len() as f64) as f32
}

/// `da = dy 2 (a - b) / n`; with `a` and `b` exchanged, `db`.
///
/// # Panics
/// If the lengths differ.
pub fn backward(dy: f32, a: &[f32], b: &[f32], da: &mut [f32]) {
    let factor = 2.0 * dy / a.len() as f32;
    combine(a, b, da, |a, b| factor * (a - b));
}

impl Tape<'_> {
    /// The mean of `(a - b)^2` over all elements, a scalar. Both `a` and `b` may depend on
    /// parameters.
    ///
    /// # Panics
    /// If the shapes differ.
    #[track_caller]
    pub fn mse(&mut self, a: Var, b: Var) -> Var {
        self.same_shape("mse", a, b);
        let error = forward(self.value(a).data(), self.value(b).data());
        let error = self.scalar(error);
        self.custom(&[a, b], error, Mse { a, b })
    }
}

struct Mse {
    a: Var,
    b: Var,
}

impl Backward for Mse {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        let &mut Self { a, b } = self;
        pass.accumulate(a, |tape, da| {
            backward(dy[0], tape.value(a).data(), tape.value(b).data(), da);
        });
        pass.accumulate(b, |tape, db| {
            backward(dy[0], tape.value(b).data(), tape.value(a).data(), db);
        });
    }
}
