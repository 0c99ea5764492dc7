//! `y = ln x`, the natural logarithm of each element; so `dx = dy / x`.

use super::combine;
use crate::{Backward, BackwardPass, Tape, Var};
use ae_tensor::kernels::math;

/// `y = ln x`.
pub fn forward(x: &[f32], y: &mut [f32]) {
    math::ln(x, y);
}

/// `dx = dy / x`.
pub fn backward(dy: &[f32], x: &[f32], dx: &mut [f32]) {
    combine(dy, x, dx, |dy, x| dy / x);
}

impl Tape<'_> {
    /// The natural logarithm, element by element: -infinity at 0, NaN below.
    pub fn ln(&mut self, x: Var) -> Var {
        self.elementwise(x, forward, Ln { x })
    }
}

struct Ln {
    x: Var,
}

impl Backward for Ln {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        pass.accumulate(self.x, |tape, dx| backward(dy, tape.value(self.x).data(), dx));
    }
}
