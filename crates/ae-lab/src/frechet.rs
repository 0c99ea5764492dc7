//! The distance between two clouds of points, each modeled as a Gaussian.

use crate::LabError;
use crate::error::{checked, same_columns};
use ae_pca::symmetric_eigen;
use ae_tensor::Tensor;
use ae_tensor::kernels::gram::{column_means, scatter};

/// The Frechet distance, squared as usual, between the Gaussians fitted to the rows of `a`,
/// `[n, d]`, and of `b`, `[m, d]` (D. C. Dowson and B. V. Landau, "The Frechet distance between
/// multivariate normal distributions", J. Multivariate Anal. 12, 1982; for images M. Heusel et al.,
/// arXiv:1706.08500, equation 6):
///
/// ```text
///   |m1 - m2|^2 + tr( S1 + S2 - 2 (S1^(1/2) S2 S1^(1/2))^(1/2) )
/// ```
///
/// `m` are means, `S` covariances (sums divided by `n - 1`, as in `numpy.cov`). The unit is that of
/// the rows, squared. The computation in f64 has an error of about 1e-14 of the total variance, and
/// of about 1e-8 where a cloud does not vary along some oblique direction, since a zero that is
/// rounded to 1e-16 has a root of 1e-8. On the features of Inception-v3 it is known as FID; other
/// features give other values.
///
/// ```
/// use ae_tensor::Tensor;
/// // Standard deviations 1 and 3, means 0 and 4: 4^2 + (3 - 1)^2.
/// let x = Tensor::new([2, 1], vec![-0.5f32.sqrt(), 0.5f32.sqrt()]);
/// let y = x.clone().map(|x| 4.0 + 3.0 * x);
/// assert!((ae_lab::frechet_distance(&x, &y)? - 20.0).abs() < 1e-5);
/// # Ok::<(), ae_lab::LabError>(())
/// ```
///
/// # Errors
/// [`LabError::TooFewRows`] for fewer than two rows, [`LabError::NoColumns`],
/// [`LabError::NotFinite`], [`LabError::Pca`] from [`symmetric_eigen`].
///
/// # Panics
/// If either is not a matrix, or their numbers of columns differ.
pub fn frechet_distance(a: &Tensor, b: &Tensor) -> Result<f64, LabError> {
    same_columns("frechet_distance", a, b);
    Gaussian::fit(a, "first set")?.distance(&Gaussian::fit(b, "second set")?)
}

/// The mean and covariance of a cloud.
#[derive(Clone, Debug)]
pub(crate) struct Gaussian {
    /// `[d]`
    mean: Vec<f64>,
    /// `[d, d]`
    covariance: Vec<f64>,
}

impl Gaussian {
    pub(crate) fn fit(x: &Tensor, what: &'static str) -> Result<Self, LabError> {
        let (n, d) = checked(x, what, 2)?;
        let mean = column_means(x.data(), d);
        let mut covariance = scatter(x.data(), &mean);
        covariance.iter_mut().for_each(|c| *c /= (n - 1) as f64);
        Ok(Self { mean, covariance })
    }

    /// The squared Frechet distance to another Gaussian of the same dimension.
    pub(crate) fn distance(&self, other: &Self) -> Result<f64, LabError> {
        let d = self.mean.len();
        let between: f64 = self.mean.iter().zip(&other.mean).map(|(a, b)| (a - b).powi(2)).sum();
        let trace = |x: &[f64]| x.iter().step_by(d + 1).sum::<f64>();
        let traces = trace(&self.covariance) + trace(&other.covariance);
        let within = traces - 2.0 * self.trace_of_root(other)?;
        // For equal clouds rounding may give a negative number.
        Ok(between + within.max(0.0))
    }

    /// `tr (S1^(1/2) S2 S1^(1/2))^(1/2)`: the sum of the roots of that matrix's eigenvalues.
    ///
    /// With S1 = V^T L V the matrix is V^T (L^(1/2) V S2 V^T L^(1/2)) V; the matrix in parentheses
    /// has the same eigenvalues, and is computed here: S2 in the axes of S1. In it, rows of small
    /// variance are small as a whole, and Jacobi's method finds small eigenvalues of such a matrix
    /// to full relative precision. Otherwise their roots would have an error of the root of the
    /// rounding error, 1e-8.
    fn trace_of_root(&self, other: &Self) -> Result<f64, LabError> {
        let d = self.mean.len();
        let own = symmetric_eigen(&self.covariance, d)?;
        let deviations: Vec<f64> = own.values.iter().map(|v| v.max(0.0).sqrt()).collect();
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let axes: Vec<&[f64]> = own.vectors.chunks_exact(d).collect();
        let mut product = vec![0.0; d * d];
        for (i, axis) in axes.iter().enumerate() {
            // S2 times the axis; S2 is symmetric, so its rows serve as columns.
            let turned: Vec<f64> =
                other.covariance.chunks_exact(d).map(|row| dot(row, axis)).collect();
            for j in i..d {
                // Only the upper triangle is read below.
                product[i * d + j] = deviations[i] * deviations[j] * dot(&turned, axes[j]);
            }
        }
        let eigen = symmetric_eigen(&product, d)?;
        Ok(eigen.values.iter().map(|v| v.max(0.0).sqrt()).sum())
    }
}
