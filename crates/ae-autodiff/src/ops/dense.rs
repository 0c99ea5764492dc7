//! `y = f(x w + b)`: a dense layer in one operation.
//!
//! Nothing here that [`matmul`](super::matmul), [`bias`](super::bias) and the activation could not do one after the
//! other; but bias and activation are applied while the product is still in registers, which saves two
//! passes over memory, and one buffer each.
//!
//! With `z = x w + b` the chain rule gives `dz = dy f'(z)` and then the gradients of the parts. Both
//! activations' derivatives can be written in terms of `y = f(z)`, so `z` is not kept:
//! `relu' = (1 if y > 0, else 0)`, `sigmoid' = y (1 - y)`.

use ae_tensor::Activation;
use ae_tensor::kernels::gemm::{Epilogue, MatRef, gemm};

/// `y = f(x w + b)`: `[batch, in] x [in, out] + [out]` into `[batch, out]`.
pub fn forward(x: MatRef<'_>, w: MatRef<'_>, b: &[f32], activation: Activation, y: &mut [f32]) {
    gemm(x, w, y, Epilogue { bias: Some(b), activation });
}

/// Turns `dy` into `dz = dy f'(z)` in place. The gradients by `x`, `w` and `b` follow from `dz`:
/// [`matmul::backward_a`](super::matmul::backward_a), [`matmul::backward_b`](super::matmul::backward_b),
/// [`bias::backward_bias`](super::bias::backward_bias).
pub fn backward_activation(y: &[f32], activation: Activation, dy: &mut [f32]) {
    activation.backward(y, dy);
}
