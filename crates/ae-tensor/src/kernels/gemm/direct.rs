//! Products with a short inner dimension: neither operand is packed as a whole.
//!
//! With at most 64 rows B is small, or each of its elements is used once per row of tiles while it
//! is in the first cache; a packed copy would cost as much as it saves. The columns of A that a row
//! of tiles needs fit on the stack. Every training step of a dense model in small shards computes
//! two or three products of this kind: the decoder's, whose inner dimension is the code's, and
//! the gradients of the weights, whose inner dimension is the number of samples in a shard.
//!
//! The rows of C are divided into tiles of equal height: ten rows are one tile of 10, not one of 12
//! of which two are lost.

use super::super::parallel::for_each_block;
use super::super::scratch::with_scratch_floats;
use super::super::simd::{LANES, load, load_partial};
use super::super::transpose::transpose_strided;
use super::epilogue::Target;
use super::micro::{MR, NR, NV, add_outer_product};
use super::outer::for_each_panel;
use super::{Epilogue, MatRef};
use std::ops::Range;
use wide::f32x16;

/// The largest inner dimension.
const SHORT: usize = 64;

/// Returns whether `a b` should be computed this way.
pub(super) fn suits(a: MatRef<'_>, b: MatRef<'_>) -> bool {
    !b.transposed && b.cols >= NR && a.cols <= SHORT
}

/// Computes `c = epilogue(a b)` for products that [`suits`].
pub(super) fn gemm(a: MatRef<'_>, b: MatRef<'_>, c: &mut [f32], epilogue: Epilogue<'_>) {
    let with_height = match a.rows.div_ceil(a.rows.div_ceil(MR)) {
        1 => in_tiles::<1>,
        2 => in_tiles::<2>,
        3 => in_tiles::<3>,
        4 => in_tiles::<4>,
        5 => in_tiles::<5>,
        6 => in_tiles::<6>,
        7 => in_tiles::<7>,
        8 => in_tiles::<8>,
        9 => in_tiles::<9>,
        10 => in_tiles::<10>,
        11 => in_tiles::<11>,
        _ => in_tiles::<12>,
    };
    with_height(a, b, c, epilogue);
}

/// Computes `c^T = a b` for products that [`suits`].
pub(super) fn gemm_swapped(a: MatRef<'_>, b: MatRef<'_>, c: &mut [f32]) {
    let (m, n) = (a.rows, b.cols);
    with_scratch_floats(m * n, |product| {
        gemm(a, b, product, Epilogue::default());
        transpose_strided(product, n, [m, n], c, m);
    });
}

/// Computes the product in tiles of `M` rows, where `M` is not above the number of rows.
fn in_tiles<const M: usize>(a: MatRef<'_>, b: MatRef<'_>, c: &mut [f32], epilogue: Epilogue<'_>) {
    let (m, k, n) = (a.rows, a.cols, b.cols);
    for_each_block(c, M * n, 2 * m * k * n, |block, c| {
        // The last tiles overlap those before them; the rows they share are skipped.
        let first = (block * M).min(m - M);
        let skip = block * M - first;
        let mut columns = [[0.0; M]; SHORT];
        let columns = &mut columns[..k];
        copy_columns(a, first, columns);
        for_each_panel(n, |cols, wide| {
            let target = Target { c: &mut *c, row_len: n, cols: cols.clone(), large: false };
            if wide {
                let mut tile: [[f32x16; NV]; M] = tile(columns, b, cols);
                skip_rows(&mut tile, skip);
                target.write(&tile, false, Some(&epilogue));
            } else {
                let mut tile: [[f32x16; 1]; M] = tile(columns, b, cols);
                skip_rows(&mut tile, skip);
                target.write(&tile, false, Some(&epilogue));
            }
        });
    });
}

/// Moves the rows after the first `skip` to the front. Only the last tile skips any.
#[inline(always)]
fn skip_rows<T>(tile: &mut [T], skip: usize) {
    if skip > 0 {
        tile.rotate_left(skip);
    }
}

/// Copies the columns of the rows from `first` on.
#[inline(always)]
fn copy_columns<const M: usize>(a: MatRef<'_>, first: usize, columns: &mut [[f32; M]]) {
    let stride = a.stride();
    if a.transposed {
        for (column, stored) in columns.iter_mut().zip(a.data.chunks(stride)) {
            *column = *stored[first..].first_chunk().expect("a column has M rows left");
        }
    } else {
        for (i, row) in a.data[first * stride..].chunks(stride).take(M).enumerate() {
            columns.iter_mut().zip(row).for_each(|(column, &x)| column[i] = x);
        }
    }
}

/// The product of the columns with the columns `cols` of `b`.
#[inline(always)]
fn tile<const M: usize, const V: usize>(
    columns: &[[f32; M]],
    b: MatRef<'_>,
    cols: Range<usize>,
) -> [[f32x16; V]; M] {
    let mut tile = [[f32x16::ZERO; V]; M];
    let rows = columns.iter().zip(b.data.chunks_exact(b.cols));
    if cols.len() == V * LANES {
        for (column, row) in rows {
            let row = &row[cols.start..][..V * LANES];
            let row = std::array::from_fn(|v| load(&row[v * LANES..]));
            add_outer_product(&mut tile, column, &row);
        }
    } else {
        for (column, row) in rows {
            let mut parts = row[cols.clone()].chunks(LANES);
            let row = std::array::from_fn(|_| load_partial(parts.next().unwrap_or(&[]), 0.0));
            add_outer_product(&mut tile, column, &row);
        }
    }
    tile
}
