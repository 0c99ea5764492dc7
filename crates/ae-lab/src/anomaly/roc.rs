//! Recall against false alarms, at every threshold.

use super::ranking::Ranking;
use crate::LabError;

/// A point of a [`RocCurve`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RocPoint {
    /// Samples with a score **above** it are flagged.
    pub threshold: f64,
    /// The share of normal samples that are flagged, 0 to 1.
    pub false_alarms: f64,
    /// The share of anomalous samples that are flagged, 0 to 1.
    pub recall: f64,
}

/// The receiver operating characteristic of a score: recall and false alarms at every threshold,
/// and the area under this curve.
///
/// ```
/// use ae_lab::anomaly::RocCurve;
/// let curve = RocCurve::new(&[0.1, 0.4, 0.35, 0.8], &[false, false, true, true])?;
/// // Three of the four pairs of a normal and an anomalous sample are in the right order.
/// assert_eq!(curve.auroc, 0.75);
/// # Ok::<(), ae_lab::LabError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct RocCurve {
    /// From (0, 0), where the threshold is the largest score, to (1, 1), where it is minus
    /// infinity. There is one point for each different score, and the first one.
    pub points: Vec<RocPoint>,
    /// The area under the curve: the probability that an anomalous sample has a larger score than a
    /// normal one, where equal scores count half. It is exact before one last rounding.
    pub auroc: f64,
}

impl RocCurve {
    /// The curve of `scores`, larger for less normal, with the truth of each: `anomalous` or not.
    ///
    /// # Errors
    /// [`LabError::OneGroup`] without normal or without anomalous samples,
    /// [`LabError::NotFiniteScore`].
    ///
    /// # Panics
    /// If there are not as many labels as scores.
    pub fn new(scores: &[f64], anomalous: &[bool]) -> Result<Self, LabError> {
        let ranking = Ranking::new("RocCurve::new", scores, anomalous)?;
        let (n, m) = (ranking.normal as f64, ranking.anomalous as f64);
        let point = |step: &super::ranking::Flagged| RocPoint {
            threshold: step.threshold,
            false_alarms: step.normal as f64 / n,
            recall: step.anomalous as f64 / m,
        };
        let points = ranking.steps.iter().map(point).collect();
        // Twice the area in pairs of samples, in whole numbers: trapezoids.
        let trapezoid = |pair: &[super::ranking::Flagged]| {
            (pair[1].normal - pair[0].normal) as u128
                * (pair[0].anomalous + pair[1].anomalous) as u128
        };
        let twice: u128 = ranking.steps.windows(2).map(trapezoid).sum();
        let pairs = ranking.normal as u128 * ranking.anomalous as u128;
        Ok(Self { points, auroc: twice as f64 / (2 * pairs) as f64 })
    }
}
