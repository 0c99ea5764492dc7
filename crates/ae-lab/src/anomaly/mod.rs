#![doc = include_str!("LESSON.md")]

mod kind;
mod mahalanobis;
mod neighbor_distance;
mod outcome;
mod patch;
mod pixels;
mod precision_recall;
mod ranking;
mod reconstruction;
mod roc;
mod threshold;

pub use kind::ScoreKind;
pub use mahalanobis::Mahalanobis;
pub use neighbor_distance::NeighborDistance;
pub use outcome::Outcome;
pub use patch::{patch_maps, worst_patches};
pub use pixels::PixelRanking;
pub use precision_recall::{PrecisionRecallCurve, PrecisionRecallPoint};
pub use reconstruction::{cross_entropies, error_maps, squared_errors};
pub use roc::{RocCurve, RocPoint};
pub use threshold::Threshold;
