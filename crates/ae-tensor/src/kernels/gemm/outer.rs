//! Products with a long inner dimension: a small result, the sum of many outer products.
//!
//! The gradient of a weight is of this kind, `X^T dY` over all rows of a batch. The result is too
//! small to be split over threads; they split the inner dimension instead. Each task sums the outer
//! products of a few thousand rows, and the tasks' sums are added in order. Within a task both
//! operands are read in place: a column of the transposed operand is contiguous.

use super::super::parallel::for_each_block;
use super::super::scratch::with_scratch_floats;
use super::super::simd::{LANES, load, load_partial};
use super::epilogue::Target;
use super::micro::{MR, NV, Tile, columns_by_rows_tile, zero_tile};
use super::{Epilogue, MatRef};
use std::ops::Range;

/// The number of rows whose sum one task computes.
const TASK: usize = 4096;
/// The number of rows that all tiles process before the next ones: the rows of two operands with a
/// few hundred columns stay in the second-level cache.
const BLOCK: usize = 256;

/// Returns whether `a b` should be computed this way.
pub(super) fn suits(a: MatRef<'_>, b: MatRef<'_>) -> bool {
    let in_place = a.transposed && !b.transposed;
    in_place && a.rows >= MR && a.rows * b.cols <= 64 * 1024 && a.cols >= TASK
}

/// Computes `c = epilogue(a b)` for products that [`suits`].
pub(super) fn gemm(a: MatRef<'_>, b: MatRef<'_>, c: &mut [f32], epilogue: Epilogue<'_>) {
    let (m, n, k) = (a.rows, b.cols, a.cols);
    with_scratch_floats(k.div_ceil(TASK) * m * n, |sums| {
        for_each_block(sums, m * n, 2 * m * n * k, |task, sum| {
            sum.fill(0.0);
            let rows = k.min((task + 1) * TASK);
            for start in (task * TASK..rows).step_by(BLOCK) {
                let rows = start..rows.min(start + BLOCK);
                let (a, b) = (&a.data[rows.start * m..rows.end * m], &b.data[rows.start * n..]);
                add_block(a, m, &b[..rows.len() * n], n, sum);
            }
        });
        let (first, others) = sums.split_at(m * n);
        c.copy_from_slice(first);
        for other in others.chunks_exact(m * n) {
            c.iter_mut().zip(other).for_each(|(sum, x)| *sum += x);
        }
    });
    epilogue.apply(c);
}

/// Computes `sum += A^T B` for `a [rows, m]` and `b [rows, n]`, where `m` is at least [`MR`].
pub(in crate::kernels) fn add_block(a: &[f32], m: usize, b: &[f32], n: usize, sum: &mut [f32]) {
    for_each_panel(n, |cols, wide| {
        for start in (0..m).step_by(MR) {
            // The last tile overlaps the one before it; the rows they share are skipped.
            let first = start.min(m - MR);
            let c = &mut sum[start * n..m.min(start + MR) * n];
            let target = Target { c, row_len: n, cols: cols.clone(), large: false };
            let a = &a[first..];
            if wide {
                add_tile::<NV>(a, m, b, n, start - first, target);
            } else {
                add_tile::<1>(a, m, b, n, start - first, target);
            }
        }
    });
}

/// Adds a tile of outer products, without its first `skip` rows.
fn add_tile<const V: usize>(
    a: &[f32],
    step: usize,
    b: &[f32],
    n: usize,
    skip: usize,
    target: Target<'_>,
) {
    let mut tile: Tile<V> = add_outer_products(zero_tile(), a, step, b, n, target.cols.clone());
    tile.rotate_left(skip);
    target.write(&tile, true, None);
}

/// Calls `visit` with ranges of columns that together make up `0..n`, and with whether the range is
/// for a full-width tile or for one of 16 columns.
pub(in crate::kernels) fn for_each_panel(n: usize, mut visit: impl FnMut(Range<usize>, bool)) {
    let mut col = 0;
    while col < n {
        let wide = n - col > LANES;
        let end = n.min(col + if wide { NV * LANES } else { LANES });
        visit(col..end, wide);
        col = end;
    }
}

/// Adds to the tile the outer products of columns, which begin at `a[0]`, `a[step]` and so on, and
/// rows of `b`, of `n` elements each, restricted to the columns `cols`.
#[inline(always)]
pub(in crate::kernels) fn add_outer_products<const V: usize>(
    tile: Tile<V>,
    a: &[f32],
    step: usize,
    b: &[f32],
    n: usize,
    cols: Range<usize>,
) -> Tile<V> {
    let rows = b.chunks_exact(n);
    if cols.len() == V * LANES {
        let whole = |row: &[f32]| {
            let row = &row[cols.start..][..V * LANES];
            std::array::from_fn(|v| load(&row[v * LANES..]))
        };
        columns_by_rows_tile(tile, a, step, rows.map(whole))
    } else {
        let partial = |row: &[f32]| {
            let mut parts = row[cols.clone()].chunks(LANES);
            std::array::from_fn(|_| load_partial(parts.next().unwrap_or(&[]), 0.0))
        };
        columns_by_rows_tile(tile, a, step, rows.map(partial))
    }
}
