//! `y = sqrt(x)`, element by element. From `y^2 = x` follows `2 y dy/dx = 1`, so `dx = dy / (2 y)`.
//!
//! At 0 the tangent is vertical: the gradient there is infinite, or NaN if `dy` is 0, as in the
//! other frameworks. Add a small number before taking the root where that may happen.

use super::{combine, map};
use crate::{Backward, BackwardPass, Tape, Var};

/// `y = sqrt(x)`.
pub fn forward(x: &[f32], y: &mut [f32]) {
    map(x, y, f32::sqrt);
}

/// `dx = dy / (2 y)`.
pub fn backward(dy: &[f32], y: &[f32], dx: &mut [f32]) {
    combine(dy, y, dx, |dy, y| dy / (2.0 * y));
}

impl Tape<'_> {
    /// The square root, element by element: NaN below 0. Its gradient at 0 is not finite.
    pub fn sqrt(&mut self, x: Var) -> Var {
        self.elementwise(x, forward, Sqrt { x })
    }
}

struct Sqrt {
    x: Var,
}

impl Backward for Sqrt {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        let y = pass.output();
        pass.accumulate(self.x, |tape, dx| backward(dy, tape.value(y).data(), dx));
    }
}
