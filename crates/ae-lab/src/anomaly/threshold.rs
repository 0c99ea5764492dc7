//! The threshold for a wanted rate of false alarms, from held-out scores.

use super::ranking::finite;
use crate::LabError;
use crate::beta::{beta_quantile, binomial_at_most};

/// A threshold and what is known about it.
///
/// It is the split-conformal quantile of held-out normal scores (H. Papadopoulos et al., "Inductive
/// confidence machines for regression", 2002; V. Vovk, "Conditional validity of inductive conformal
/// predictors", 2012, for [`rate`](Self::rate)): of `n` scores the `r`-th smallest, `r =
/// ceil((n + 1)(1 - a))` for a rate `a`. A sample is flagged if its score is **above** it. A new
/// normal sample is then flagged with a probability of at most `a`.
///
/// ```
/// use ae_lab::anomaly::Threshold;
/// let scores: Vec<f64> = (1..=99).map(f64::from).collect();
/// let threshold = Threshold::from_held_out(&scores, 0.1)?;
/// assert_eq!(threshold.value, 90.0);
/// assert!(threshold.interval[0] < 90.0 && threshold.interval[1] > 90.0);
/// # Ok::<(), ae_lab::LabError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// Scores above it are flagged.
    pub value: f64,
    /// The rate of false alarms that was asked for.
    pub false_alarms: f64,
    /// The number of held-out scores.
    pub held_out: usize,
    /// Where the score that exactly the share `false_alarms` of normal samples exceeds lies, with
    /// this [`confidence`](Self::confidence). An end is infinite if there are too few held-out
    /// scores to bound it: for 0.01 the upper one with fewer than 368.
    pub interval: [f64; 2],
    /// Where the share of normal samples that this threshold flags lies, with this confidence.
    pub rate: [f64; 2],
    /// The confidence of both intervals, 0.95.
    pub confidence: f64,
}

impl Threshold {
    /// The confidence of the intervals.
    pub const CONFIDENCE: f64 = 0.95;

    /// The smallest number of held-out scores from which a threshold for this rate of false alarms
    /// can be computed: `1 / a - 1`, rounded up.
    ///
    /// # Errors
    /// [`LabError::Rate`] unless the rate is above 0 and below 1.
    pub fn needed(false_alarms: f64) -> Result<u64, LabError> {
        if !(false_alarms > 0.0 && false_alarms < 1.0) {
            return Err(LabError::Rate { found: false_alarms.to_string() });
        }
        // From an estimate up to the first number of which one score may be exceeded.
        let mut n = ((1.0 / false_alarms) as u64).saturating_sub(2);
        while exceeded(n, false_alarms) < 1 && n < u64::MAX {
            n += 1;
        }
        Ok(n)
    }

    /// The threshold for this rate of false alarms from the scores of normal samples that were not
    /// trained on.
    ///
    /// # Errors
    /// [`LabError::Rate`] unless the rate is above 0 and below 1, [`LabError::TooFewScores`] for
    /// fewer than [`Threshold::needed`], [`LabError::NotFiniteScore`].
    pub fn from_held_out(scores: &[f64], false_alarms: f64) -> Result<Self, LabError> {
        let expected = Self::needed(false_alarms)?;
        let n = scores.len();
        if (n as u64) < expected {
            let rate = false_alarms.to_string();
            return Err(LabError::TooFewScores { rate, expected, found: n });
        }
        finite(scores)?;
        let mut sorted = scores.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        // The number of scores, of n and a new one, that may be above: n + 1 - r.
        let above = (exceeded(n as u64, false_alarms) as usize).min(n);
        let tail = (1.0 - Self::CONFIDENCE) / 2.0;
        let [a, b] = [above as f64, (n + 1 - above) as f64];
        Ok(Self {
            value: sorted[n - above],
            false_alarms,
            held_out: n,
            interval: quantile_interval(&sorted, 1.0 - false_alarms, tail),
            rate: [beta_quantile(tail, a, b), beta_quantile(1.0 - tail, a, b)],
            confidence: Self::CONFIDENCE,
        })
    }
}

/// `floor((n + 1) a)`. A rate like 0.29 is not exact in binary, and 100 times it is less than 29 by
/// a rounding error, which is forgiven. So a rate that differs from 1 by rounding gives `n + 1`.
fn exceeded(n: u64, rate: f64) -> u64 {
    ((n as f64 + 1.0) * rate * (1.0 + 4.0 * f64::EPSILON)) as u64
}

/// An interval of order statistics that contains the quantile `q` of the distribution that the
/// `sorted` scores come from: each end is on the wrong side with a probability of at most `tail`.
///
/// At most `l - 1` of the scores are at or below the quantile with the probability that a binomial
/// number is at most `l - 1`; then the `l`-th smallest is above it. The lower end is the largest
/// such score for which this is at most `tail`, and the upper end likewise.
fn quantile_interval(sorted: &[f64], q: f64, tail: f64) -> [f64; 2] {
    let n = sorted.len();
    // The first l of 0..=n for which P(B <= l) is above the tail is the number of the last score,
    // counted from 1, for which P(B <= l - 1) is not.
    let lower = first(0, n, |l| binomial_at_most(l, n, q) > tail);
    let upper = first(0, n, |u| binomial_at_most(u, n, q) >= 1.0 - tail);
    [
        if lower == 0 { f64::NEG_INFINITY } else { sorted[lower - 1] },
        sorted.get(upper).copied().unwrap_or(f64::INFINITY),
    ]
}

/// The first number from `low` to `high` for which `is` holds, which holds for all that follow, and
/// for `high`.
fn first(mut low: usize, mut high: usize, is: impl Fn(usize) -> bool) -> usize {
    while low < high {
        let middle = low + (high - low) / 2;
        if is(middle) { high = middle } else { low = middle + 1 }
    }
    low
}
