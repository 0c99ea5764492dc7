//! The pictures of anomalies.

use crate::report::pictures;
use ae_plot::{Chart, LineChart};
use ae_tensor::Tensor;
use anyhow::Result;
use std::path::Path;

/// The most and the least normal images.
pub(super) const ANOMALIES: &str = "anomalies.png";
/// The histogram of both groups.
pub(super) const SCORES: &str = "scores.png";
/// Recall against false alarms.
pub(super) const ROC: &str = "roc.png";
/// Precision against recall.
pub(super) const PRECISION_RECALL: &str = "precision-recall.png";

/// Images, their reconstructions and the error.
pub(super) struct Group {
    pub(super) caption: String,
    pub(super) inputs: Tensor,
    pub(super) made: Tensor,
    pub(super) maps: Tensor,
}
