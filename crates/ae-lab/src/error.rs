//! The errors of codes, features and settings.

use ae_pca::PcaError;
use ae_tensor::Tensor;
use thiserror::Error;

/// Why a fit or a score was refused.
///
/// These are errors in data or settings, which are only known at run time. Shapes that do not fit
/// are a programmer's error and panic instead.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LabError {
    /// No sampler has this name.
    #[error("sampler {found:?}: expected one of {expected}")]
    UnknownSampler {
        /// The unknown name.
        found: String,
        /// All names.
        expected: String,
    },
    /// Too few rows for the computation: a variance needs two, the k-th neighbor k, or k + 1 among
    /// the rows themselves.
    #[error("{what}: expected at least {expected} rows, found {found}")]
    TooFewRows {
        /// Which rows: `codes`, `held-out features` and so on.
        what: &'static str,
        /// The number of rows that is needed.
        expected: usize,
        /// The number of rows that was found.
        found: usize,
    },
    /// Rows without numbers.
    #[error("{what}: expected at least 1 column, found none")]
    NoColumns {
        /// Which rows.
        what: &'static str,
    },
    /// NaN or infinity.
    #[error("{what}: expected finite numbers, found {value} in row {row}, column {column}")]
    NotFinite {
        /// Which rows.
        what: &'static str,
        /// The row, counted from 0.
        row: usize,
        /// The column, counted from 0.
        column: usize,
        /// The value as text: `NaN`, `inf` or `-inf`.
        value: String,
    },
    /// A setting that must be at least 1 is 0: neighbors, components, the limit of rows.
    #[error("{what}: expected at least 1, found 0")]
    Zero {
        /// Which setting.
        what: &'static str,
    },
    /// A covariance matrix of a mixture has no Cholesky factor: it is not positive definite, at
    /// least after rounding.
    #[error("the covariance matrix of component {component} is not positive definite")]
    NotPositiveDefinite {
        /// The component, counted from 0.
        component: usize,
    },
    /// No score of anomalies has this name.
    #[error("score {found:?}: expected one of {expected}")]
    UnknownScore {
        /// The unknown name.
        found: String,
        /// All names.
        expected: String,
    },
    /// All rows are equal, where distances are to be measured by their spread.
    #[error("{what}: expected rows that differ, found {rows} equal ones")]
    NoSpread {
        /// Which rows.
        what: &'static str,
        /// The number of rows.
        rows: usize,
    },
    /// A score is NaN or infinite.
    #[error("scores: expected finite numbers, found {value} in row {row}")]
    NotFiniteScore {
        /// The row, counted from 0.
        row: usize,
        /// The value as text: `NaN`, `inf` or `-inf`.
        value: String,
    },
    /// A rate of false alarms that is not a number between 0 and 1, both excluded.
    #[error("false-alarm rate: expected a number above 0 and below 1, found {found}")]
    Rate {
        /// The rate as text.
        found: String,
    },
    /// Too few held-out scores for a rate of false alarms.
    #[error(
        "held-out scores: expected at least {expected} for a false-alarm rate of {rate}, found \
         {found}"
    )]
    TooFewScores {
        /// The rate as text.
        rate: String,
        /// The number of scores that is needed.
        expected: u64,
        /// The number of scores that was found.
        found: usize,
    },
    /// A curve needs normal and anomalous samples.
    #[error("labels: expected normal and anomalous samples, found {normal} and {anomalous}")]
    OneGroup {
        /// The number of normal samples.
        normal: usize,
        /// The number of anomalous samples.
        anomalous: usize,
    },
    /// An error of the principal component analysis.
    #[error(transparent)]
    Pca(#[from] PcaError),
}

impl LabError {
    /// Whether the data are wrong (too few rows, no columns, NaN or infinity), and not a name or a
    /// setting.
    #[must_use]
    pub fn is_about_data(&self) -> bool {
        match self {
            Self::TooFewRows { .. }
            | Self::NoColumns { .. }
            | Self::NotFinite { .. }
            | Self::NoSpread { .. }
            | Self::NotFiniteScore { .. }
            | Self::TooFewScores { .. }
            | Self::OneGroup { .. }
            | Self::NotPositiveDefinite { .. } => true,
            Self::UnknownSampler { .. }
            | Self::UnknownScore { .. }
            | Self::Zero { .. }
            | Self::Rate { .. } => false,
            Self::Pca(error) => !matches!(error, PcaError::Components { .. }),
        }
    }
}

/// The numbers of rows and columns of `x`, if it has at least this many rows, at least one column,
/// and only finite numbers.
///
/// # Panics
/// If `x` is not a matrix.
#[track_caller]
pub(crate) fn checked(
    x: &Tensor,
    what: &'static str,
    rows: usize,
) -> Result<(usize, usize), LabError> {
    let (n, d) = x.shape().matrix(what);
    if n < rows {
        return Err(LabError::TooFewRows { what, expected: rows, found: n });
    }
    if d == 0 {
        return Err(LabError::NoColumns { what });
    }
    match x.data().iter().position(|x| !x.is_finite()) {
        Some(i) => {
            let value = x.data()[i].to_string();
            Err(LabError::NotFinite { what, row: i / d, column: i % d, value })
        }
        None => Ok((n, d)),
    }
}

/// `value`, if it is not 0.
pub(crate) fn positive(value: usize, what: &'static str) -> Result<usize, LabError> {
    if value == 0 { Err(LabError::Zero { what }) } else { Ok(value) }
}

/// Panics unless two sets of rows have the same number of columns.
#[track_caller]
pub(crate) fn same_columns(op: &str, a: &Tensor, b: &Tensor) {
    assert!(
        a.shape().matrix(op).1 == b.shape().matrix(op).1,
        "{op}: rows of shape {} and of shape {}",
        a.shape(),
        b.shape()
    );
}

/// The numbers of rows and columns of two matrices of the same shape, with at least one column.
#[track_caller]
pub(crate) fn same_shape(op: &str, a: &Tensor, b: &Tensor) -> (usize, usize) {
    let (n, d) = a.shape().matrix(op);
    assert!(
        a.shape() == b.shape() && d > 0,
        "{op}: inputs of shape {} and outputs of shape {}",
        a.shape(),
        b.shape()
    );
    (n, d)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_and_settings_are_told_apart() {
        let too_few = LabError::TooFewRows { what: "codes", expected: 2, found: 1 };
        let images = LabError::from(PcaError::TooFewSamples { samples: 1 });
        assert!(too_few.is_about_data() && images.is_about_data());
        let components = PcaError::Components { asked: 9, samples: 3, columns: 4 };
        assert!(!LabError::from(components).is_about_data());
        assert!(!LabError::Zero { what: "neighbours" }.is_about_data());
    }
}
