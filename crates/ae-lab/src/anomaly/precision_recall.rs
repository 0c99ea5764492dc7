//! Precision against recall, at every threshold.

use super::ranking::Ranking;
use crate::LabError;

/// A point of a [`PrecisionRecallCurve`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PrecisionRecallPoint {
    /// Samples with a score **above** it are flagged.
    pub threshold: f64,
    /// The share of anomalous samples that are flagged, 0 to 1.
    pub recall: f64,
    /// The share of flagged samples that are anomalous, 0 to 1.
    pub precision: f64,
}

/// Precision and recall of a score at every threshold, and their average precision.
///
/// ```
/// use ae_lab::anomaly::PrecisionRecallCurve;
/// let curve =
///     PrecisionRecallCurve::new(&[0.1, 0.4, 0.35, 0.8], &[false, false, true, true])?;
/// // The first anomaly is found with precision 1, the second with 2 / 3.
/// assert!((curve.average_precision - (1.0 + 2.0 / 3.0) / 2.0).abs() < 1e-15);
/// # Ok::<(), ae_lab::LabError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct PrecisionRecallCurve {
    /// One point for each different score, by growing recall. The last threshold is minus infinity;
    /// there the precision is the share of anomalous samples.
    pub points: Vec<PrecisionRecallPoint>,
    /// The mean of the precision over the recall, `sum_i (r_i - r_(i-1)) p_i`, as scikit-learn's
    /// `average_precision_score`. A score that tells nothing has about the share of anomalous
    /// samples.
    pub average_precision: f64,
}

impl PrecisionRecallCurve {
    /// The curve of `scores`, larger for less normal, with the truth of each: `anomalous` or not.
    ///
    /// # Errors
    /// [`LabError::OneGroup`] without normal or without anomalous samples,
    /// [`LabError::NotFiniteScore`].
    ///
    /// # Panics
    /// If there are not as many labels as scores.
    pub fn new(scores: &[f64], anomalous: &[bool]) -> Result<Self, LabError> {
        let ranking = Ranking::new("PrecisionRecallCurve::new", scores, anomalous)?;
        let all = ranking.anomalous as f64;
        let (mut points, mut average_precision) = (Vec::new(), 0.0);
        for pair in ranking.steps.windows(2) {
            let hits = pair[1].anomalous as f64;
            let precision = hits / (pair[1].anomalous + pair[1].normal) as f64;
            average_precision += (pair[1].anomalous - pair[0].anomalous) as f64 / all * precision;
            let threshold = pair[1].threshold;
            points.push(PrecisionRecallPoint { threshold, recall: hits / all, precision });
        }
        Ok(Self { points, average_precision })
    }
}
