//! The kernels: plain functions over slices, vectorized with `wide` and split over threads with
//! rayon. No other crate of the workspace uses these two directly. The kernels are public so that
//! they can be read about, measured and tested; programs should use [`Tensor`](crate::Tensor),
//! because this module may change more often.
//!
//! Read them in this order: `simd` and [`parallel`] (how a loop becomes vectors and blocks),
//! [`math`] (functions of one number, sixteen at once), [`activation`] and [`bce`] (passes over
//! memory), then [`gemm`] (where the dense model spends its time), [`window`], [`pool`] and
//! [`conv`] (where the denoising model does).

pub mod activation;
pub mod bce;
pub mod conv;
pub mod convert;
pub mod gemm;
pub mod gram;
pub mod math;
pub mod packed;
pub mod parallel;
pub mod pool;
mod scratch;
mod simd;
pub mod sum;
pub mod transpose;
pub mod upsample;
pub mod window;
