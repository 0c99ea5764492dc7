//! Scores in order, which both curves are made of.

use crate::LabError;

/// How many samples of each group are flagged at a threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Flagged {
    /// Flagged is what is above it.
    pub threshold: f64,
    pub normal: usize,
    pub anomalous: usize,
}

/// The samples of each group, and what is flagged at every threshold that makes a difference.
#[derive(Clone, Debug)]
pub(super) struct Ranking {
    pub normal: usize,
    pub anomalous: usize,
    /// From the threshold at the largest score, where nothing is flagged, to minus infinity, where
    /// everything is. Equal scores are flagged together.
    pub steps: Vec<Flagged>,
}

impl Ranking {
    pub(super) fn new(op: &str, scores: &[f64], anomalous: &[bool]) -> Result<Self, LabError> {
        let [normal, hits] = groups(op, scores, anomalous)?;
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_unstable_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        // Not by `total_cmp`, for which -0 is below 0.
        let ties: Vec<&[usize]> = order.chunk_by(|&a, &b| scores[a] == scores[b]).collect();
        let mut flagged = Flagged { threshold: scores[order[0]], normal: 0, anomalous: 0 };
        let mut steps = vec![flagged];
        for (i, tie) in ties.iter().enumerate() {
            let hits = tie.iter().filter(|&&i| anomalous[i]).count();
            flagged.anomalous += hits;
            flagged.normal += tie.len() - hits;
            flagged.threshold = ties.get(i + 1).map_or(f64::NEG_INFINITY, |tie| scores[tie[0]]);
            steps.push(flagged);
        }
        Ok(Self { normal, anomalous: hits, steps })
    }
}

/// The numbers of normal and of anomalous samples, if neither is 0 and all scores are finite.
pub(super) fn groups(op: &str, scores: &[f64], anomalous: &[bool]) -> Result<[usize; 2], LabError> {
    assert!(
        scores.len() == anomalous.len(),
        "{op}: {} scores and {} labels",
        scores.len(),
        anomalous.len()
    );
    finite(scores)?;
    let hits = anomalous.iter().filter(|&&a| a).count();
    let normal = anomalous.len() - hits;
    if normal == 0 || hits == 0 {
        return Err(LabError::OneGroup { normal, anomalous: hits });
    }
    Ok([normal, hits])
}

/// An error for the first score that is NaN or infinite.
pub(super) fn finite(scores: &[f64]) -> Result<(), LabError> {
    match scores.iter().position(|score| !score.is_finite()) {
        Some(row) => Err(LabError::NotFiniteScore { row, value: scores[row].to_string() }),
        None => Ok(()),
    }
}
