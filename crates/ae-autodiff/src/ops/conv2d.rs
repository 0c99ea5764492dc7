//! `y = f(x * k + b)`: a convolution, its bias and its activation in one operation.
//!
//! The convolution's own gradients, by the input and by the kernel, are derived in [`ae_tensor::kernels::conv`]. The rest is as
//! in [`dense`](super::dense), since a convolution is a dense layer applied to every patch: with `z = x * k + b` the chain
//! rule gives `dz = dy f'(z)`, and `db` is the sum of `dz` over all pixels of all images.

use ae_tensor::Activation;
use ae_tensor::kernels::conv::{self, Conv2d};
use ae_tensor::kernels::gemm::Epilogue;

/// `y = f(x * k + b)`: `[batch, h, w, in]`, `[kh, kw, in, out]` and `[out]` into `[batch, h', w', out]`.
pub fn forward(
    conv: &Conv2d,
    x: &[f32],
    kernel: &[f32],
    bias: &[f32],
    activation: Activation,
    y: &mut [f32],
) {
    conv::forward(conv, x, kernel, Epilogue { bias: Some(bias), activation }, y);
}

/// `dx`, the gradient by the input, from `dz`.
pub fn backward_input(conv: &Conv2d, dz: &[f32], kernel: &[f32], dx: &mut [f32]) {
    conv::backward_input(conv, dz, kernel, dx);
}

/// `dkernel`, the gradient by the kernel, from `dz`.
pub fn backward_kernel(conv: &Conv2d, x: &[f32], dz: &[f32], dkernel: &mut [f32]) {
    conv::backward_kernel(conv, x, dz, dkernel);
}
