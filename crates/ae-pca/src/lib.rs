#![doc = include_str!("../README.md")]

mod divide;
mod dual;
mod eigenpairs;
mod error;
mod jacobi;
mod map;
mod merge;
mod pca;
mod reflect;
mod rotation;
mod secular;
mod strips;
mod subspace;
mod symmetric;
mod tridiagonal;
mod vectors;

pub use eigenpairs::{Eigenpairs, divide_and_conquer};
pub use error::PcaError;
pub use jacobi::{Eigen, MAX_SWEEPS, symmetric_eigen};
pub use map::{CodeMap, MapAxes};
pub use pca::Pca;
