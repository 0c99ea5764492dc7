//! From a detector to its files.

use super::scoring::Fitted;
use ae_data::Scaling;
use ae_run::{Detector, DetectorRecord, RunFolder, ScoreThreshold};
use anyhow::Result;

/// Writes the detector of a run.
pub(super) fn write(
    fitted: &Fitted<'_>,
    scaling: Option<&Scaling>,
    folder: &RunFolder,
) -> Result<()> {
    let thresholds = fitted.thresholds.iter().map(|(kind, threshold)| ScoreThreshold {
        score: kind.to_string(),
        value: threshold.value,
        interval: threshold.interval,
        rate: threshold.rate,
        confidence: threshold.confidence,
    });
    let record = DetectorRecord {
        version: env!("CARGO_PKG_VERSION").into(),
        score: fitted.score.to_string(),
        false_alarms: fitted.false_alarms,
        held_out: fitted.held_out.first().map_or(0, |(_, scores)| scores.len()),
        patch: fitted.patch,
        neighbors: fitted.neighbors,
        codes: Vec::new(),
        model: String::new(),
        arrays: String::new(),
        shifts: scaling.map_or_else(Vec::new, |scaling| scaling.shifts().to_vec()),
        scales: scaling.map_or_else(Vec::new, |scaling| scaling.scales().to_vec()),
        thresholds: thresholds.collect(),
    };
    let held_out = fitted.held_out.iter().map(|(kind, scores)| (kind.to_string(), scores.clone()));
    let mut detector =
        Detector { record, codes: fitted.codes.cloned(), held_out: held_out.collect() };
    Ok(detector.write(folder)?)
}
