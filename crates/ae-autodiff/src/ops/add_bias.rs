//! `y = x + b`: the bias `b [n]` is added to each row of `x [m, n]`.
//!
//! Each `b_j` reaches the loss through all `y_ij` of its column, so `db_j = sum_i dy_ij`; and
//! `dx = dy`.

use crate::{Backward, BackwardPass, Tape, Var};
use ae_tensor::kernels::{activation::bias_activation, sum::column_sums};
use ae_tensor::{Activation, Tensor};

/// `y = x + b`.
pub fn forward(x: &[f32], b: &[f32], y: &mut [f32]) {
    y.copy_from_slice(x);
    bias_activation(y, b, Activation::Linear);
}

/// `db_j = sum_i dy_ij`.
pub fn backward_bias(dy: &[f32], db: &mut [f32]) {
    column_sums(dy, db);
}

impl Tape<'_> {
    /// `x + b`: the vector `b [n]` is added to each row of `x [m, n]`.
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[track_caller]
    pub fn add_bias(&mut self, x: Var, b: Var) -> Var {
        let (m, n) = self.shape(x).matrix("add_bias");
        assert!(
            self.shape(b).dims() == [n],
            "add_bias: {} to each row of {}",
            self.shape(b),
            self.shape(x)
        );
        let mut y = self.buffer(m * n);
        forward(self.value(x).data(), self.value(b).data(), &mut y);
        self.custom(&[x, b], Tensor::new([m, n], y), AddBias { x, b })
    }
}

struct AddBias {
    x: Var,
    b: Var,
}

impl Backward for AddBias {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        pass.accumulate(self.b, |_, db| backward_bias(dy, db));
        pass.accumulate(self.x, |_, dx| dx.copy_from_slice(dy));
    }
}
