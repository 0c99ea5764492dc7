//! `y = e^x`, element by element. The exponential is its own derivative: `dx = dy y`.

use super::combine;
use crate::{Backward, BackwardPass, Tape, Var};
use ae_tensor::kernels::math;

/// `y = e^x`.
pub fn forward(x: &[f32], y: &mut [f32]) {
    math::exp(x, y);
}

/// `dx = dy y`.
pub fn backward(dy: &[f32], y: &[f32], dx: &mut [f32]) {
    combine(dy, y, dx, |dy, y| dy * y);
}

impl Tape<'_> {
    /// `e^x`, element by element.
    pub fn exp(&mut self, x: Var) -> Var {
        self.elementwise(x, forward, Exp { x })
    }
}

struct Exp {
    x: Var,
}

impl Backward for Exp {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        let y = pass.output();
        pass.accumulate(self.x, |tape, dx| backward(dy, tape.value(y).data(), dx));
    }
}
