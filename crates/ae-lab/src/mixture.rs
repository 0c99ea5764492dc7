//! A mixture of Gaussians: its density, and points drawn from it.

use crate::LabError;
use crate::cholesky::{cholesky, invert_lower};
use crate::draws::{Draw, choose, normal_rows, rows, units};
use ae_tensor::Tensor;

/// Gaussians with full covariances and weights: `p(x) = sum_k w_k N(x; m_k, S_k)`.
///
/// Everything is f64 except the points. [`GaussianMixture::fit`] fits a mixture to a cloud of
/// points.
///
/// ```
/// use ae_lab::{EmOptions, GaussianMixture};
/// use ae_tensor::Tensor;
/// // Two groups on a line.
/// let x = Tensor::new([6, 1], vec![0.9, 1.0, 1.1, 6.9, 7.0, 7.1]);
/// let fit = GaussianMixture::fit(&x, 2, 1, &EmOptions::default())?;
/// let mut means = fit.mixture.means().to_vec();
/// means.sort_by(f64::total_cmp);
/// assert!((means[0] - 1.0).abs() < 1e-6 && (means[1] - 7.0).abs() < 1e-6);
/// # Ok::<(), ae_lab::LabError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct GaussianMixture {
    dims: usize,
    /// `[k]`, with the sum 1.
    weights: Vec<f64>,
    /// `[k, d]`
    means: Vec<f64>,
    /// `[k, d, d]`
    covariances: Vec<f64>,
    /// `[k, d, d]`: L of S = L L^T.
    factors: Vec<f64>,
    /// `[k, d, d]`: the transpose of L^-1, whose row `j` is zero before `j`.
    inverses: Vec<f64>,
    /// `[k]`: the terms of the logarithm of a weighted density that do not depend on the point.
    offsets: Vec<f64>,
}

impl GaussianMixture {
    /// The mixture of `k` components in `dims` dimensions: `weights`, `[k]`, are divided by their
    /// sum; `means` are `[k, dims]`, `covariances` are `[k, dims, dims]`, and only their lower
    /// triangles are read.
    ///
    /// # Errors
    /// [`LabError::NotPositiveDefinite`] if a covariance has no Cholesky factor.
    ///
    /// # Panics
    /// If there are no components or dimensions, if the lengths do not fit, or if a weight is
    /// negative or their sum is not positive and finite.
    #[track_caller]
    pub fn new(
        dims: usize,
        mut weights: Vec<f64>,
        means: Vec<f64>,
        covariances: Vec<f64>,
    ) -> Result<Self, LabError> {
        let k = weights.len();
        assert!(
            k > 0 && dims > 0 && means.len() == k * dims && covariances.len() == k * dims * dims,
            "GaussianMixture: {k} weights, {} means and {} covariances in {dims} dimensions",
            means.len(),
            covariances.len()
        );
        let total: f64 = weights.iter().sum();
        assert!(
            total > 0.0 && total.is_finite() && weights.iter().all(|&w| w >= 0.0),
            "GaussianMixture: weights {weights:?}"
        );
        weights.iter_mut().for_each(|w| *w /= total);
        let (mut factors, mut inverses, mut offsets) = (Vec::new(), Vec::new(), Vec::new());
        for (component, covariance) in covariances.chunks_exact(dims * dims).enumerate() {
            let factor =
                cholesky(covariance, dims).ok_or(LabError::NotPositiveDefinite { component })?;
            // (2 pi)^(d/2) |S|^(1/2), and |S|^(1/2) = |L| is the product of L's diagonal.
            let log_volume: f64 = factor.iter().step_by(dims + 1).map(|l| l.ln()).sum::<f64>()
                + dims as f64 / 2.0 * std::f64::consts::TAU.ln();
            offsets.push(weights[component].ln() - log_volume);
            let inverse = invert_lower(&factor, dims);
            inverses.extend((0..dims * dims).map(|i| inverse[i % dims * dims + i / dims]));
            factors.extend(factor);
        }
        Ok(Self { dims, weights, means, covariances, factors, inverses, offsets })
    }

    /// The number of components, `k`.
    #[must_use]
    pub fn components(&self) -> usize {
        self.weights.len()
    }

    /// The dimension of the points, `d`.
    #[must_use]
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// The weights, `[k]`, with the sum 1.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// The means, `[k, d]`, row-major.
    #[must_use]
    pub fn means(&self) -> &[f64] {
        &self.means
    }

    /// The covariances, `[k, d, d]`, row-major.
    #[must_use]
    pub fn covariances(&self) -> &[f64] {
        &self.covariances
    }

    /// Returns `ln p(x)` for the point `x`, and writes the probability that `x` came from each
    /// component to `shares`, `[k]`.
    ///
    /// With `y = L^-1 (x - m)`, `(x - m)^T S^-1 (x - m) = |y|^2`. The densities of a distant point
    /// underflow, so all are computed relative to the largest, as logarithms:
    /// `ln sum e^(a_k) = a + ln sum e^(a_k - a)` with `a` the largest `a_k`.
    ///
    /// # Panics
    /// If `x` does not have `d` numbers, or `shares` does not have `k`.
    pub fn responsibilities(&self, x: &[f64], shares: &mut [f64]) -> f64 {
        let d = self.dims;
        assert!(
            x.len() == d && shares.len() == self.components(),
            "responsibilities: {} numbers for {d} dimensions, {} shares for {} components",
            x.len(),
            shares.len(),
            self.components()
        );
        let mut y = vec![0.0; d];
        for (k, share) in shares.iter_mut().enumerate() {
            let mean = &self.means[k * d..][..d];
            y.fill(0.0);
            // Column by column of L^-1, so that numbers do not depend on each other and the
            // compiler can use vectors.
            for (j, column) in self.inverses[k * d * d..][..d * d].chunks_exact(d).enumerate() {
                let off = x[j] - mean[j];
                y[j..].iter_mut().zip(&column[j..]).for_each(|(y, l)| *y += l * off);
            }
            *share = self.offsets[k] - dot(&y, &y) / 2.0;
        }
        let largest = shares.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
        let sum: f64 = shares.iter().map(|share| (share - largest).exp()).sum();
        let log_density = largest + sum.ln();
        shares.iter_mut().for_each(|share| *share = (*share - log_density).exp());
        log_density
    }

    /// Draws points, `[count, d]`: for each, a component is chosen by its weight, and the point is
    /// `m + L ε` with ε standard normal, whose covariance is `L I L^T = S`. Row `i` depends only on
    /// the seed and on `i`.
    #[must_use]
    pub fn sample(&self, count: usize, seed: u64) -> Tensor {
        let d = self.dims;
        let normal = normal_rows([count, d], seed, Draw::Mixture);
        rows([count, d], |i, out| {
            let k = choose(&self.weights, units(seed, Draw::Component, i)());
            let z: Vec<f64> = normal.row(i as usize).iter().map(|&z| z.into()).collect();
            let factor = self.factors[k * d * d..][..d * d].chunks_exact(d);
            for (j, ((x, row), m)) in
                out.iter_mut().zip(factor).zip(&self.means[k * d..]).enumerate()
            {
                *x = (m + dot(&row[..=j], &z[..=j])) as f32;
            }
        })
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_testkit::assert_close_f64;
    use ae_testkit::naive::{means_and_scatter, widen};

    fn two() -> GaussianMixture {
        let covariances = vec![4.0, 1.0, 1.0, 1.0, 0.25, 0.0, 0.0, 0.5];
        GaussianMixture::new(2, vec![3.0, 1.0], vec![0.0, 0.0, 20.0, -10.0], covariances).unwrap()
    }

    #[test]
    fn densities_with_a_pencil() {
        let mixture = two();
        assert_eq!((mixture.weights(), mixture.components()), (&[0.75, 0.25][..], 2));
        let mut shares = [0.0; 2];
        // At the first mean: 3/4 / (2 pi sqrt(det)), det = 3; the other component is far away.
        let log = mixture.responsibilities(&[0.0, 0.0], &mut shares);
        let expected = (0.75 / (std::f64::consts::TAU * 3f64.sqrt())).ln();
        assert_close_f64(&[log, shares[0], shares[1]], &[expected, 1.0, 0.0], 1e-14, 1e-14);
        // At (2, 1): the inverse is [1, -1; -1, 4] / 3, the square (4 - 4 + 4) / 3.
        let log = mixture.responsibilities(&[2.0, 1.0], &mut shares);
        assert_close_f64(&[log], &[expected - 2.0 / 3.0], 1e-14, 0.0);
        // So far away that both densities are 0 in f64.
        let log = mixture.responsibilities(&[1e5, 1e5], &mut shares);
        assert!(log < -1e8 && log.is_finite());
        assert_eq!(shares.iter().sum::<f64>(), 1.0);
    }

    #[test]
    fn samples_have_the_moments() {
        let mixture = two();
        let x = mixture.sample(40_000, 1);
        let first: Vec<f64> = x.data().chunks(2).filter(|x| x[0] < 12.0).flat_map(widen).collect();
        let share = first.len() as f64 / 80_000.0;
        assert!((share - 0.75).abs() < 0.01, "{share}");
        let (means, scatter) = means_and_scatter(&first, 2);
        let n = first.len() as f64 / 2.0;
        assert_close_f64(&means, &[0.0; 2], 0.0, 0.05);
        let covariance: Vec<f64> = scatter.iter().map(|s| s / n).collect();
        assert_close_f64(&covariance, &[4.0, 1.0, 1.0, 1.0], 0.0, 0.1);
        assert_eq!(mixture.sample(3, 1).data(), &x.data()[..6]);
        assert_ne!(mixture.sample(3, 2).data(), &x.data()[..6]);
    }

    #[test]
    fn a_covariance_must_be_positive_definite() {
        let refused = GaussianMixture::new(1, vec![1.0; 2], vec![0.0; 2], vec![1.0, 0.0]);
        assert_eq!(
            refused.unwrap_err().to_string(),
            "the covariance matrix of component 1 is not positive definite"
        );
    }

    #[test]
    #[should_panic(expected = "2 weights, 3 means and 8 covariances in 2 dimensions")]
    fn lengths_must_fit() {
        let _ = GaussianMixture::new(2, vec![1.0; 2], vec![0.0; 3], vec![1.0; 8]);
    }
}
