//! The operations: for each a file with its forward function and its backward function side by side.
//!
//! They are plain functions over tensors and slices and know nothing of the tape; `tape.rs` says
//! which op calls which. In the backward functions `dy` is the gradient of the loss by the op's output;
//! a result named `dx` is the gradient by the input `x`.
//!
//! NaN, infinity and the smallest numbers fare as in the kernels, which say it under "Special values"; `arithmetic` is
//! IEEE's. A mean of no elements is NaN.
//!
//! All of them panic if lengths or shapes do not fit each other.
//!
//! Every gradient is checked twice: here or in the tape's tests against finite differences of an f64
//! reference, and in the workspace's `tests/` against other frameworks; and over random shapes against references of the
//! gradients themselves.

pub mod arithmetic;
pub mod bce;
pub mod bias;
pub mod conv2d;
pub mod dense;
pub mod gaussian;
pub mod l1;
pub mod matmul;
pub mod max_pool2d;
pub mod mean;
pub mod scale;
pub mod up_sample2d;
pub mod up_sample_conv2d;
