#![doc = include_str!("../README.md")]

mod fit;
mod history;
mod progress;
mod samples;

pub use fit::{EpochReport, FitError, FitOptions, evaluate, fit, predict};
pub use history::{EpochLosses, History};
pub use progress::Progress;
pub use samples::{Batches, Samples};
