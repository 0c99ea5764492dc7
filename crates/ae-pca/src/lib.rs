#![doc = include_str!("../README.md")]

mod dual;
mod error;
mod jacobi;
mod map;
mod pca;
mod rotation;
mod strips;
mod subspace;

pub use error::PcaError;
pub use jacobi::{Eigen, MAX_SWEEPS, symmetric_eigen};
pub use map::{CodeMap, MapAxes};
pub use pca::Pca;
