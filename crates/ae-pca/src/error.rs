//! What can be wrong with the data of a fit.

use thiserror::Error;

/// Why a fit, or the eigenvalue problem below it, was refused.
///
/// These are facts about data or settings, which a program cannot know before it runs. A shape that
/// does not fit is a programmer's error and panics instead.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PcaError {
    /// One sample has no variance: `n - 1` would divide by zero.
    #[error("PCA needs at least 2 samples, found {samples}")]
    TooFewSamples {
        /// Rows of the data.
        samples: usize,
    },
    /// The samples have no columns.
    #[error("PCA needs at least 1 column, found samples of none")]
    NoColumns,
    /// More components than the data can have, or none at all.
    #[error(
        "PCA with k = {asked} components: expected 1 to {} for {samples} samples of {columns} columns",
        samples.min(columns)
    )]
    Components {
        /// The number asked for.
        asked: usize,
        /// Rows of the data.
        samples: usize,
        /// Columns of the data.
        columns: usize,
    },
    /// An entry of the data, or of a symmetric matrix, is NaN or infinite.
    #[error("expected finite numbers, found {value} in row {row}, column {column}")]
    NotFinite {
        /// The entry's row, counted from 0.
        row: usize,
        /// The entry's column, counted from 0.
        column: usize,
        /// As it prints: `NaN`, `inf` or `-inf`.
        value: String,
    },
    /// The sweeps ran out. No matrix is known for which this happens.
    #[error("the eigenvalues of a {n} x {n} matrix did not converge in {sweeps} Jacobi sweeps")]
    NotConverged {
        /// Rows, and columns, of the matrix.
        n: usize,
        /// Sweeps done.
        sweeps: usize,
    },
}

impl PcaError {
    /// [`PcaError::NotFinite`] for this entry.
    pub(crate) fn not_finite(row: usize, column: usize, value: f64) -> Self {
        Self::NotFinite { row, column, value: value.to_string() }
    }
}
