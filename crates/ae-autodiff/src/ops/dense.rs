//! `y = f(x w + b)`: a dense layer in one operation.
//!
//! The result is that of [`matmul`], [`add_bias`] and the activation in sequence. Here bias and
//! activation are applied while the product is still in registers, which saves two passes over
//! memory and two buffers.
//!
//! With `z = x w + b` the chain rule gives `dz = dy f'(z)` and then the gradients of the parts. All
//! activations' derivatives can be written in terms of `y = f(z)`, so `z` is not kept: see
//! [`Activation::backward`].

use super::{add_bias, matmul};
use crate::{Backward, BackwardPass, Tape, Var};
use ae_tensor::kernels::gemm::{Epilogue, MatRef, gemm};
use ae_tensor::{Activation, Tensor};

/// `y = f(x w + b)`: `[batch, in] x [in, out] + [out]` into `[batch, out]`.
pub fn forward(x: MatRef<'_>, w: MatRef<'_>, b: &[f32], activation: Activation, y: &mut [f32]) {
    gemm(x, w, y, Epilogue { bias: Some(b), activation });
}

/// Turns `dy` into `dz = dy f'(z)` in place. The gradients by `x`, `w` and `b` follow from `dz`:
/// [`matmul::backward_a`], [`matmul::backward_b`], [`add_bias::backward_bias`].
pub fn backward_activation(y: &[f32], activation: Activation, dy: &mut [f32]) {
    activation.backward(y, dy);
}

impl Tape<'_> {
    /// A dense layer, `activation(x w + b)`: `[batch, in] x [in, out] + [out]` is `[batch, out]`.
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[track_caller]
    pub fn dense(&mut self, x: Var, w: Var, b: Var, activation: Activation) -> Var {
        let (batch, inputs) = self.shape(x).matrix("dense");
        let (w_inputs, outputs) = self.shape(w).matrix("dense");
        assert!(
            inputs == w_inputs && self.shape(b).dims() == [outputs],
            "dense: {} x {} + {}",
            self.shape(x),
            self.shape(w),
            self.shape(b)
        );
        let mut y = self.buffer(batch * outputs);
        let (x_value, w_value) = (self.value(x).as_matrix(), self.value(w).as_matrix());
        forward(x_value, w_value, self.value(b).data(), activation, &mut y);
        let y = Tensor::new([batch, outputs], y);
        self.custom(&[x, w, b], y, Dense { x, w, b, activation })
    }
}

struct Dense {
    x: Var,
    w: Var,
    b: Var,
    activation: Activation,
}

impl Backward for Dense {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        let &mut Self { x, w, b, activation } = self;
        let y = pass.tape().value(pass.output());
        backward_activation(y.data(), activation, dy);
        let (rows, cols) = y.shape().matrix("dense");
        let dz = MatRef::new(dy, rows, cols);
        pass.accumulate(w, |tape, dw| matmul::backward_b(tape.value(x).as_matrix(), dz, dw));
        pass.accumulate(b, |_, db| add_bias::backward_bias(dy, db));
        pass.accumulate(x, |tape, dx| matmul::backward_a(dz, tape.value(w).as_matrix(), dx));
    }
}
