//! What can be wrong with the data of a fit.

use thiserror::Error;

/// Why a fit, or its eigenvalue problem, was refused.
///
/// These are facts about data or settings, which a program cannot know before it runs. A shape that
/// does not match is a programmer's error and panics instead.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PcaError {
    /// There are fewer than two samples, so variances cannot be divided by `n - 1`.
    #[error("PCA needs at least 2 samples, found {samples}")]
    TooFewSamples {
        /// The number of rows of the data.
        samples: usize,
    },
    /// The samples have no columns.
    #[error("PCA needs at least 1 column, found 0")]
    NoColumns,
    /// The number of components is 0 or more than the data can have.
    #[error(
        "PCA with k = {asked} components: expected 1 to {} for {samples} samples of {columns} columns",
        samples.min(columns)
    )]
    Components {
        /// The number requested.
        asked: usize,
        /// The number of rows of the data.
        samples: usize,
        /// The number of columns of the data.
        columns: usize,
    },
    /// The matrices of the fit would take more memory than
    /// [`Pca::MAX_BYTES`](crate::Pca::MAX_BYTES).
    #[error(
        "PCA of {samples} samples of {columns} columns: expected matrices of at most {} MiB, found {} MiB; \
         take fewer samples or components, or smaller samples",
        crate::Pca::MAX_BYTES >> 20,
        bytes >> 20
    )]
    TooLarge {
        /// The number of rows of the data.
        samples: usize,
        /// The number of columns of the data.
        columns: usize,
        /// The memory that the matrices would take.
        bytes: u64,
    },
    /// An entry of the data, or of a symmetric matrix, is NaN or infinite.
    #[error("expected finite numbers, found {value} in row {row}, column {column}")]
    NotFinite {
        /// The entry's row, counted from 0.
        row: usize,
        /// The entry's column, counted from 0.
        column: usize,
        /// The value as printed: `NaN`, `inf` or `-inf`.
        value: String,
    },
    /// The sweeps ran out. No matrix is known for which this happens.
    #[error("the eigenvalues of a {n} x {n} matrix did not converge in {sweeps} Jacobi sweeps")]
    NotConverged {
        /// The number of rows and of columns of the matrix.
        n: usize,
        /// The number of sweeps done.
        sweeps: usize,
    },
}

impl PcaError {
    /// Creates [`PcaError::NotFinite`] for this entry.
    pub(crate) fn not_finite(row: usize, column: usize, value: f64) -> Self {
        Self::NotFinite { row, column, value: value.to_string() }
    }
}
