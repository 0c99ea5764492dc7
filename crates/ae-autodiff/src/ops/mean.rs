//! `y = (1/n) sum_i x_i`, a scalar; so `dx_i = dy / n` for every element.

use crate::{Backward, BackwardPass, Tape, Var};

/// The mean of `x`, accumulated in f64.
#[must_use]
pub fn forward(x: &[f32]) -> f32 {
    (ae_tensor::kernels::sum::sum(x) / x.len() as f64) as f32
}

/// `dx_i = dy / n`.
pub fn backward(dy: f32, dx: &mut [f32]) {
    let share = dy / dx.len() as f32;
    dx.fill(share);
}

impl Tape<'_> {
    /// The mean of all elements, a scalar.
    pub fn mean(&mut self, x: Var) -> Var {
        let mean = forward(self.value(x).data());
        let mean = self.scalar(mean);
        self.custom(&[x], mean, Mean { x })
    }
}

struct Mean {
    x: Var,
}

impl Backward for Mean {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        pass.accumulate(self.x, |_, dx| backward(dy[0], dx));
    }
}
