//! The distance of a code from the cloud of the training codes.

use crate::LabError;
use crate::cholesky::cholesky;
use crate::error::checked;
use ae_tensor::kernels::gram::{column_means, scatter};
use ae_tensor::{Tensor, current_threads, for_each_with};

/// The number of rows in a task.
const ROWS: usize = 64;

/// The Mahalanobis distance from the mean of the training codes (P. C. Mahalanobis, "On the
/// generalised distance in statistics", 1936),
///
/// ```text
///   sqrt( (h - m)^T C^-1 (h - m) ),      C = 0.9 S + 0.1 (tr S / d) I
/// ```
///
/// with a code `h` and the mean `m` and covariance `S` of the training codes (sums divided by `n`).
/// The covariance is **shrunk** toward a multiple of the identity, as by scikit-learn's
/// `ShrunkCovariance` with its default of 0.1 (whose method `mahalanobis` returns the square). So
/// it has an inverse even if a unit never fires or there are fewer codes than numbers in a code.
///
/// ```
/// use ae_lab::anomaly::Mahalanobis;
/// use ae_tensor::Tensor;
/// // Wide along the first axis, narrow along the second.
/// let codes = Tensor::new([4, 2], vec![-10.0, 0.0, 10.0, 0.0, 0.0, -1.0, 0.0, 1.0]);
/// let normal = Mahalanobis::fit(&codes)?;
/// let distances = normal.distances(&Tensor::new([2, 2], vec![5.0, 0.0, 0.0, 5.0]))?;
/// // Both are five units from the mean. The second is where no code varies as much.
/// assert!(distances[0] < 1.0 && distances[1] > 2.5);
/// # Ok::<(), ae_lab::LabError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Mahalanobis {
    /// `[d]`
    mean: Vec<f64>,
    /// `L` with `L L^T = C`, `[d, d]`
    factor: Vec<f64>,
}

impl Mahalanobis {
    /// The weight of the identity in the covariance.
    pub const SHRINKAGE: f64 = 0.1;

    /// Fits mean and covariance to the codes of normal samples, `[n, d]`.
    ///
    /// # Errors
    /// [`LabError::TooFewRows`] for fewer than two codes, [`LabError::NoSpread`] if all are equal,
    /// [`LabError::NoColumns`], [`LabError::NotFinite`].
    ///
    /// # Panics
    /// If `codes` is not a matrix.
    pub fn fit(codes: &Tensor) -> Result<Self, LabError> {
        let (n, d) = checked(codes, "codes", 2)?;
        let mean = column_means(codes.data(), d);
        let mut covariance = scatter(codes.data(), &mean);
        covariance.iter_mut().for_each(|c| *c *= (1.0 - Self::SHRINKAGE) / n as f64);
        let trace = covariance.iter().step_by(d + 1).sum::<f64>() / (1.0 - Self::SHRINKAGE);
        let added = Self::SHRINKAGE * trace / d as f64;
        covariance.iter_mut().step_by(d + 1).for_each(|c| *c += added);
        let factor = cholesky(&covariance, d);
        // The shrunk matrix is positive definite unless all codes are equal.
        let factor = factor.ok_or(LabError::NoSpread { what: "codes", rows: n })?;
        Ok(Self { mean, factor })
    }

    /// The distance of each of `codes`, `[n, d]`.
    ///
    /// # Errors
    /// [`LabError::NotFinite`] for NaN or infinity, with its row.
    ///
    /// # Panics
    /// If `codes` is not a matrix with as many columns as the codes of the fit.
    pub fn distances(&self, codes: &Tensor) -> Result<Vec<f64>, LabError> {
        let d = self.mean.len();
        let columns = codes.shape().matrix("Mahalanobis::distances").1;
        assert!(
            columns == d,
            "Mahalanobis::distances: codes of shape {} for a fit to {d} columns",
            codes.shape()
        );
        checked(codes, "codes", 0)?;
        let mut distances = vec![0.0; codes.shape().dims()[0]];
        let mut blocks: Vec<&mut [f64]> = distances.chunks_mut(ROWS).collect();
        let lanes = current_threads().min(blocks.len()).max(1);
        for_each_with(&mut vec![vec![0.0; d]; lanes], &mut blocks, |y, block, out| {
            for (i, out) in out.iter_mut().enumerate() {
                *out = self.distance(codes.row(block * ROWS + i), y);
            }
        });
        Ok(distances)
    }

    /// `|y|` with `L y = h - m`, row by row from the top: `y^T y = (h - m)^T C^-1 (h - m)`.
    fn distance(&self, code: &[f32], y: &mut [f64]) -> f64 {
        let d = self.mean.len();
        for (i, row) in self.factor.chunks_exact(d).enumerate() {
            let sum: f64 = row[..i].iter().zip(&y[..i]).map(|(l, y)| l * y).sum();
            y[i] = (f64::from(code[i]) - self.mean[i] - sum) / row[i];
        }
        y.iter().map(|y| y * y).sum::<f64>().sqrt()
    }
}
