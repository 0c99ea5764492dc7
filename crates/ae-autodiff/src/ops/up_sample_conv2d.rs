//! `y = f(enlarge(x) * k + b)`: up-sampling and the convolution after it in one operation.
//!
//! Nothing here that [`up_sample2d`](super::up_sample2d) and [`conv2d`](super::conv2d) could not do one after the other; but most
//! products of a convolution over repeated pixels are repetitions too, and the enlarged image need not exist. The
//! derivation is in [`ae_tensor::kernels::conv::enlarged`].

use ae_tensor::Activation;
use ae_tensor::kernels::conv::enlarged::{self, EnlargedConv2d};
use ae_tensor::kernels::gemm::Epilogue;

/// `y = f(enlarge(x) * k + b)`: `[batch, h, w, in]`, `[kh, kw, in, out]` and `[out]` into `[batch, h fy, w fx, out]`.
pub fn forward(
    conv: &EnlargedConv2d,
    x: &[f32],
    kernel: &[f32],
    bias: &[f32],
    activation: Activation,
    y: &mut [f32],
) {
    enlarged::forward(conv, x, kernel, Epilogue { bias: Some(bias), activation }, y);
}

/// `dx`, the gradient by the input, from `dz`.
pub fn backward_input(conv: &EnlargedConv2d, dz: &[f32], kernel: &[f32], dx: &mut [f32]) {
    enlarged::backward_input(conv, dz, kernel, dx);
}

/// `dkernel`, the gradient by the kernel, from `dz`.
pub fn backward_kernel(conv: &EnlargedConv2d, x: &[f32], dz: &[f32], dkernel: &mut [f32]) {
    enlarged::backward_kernel(conv, x, dz, dkernel);
}
