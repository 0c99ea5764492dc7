//! The names of the pictures.

/// The most and the least normal images.
pub(super) const ANOMALIES: &str = "anomalies.png";
/// The same of vectors, as curves.
pub(super) const SERIES: &str = "series.png";
/// The histogram of both groups.
pub(super) const SCORES: &str = "scores.png";
/// Recall against false alarms.
pub(super) const ROC: &str = "roc.png";
/// Precision against recall.
pub(super) const PRECISION_RECALL: &str = "precision-recall.png";

/// The rows of a gallery: images, their reconstructions and the error, of two groups; with masks
/// also the means of the error and the masks.
pub(super) const fn gallery_rows(masks: bool) -> usize {
    if masks { 10 } else { 6 }
}
