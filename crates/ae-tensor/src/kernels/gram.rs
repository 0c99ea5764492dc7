//! The products that covariance needs, accumulated in f64.
//!
//! A covariance is a difference of nearly equal numbers when the mean is large relative to the
//! spread; in f32 only three or four digits may survive. So the mean is subtracted first, and sums
//! are f64.

use super::packed::{PANEL, PanelRow, VECTORS, add_products};
use super::parallel::{current_threads, for_each_block, for_each_with};
use std::ops::Range;
use wide::f64x8;

/// The number of samples whose products are summed in registers: a panel of this many takes 48 KB
/// and stays in a cache near the core.
const STRIP: usize = 256;
/// The number of strips that are centered and packed before they are multiplied: 1024 x 784 f64
/// take 6 MB.
const STRIPS: usize = 4;
/// The maximum number of panels of the result in one task: as many panels of a strip, 200 KB, stay
/// in a second-level cache.
const GROUP: usize = 4;
/// The approximate number of columns whose means one task computes.
const MEANS: usize = 256;
/// Below this many multiplications another thread does not pay off.
const WORTH_SHARING: usize = 100_000;

/// The mean of each column of the row-major `x`, in f64; NaN without rows.
///
/// Sums of f32 numbers cannot overflow in f64, so a mean is NaN or infinite exactly if its column
/// contains such a number.
///
/// # Panics
/// If `x` does not consist of whole rows of `cols` elements.
#[must_use]
pub fn column_means(x: &[f32], cols: usize) -> Vec<f64> {
    let mut means = vec![0.0; cols];
    if cols == 0 {
        return means;
    }
    assert!(x.len().is_multiple_of(cols), "column_means: {} elements in rows of {cols}", x.len());
    let rows = (x.len() / cols) as f64;
    // Split by columns, not by rows: every column is summed from top to bottom, on whichever
    // thread.
    let block = cols.div_ceil(cols.div_ceil(MEANS));
    for_each_block(&mut means, block, x.len(), |i, means| {
        let columns = i * block..i * block + means.len();
        // Four rows at a time: sums are then loaded and stored a quarter as often.
        let mut quads = x.chunks_exact(4 * cols);
        for quad in &mut quads {
            let mut quad = quad.chunks_exact(cols).map(|row| &row[columns.clone()]);
            let rows: [&[f32]; 4] = std::array::from_fn(|_| quad.next().expect("four rows"));
            add_rows(means, rows);
        }
        for row in quads.remainder().chunks_exact(cols) {
            add_rows(means, [&row[columns.clone()]]);
        }
        means.iter_mut().for_each(|mean| *mean /= rows);
    });
    means
}

/// Adds the rows to `sums`, one after another.
fn add_rows<const N: usize>(sums: &mut [f64], rows: [&[f32]; N]) {
    let rows = rows.map(|row| &row[..sums.len()]);
    for (j, sum) in sums.iter_mut().enumerate() {
        *sum = rows.iter().fold(*sum, |sum, row| sum + f64::from(row[j]));
    }
}

/// `(X - mean)^T (X - mean)`, the scatter matrix, `cols x cols` and exactly symmetric.
///
/// `mean` is the result of [`column_means`] for `x`. A column of equal numbers then has zero
/// products with all others and is skipped: the borders of images are often such columns.
///
/// # Special values
/// A column that contains NaN or infinity has NaN products with every column; the other products
/// are not affected. Products and sums of f32 numbers neither overflow nor underflow in f64.
///
/// # Panics
/// If `x` does not consist of whole rows of `mean.len()` elements.
#[must_use]
pub fn scatter(x: &[f32], mean: &[f64]) -> Vec<f64> {
    let cols = mean.len();
    let mut out = vec![0.0; cols * cols];
    if cols == 0 || x.is_empty() {
        return out;
    }
    assert!(x.len().is_multiple_of(cols), "scatter: {} elements in rows of {cols}", x.len());
    let columns = varying_columns(x, cols);
    let panels = columns.len().div_ceil(PANEL);
    if panels == 0 {
        return out;
    }
    let centering = Centering::new(&columns, mean, panels);

    let strips = STRIPS.min(x.len().div_ceil(STRIP * cols));
    let mut packed = vec![[f64x8::ZERO; VECTORS]; strips * STRIP * panels];
    // Panel `j` of the result: `PANEL` columns, filled down to the diagonal.
    let mut sums = vec![0.0; panels * panels * PANEL * PANEL];
    for x in x.chunks(STRIPS * STRIP * cols) {
        let rows = x.len() / cols;
        let work = rows * columns.len() * columns.len() / 2;
        for_each_block(
            &mut packed[..rows.div_ceil(STRIP) * STRIP * panels],
            STRIP * panels,
            work,
            |s, packed| {
                let x = &x[s * STRIP * cols..];
                centering.pack(&x[..x.len().min(STRIP * cols)], cols, packed);
            },
        );
        let strip = |s: usize, panel: usize| {
            let count = (rows - s * STRIP).min(STRIP);
            &packed[(s * panels + panel) * STRIP..][..count]
        };
        let lanes = if work < WORTH_SHARING { 1 } else { current_threads() };
        // Some panels of the result make a task, so that a panel of samples, which comes from a
        // distant cache, is read once for all of them. The last tasks come first: they take
        // longest, and short tasks at the end keep all threads busy.
        let group = (panels / (4 * lanes)).clamp(1, GROUP);
        let size = panels * PANEL * PANEL;
        let mut tasks: Vec<_> = sums.chunks_mut(group * size).enumerate().rev().collect();
        for_each_with(&mut vec![(); lanes], &mut tasks, |(), _, (task, sums)| {
            let first = *task * group;
            for s in 0..rows.div_ceil(STRIP) {
                for i in 0..panels.min(first + group) {
                    for (j, sums) in (first..).zip(sums.chunks_exact_mut(size)) {
                        if i <= j {
                            let sums = &mut sums[i * PANEL * PANEL..][..PANEL * PANEL];
                            add_products(strip(s, i), strip(s, j), sums);
                        }
                    }
                }
            }
        });
    }
    for (q, &column) in columns.iter().enumerate() {
        let panel = &sums[q / PANEL * (panels * PANEL * PANEL)..];
        for (p, &row) in columns[..=q].iter().enumerate() {
            let sum = panel[p * PANEL + q % PANEL];
            out[row * cols + column] = sum;
            out[column * cols + row] = sum;
        }
    }
    out
}

/// The columns that contain more than one value, or one that is not finite.
fn varying_columns(x: &[f32], cols: usize) -> Vec<usize> {
    let first = &x[..cols];
    let mut varies: Vec<bool> = first.iter().map(|x| !x.is_finite()).collect();
    let mut undecided: Vec<usize> = (0..cols).filter(|&j| !varies[j]).collect();
    for row in x.chunks_exact(cols) {
        // This is rarely taken after the first rows.
        if undecided.iter().any(|&j| row[j] != first[j]) {
            undecided.retain(|&j| {
                varies[j] = row[j] != first[j];
                !varies[j]
            });
        }
    }
    (0..cols).filter(|&j| varies[j]).collect()
}

/// The layout that turns samples into panels.
struct Centering {
    /// The kept columns, as ranges of neighbors that are copied together.
    runs: Vec<Range<usize>>,
    /// The mean of each kept column, padded with zeros to whole panels.
    mean: Vec<f64>,
}

impl Centering {
    fn new(columns: &[usize], mean: &[f64], panels: usize) -> Self {
        let runs = columns.chunk_by(|a, b| a + 1 == *b).map(|run| run[0]..run[run.len() - 1] + 1);
        let mut kept: Vec<f64> = columns.iter().map(|&j| mean[j]).collect();
        kept.resize(panels * PANEL, 0.0);
        Self { runs: runs.collect(), mean: kept }
    }

    /// Writes the centered rows of `x` to `packed`, `STRIP` rows per panel.
    fn pack(&self, x: &[f32], cols: usize, packed: &mut [PanelRow]) {
        let mut kept = vec![0.0f32; self.mean.len()];
        for (i, row) in x.chunks_exact(cols).enumerate() {
            let mut free = &mut kept[..];
            for run in &self.runs {
                let (out, rest) = free.split_at_mut(run.len());
                out.copy_from_slice(&row[run.clone()]);
                free = rest;
            }
            let (x, _) = kept.as_chunks::<PANEL>();
            let (mean, _) = self.mean.as_chunks::<PANEL>();
            for ((panel, x), mean) in packed.chunks_exact_mut(STRIP).zip(x).zip(mean) {
                let out: &mut [f64; PANEL] = bytemuck::cast_mut(&mut panel[i]);
                for ((out, &x), mean) in out.iter_mut().zip(x).zip(mean) {
                    *out = f64::from(x) - mean;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::parallel::with_threads;
    use ae_testkit::{Sampler, assert_close_f64};

    #[test]
    fn scatter_equals_its_definition() {
        // Sizes around a strip, all strips and a panel; more than one panel, and strips in the
        // place of the last one.
        for (rows, cols) in [
            (1, 1),
            (2, 3),
            (300, 10),
            (257, 16),
            (40, 37),
            (5, 60),
            (256, 24),
            (1030, 25),
            (1024, 48),
            (2304, 49),
            (3, 530),
        ] {
            let mut x = Sampler::new(cols as u64).vec(rows * cols, 0.0, 3.0);
            // Some columns do not vary; one of them varies in its last number only.
            for (i, x) in x.iter_mut().enumerate().filter(|(i, _)| i % cols % 7 == 3) {
                *x = if i % cols == 10 && i / cols == rows - 1 { -2.0 } else { 0.3 };
            }
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
        // Values 10000 +- 1: the variance, 1, must be exact.
        let x: Vec<f32> = (0..1000).map(|i| if i % 2 == 0 { 9999.0 } else { 10_001.0 }).collect();
        let mean = column_means(&x, 1);
        assert_eq!(mean, [10_000.0]);
        assert_eq!(scatter(&x, &mean), [1000.0]);
    }

    #[test]
    fn columns_that_do_not_vary_have_products_of_zero() {
        // 0.3 is not a binary fraction, but the sum of equal f32 numbers is exact in f64.
        let mut x = Sampler::new(9).vec(1000 * 30, -1.0, 1.0);
        x.chunks_exact_mut(30).for_each(|row| row[4] = 0.3);
        let out = scatter(&x, &column_means(&x, 30));
        for i in 0..30 {
            assert_eq!((out[4 * 30 + i], out[i * 30 + 4]), (0.0, 0.0));
            assert!(i == 4 || out[i * 30 + i] > 100.0);
        }
        assert_eq!(scatter(&[2.0; 12], &[2.0; 3]), [0.0; 9]);
        // Non-finite values do not vanish.
        assert!(scatter(&[f32::NAN; 2], &[f64::NAN])[0].is_nan());
        assert!(scatter(&[f32::INFINITY; 2], &[f64::INFINITY])[0].is_nan());
    }

    #[test]
    fn a_number_that_is_not_finite_shows_in_the_mean() {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut x = vec![f32::MAX; 7 * 300];
            x[6 * 300 + 299] = bad;
            let mean = column_means(&x, 300);
            assert_eq!(mean.iter().position(|m| !m.is_finite()), Some(299));
        }
        assert!(!column_means(&[f32::INFINITY, f32::NEG_INFINITY], 1)[0].is_finite());
    }

    #[test]
    fn threads_change_no_bit() {
        let (rows, cols) = (1500, 300);
        let x = Sampler::new(5).vec(rows * cols, -1.0, 2.0);
        let run = |threads| {
            with_threads(threads, || {
                let mean = column_means(&x, cols);
                (scatter(&x, &mean), mean)
            })
            .expect("threads start")
        };
        let one = run(1);
        assert_eq!(one, run(2));
        assert_eq!(one, run(3));
        // Every column is summed from top to bottom.
        let sum = |j: usize| x.iter().skip(j).step_by(cols).fold(0.0, |s, &x| s + f64::from(x));
        assert!(one.1.iter().enumerate().all(|(j, mean)| *mean == sum(j) / rows as f64));
    }
}
