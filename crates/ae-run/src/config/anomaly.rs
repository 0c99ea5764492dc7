//! The settings that only a run of anomaly detection has, as a table of their own.

use crate::{AnomalySpec, Job, MaskSpec, RunError, TrainingSpec};
use ae_data::Share;
use ae_lab::anomaly::ScoreKind;
use serde::{Deserialize, Serialize};

/// The table `[anomaly]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AnomalyRecord {
    /// The name of the score that flags.
    score: String,
    false_alarms: f64,
    held_out: Share,
    patch: usize,
    neighbors: usize,
    /// The SHA-256 of the names and contents of the masks, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    masks: Option<String>,
}

impl AnomalyRecord {
    pub(super) fn of(job: &Job) -> Option<Self> {
        let Job::Anomaly(spec) = job else { return None };
        let &AnomalySpec { false_alarms, held_out, patch, neighbors, ref masks, .. } = spec;
        let masks = match masks {
            MaskSpec::Recorded { sha256, .. } => Some(sha256.clone()),
            MaskSpec::Beside | MaskSpec::In(_) | MaskSpec::Without => None,
        };
        let score = spec.score().to_string();
        Some(Self { score, false_alarms, held_out, patch, neighbors, masks })
    }

    /// Returns the job with these settings. Where the masks are is not known yet.
    pub(super) fn spec(&self, training: TrainingSpec) -> Result<AnomalySpec, RunError> {
        let &Self { ref score, false_alarms, held_out, patch, neighbors, ref masks } = self;
        let score = self.kind().ok_or_else(|| {
            let expected = ScoreKind::ALL.map(ScoreKind::name).join(", ");
            super::checks::refused("anomaly.score", &format!("one of {expected}"), score)
        })?;
        let masks = match masks.clone() {
            Some(sha256) => MaskSpec::Recorded { sha256, place: None },
            None => MaskSpec::Without,
        };
        let score = Some(score);
        Ok(AnomalySpec { training, score, false_alarms, held_out, patch, neighbors, masks })
    }

    /// The checksum of the masks.
    pub(super) fn masks(&self) -> Option<&str> {
        self.masks.as_deref()
    }

    /// Checks the numbers.
    pub(super) fn check(&self) -> Result<(), RunError> {
        let whole = "a whole number of at least 1";
        super::checks::valid(
            AnomalySpec::takes_rate(self.false_alarms),
            "anomaly.false_alarms",
            "a number above 0 and below 1",
            self.false_alarms,
        )?;
        let some = self.held_out.millionths() > 0;
        super::checks::valid(some, "anomaly.held_out", "a share above 0", self.held_out)?;
        super::checks::valid(self.patch > 0, "anomaly.patch", whole, self.patch)?;
        super::checks::valid(self.neighbors > 0, "anomaly.neighbors", whole, self.neighbors)
    }

    fn kind(&self) -> Option<ScoreKind> {
        self.score.parse().ok()
    }
}
