//! Computes the components of fewer samples than columns from the products of the samples with each
//! other.
//!
//! Let X be the centered samples, `[n, d]`. The covariance matrix `X^T X / (n - 1)` is `[d, d]`:
//! for 60 images of 256 x 256 pixels it would take 34 GB. But at most `n` of its eigenvalues are
//! not 0, and they are those of the Gram matrix `X X^T / (n - 1)`, `[n, n]`: from `X X^T u = l u`
//! follows `X^T X (X^T u) = l (X^T u)`, so `X^T u` is the eigenvector for the same eigenvalue, of
//! length `sqrt(l)` (the "snapshots" of L. Sirovich, "Turbulence and the dynamics of coherent
//! structures", Quarterly of Applied Mathematics 45, 1987).

use crate::subspace::{SplitMix, orthonormalize};
use ae_tensor::kernels::packed::Packed;
use std::ops::Range;

/// The number of columns that are centered and multiplied at a time. A block of 200 samples takes
/// 1.6 MB.
const COLUMNS: usize = 1024;

/// The rows of `x`, `[n, d]`, less their mean.
pub(crate) struct Centered<'a> {
    x: &'a [f32],
    /// `[d]`
    mean: &'a [f64],
}

impl<'a> Centered<'a> {
    pub(crate) fn new(x: &'a [f32], mean: &'a [f64]) -> Self {
        Self { x, mean }
    }

    /// Returns the products of all pairs of rows, `[n, n]`. The matrix is exactly symmetric,
    /// because both entries of a pair add the same products in the same order.
    pub(crate) fn gram(&self) -> Vec<f64> {
        let n = self.x.len() / self.mean.len();
        let mut gram = vec![0.0; n * n];
        for columns in self.blocks() {
            let block = self.block(&columns);
            let transposed = transposed(&block, columns.len());
            let products = Packed::new(&transposed, n).product(&block);
            gram.iter_mut().zip(products).for_each(|(sum, product)| *sum += product);
        }
        gram
    }

    /// Returns the eigenvectors of the covariance matrix, `[k, d]`, that belong to these
    /// eigenvectors of the Gram matrix, `[k, n]`, in descending order of their eigenvalues.
    ///
    /// If the eigenvalue is 0, `X^T u` is 0 or a rounding error. A direction that is orthogonal to
    /// the others takes its place.
    pub(crate) fn components(&self, vectors: &[f64]) -> Vec<f64> {
        let d = self.mean.len();
        let n = self.x.len() / d;
        let mut components = vec![0.0; vectors.len() / n * d];
        for columns in self.blocks() {
            let block = self.block(&columns);
            let part = Packed::new(&block, columns.len()).product(vectors);
            for (row, part) in components.chunks_exact_mut(d).zip(part.chunks_exact(columns.len()))
            {
                row[columns.clone()].copy_from_slice(part);
            }
        }
        // The rounding error of a small eigenvalue's vector lies mostly along those of larger ones,
        // which `X^T` lengthens. It is removed here.
        orthonormalize(&mut components, d, &mut SplitMix::new(0));
        components
    }

    fn blocks(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let d = self.mean.len();
        (0..d).step_by(COLUMNS).map(move |start| start..d.min(start + COLUMNS))
    }

    /// Returns these columns of all rows, row by row.
    fn block(&self, columns: &Range<usize>) -> Vec<f64> {
        let mean = &self.mean[columns.clone()];
        let rows = self.x.chunks_exact(self.mean.len());
        let centered = |(&x, m): (&f32, &f64)| f64::from(x) - m;
        rows.flat_map(|row| row[columns.clone()].iter().zip(mean).map(centered)).collect()
    }
}

/// Returns the transpose of a matrix in rows of `cols` numbers.
fn transposed(matrix: &[f64], cols: usize) -> Vec<f64> {
    (0..cols).flat_map(|j| matrix.iter().skip(j).step_by(cols).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_tensor::kernels::gram::{column_means, scatter};
    use ae_tensor::with_threads;
    use ae_testkit::naive::{matmul, transpose};
    use ae_testkit::{Sampler, assert_close_f64};

    #[test]
    fn the_products_of_rows_have_the_trace_of_those_of_columns() {
        for (n, d) in [(2, 1), (3, 5), (30, 2500), (70, 1024)] {
            let x = Sampler::new(d as u64).vec(n * d, -1.0, 3.0);
            let mean = column_means(&x, d);
            let centered = Centered::new(&x, &mean);
            let gram = centered.gram();
            let wide: Vec<f64> = centered.block(&(0..d));
            let expected = matmul(&wide, &transpose(&wide, n, d), n, d, n);
            assert_close_f64(&gram, &expected, 1e-12, 1e-12 * d as f64);
            assert!((0..n * n).all(|i| gram[i] == gram[i % n * n + i / n]));
            let trace = |m: &[f64], n| m.iter().step_by(n + 1).sum::<f64>();
            assert_close_f64(&[trace(&gram, n)], &[trace(&scatter(&x, &mean), d)], 1e-12, 0.0);
        }
    }

    #[test]
    fn threads_change_no_bit() {
        let (n, d) = (40, 3000);
        let x = Sampler::new(7).vec(n * d, 0.0, 1.0);
        let run = |threads| {
            with_threads(threads, || {
                let mean = column_means(&x, d);
                let centered = Centered::new(&x, &mean);
                let gram = centered.gram();
                (centered.components(&gram), gram)
            })
            .expect("threads start")
        };
        assert_eq!(run(1), run(2));
        assert_eq!(run(1), run(3));
    }
}
