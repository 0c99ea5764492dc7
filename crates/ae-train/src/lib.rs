#![doc = include_str!("../README.md")]

mod denoising;
mod error;
mod evaluate;
mod event;
mod examples;
mod fit;
mod gradient;
mod history;
mod lane;
pub mod metrics;
mod noise;
mod order;
mod progress;
mod samples;
mod shards;

pub use denoising::{Denoising, Quality, measure_denoising};
pub use error::FitError;
pub use evaluate::{evaluate, predict};
pub use event::{BatchReport, EpochReport, Event};
pub use examples::{Batch, Examples};
pub use fit::{FitOptions, Fitted, Stopped, fit};
pub use history::{EpochLosses, History};
pub use noise::{GaussianNoise, Part};
pub use progress::Progress;
pub use samples::Samples;
