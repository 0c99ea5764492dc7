//! `y = sum_i x_i` over all elements, a scalar; so `dx_i = dy` for every element.

use crate::{Backward, BackwardPass, Tape, Var};

/// The sum of `x`, accumulated in f64; 0 for no elements.
#[must_use]
pub fn forward(x: &[f32]) -> f32 {
    ae_tensor::kernels::sum::sum(x) as f32
}

/// `dx_i = dy`.
pub fn backward(dy: f32, dx: &mut [f32]) {
    dx.fill(dy);
}

impl Tape<'_> {
    /// The sum of all elements, a scalar.
    pub fn sum(&mut self, x: Var) -> Var {
        let sum = forward(self.value(x).data());
        let sum = self.scalar(sum);
        self.custom(&[x], sum, Sum { x })
    }
}

struct Sum {
    x: Var,
}

impl Backward for Sum {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        pass.accumulate(self.x, |_, dx| backward(dy[0], dx));
    }
}
