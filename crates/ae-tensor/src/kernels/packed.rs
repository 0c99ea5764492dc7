//! Products in f64 of matrices packed into panels of columns.
//!
//! A panel has the width of the register tile and stores its columns row by row, so the inner loop
//! reads both factors of `A^T B` from the first number to the last.

use super::parallel::for_each_block;
use wide::f64x8;

const LANES: usize = 8;
/// The number of vectors in a row of the register tile. A panel has the same width, and holds a
/// whole number of tiles in both directions, so one packing serves as either factor.
pub(super) const VECTORS: usize = if cfg!(target_feature = "avx512f") { 3 } else { 1 };
pub(super) const PANEL: usize = VECTORS * LANES;
/// The number of rows of the register tile: 24 of 32 registers with AVX-512, 8 of 16 with AVX2.
const ROWS: usize = if cfg!(target_feature = "avx512f") { 8 } else { 4 };
/// A row of a panel: `PANEL` numbers.
pub(super) type PanelRow = [f64x8; VECTORS];

/// A matrix laid out for multiplication from the left by a few rows, many times.
#[derive(Clone, Debug)]
pub struct Packed {
    rows: usize,
    cols: usize,
    /// `rows` rows of the first `PANEL` columns, then of the next ones.
    panels: Vec<PanelRow>,
}

impl Packed {
    /// Packs the row-major matrix `b`, in rows of `cols` numbers.
    ///
    /// # Panics
    /// If `cols` is 0, or `b` does not consist of whole rows.
    #[must_use]
    pub fn new(b: &[f64], cols: usize) -> Self {
        assert!(
            cols > 0 && b.len().is_multiple_of(cols),
            "Packed: {} elements in rows of {cols}",
            b.len()
        );
        Self::from_rows(b.chunks_exact(cols), cols)
    }

    /// Packs a matrix of these rows, of `cols` numbers each.
    ///
    /// # Panics
    /// If a row does not have `cols` numbers.
    #[must_use]
    pub fn from_rows<'a>(rows: impl ExactSizeIterator<Item = &'a [f64]>, cols: usize) -> Self {
        let count = rows.len();
        let mut panels = vec![[f64x8::ZERO; VECTORS]; cols.div_ceil(PANEL) * count];
        for (i, row) in rows.enumerate() {
            assert!(row.len() == cols, "Packed: a row of {} numbers for {cols}", row.len());
            for (p, part) in row.chunks(PANEL).enumerate() {
                let out: &mut [f64; PANEL] = bytemuck::cast_mut(&mut panels[p * count + i]);
                out[..part.len()].copy_from_slice(part);
            }
        }
        Self { rows: count, cols, panels }
    }

    /// Packs the transpose of a matrix of these rows: its columns are the rows given, all of
    /// `length` numbers.
    ///
    /// # Panics
    /// If a row does not have `length` numbers.
    #[must_use]
    pub fn transposed<'a>(rows: impl ExactSizeIterator<Item = &'a [f64]>, length: usize) -> Self {
        let cols = rows.len();
        let mut panels = vec![[f64x8::ZERO; VECTORS]; cols.div_ceil(PANEL) * length];
        for (i, row) in rows.enumerate() {
            assert!(row.len() == length, "Packed: a row of {} numbers for {length}", row.len());
            let panel = &mut panels[i / PANEL * length..][..length];
            for (out, &x) in panel.iter_mut().zip(row) {
                let out: &mut [f64; PANEL] = bytemuck::cast_mut(out);
                out[i % PANEL] = x;
            }
        }
        Self { rows: length, cols, panels }
    }

    /// Adds `factor` times `self^T b` to `out`, a matrix in rows of `stride` numbers of which the
    /// first `b.cols` change. The last row may end after them.
    ///
    /// Every number is summed from the first term to the last, for any number of threads.
    ///
    /// # Special values
    /// NaN and infinity appear exactly where the sums of the definition give them.
    ///
    /// # Panics
    /// If the factors' numbers of rows differ, or `out` does not have `self.cols` rows.
    pub fn add_cross_product(&self, b: &Self, factor: f64, out: &mut [f64], stride: usize) {
        self.add_tiles(b, factor, out, stride, |_| 0);
    }

    /// As [`Packed::add_cross_product`], but only the upper triangle of `out` is complete: the
    /// numbers below its diagonal are undefined afterwards. It takes half as long.
    ///
    /// # Panics
    /// As [`Packed::add_cross_product`].
    pub fn add_upper_cross_product(&self, b: &Self, factor: f64, out: &mut [f64], stride: usize) {
        self.add_tiles(b, factor, out, stride, |panel| panel);
    }

    /// Adds the product's panels of rows, each from the panel of columns that `from` gives.
    fn add_tiles(
        &self,
        b: &Self,
        factor: f64,
        out: &mut [f64],
        stride: usize,
        from: impl Fn(usize) -> usize + Sync,
    ) {
        let (rows, m, cols) = (self.rows, self.cols, b.cols);
        assert!(
            rows == b.rows && cols <= stride,
            "Packed: [{rows}, {m}]^T times [{}, {cols}] in rows of {stride}",
            b.rows
        );
        if m == 0 || cols == 0 || rows == 0 {
            return;
        }
        assert!(
            out.len() >= (m - 1) * stride + cols && out.len() <= m * stride,
            "Packed: {} numbers for {m} rows of {stride}",
            out.len()
        );
        for_each_block(out, PANEL * stride, 2 * m * rows * cols, |i, out| {
            let left = &self.panels[i * rows..][..rows];
            for (j, right) in b.panels.chunks_exact(rows).enumerate().skip(from(i)) {
                let columns = j * PANEL..cols.min((j + 1) * PANEL);
                for (first, out) in (0..PANEL).step_by(ROWS).zip(out.chunks_mut(ROWS * stride)) {
                    let tile = tile(left, right, first);
                    for (out, sums) in out.chunks_mut(stride).zip(&tile) {
                        let sums: &[f64; PANEL] = bytemuck::cast_ref(sums);
                        for (out, sum) in out[columns.clone()].iter_mut().zip(sums) {
                            *out += factor * sum;
                        }
                    }
                }
            }
        });
    }

    /// `a b`, `[m, cols]`, for this matrix `b` and the row-major `a`, `[m, rows]`.
    ///
    /// Every number is summed from the first term to the last, for any number of threads.
    ///
    /// # Special values
    /// NaN and infinity appear exactly where the sums of the definition give them.
    ///
    /// # Panics
    /// If `a` does not consist of whole rows.
    #[must_use]
    pub fn product(&self, a: &[f64]) -> Vec<f64> {
        let (rows, cols) = (self.rows, self.cols);
        // Without rows `m` cannot be determined, and is 0.
        if a.is_empty() {
            return Vec::new();
        }
        assert!(
            rows > 0 && a.len().is_multiple_of(rows),
            "Packed::product: {} elements in rows of {rows}",
            a.len()
        );
        let m = a.len() / rows;
        let height = m.next_multiple_of(PANEL);
        let left = Self::transposed(a.chunks_exact(rows), rows).panels;
        let mut sums = vec![0.0; cols.div_ceil(PANEL) * height * PANEL];
        for_each_block(&mut sums, height * PANEL, 2 * m * rows * cols, |j, sums| {
            let right = &self.panels[j * rows..][..rows];
            for (left, sums) in left.chunks_exact(rows).zip(sums.chunks_exact_mut(PANEL * PANEL)) {
                add_products(left, right, sums);
            }
        });
        let mut out = vec![0.0; m * cols];
        for (j, sums) in sums.chunks_exact(height * PANEL).enumerate() {
            for (out, sums) in out.chunks_exact_mut(cols).zip(sums.chunks_exact(PANEL)) {
                for (out, sum) in out[j * PANEL..].iter_mut().zip(sums) {
                    *out = *sum;
                }
            }
        }
        out
    }
}

/// Adds `a^T b`, `PANEL x PANEL`, to `out`.
pub(super) fn add_products(a: &[PanelRow], b: &[PanelRow], out: &mut [f64]) {
    for (first, out) in (0..PANEL).step_by(ROWS).zip(out.chunks_exact_mut(ROWS * PANEL)) {
        let tile = tile(a, b, first);
        let sums: &[f64] = bytemuck::cast_slice(tile.as_flattened());
        for (out, sum) in out.iter_mut().zip(sums) {
            *out += sum;
        }
    }
}

/// `ROWS` rows of `a^T b`, from this one on.
#[inline(always)]
fn tile(a: &[PanelRow], b: &[PanelRow], first: usize) -> [PanelRow; ROWS] {
    let mut tile = [[f64x8::ZERO; VECTORS]; ROWS];
    for (a, b) in a.iter().zip(b) {
        let a: &[f64; PANEL] = bytemuck::cast_ref(a);
        let a: &[f64; ROWS] = a[first..].first_chunk().expect("a panel holds whole tiles");
        for (sums, &a) in tile.iter_mut().zip(a) {
            for (sum, &b) in sums.iter_mut().zip(b) {
                *sum = f64x8::splat(a).mul_add(b, *sum);
            }
        }
    }
    tile
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::parallel::with_threads;
    use ae_testkit::naive::{matmul, transpose, widen};
    use ae_testkit::{Sampler, assert_close_f64};

    #[test]
    fn packed_products_equal_their_definition() {
        for (m, rows, cols) in
            [(1, 1, 1), (3, 2, 5), (24, 30, 24), (25, 7, 49), (50, 100, 100), (0, 3, 3)]
        {
            let mut sampler = Sampler::new(m as u64);
            let a: Vec<f64> = widen(&sampler.vec(m * rows, -1.0, 1.0));
            let b: Vec<f64> = widen(&sampler.vec(rows * cols, -1.0, 1.0));
            let product = Packed::new(&b, cols).product(&a);
            assert_close_f64(&product, &matmul(&a, &b, m, rows, cols), 1e-13, 1e-13);
        }
        assert!(Packed::new(&[], 3).product(&[]).is_empty());
    }

    #[test]
    fn cross_products_are_added_within_a_larger_matrix() {
        for (m, rows, cols, stride) in
            [(1, 1, 1, 1), (3, 2, 5, 9), (24, 30, 24, 24), (25, 7, 49, 60), (50, 100, 99, 100)]
        {
            let mut sampler = Sampler::new(cols as u64);
            let mut random = |n| widen(&sampler.vec(n, -1.0, 1.0));
            let (a, b, out) = (random(rows * m), random(rows * cols), random(m * stride));
            let product = matmul(&transpose(&a, rows, m), &b, m, rows, cols);
            let mut expected = out.clone();
            for (out, product) in expected.chunks_mut(stride).zip(product.chunks(cols)) {
                out.iter_mut().zip(product).for_each(|(out, p)| *out -= 0.5 * p);
            }
            let left = Packed::new(&a, m);
            let across = transpose(&a, rows, m);
            let turned = Packed::transposed(across.chunks(rows), rows);
            for left in [left, turned] {
                let mut found = out.clone();
                // The last row may be cut off after the last column.
                let end = m * stride - (stride - cols);
                left.add_cross_product(&Packed::new(&b, cols), -0.5, &mut found[..end], stride);
                assert_close_f64(&found, &expected, 1e-13, 1e-13);
            }
        }
    }

    #[test]
    fn threads_change_no_bit() {
        let (m, rows, cols) = (100, 60, 130);
        let mut sampler = Sampler::new(2);
        let a = Packed::new(&widen(&sampler.vec(rows * m, -1.0, 1.0)), m);
        let b = Packed::new(&widen(&sampler.vec(rows * cols, -1.0, 1.0)), cols);
        let run = |threads| {
            with_threads(threads, || {
                let mut out = vec![0.0; m * cols];
                a.add_cross_product(&b, 1.0, &mut out, cols);
                out
            })
            .expect("threads start")
        };
        assert_eq!(run(1), run(2));
        assert_eq!(run(1), run(3));
    }
}
