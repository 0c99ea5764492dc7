//! Expectation and maximization, the method that fits a mixture to points.

use crate::error::{checked, positive, same_columns};
use crate::kmeans::kmeans;
use crate::{GaussianMixture, LabError};
use ae_tensor::{Tensor, current_threads, for_each_with};

/// The number of rows that one task compares with all components.
const ROWS: usize = 256;

/// A step with fewer multiplications than this runs on one thread.
const WORTH_SHARING: usize = 100_000;

/// When a fit ends, and the floor that keeps a component from shrinking to a point. The defaults
/// are those of scikit-learn's `GaussianMixture`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EmOptions {
    /// Added to the diagonal of every covariance, in squared units of the data; 1e-6 by default
    /// (`reg_covar`).
    ///
    /// Without it, a component that sits on a single point has an infinite density there: the
    /// likelihood has no maximum.
    pub floor: f64,
    /// The fit ends when the mean log-likelihood of a point changes by less; 1e-3 by default
    /// (`tol`).
    pub tolerance: f64,
    /// The maximum number of steps; 100 by default (`max_iter`).
    pub max_iterations: usize,
}

impl Default for EmOptions {
    fn default() -> Self {
        Self { floor: 1e-6, tolerance: 1e-3, max_iterations: 100 }
    }
}

/// A fitted mixture, and how the fit went.
#[derive(Clone, Debug, PartialEq)]
pub struct EmFit {
    /// The mixture.
    pub mixture: GaussianMixture,
    /// The mean of `ln p(x)` over the points before the last step (scikit-learn's `lower_bound_`).
    pub log_likelihood: f64,
    /// The number of steps.
    pub iterations: usize,
    /// Whether the likelihood converged within the maximum number of steps.
    pub converged: bool,
}

impl GaussianMixture {
    /// Fits at most `components` Gaussians to the rows of `x`, `[n, d]`: k-means from a start that
    /// depends on the seed, then [`GaussianMixture::improve`]. There are fewer components if there
    /// are fewer distinct rows.
    ///
    /// # Errors
    /// [`LabError::TooFewRows`] for fewer rows than components, [`LabError::Zero`] for no
    /// components, [`LabError::NoColumns`], [`LabError::NotFinite`];
    /// [`LabError::NotPositiveDefinite`] if a covariance is singular in spite of the floor, which
    /// happens if the scale of the data is about 1e5 or more and columns depend on each other.
    ///
    /// # Panics
    /// If `x` is not a matrix.
    pub fn fit(
        x: &Tensor,
        components: usize,
        seed: u64,
        options: &EmOptions,
    ) -> Result<EmFit, LabError> {
        positive(components, "components of the mixture")?;
        let (n, d) = checked(x, "points of the mixture", components)?;
        let wide = widen(x);
        let clusters = kmeans(&wide, d, components, seed);
        let k = clusters.iter().max().expect("a row") + 1;
        let mut shares = vec![0.0; n * k];
        clusters.iter().enumerate().for_each(|(i, cluster)| shares[i * k + cluster] = 1.0);
        maximize(&wide, d, &shares, options.floor)?.improve(x, options)
    }

    /// Takes steps of expectation and maximization from this mixture until it converges for the
    /// rows of `x`, `[n, d]` (A. P. Dempster, N. M. Laird and D. B. Rubin, "Maximum likelihood from
    /// incomplete data via the EM algorithm", J. R. Stat. Soc. B 39, 1977). Except for the floor,
    /// no step makes the likelihood smaller.
    ///
    /// The bits do not depend on the number of threads.
    ///
    /// # Errors
    /// [`LabError::TooFewRows`] without rows, [`LabError::NotFinite`],
    /// [`LabError::NotPositiveDefinite`].
    ///
    /// # Panics
    /// If `x` is not a matrix of `d` columns.
    pub fn improve(self, x: &Tensor, options: &EmOptions) -> Result<EmFit, LabError> {
        same_columns("GaussianMixture::improve", x, &Tensor::zeros([0, self.dims()]));
        let (n, d) = checked(x, "points of the mixture", 1)?;
        let wide = widen(x);
        let mut shares = vec![0.0; n * self.components()];
        let mut fit = EmFit {
            mixture: self,
            log_likelihood: f64::NEG_INFINITY,
            iterations: 0,
            converged: false,
        };
        while fit.iterations < options.max_iterations && !fit.converged {
            let log_likelihood = expect(&fit.mixture, &wide, &mut shares);
            fit.mixture = maximize(&wide, d, &shares, options.floor)?;
            fit.converged = (log_likelihood - fit.log_likelihood).abs() < options.tolerance;
            fit.log_likelihood = log_likelihood;
            fit.iterations += 1;
        }
        Ok(fit)
    }
}

fn widen(x: &Tensor) -> Vec<f64> {
    x.data().iter().map(|&x| f64::from(x)).collect()
}

fn lanes(work: usize) -> usize {
    if work < WORTH_SHARING { 1 } else { current_threads() }
}

/// The E step: computes the share of each point, `[n, d]`, that belongs to each component,
/// `[n, k]`. Returns the mean log-likelihood.
fn expect(mixture: &GaussianMixture, x: &[f64], shares: &mut [f64]) -> f64 {
    let (d, k) = (mixture.dims(), mixture.components());
    let points = x.chunks(ROWS * d);
    let mut blocks: Vec<_> =
        points.zip(shares.chunks_mut(ROWS * k)).map(|(x, shares)| (x, shares, 0.0)).collect();
    let lanes = lanes(x.len() * k * d);
    for_each_with(&mut vec![(); lanes], &mut blocks, |(), _, (x, shares, sum)| {
        *sum = x
            .chunks_exact(d)
            .zip(shares.chunks_exact_mut(k))
            .map(|(x, shares)| mixture.responsibilities(x, shares))
            .sum();
    });
    // Summed in the order of the blocks, so that the result does not depend on scheduling.
    blocks.iter().map(|block| block.2).sum::<f64>() / (x.len() / d) as f64
}

/// The M step: the most likely mixture if points belong to components with these shares. Weights
/// are mean shares; means and covariances are those of the points, weighted by the shares.
fn maximize(x: &[f64], d: usize, shares: &[f64], floor: f64) -> Result<GaussianMixture, LabError> {
    let k = shares.len() / (x.len() / d);
    let mut parts = vec![(0.0, vec![0.0; d], vec![0.0; d * d]); k];
    let lanes = lanes(x.len() * k * d);
    for_each_with(&mut vec![(); lanes], &mut parts, |(), component, (weight, mean, covariance)| {
        // A share that has underflowed to 0 adds nothing.
        let own = shares.iter().skip(component).step_by(k);
        let rows = || x.chunks_exact(d).zip(own.clone()).filter(|(_, share)| **share > 0.0);
        // As in scikit-learn, so that no sum of shares divides by 0.
        *weight = own.clone().sum::<f64>() + 10.0 * f64::EPSILON;
        for (x, share) in rows() {
            mean.iter_mut().zip(x).for_each(|(mean, x)| *mean += share * x);
        }
        mean.iter_mut().for_each(|mean| *mean /= *weight);
        let mut off = vec![0.0; d];
        for (x, share) in rows() {
            off.iter_mut().zip(x.iter().zip(&*mean)).for_each(|(off, (x, m))| *off = x - m);
            for i in 0..d {
                let scaled = share * off[i];
                let row = &mut covariance[i * d..][..=i];
                row.iter_mut().zip(&off).for_each(|(c, off)| *c += scaled * off);
            }
        }
        for i in 0..d {
            for j in 0..=i {
                let c = covariance[i * d + j] / *weight;
                covariance[i * d + j] = c;
                covariance[j * d + i] = c;
            }
            covariance[i * d + i] += floor;
        }
    });
    let mut joined = (Vec::new(), Vec::new(), Vec::new());
    for (weight, mean, covariance) in parts {
        joined.0.push(weight);
        joined.1.extend(mean);
        joined.2.extend(covariance);
    }
    GaussianMixture::new(d, joined.0, joined.1, joined.2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_tensor::with_threads;
    use ae_testkit::{Sampler, assert_close_f64};

    /// Two tilted clouds, one twice as large as the other.
    fn truth() -> GaussianMixture {
        let covariances = vec![1.0, 0.8, 0.8, 1.0, 0.5, -0.3, -0.3, 0.4];
        GaussianMixture::new(2, vec![2.0, 1.0], vec![-2.0, 0.0, 3.0, 1.0], covariances).unwrap()
    }

    #[test]
    fn the_mixture_that_made_the_points_is_found_again() {
        let x = truth().sample(6000, 1);
        let fit = GaussianMixture::fit(&x, 2, 1, &EmOptions::default()).unwrap();
        assert!(fit.converged && fit.iterations < 20);
        let mixture = fit.mixture;
        let first = usize::from(mixture.means()[0] > 0.0);
        for (k, truth_k) in [(first, 0), (1 - first, 1)] {
            let range = |k: usize, size: usize| k * size..(k + 1) * size;
            let close = |a: &[f64], b: &[f64], size| {
                assert_close_f64(&a[range(k, size)], &b[range(truth_k, size)], 0.0, 0.06);
            };
            close(mixture.weights(), truth().weights(), 1);
            close(mixture.means(), truth().means(), 2);
            close(mixture.covariances(), truth().covariances(), 4);
        }
    }

    #[test]
    fn no_step_makes_the_likelihood_smaller() {
        let x = truth().sample(500, 2);
        let options = EmOptions { floor: 0.0, tolerance: 0.0, max_iterations: 1 };
        let clusters = GaussianMixture::fit(&x, 4, 3, &options).unwrap();
        let (mut mixture, mut before) = (clusters.mixture, clusters.log_likelihood);
        for _ in 0..60 {
            let fit = mixture.improve(&x, &options).unwrap();
            assert!(fit.log_likelihood >= before - 1e-12 && !fit.converged);
            (mixture, before) = (fit.mixture, fit.log_likelihood);
        }
        assert!(before > clusters.log_likelihood + 1e-3);
    }

    #[test]
    fn a_column_that_never_moves_has_the_floor_as_its_variance() {
        let mut x = truth().sample(300, 3);
        x.data_mut().iter_mut().skip(1).step_by(2).for_each(|x| *x = 0.0);
        let fit = GaussianMixture::fit(&x, 3, 1, &EmOptions::default()).unwrap();
        for covariance in fit.mixture.covariances().chunks(4) {
            assert_close_f64(&covariance[1..], &[0.0, 0.0, 1e-6], 1e-12, 0.0);
        }
        let options = EmOptions { floor: 0.0, ..EmOptions::default() };
        let refused = GaussianMixture::fit(&x, 3, 1, &options).unwrap_err();
        assert_eq!(refused, LabError::NotPositiveDefinite { component: 0 });
    }

    /// From a start narrower than the floor the likelihood falls by far more than the tolerance,
    /// which is not convergence.
    #[test]
    fn a_likelihood_that_falls_has_not_come_to_rest() {
        let start = GaussianMixture::new(1, vec![1.0], vec![0.0], vec![1e-8]).unwrap();
        let options = EmOptions { floor: 1.0, ..EmOptions::default() };
        let fit = start.improve(&Tensor::zeros([5, 1]), &options).unwrap();
        assert_eq!((fit.iterations, fit.converged), (3, true));
        assert_eq!(fit.mixture.covariances(), [1.0]);
        // ln of 1 / sqrt(2 pi)
        assert_close_f64(&[fit.log_likelihood], &[-0.918_938_533_204_672_7], 1e-14, 0.0);
    }

    #[test]
    fn few_points_and_equal_points() {
        let fit = |x: &Tensor, k| GaussianMixture::fit(x, k, 1, &EmOptions::default());
        let same = fit(&Tensor::full([8, 3], 2.5), 4).unwrap().mixture;
        assert_eq!((same.components(), same.weights()), (1, &[1.0][..]));
        assert_close_f64(same.means(), &[2.5; 3], 1e-14, 0.0);
        // One component per point: the floor keeps the densities finite.
        let x = Tensor::new([3, 1], vec![0.0, 1.0, 5.0]);
        assert_eq!(fit(&x, 3).unwrap().mixture.components(), 3);
        assert_eq!(fit(&Tensor::zeros([1, 2]), 1).unwrap().mixture.means(), [0.0; 2]);
        let text = |refused: Result<EmFit, LabError>| refused.unwrap_err().to_string();
        assert_eq!(text(fit(&x, 4)), "points of the mixture: expected at least 4 rows, found 3");
        assert_eq!(text(fit(&x, 0)), "components of the mixture: expected at least 1, found 0");
        assert_eq!(
            text(fit(&Tensor::new([2, 1], vec![1.0, f32::INFINITY]), 1)),
            "points of the mixture: expected finite numbers, found inf in row 1, column 0"
        );
    }

    #[test]
    fn threads_change_no_bit() {
        let x = Tensor::new([3000, 5], Sampler::new(4).vec(15_000, -1.0, 1.0));
        let fit = |threads| {
            let fit = || GaussianMixture::fit(&x, 6, 1, &EmOptions::default()).unwrap();
            with_threads(threads, fit).expect("threads start")
        };
        let one = fit(1);
        assert!(one == fit(2) && one == fit(3));
    }
}
