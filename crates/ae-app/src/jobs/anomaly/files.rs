//! The files of a run and of scoring, and those of a detector.

use super::scoring::Fitted;
use super::{pictures, results};
use ae_data::Scaling;
use ae_run::{
    DETECTOR, DETECTOR_CODES, Detector, DetectorRecord, METRICS, REPORT, RunFolder, ScoreThreshold,
};
use anyhow::Result;

/// The files of a run and of scoring, which has some of them.
pub(super) const FILES: [(&str, &str); 13] = [
    (
        pictures::ANOMALIES,
        "the most and the least normal images, what the model makes of them, and the error",
    ),
    (pictures::SERIES, "the least and the most normal vectors, and what the model makes of them"),
    (pictures::SCORES, "how many have which score, and the threshold"),
    (pictures::ROC, "anomalies found against false alarms, at every threshold"),
    (pictures::PRECISION_RECALL, "how many of the flagged are anomalies, at every threshold"),
    (results::SCORES, "the scores of each, and whether it is flagged"),
    (METRICS, "how many are flagged, and how well each score tells anomalies from what is normal"),
    (DETECTOR, "the thresholds, with their confidence intervals"),
    (DETECTOR_CODES, "the codes of what is normal, for scoring others"),
    ("loss.png", "both losses over the epochs; the numbers are in history.csv"),
    ("model.safetensors", "the trained model, for anomaly and reconstruct"),
    (REPORT, "all of this on one page, for a browser"),
    ("SHA256SUMS", "the files' checksums, for verify"),
];

/// Writes the detector of a run.
pub(super) fn write(
    fitted: &Fitted<'_>,
    scaling: Option<&Scaling>,
    folder: &RunFolder,
) -> Result<()> {
    let thresholds = fitted.thresholds.iter().map(|(kind, threshold)| ScoreThreshold {
        score: *kind,
        value: threshold.value,
        interval: threshold.interval,
        rate: threshold.rate,
        confidence: threshold.confidence,
    });
    let record = DetectorRecord {
        version: env!("CARGO_PKG_VERSION").into(),
        score: fitted.score,
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
    let (codes, held_out) = (fitted.codes.cloned(), fitted.held_out.clone());
    let mut detector = Detector { record, codes, held_out };
    Ok(detector.write(folder)?)
}
