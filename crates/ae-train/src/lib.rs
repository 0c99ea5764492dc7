#![doc = include_str!("../README.md")]

mod checkpoint;
mod denoising;
mod early_stopping;
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
mod pace;
mod progress;
mod reconstruction;
mod samples;
mod shards;
mod tiles;

pub use checkpoint::{TrainingState, put_weights, restore, snapshot};
pub use denoising::{Denoising, Quality, measure_denoising};
pub use early_stopping::{EarlyStopping, Monitor};
pub use error::FitError;
pub use evaluate::{evaluate, predict, predict_examples};
pub use event::{BatchReport, EpochReport, Event};
pub use examples::{Batch, Examples};
pub use fit::{FitOptions, Fitted, Stopped, Training, fit, fit_from};
pub use history::{EpochLosses, History};
pub use noise::{GaussianNoise, Part};
pub use pace::{Pace, measure_pace};
pub use progress::Progress;
pub use reconstruction::{ReconstructionErrors, measure_reconstructions};
pub use samples::Samples;
pub use tiles::{TILE, predict_image};
