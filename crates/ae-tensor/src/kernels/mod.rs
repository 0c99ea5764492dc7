//! The kernels: plain functions over slices, vectorised with `wide` and spread over threads with
//! rayon. No other of the crates names either. They are public so that they can be read about,
//! measured and tested; a program has [`Tensor`](crate::Tensor), and what is here may change more
//! often than that.
//!
//! Read them in this order: `simd` and [`parallel`] (how a loop becomes vectors and blocks),
//! [`math`] (one number at a time, sixteen at once), [`activation`] and [`bce`] (passes over
//! memory), then [`gemm`] (where the dense model's time goes), [`window`], [`pool`] and [`conv`]
//! (where the other's goes).

pub mod activation;
pub mod bce;
pub mod conv;
pub mod convert;
pub mod gemm;
pub mod gram;
pub mod math;
pub mod parallel;
pub mod pool;
mod scratch;
mod simd;
pub mod sum;
pub mod transpose;
pub mod upsample;
pub mod window;
