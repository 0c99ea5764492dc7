//! What the scores are worth: a table of each image, and measures where the truth is known.

use super::pixels::Pixels;
use super::scoring::{Fitted, Scorer, Scores};
use crate::exit::{data as data_error, warn};
use crate::report::{Anomalies, Report};
use crate::run::Task;
use ae_data::Label;
use ae_lab::anomaly::{Outcome, PrecisionRecallCurve, RocCurve, ScoreKind, Threshold};
use ae_run::{METRICS, RunFolder};
use ae_train::{Examples, History};
use anyhow::Result;
use serde::Serialize;
use std::collections::BTreeMap;

/// The scores of each image.
pub(super) const SCORES: &str = "scores.csv";

/// An image that was scored.
pub(crate) struct Row {
    /// Its path, or its index.
    pub(crate) name: String,
    /// Its class, if it has one.
    pub(crate) class: String,
}

/// The scores of images.
pub(super) struct Scored {
    pub(super) title: String,
    pub(super) rows: Vec<Row>,
    scores: Scores,
    pub(super) score: ScoreKind,
    thresholds: Vec<(ScoreKind, Threshold)>,
    /// Whether each image is an anomaly, if both kinds are known.
    pub(super) anomalous: Option<Vec<bool>>,
    pub(super) measures: Vec<Measured>,
    /// How well the heat maps say where defects are, if there are masks.
    pixels: Option<Pixels>,
    /// Whether these are vectors, which are drawn as curves.
    pub(super) vectors: bool,
}

/// How well a score tells anomalies from normal images.
pub(super) struct Measured {
    pub(super) kind: ScoreKind,
    pub(super) roc: RocCurve,
    pub(super) precision_recall: PrecisionRecallCurve,
    pub(super) outcome: Outcome,
}

/// The content of `metrics.toml`.
#[derive(Serialize)]
struct Metrics<'a> {
    /// Also the number of rows of vectors, so that a script reads one key.
    images: usize,
    flagged: usize,
    score: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    loss: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    val_loss: Option<f64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    scores: BTreeMap<String, ScoreMetrics>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pixels: Option<&'a Pixels>,
}

/// The measures of a score.
#[derive(Serialize)]
struct ScoreMetrics {
    auroc: f64,
    average_precision: f64,
    threshold: f64,
    recall: f64,
    false_alarms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    precision: Option<f64>,
}

impl Scored {
    /// Scores the test images of a job.
    pub(super) fn of_test(
        scorer: &Scorer<'_>,
        fitted: &Fitted<'_>,
        task: &Task<'_>,
    ) -> Result<Self> {
        let test = &task.data.dataset.test;
        let labelled = test.labels().is_some();
        let row = |(i, class): (usize, Label)| Row {
            name: match test.files() {
                Some(files) => files[i].to_string_lossy().into_owned(),
                None => format!("{i}"),
            },
            class: if labelled { task.data.class_name(class).to_owned() } else { String::new() },
        };
        let rows = test.class_of_each().enumerate().map(row).collect();
        let title = task.data.title();
        let scored =
            Self::new(scorer, fitted, task.test_examples(), title, rows, task.data.anomalous())?;
        let pixels = match task.mask_examples() {
            Some(masks) => Pixels::measure(scorer, task.test_examples(), masks)?,
            None => None,
        };
        Ok(Self { vectors: task.data.scaling.is_some(), pixels, ..scored })
    }

    /// Scores images.
    pub(super) fn new(
        scorer: &Scorer<'_>,
        fitted: &Fitted<'_>,
        examples: Examples<'_>,
        title: String,
        rows: Vec<Row>,
        anomalous: Option<Vec<bool>>,
    ) -> Result<Self> {
        let mut scores = scorer.scores(examples)?;
        scores.retain(|(kind, _)| fitted.threshold_of(*kind).is_some());
        for (kind, scores) in &scores {
            if let Some(row) = scores.iter().position(|score| !score.is_finite()) {
                let message = format!(
                    "{}: expected numbers of which the score {kind} can be computed, found {}",
                    rows[row].name, scores[row]
                );
                return Err(data_error(message).into());
            }
        }
        let mut measures = Vec::new();
        if let Some(anomalous) = &anomalous {
            for (kind, scores) in &scores {
                let Some(threshold) = fitted.threshold_of(*kind) else { continue };
                measures.push(Measured {
                    kind: *kind,
                    roc: RocCurve::new(scores, anomalous)?,
                    precision_recall: PrecisionRecallCurve::new(scores, anomalous)?,
                    outcome: Outcome::at(threshold.value, scores, anomalous)?,
                });
            }
        }
        let thresholds = fitted.thresholds.clone();
        let scored = Self {
            title,
            rows,
            scores,
            score: fitted.score,
            thresholds,
            anomalous,
            measures,
            pixels: None,
            vectors: false,
        };
        let chosen = scored.chosen();
        if chosen.len() > 1 && chosen.iter().all(|score| *score == chosen[0]) {
            let score = scored.score;
            warn(&format!(
                "score {score}: {} for all that was scored: it tells nothing",
                chosen[0]
            ));
        }
        Ok(scored)
    }

    /// The score that flags, of each image.
    pub(super) fn chosen(&self) -> &[f64] {
        let found = self.scores.iter().find(|(kind, _)| *kind == self.score);
        found.map_or(&[], |(_, scores)| scores)
    }

    /// Says what was scored.
    pub(super) fn what(&self) -> &'static str {
        if self.vectors { "rows" } else { "images" }
    }

    pub(super) fn threshold(&self) -> Threshold {
        let found = self.thresholds.iter().find(|(kind, _)| *kind == self.score);
        found.expect("the score that flags has a threshold").1
    }

    /// Returns the number of images that are flagged.
    pub(super) fn flagged(&self) -> usize {
        let threshold = self.threshold().value;
        self.chosen().iter().filter(|score| **score > threshold).count()
    }

    /// Writes the table of all images.
    fn write_table(&self, folder: &RunFolder) -> Result<()> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let kinds = self.scores.iter().map(|(kind, _)| kind.name());
        let head = ["image", "class", "anomalous"].into_iter().chain(kinds).chain(["flagged"]);
        writer.write_record(head)?;
        let threshold = self.threshold().value;
        for (i, Row { name, class }) in self.rows.iter().enumerate() {
            let anomalous = self.anomalous.as_ref().map(|flags| flags[i].to_string());
            let mut record = vec![name.clone(), class.clone(), anomalous.unwrap_or_default()];
            record.extend(self.scores.iter().map(|(_, scores)| scores[i].to_string()));
            record.push((self.chosen()[i] > threshold).to_string());
            writer.write_record(record)?;
        }
        let bytes = writer.into_inner().map_err(|error| anyhow::anyhow!("{error}"))?;
        Ok(ae_files::replace(folder.file(SCORES), &bytes)?)
    }

    /// Writes the table of all images and the measures. `history` is that of a run that has just
    /// been trained.
    pub(super) fn write(&self, folder: &RunFolder, history: Option<&History>) -> Result<()> {
        self.write_table(folder)?;
        let last = history.and_then(|history| history.epochs.last());
        let metrics = Metrics {
            images: self.rows.len(),
            flagged: self.flagged(),
            score: self.score.to_string(),
            loss: last.map(|last| last.loss),
            val_loss: last.map(|last| last.val_loss),
            scores: self.measures.iter().map(|m| (m.kind.to_string(), self.metrics(m))).collect(),
            pixels: self.pixels.as_ref(),
        };
        Ok(folder.write_toml(METRICS, &metrics)?)
    }

    fn metrics(&self, measured: &Measured) -> ScoreMetrics {
        let Measured { kind, roc, precision_recall, outcome } = measured;
        let threshold = self.thresholds.iter().find(|(found, _)| found == kind);
        ScoreMetrics {
            auroc: roc.auroc,
            average_precision: precision_recall.average_precision,
            threshold: threshold.map_or(f64::NAN, |(_, threshold)| threshold.value),
            recall: outcome.recall,
            false_alarms: outcome.false_alarms,
            precision: outcome.precision,
        }
    }

    /// Prints the threshold, what is flagged, and a table of measures.
    pub(super) fn report(&self, report: &Report) {
        let Threshold { value, false_alarms, held_out, interval, rate, confidence } =
            self.threshold();
        let (score, flagged, images) = (self.score, self.flagged(), self.rows.len());
        let (what, [low, high]) = (self.what(), interval);
        let sure = format!("{:.0} %", 100.0 * confidence);
        let to = match high.is_finite() {
            true => format!("to {high:.5}"),
            false => format!("without an upper end: more held-out {what} give one"),
        };
        report.item(
            "threshold",
            format_args!(
                "{score} {value:.5}, for a rate of false alarms of {false_alarms}, from {held_out} held-out {what}; \
                 {sure} interval {low:.5} {to}"
            ),
        );
        report.item(
            "",
            format_args!(
                "with {sure} confidence it flags {:.2} to {:.2} % of normal {what}",
                100.0 * rate[0],
                100.0 * rate[1]
            ),
        );
        report.item("flagged", format_args!("{flagged} of {images} {what}"));
        if !self.measures.is_empty() {
            report.line(format_args!(
                "\n  {:<14} {:>8} {:>18} {:>20} {:>13}",
                "score", "AUROC", "average precision", "recall at threshold", "false alarms"
            ));
            for Measured { kind, roc, precision_recall, outcome } in &self.measures {
                report.line(format_args!(
                    "  {:<14} {:>8.4} {:>18.4} {:>20.4} {:>13.4}",
                    kind.name(),
                    roc.auroc,
                    precision_recall.average_precision,
                    outcome.recall,
                    outcome.false_alarms
                ));
            }
        }
        if let Some(pixels) = &self.pixels {
            report.line("");
            pixels.report(report);
        }
        let score = score.to_string();
        let found = Anomalies { images, flagged, score, threshold: value, scores: SCORES };
        report.note(|results| results.found_anomalies(found));
    }
}
