#![doc = include_str!("../README.md")]

pub mod anomaly;
mod baseline;
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
mod neighbors;
mod precision_recall;
mod report;
mod sampler;
mod scores;
mod source;
mod spread;
mod table;

pub use baseline::{MeanErrors, PcaBaseline, Verdict};
pub use em::{EmFit, EmOptions};
pub use error::LabError;
pub use features::{FEATURES, Features};
pub use frechet::frechet_distance;
pub use interpolate::{interpolate, slerp, walk_pairs};
pub use mixture::GaussianMixture;
pub use nearest::NearestTraining;
pub use neighbors::nearest_distances;
pub use precision_recall::{PrecisionRecall, precision_recall};
pub use report::ModelPictures;
pub use sampler::{MIXTURE_COMPONENTS, MIXTURE_ROWS, NAIVE_RANGE, PCA_RANGE, Sampler, SamplerKind};
pub use scores::{Reference, ScoreOptions, Scores, score};
pub use source::{Source, SourceScores};
pub use spread::Spread;
pub use table::{Against, Line, ScoreRow, ScoreTable};
