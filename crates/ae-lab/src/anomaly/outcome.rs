//! What a threshold flags where the truth is known.

use super::ranking::groups;
use crate::LabError;

/// What is flagged at one threshold.
///
/// ```
/// use ae_lab::anomaly::Outcome;
/// let outcome = Outcome::at(0.3, &[0.1, 0.4, 0.35, 0.8], &[false, false, true, true])?;
/// assert_eq!((outcome.flagged, outcome.recall, outcome.false_alarms), (3, 1.0, 0.5));
/// assert_eq!(outcome.precision, Some(2.0 / 3.0));
/// # Ok::<(), ae_lab::LabError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// The number of samples whose score is above the threshold.
    pub flagged: usize,
    /// The share of anomalous samples that are flagged, 0 to 1.
    pub recall: f64,
    /// The share of normal samples that are flagged, 0 to 1.
    pub false_alarms: f64,
    /// The share of flagged samples that are anomalous, 0 to 1; `None` if nothing is flagged.
    pub precision: Option<f64>,
}

impl Outcome {
    /// Counts the scores **above** the threshold in both groups.
    ///
    /// # Errors
    /// [`LabError::OneGroup`] without normal or without anomalous samples,
    /// [`LabError::NotFiniteScore`].
    ///
    /// # Panics
    /// If there are not as many labels as scores.
    pub fn at(threshold: f64, scores: &[f64], anomalous: &[bool]) -> Result<Self, LabError> {
        let [normal, all] = groups("Outcome::at", scores, anomalous)?;
        let is_flagged = |&(score, _): &(&f64, &bool)| *score > threshold;
        let [mut hits, mut alarms] = [0, 0];
        for (_, &anomalous) in scores.iter().zip(anomalous).filter(is_flagged) {
            *(if anomalous { &mut hits } else { &mut alarms }) += 1;
        }
        let flagged = hits + alarms;
        Ok(Self {
            flagged,
            recall: hits as f64 / all as f64,
            false_alarms: alarms as f64 / normal as f64,
            precision: (flagged > 0).then(|| hits as f64 / flagged as f64),
        })
    }
}
