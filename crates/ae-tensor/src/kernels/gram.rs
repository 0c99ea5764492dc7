//! The products that covariance needs, accumulated in f64.
//!
//! A covariance is a difference of nearly equal numbers when the mean is large against the spread; in f32
//! three or four digits may be all that stay. So the mean is subtracted first, and sums are f64.

use super::parallel::for_each_block;
use wide::f64x8;

const LANES: usize = 8;
/// Rows of the result that one task takes, and rows of its register tile.
const TILE_ROWS: usize = 4;
/// Vectors in a row of the register tile.
const TILE_VECTORS: usize = 2;
const TILE_COLS: usize = TILE_VECTORS * LANES;
/// Samples that are centred and multiplied at a time: 256 x 784 f64 take 1.6 MB.
const STRIP: usize = 256;

/// The mean of each column of the row-major `x`, in f64; NaN without rows.
///
/// # Panics
/// If `x` is not a whole number of rows of `cols` elements.
#[must_use]
pub fn column_means(x: &[f32], cols: usize) -> Vec<f64> {
    let mut means = vec![0.0; cols];
    if cols == 0 {
        return means;
    }
    assert!(x.len().is_multiple_of(cols), "column_means: {} elements in rows of {cols}", x.len());
    for row in x.chunks_exact(cols) {
        for (mean, &x) in means.iter_mut().zip(row) {
            *mean += f64::from(x);
        }
    }
    let rows = (x.len() / cols) as f64;
    means.iter_mut().for_each(|mean| *mean /= rows);
    means
}

/// `(X - mean)^T (X - mean)`, the scatter matrix, `cols x cols` and exactly symmetric.
///
/// # Panics
/// If `x` is not a whole number of rows of `mean.len()` elements.
#[must_use]
pub fn scatter(x: &[f32], mean: &[f64]) -> Vec<f64> {
    let cols = mean.len();
    let mut out = vec![0.0; cols * cols];
    if cols == 0 || x.is_empty() {
        return out;
    }
    assert!(x.len().is_multiple_of(cols), "scatter: {} elements in rows of {cols}", x.len());
    // Columns padded with zeros to whole vectors.
    let width = cols.next_multiple_of(TILE_COLS);
    let mut strip = vec![f64x8::ZERO; STRIP * width / LANES];
    for rows in x.chunks(STRIP * cols) {
        let count = rows.len() / cols;
        let centred: &mut [f64] = bytemuck::cast_slice_mut(&mut strip);
        for (out, row) in centred.chunks_exact_mut(width).zip(rows.chunks_exact(cols)) {
            for ((out, &x), mean) in out.iter_mut().zip(row).zip(mean) {
                *out = f64::from(x) - mean;
            }
        }
        let vectors = &strip[..count * width / LANES];
        let flops = count * cols * cols;
        for_each_block(&mut out, TILE_ROWS * cols, flops, |i, out| {
            add_upper_rows(vectors, width / LANES, i * TILE_ROWS, cols, out);
        });
    }
    // Only the upper triangle was computed.
    for i in 0..cols {
        for j in 0..i {
            out[i * cols + j] = out[j * cols + i];
        }
    }
    out
}

/// Adds to `out`, up to `TILE_ROWS` rows of the result from `first` on, the products of the strip's columns, from
/// the diagonal to the right.
fn add_upper_rows(strip: &[f64x8], row_vectors: usize, first: usize, cols: usize, out: &mut [f64]) {
    for j in (first / TILE_COLS..cols.div_ceil(TILE_COLS)).map(|block| block * TILE_COLS) {
        let mut tile = [[f64x8::ZERO; TILE_VECTORS]; TILE_ROWS];
        for row in strip.chunks_exact(row_vectors) {
            let b: &[f64x8; TILE_VECTORS] =
                row[j / LANES..][..TILE_VECTORS].try_into().expect("as many as asked for");
            let a: &[f64; TILE_ROWS] = bytemuck::cast_slice(row)[first..][..TILE_ROWS]
                .try_into()
                .expect("rows are padded to whole tiles");
            for (sums, &a) in tile.iter_mut().zip(a) {
                for (sum, &b) in sums.iter_mut().zip(b) {
                    *sum = f64x8::splat(a).mul_add(b, *sum);
                }
            }
        }
        for (sums, out) in tile.iter().zip(out.chunks_exact_mut(cols)) {
            let sums: &[f64] = bytemuck::cast_slice(sums);
            for (out, sum) in out[j..].iter_mut().zip(sums) {
                *out += sum;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_testkit::{Sampler, assert_close_f64};

    #[test]
    fn scatter_equals_its_definition() {
        for (rows, cols) in [(1, 1), (2, 3), (300, 10), (257, 16), (40, 37), (5, 60)] {
            let x = Sampler::new(cols as u64).vec(rows * cols, 0.0, 3.0);
            let mean = column_means(&x, cols);
            let at = |i: usize, j: usize| f64::from(x[i * cols + j]) - mean[j];
            let expected: Vec<f64> = (0..cols * cols)
                .map(|q| (0..rows).map(|i| at(i, q / cols) * at(i, q % cols)).sum())
                .collect();
            assert_close_f64(&scatter(&x, &mean), &expected, 1e-12, 1e-12);
        }
    }

    #[test]
    fn a_large_mean_costs_no_digits() {
        // Values 10000 +- 1: the variance, 1, must come out whole.
        let x: Vec<f32> = (0..1000).map(|i| if i % 2 == 0 { 9999.0 } else { 10_001.0 }).collect();
        let mean = column_means(&x, 1);
        assert_eq!(mean, [10_000.0]);
        assert_eq!(scatter(&x, &mean), [1000.0]);
    }
}
