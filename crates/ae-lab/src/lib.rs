#![doc = include_str!("../README.md")]

mod cholesky;
mod draws;
mod em;
mod error;
mod features;
mod frechet;
mod interpolate;
mod kmeans;
mod mixture;
mod nearest;
mod neighbours;
mod precision_recall;
mod sampler;
mod scores;
mod spread;

pub use em::{EmFit, EmOptions};
pub use error::LabError;
pub use features::{FEATURES, Features};
pub use frechet::frechet_distance;
pub use interpolate::{interpolate, slerp};
pub use mixture::GaussianMixture;
pub use nearest::NearestTraining;
pub use neighbours::nearest_distances;
pub use precision_recall::{PrecisionRecall, precision_recall};
pub use sampler::{MIXTURE_COMPONENTS, MIXTURE_ROWS, NAIVE_RANGE, PCA_RANGE, Sampler, SamplerKind};
pub use scores::{Reference, ScoreOptions, Scores, score};
pub use spread::Spread;
