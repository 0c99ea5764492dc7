#![doc = include_str!("../README.md")]

mod ahead;
mod augmentation;
mod auto_encoder;
mod builder;
mod checkpoint;
mod clock;
mod corruption;
mod denoising;
mod divergence;
mod early_stopping;
mod error;
mod evaluate;
mod event;
mod examples;
mod fit;
mod gradient;
mod held_out;
mod history;
mod lane;
mod loss;
pub mod metrics;
mod noise_level;
mod order;
mod pace;
mod preference;
mod reconstruction;
mod samples;
mod shards;
mod team;
#[cfg(feature = "serde")]
mod text;
mod tiles;

pub use ae_files::{RowFile, StoredRows};
pub use augmentation::{Augmentation, AugmentationError, Crop, Flip};
pub use auto_encoder::{AutoEncoder, ModelError};
pub use builder::Fit;
pub use checkpoint::{TrainingState, put_weights, restore, snapshot};
pub use corruption::{
    Corruption, GaussianLevels, GaussianNoise, ImageKey, ImageNoise, Masking, NamedCorruption,
    SaltAndPepper, Split,
};
pub use denoising::{Denoising, Quality, measure_denoising};
pub use divergence::Divergence;
pub use early_stopping::{EarlyStopping, Monitor};
pub use error::{FitError, NameError};
pub use evaluate::{evaluate, predict, predict_examples};
pub use event::{BatchReport, EpochReport, Event};
pub use examples::{AsExamples, Batch, Examples};
pub use fit::{FitOptions, Fitted, StepwiseFit, Stopped, Training, fit, fit_from};
pub use held_out::{hold_out, spread_out};
pub use history::{EpochLosses, History};
pub use loss::{BinaryCrossentropy, Loss, MeanSquaredError, NamedLoss};
pub use noise_level::{
    change_contrast, contrast_for, estimate_noise, is_far, mean_noise, strength_for, with_strength,
};
pub use pace::{Pace, measure_pace};
pub use reconstruction::{ReconstructionErrors, measure_reconstructions};
pub use samples::Samples;
pub use team::{Alone, InThreads, Summation, Team, TeamError};
pub use tiles::{TILE, predict_image, predict_rows};
