//! From scores to pictures.

use super::pictures;
use super::results::{Measured, Scored};
use super::scoring::Scorer;
use crate::report::pictures::{anomaly as draw, shown_gallery};
use ae_run::RunFolder;
use ae_tensor::Tensor;
use ae_train::Examples;
use anyhow::Result;

/// The number of vectors of each kind that are drawn.
const SERIES_OF_EACH: usize = 4;

/// Images of one kind, the most telling first.
struct Shown {
    caption: String,
    indices: Vec<usize>,
    inputs: Tensor,
    made: Tensor,
    maps: Tensor,
}

impl Scored {
    /// Draws the most and the least normal images, and the curves; with their masks, if there are
    /// any. `(samples, show)`: how many, and whether also in the terminal.
    pub(super) fn draw(
        &self,
        folder: &RunFolder,
        scorer: &Scorer<'_>,
        examples: Examples<'_>,
        masks: Option<Examples<'_>>,
        (samples, show): (usize, bool),
    ) -> Result<()> {
        let shown = self.shown(scorer, examples, samples);
        if self.vectors {
            self.draw_series(folder, &shown)?;
        } else {
            self.draw_images(folder, scorer, masks, &shown)?;
            let rows = shown.iter().flat_map(|shown| {
                [(&shown.caption[..], &shown.inputs), ("reconstructions", &shown.made)]
            });
            let rows: Vec<_> = rows.collect();
            shown_gallery(show, None, &self.title, scorer.image, &rows)?;
        }
        self.draw_curves(folder)
    }

    /// The least and the most normal images.
    fn shown(&self, scorer: &Scorer<'_>, examples: Examples<'_>, samples: usize) -> [Shown; 2] {
        let (chosen, score) = (self.chosen(), self.score);
        let mut order: Vec<usize> = (0..chosen.len()).collect();
        order.sort_by(|&a, &b| chosen[b].total_cmp(&chosen[a]).then(a.cmp(&b)));
        let worst: Vec<_> = order.iter().copied().take(samples).collect();
        let best: Vec<_> = order.iter().rev().copied().take(samples).collect();
        let captions = ["least normal, the largest", "most normal, the smallest"];
        let kinds = captions.into_iter().zip([worst, best]).map(|(caption, indices)| {
            let (inputs, made) = scorer.reconstructed(&examples.inputs(&indices));
            let maps = scorer.maps(&inputs, &made);
            Shown { caption: format!("{caption} {score} first"), indices, inputs, made, maps }
        });
        let mut kinds = kinds.collect::<Vec<_>>().into_iter();
        std::array::from_fn(|_| kinds.next().expect("two kinds"))
    }

    fn draw_series(&self, folder: &RunFolder, shown: &[Shown; 2]) -> Result<()> {
        let chosen = self.chosen();
        let rows: Vec<_> = (shown.iter())
            .flat_map(|Shown { indices, inputs, made, .. }| {
                indices.iter().take(SERIES_OF_EACH).enumerate().map(|(row, &i)| {
                    let name = format!("{}, {} {:.4}", self.rows[i].name, self.score, chosen[i]);
                    (name, inputs.row(row), made.row(row))
                })
            })
            .collect();
        let title = self.titled("least normal above, most normal below");
        draw::series(&folder.file(pictures::SERIES), &title, &rows)
    }

    fn draw_images(
        &self,
        folder: &RunFolder,
        scorer: &Scorer<'_>,
        masks: Option<Examples<'_>>,
        shown: &[Shown; 2],
    ) -> Result<()> {
        // What the masks are compared with, and the masks.
        let truth = masks.map(|masks| {
            let of = |shown: &Shown| (scorer.smoothed(&shown.maps), masks.inputs(&shown.indices));
            shown.iter().map(of).collect::<Vec<_>>()
        });
        let groups: Vec<_> = shown
            .iter()
            .enumerate()
            .map(|(i, Shown { caption, inputs, made, maps, .. })| draw::Group {
                caption,
                originals: inputs,
                reconstructions: made,
                maps,
                truth: truth.as_ref().map(|truth| (&truth[i].0, &truth[i].1)),
            })
            .collect();
        let path = folder.file(pictures::ANOMALIES);
        draw::anomalies(&path, &self.title, scorer.image, scorer.patch, &groups)
    }

    /// A title that also names the data, if they have a name.
    fn titled(&self, what: &str) -> String {
        match self.title.is_empty() {
            true => what.to_owned(),
            false => format!("{what}, {}", self.title),
        }
    }

    /// Draws the histogram, and the curves if the truth is known.
    fn draw_curves(&self, folder: &RunFolder) -> Result<()> {
        let (score, chosen) = (self.score, self.chosen());
        let title = self.titled(&score.to_string());
        let of = |flags: &[bool], anomalous: bool| -> Vec<f64> {
            let scores = chosen.iter().zip(flags).filter(|(_, flag)| **flag == anomalous);
            scores.map(|(score, _)| *score).collect()
        };
        let groups = match &self.anomalous {
            Some(flags) => vec![("normal", of(flags, false)), ("anomalous", of(flags, true))],
            // Nobody knows which of them are normal.
            None => vec![(self.what(), chosen.to_vec())],
        };
        let threshold = self.threshold().value;
        let path = folder.file(pictures::SCORES);
        let name = score.to_string();
        draw::score_histogram(&path, [&title, &name], &groups, threshold)?;
        if let Some(Measured { roc, precision_recall, outcome, .. }) =
            self.measures.iter().find(|measured| measured.kind == score)
        {
            let points: Vec<_> = roc.points.iter().map(|p| (p.false_alarms, p.recall)).collect();
            let at = (outcome.false_alarms, outcome.recall);
            draw::roc(&folder.file(pictures::ROC), &title, &points, roc.auroc, at)?;
            let points: Vec<_> =
                precision_recall.points.iter().map(|p| (p.recall, p.precision)).collect();
            let at = outcome.precision.map(|precision| (outcome.recall, precision));
            let path = folder.file(pictures::PRECISION_RECALL);
            let average = precision_recall.average_precision;
            let base = points.last().map_or(0.0, |&(_, share)| share);
            draw::precision_recall(&path, &title, &points, average, at, base)?;
        }
        Ok(())
    }
}
