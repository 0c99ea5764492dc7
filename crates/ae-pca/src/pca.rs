//! Principal component analysis: the directions in which the data vary most, and the
//! transformations in both directions.

use crate::PcaError;
use crate::dual::Centered;
use crate::eigenpairs::all_eigenpairs;
use crate::subspace::leading_eigen;
use ae_tensor::Tensor;
use ae_tensor::kernels::gemm::{Epilogue, gemm};
use ae_tensor::kernels::gram::{column_means, scatter};

/// The principal components of a data set, as in scikit-learn's `PCA`.
///
/// `d` is the number of columns of the data, `k` that of the components kept. The fit is done in
/// f64, and so are the results [`Pca::mean`], [`Pca::explained_variance`] and
/// [`Pca::components_f64`]; samples are transformed in f32, the type that networks use.
///
/// ```
/// use ae_pca::Pca;
/// use ae_tensor::Tensor;
///
/// // Points along the line y = 2 x + 1.
/// let x = Tensor::new([3, 2], vec![0.0, 1.0, 1.0, 3.0, 2.0, 5.0]);
/// let pca = Pca::fit(&x, Some(1))?;
/// // The variance of x is 1, that of y is 4: all of it lies along (1, 2) / sqrt(5).
/// assert!((pca.explained_variance()[0] - 5.0).abs() < 1e-12);
/// assert!((pca.components_f64()[1] - 2.0 / 5f64.sqrt()).abs() < 1e-12);
/// let z = pca.transform(&x);
/// assert_eq!(z.shape().dims(), [3, 1]);
/// # Ok::<(), ae_pca::PcaError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Pca {
    /// `[k, d]`, twice: as found, and rounded for the transformations.
    components_f64: Vec<f64>,
    components: Tensor,
    /// `[d]`
    mean: Vec<f64>,
    /// `[k]`
    explained_variance: Vec<f64>,
    /// `[k]`
    explained_variance_ratio: Vec<f64>,
    whiten: bool,
}

impl Pca {
    /// Finds the components of `x`, `[n, d]`: the eigenvectors of its covariance matrix with the
    /// largest eigenvalues, which are the variances. `None` keeps the maximum, `min(n, d)`.
    ///
    /// The conventions are scikit-learn's: variances are sums of squares divided by `n - 1`;
    /// components are ordered by decreasing variance; in each the entry of largest magnitude, the
    /// first if several are equal, is positive (the rule of `svd_flip(u_based_decision=False)`); a
    /// variance that rounding made negative becomes 0. Where variances are equal, or zero for more
    /// than one component, the data do not determine single components, only the space that they
    /// span.
    ///
    /// A few components of many columns (up to 14 of `d > 95`, or with `k + 10`, rounded up to
    /// eights, within `d / 10`) are found by simultaneous iteration, all of up to 64 columns by
    /// [`symmetric_eigen`](crate::symmetric_eigen), and the others by
    /// [`divide_and_conquer`](crate::divide_and_conquer); either way variances are accurate to
    /// about 1e-13 of the largest. With fewer samples than columns the eigenvectors
    /// are those of the `[n, n]` products of samples, which give the same components. Memory grows
    /// with the square of `min(n, d)`, never with that of the larger one.
    ///
    /// # Special values
    /// NaN and infinity are refused. The largest and smallest f32 numbers neither overflow nor
    /// vanish.
    ///
    /// # Errors
    /// [`PcaError::TooFewSamples`] for `n < 2`, [`PcaError::NoColumns`] for `d = 0`,
    /// [`PcaError::Components`] for a number of components outside `1..=min(n, d)`,
    /// [`PcaError::TooLarge`] if the matrices would take more than [`Pca::MAX_BYTES`],
    /// [`PcaError::NotFinite`] for NaN or infinity in `x`, [`PcaError::NotConverged`] from
    /// [`symmetric_eigen`](crate::symmetric_eigen).
    ///
    /// # Panics
    /// If `x` is not a matrix.
    pub fn fit(x: &Tensor, components: Option<usize>) -> Result<Self, PcaError> {
        let (n, d) = x.shape().matrix("Pca::fit");
        let k = Self::check(n, d, components)?;
        let mean = column_means(x.data(), d);
        // The means reveal non-finite values at no cost.
        if mean.iter().any(|mean| !mean.is_finite())
            && let Some(i) = x.data().iter().position(|x| !x.is_finite())
        {
            return Err(PcaError::not_finite(i / d, i % d, x.data()[i].into()));
        }
        // The products of columns or of samples, whichever are fewer.
        let rows = (n < d).then(|| Centered::new(x.data(), &mean));
        let (mut matrix, side) = match &rows {
            Some(rows) => (rows.gram(), n),
            None => (scatter(x.data(), &mean), d),
        };
        matrix.iter_mut().for_each(|c| *c /= (n - 1) as f64);
        let total: f64 = matrix.iter().step_by(side + 1).sum();

        let (values, mut vectors) = match leading_eigen(&matrix, side, k) {
            Some(leading) => (leading.values, leading.vectors),
            None => {
                let all = all_eigenpairs(&matrix, side)?;
                (all.values, all.vectors)
            }
        };
        drop(matrix);
        vectors.truncate(k * side);
        if let Some(rows) = rows {
            vectors = rows.components(&vectors);
        }
        vectors.chunks_exact_mut(d).for_each(make_largest_positive);
        let explained_variance: Vec<f64> = values[..k].iter().map(|v| v.max(0.0)).collect();
        let share = |variance: &f64| if total > 0.0 { variance / total } else { 0.0 };
        Ok(Self {
            components: Tensor::new([k, d], vectors.iter().map(|&v| v as f32).collect()),
            components_f64: vectors,
            mean,
            explained_variance_ratio: explained_variance.iter().map(share).collect(),
            explained_variance,
            whiten: false,
        })
    }

    /// The maximum memory for the matrices of a fit: 2 GiB. This allows about 8000 samples with any
    /// number of columns, or any number of samples with about 8000 columns.
    pub const MAX_BYTES: u64 = 1 << 31;

    /// Checks whether [`Pca::fit`] can find this many components (`None` for the maximum) of this
    /// many samples and columns, before the data exist. Returns the number of components.
    ///
    /// # Errors
    /// As for [`Pca::fit`], except for errors in the data themselves.
    pub fn check(
        samples: usize,
        columns: usize,
        components: Option<usize>,
    ) -> Result<usize, PcaError> {
        if samples < 2 {
            return Err(PcaError::TooFewSamples { samples });
        }
        if columns == 0 {
            return Err(PcaError::NoColumns);
        }
        let side = samples.min(columns);
        let k = components.unwrap_or(side);
        if k == 0 || k > side {
            return Err(PcaError::Components { asked: k, samples, columns });
        }
        // Division needs four matrices of this size at a time: the matrix, reflections, the
        // factors of a product and the result. The components are found in f64, multiplied in
        // blocks, and rounded to f32.
        let (side, k, wide) = (side as u64, k as u64, columns as u64);
        let bytes = side.saturating_mul(side).saturating_mul(32);
        let bytes = bytes.saturating_add(k.saturating_mul(wide).saturating_mul(20));
        match bytes <= Self::MAX_BYTES {
            true => Ok(k as usize),
            false => Err(PcaError::TooLarge { samples, columns, bytes }),
        }
    }

    /// With `true`, [`Pca::transform`] also divides each component by its standard deviation, so
    /// that the covariance of the fitted data becomes the identity, and [`Pca::inverse_transform`]
    /// multiplies back. The default is `false`.
    #[must_use]
    pub fn with_whitening(self, whiten: bool) -> Self {
        Self { whiten, ..self }
    }

    /// Returns whether samples are whitened.
    #[must_use]
    pub fn whitens(&self) -> bool {
        self.whiten
    }

    /// The number of components kept, `k`.
    #[must_use]
    pub fn n_components(&self) -> usize {
        self.explained_variance.len()
    }

    /// The number of columns of the data, `d`.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.mean.len()
    }

    /// `[k, d]`: each row a direction of length 1, orthogonal to the others.
    #[must_use]
    pub fn components(&self) -> &Tensor {
        &self.components
    }

    /// As [`Pca::components`], but not rounded to f32, row-major.
    #[must_use]
    pub fn components_f64(&self) -> &[f64] {
        &self.components_f64
    }

    /// `[d]`: the mean of each column of the data.
    #[must_use]
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// `[k]`: the variance of the data along each component, in decreasing order.
    #[must_use]
    pub fn explained_variance(&self) -> &[f64] {
        &self.explained_variance
    }

    /// `[k]`: each variance as a share of the total over all `d` directions.
    ///
    /// Data that do not vary at all have shares of 0, where scikit-learn computes 0 / 0.
    #[must_use]
    pub fn explained_variance_ratio(&self) -> &[f64] {
        &self.explained_variance_ratio
    }

    /// `[k]`: the square roots of the variances, the typical size of a coordinate of
    /// [`Pca::transform`].
    #[must_use]
    pub fn standard_deviations(&self) -> Vec<f64> {
        self.explained_variance.iter().map(|v| v.sqrt()).collect()
    }

    /// Transforms the samples `x`, `[n, d]`, to coordinates along the components, `[n, k]`:
    /// `(x - mean) components^T`.
    ///
    /// With whitening, each column is divided by its standard deviation; one below f32's epsilon
    /// counts as epsilon (1.2e-7), as in scikit-learn for f32 samples, so that a component without
    /// variance, where the coordinates are 0 up to rounding, gives no infinities.
    /// # Special values
    /// A sample that contains NaN or infinity gets coordinates that are not finite; other samples
    /// are not affected.
    ///
    /// # Panics
    /// If `x` is not a matrix of `d` columns; the message names both shapes.
    #[must_use]
    #[track_caller]
    pub fn transform(&self, x: &Tensor) -> Tensor {
        let (n, d) = x.shape().matrix("Pca::transform");
        assert!(
            d == self.n_features(),
            "Pca::transform: samples of shape {} for components of shape {}",
            x.shape(),
            self.components.shape()
        );
        // Centered in f64 and before the product: a large mean then costs no accuracy.
        let centered: Vec<f32> = x
            .data()
            .chunks_exact(d)
            .flat_map(|row| row.iter().zip(&self.mean).map(|(&x, m)| (f64::from(x) - m) as f32))
            .collect();
        let centered = Tensor::new([n, d], centered);
        let mut z = Tensor::zeros([n, self.n_components()]);
        gemm(
            centered.as_matrix(),
            self.components.as_matrix().t(),
            z.data_mut(),
            Epilogue::default(),
        );
        if self.whiten {
            let smallest = f64::from(f32::EPSILON);
            let scale: Vec<f64> =
                self.standard_deviations().into_iter().map(|s| 1.0 / s.max(smallest)).collect();
            self.scale_columns(&mut z, &scale);
        }
        z
    }

    /// The inverse: for `z`, `[n, k]`, returns the points `z components + mean`, `[n, d]`.
    ///
    /// With whitening, `z` is first multiplied by the standard deviations. With `k < d` the result
    /// of a round trip is each sample's nearest point in the space that the components span.
    ///
    /// # Special values
    /// Coordinates that are not finite make their point not finite; other points are not affected.
    ///
    /// # Panics
    /// If `z` is not a matrix of `k` columns; the message names both shapes.
    #[must_use]
    #[track_caller]
    pub fn inverse_transform(&self, z: &Tensor) -> Tensor {
        let (n, k) = z.shape().matrix("Pca::inverse_transform");
        assert!(
            k == self.n_components(),
            "Pca::inverse_transform: coordinates of shape {} for components of shape {}",
            z.shape(),
            self.components.shape()
        );
        let mean: Vec<f32> = self.mean.iter().map(|&m| m as f32).collect();
        let mut x = Tensor::zeros([n, self.n_features()]);
        let mut scaled = None;
        if self.whiten {
            self.scale_columns(scaled.insert(z.clone()), &self.standard_deviations());
        }
        gemm(
            scaled.as_ref().unwrap_or(z).as_matrix(),
            self.components.as_matrix(),
            x.data_mut(),
            Epilogue { bias: Some(&mean), ..Epilogue::default() },
        );
        x
    }

    /// Multiplies each of the `k` columns of `z` by its factor.
    fn scale_columns(&self, z: &mut Tensor, factors: &[f64]) {
        for row in z.data_mut().chunks_exact_mut(self.n_components()) {
            for (z, factor) in row.iter_mut().zip(factors) {
                *z = (f64::from(*z) * factor) as f32;
            }
        }
    }
}

/// Flips the signs of `row` if its entry of largest magnitude, the first if several are equal, is
/// negative.
///
/// The negative of an eigenvector is an eigenvector too; without a rule, rounding would decide the
/// sign.
fn make_largest_positive(row: &mut [f64]) {
    // `max_by` would take the last of equals.
    let largest = row.iter().fold(0.0f64, |m, &x| if x.abs() > m.abs() { x } else { m });
    if largest < 0.0 {
        row.iter_mut().for_each(|x| *x = -*x);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_equal_entries_decides_the_sign() {
        for (mut row, expected) in [
            ([-2.0, 2.0, 1.0], [2.0, -2.0, -1.0]),
            ([2.0, -2.0, -1.0], [2.0, -2.0, -1.0]),
            ([0.5, -0.6, 0.1], [-0.5, 0.6, -0.1]),
            ([0.0, 0.0, 0.0], [0.0, 0.0, 0.0]),
        ] {
            make_largest_positive(&mut row);
            assert_eq!(row, expected);
        }
    }
}
