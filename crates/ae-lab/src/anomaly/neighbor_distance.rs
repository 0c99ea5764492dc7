//! The distance of a code to the training codes near it.

use crate::LabError;
use crate::error::{checked, positive, same_columns};
use crate::neighbors::{Own, kth_nearest};
use ae_tensor::Tensor;

/// The Euclidean distance to the `k`-th nearest of the training codes (S. Ramaswamy, R. Rastogi, K.
/// Shim, "Efficient algorithms for mining outliers from large data sets", 2000).
///
/// ```
/// use ae_lab::anomaly::NeighborDistance;
/// use ae_tensor::Tensor;
/// let normal = NeighborDistance::fit(Tensor::new([3, 1], vec![0.0, 1.0, 3.0]), 2)?;
/// assert_eq!(normal.distances(&Tensor::new([2, 1], vec![0.0, 5.0]))?, [1.0, 4.0]);
/// # Ok::<(), ae_lab::LabError>(())
/// ```
#[derive(Clone, Debug)]
pub struct NeighborDistance {
    codes: Tensor,
    k: usize,
}

impl NeighborDistance {
    /// Keeps the codes of normal samples, `[n, d]`.
    ///
    /// # Errors
    /// [`LabError::Zero`] for `k = 0`, [`LabError::TooFewRows`] for fewer than `k` codes,
    /// [`LabError::NoColumns`], [`LabError::NotFinite`].
    ///
    /// # Panics
    /// If `codes` is not a matrix.
    pub fn fit(codes: Tensor, k: usize) -> Result<Self, LabError> {
        positive(k, "neighbors")?;
        checked(&codes, "codes", k)?;
        Ok(Self { codes, k })
    }

    /// The distance of each of `codes`, `[n, d]`. A training code is its own first neighbor, at the
    /// distance 0: score other codes.
    ///
    /// # Errors
    /// [`LabError::NotFinite`] for NaN or infinity, with its row.
    ///
    /// # Panics
    /// If `codes` is not a matrix with as many columns as the codes of the fit.
    pub fn distances(&self, codes: &Tensor) -> Result<Vec<f64>, LabError> {
        same_columns("NeighborDistance::distances", codes, &self.codes);
        checked(codes, "codes", 0)?;
        let squared = kth_nearest(codes, &self.codes, self.k, Own::Counts);
        Ok(squared.into_iter().map(f64::sqrt).collect())
    }
}
