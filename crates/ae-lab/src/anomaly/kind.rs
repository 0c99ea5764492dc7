//! The names of the scores.

use crate::LabError;
use std::fmt;
use std::str::FromStr;

/// The scores of anomalies. Of each, a larger value is less normal.
///
/// The names are those of the command line; [`ScoreKind::from_str`] reads the names that
/// [`fmt::Display`] writes.
///
/// ```
/// use ae_lab::anomaly::ScoreKind;
/// assert_eq!("patch".parse::<ScoreKind>()?, ScoreKind::WorstPatch);
/// assert_eq!(ScoreKind::ALL.map(|kind| kind.to_string()).join(" "),
///     "mse cross-entropy patch mahalanobis neighbors");
/// # Ok::<(), ae_lab::LabError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ScoreKind {
    /// The mean squared error of the reconstruction:
    /// [`squared_errors`](super::squared_errors).
    SquaredError,
    /// The mean cross-entropy of the reconstruction:
    /// [`cross_entropies`](super::cross_entropies).
    CrossEntropy,
    /// The largest mean squared error in a window of the image:
    /// [`worst_patches`](super::worst_patches).
    WorstPatch,
    /// The distance of the code from the mean of the training codes, measured by their spread:
    /// [`Mahalanobis`](super::Mahalanobis).
    Mahalanobis,
    /// The distance of the code to the k-th nearest training code:
    /// [`NeighborDistance`](super::NeighborDistance).
    Neighbors,
}

impl ScoreKind {
    /// All kinds: those of the reconstruction, then those of the code.
    pub const ALL: [Self; 5] = [
        Self::SquaredError,
        Self::CrossEntropy,
        Self::WorstPatch,
        Self::Mahalanobis,
        Self::Neighbors,
    ];

    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SquaredError => "mse",
            Self::CrossEntropy => "cross-entropy",
            Self::WorstPatch => "patch",
            Self::Mahalanobis => "mahalanobis",
            Self::Neighbors => "neighbors",
        }
    }

    /// Whether the score is computed from codes, and not from reconstructions.
    #[must_use]
    pub fn needs_codes(self) -> bool {
        match self {
            Self::Mahalanobis | Self::Neighbors => true,
            Self::SquaredError | Self::CrossEntropy | Self::WorstPatch => false,
        }
    }

    /// Whether the score is defined only for inputs and outputs from 0 to 1.
    #[must_use]
    pub fn needs_unit_range(self) -> bool {
        match self {
            Self::CrossEntropy => true,
            Self::SquaredError | Self::WorstPatch | Self::Mahalanobis | Self::Neighbors => false,
        }
    }
}

impl fmt::Display for ScoreKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for ScoreKind {
    type Err = LabError;

    fn from_str(name: &str) -> Result<Self, LabError> {
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| {
            let expected = Self::ALL.map(Self::name).join(", ");
            LabError::UnknownScore { found: name.into(), expected }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_answered_with_all_names() {
        assert_eq!(
            "MSE".parse::<ScoreKind>().unwrap_err().to_string(),
            "score \"MSE\": expected one of mse, cross-entropy, patch, mahalanobis, neighbors"
        );
    }

    #[test]
    fn codes_and_ranges_are_needed_by_these() {
        let names = |which: fn(ScoreKind) -> bool| {
            ScoreKind::ALL.into_iter().filter(|&kind| which(kind)).map(ScoreKind::name).collect()
        };
        let (codes, unit): (Vec<_>, Vec<_>) =
            (names(ScoreKind::needs_codes), names(ScoreKind::needs_unit_range));
        assert_eq!((codes, unit), (vec!["mahalanobis", "neighbors"], vec!["cross-entropy"]));
    }
}
