//! Products with a small output extent: the large operand is read in place.
//!
//! Four of the five products of a dense auto-encoder's step have a small extent. With a batch X
//! `[250, 784]` and codes H `[250, 10]`:
//!
//! | product | shape | form |
//! |---|---|---|
//! | encode, `X W` | (250, 784) x (784, 10) | [`rows_times_packed`] |
//! | decode, `H W` | (250, 10) x (10, 784) | `direct.rs`: a short inner dimension |
//! | gradient of the decoder's W, `H^T G` | (10, 250) x (250, 784) | [`packed_times_rows`] |
//! | gradient of the codes, `G W^T` | (250, 784) x (784, 10) | `dot.rs`: both stored by rows of 784 |
//! | gradient of encoder's W, `X^T G` | (784, 250) x (250, 10) | [`packed_times_rows_swapped`] |
//!
//! For a shard of up to 64 images the two gradients of weights have a short inner dimension too.

use super::super::parallel::for_each_block;
use super::super::scratch::with_scratch;
use super::super::simd::LANES;
use super::micro::{
    MR, NR, NV, Tile, packed_by_rows_tile, packed_tile, rows_by_packed_tile, zero_tile,
};
use super::pack::{a_panel, a_panel_vectors, pack_a_panel, pack_b_panel};
use super::{Epilogue, MatRef};
use wide::f32x16;

/// `C = epilogue(A B)` with few columns: A's rows in place, B packed.
pub(super) fn rows_times_packed<const V: usize>(
    a: MatRef<'_>,
    b: MatRef<'_>,
    c: &mut [f32],
    epilogue: Epilogue<'_>,
) {
    let n = b.cols;
    with_packed_b::<V>(b, |panels| {
        for_each_block(c, MR * n, flops(a, b), |block, c| {
            for_each_tile_of_rows(a, panels, n, block * MR, |first_col, row, values| {
                c[row * n + first_col..][..values.len()].copy_from_slice(values);
            });
            epilogue.apply(c);
        });
    });
}

/// `C^T = A B` with few columns of B: the tiles of [`rows_times_packed`], written transposed.
///
/// Threads share the rows of C, which are the columns of the product: with `n <= 64` there are few
/// of those, so each block computes all rows of A for one panel of B.
pub(super) fn rows_times_packed_swapped(a: MatRef<'_>, b: MatRef<'_>, c: &mut [f32]) {
    let m = a.rows;
    let n = b.cols;
    with_packed_b::<NV>(b, |panels| {
        // Tiles of consecutive rows of A are consecutive columns of C: gather them in a buffer of
        // [tile][column][MR], which threads can share, then copy the columns out.
        let tiles = m.div_ceil(MR);
        with_scratch((tiles * MR * n).div_ceil(LANES), |buffer| {
            let buffer: &mut [f32] = bytemuck::cast_slice_mut(buffer);
            let buffer = &mut buffer[..tiles * MR * n];
            for_each_block(buffer, MR * n, flops(a, b), |block, tile| {
                for_each_tile_of_rows(a, panels, n, block * MR, |first_col, row, values| {
                    for (j, &x) in values.iter().enumerate() {
                        tile[(first_col + j) * MR + row] = x;
                    }
                });
            });
            for (t, tile) in buffer.chunks_exact(MR * n).enumerate() {
                let rows = MR.min(m - t * MR);
                for (j, column) in tile.chunks_exact(MR).enumerate() {
                    c[j * m + t * MR..][..rows].copy_from_slice(&column[..rows]);
                }
            }
        });
    });
}

/// `C = epilogue(A B)` with few rows: A packed, B's rows in place.
pub(super) fn packed_times_rows(
    a: MatRef<'_>,
    b: MatRef<'_>,
    c: &mut [f32],
    epilogue: Epilogue<'_>,
) {
    let (m, n) = (a.rows, b.cols);
    with_packed_a(a, |panels| {
        // Threads share blocks of columns, but a block of columns is not a contiguous part of C. So
        // the blocks are computed side by side in a buffer of [block][row][NR] and then copied out.
        let blocks = n.div_ceil(NR);
        with_scratch((blocks * m * NR).div_ceil(LANES), |buffer| {
            let buffer: &mut [f32] = bytemuck::cast_slice_mut(buffer);
            let buffer = &mut buffer[..blocks * m * NR];
            for_each_block(buffer, m * NR, flops(a, b), |block, out| {
                let first = block * NR;
                let cols = NR.min(n - first);
                for_each_tile_of_columns(panels, a.cols, b, first, |first_row, tile| {
                    for (i, vectors) in tile.iter().enumerate().take(m - first_row) {
                        let row = &mut out[(first_row + i) * NR..][..NR];
                        row.copy_from_slice(bytemuck::cast_slice(vectors));
                    }
                });
                let part = epilogue.columns(first, cols);
                for row in out.chunks_exact_mut(NR) {
                    part.apply(&mut row[..cols]);
                }
            });
            for (block, out) in buffer.chunks_exact(m * NR).enumerate() {
                let first = block * NR;
                let cols = NR.min(n - first);
                for (row, values) in out.chunks_exact(NR).enumerate() {
                    c[row * n + first..][..cols].copy_from_slice(&values[..cols]);
                }
            }
        });
    });
}

/// `C^T = A B` with few rows of A: the tiles of [`packed_times_rows`], written transposed, so that
/// a block of columns of the product is a contiguous block of rows of C.
pub(super) fn packed_times_rows_swapped(a: MatRef<'_>, b: MatRef<'_>, c: &mut [f32]) {
    let m = a.rows;
    with_packed_a(a, |panels| {
        for_each_block(c, NR * m, flops(a, b), |block, c| {
            for_each_tile_of_columns(panels, a.cols, b, block * NR, |first_row, tile| {
                let rows = MR.min(m - first_row);
                for (j, c_row) in c.chunks_exact_mut(m).enumerate() {
                    let column: [f32; MR] =
                        std::array::from_fn(|i| tile[i][j / LANES].as_array()[j % LANES]);
                    c_row[first_row..][..rows].copy_from_slice(&column[..rows]);
                }
            });
        });
    });
}

/// The number of floating-point operations of `a b`.
fn flops(a: MatRef<'_>, b: MatRef<'_>) -> usize {
    2 * a.rows * a.cols * b.cols
}

/// B in panels of `V` vectors, all in one buffer.
struct PackedB<'a, const V: usize> {
    panels: &'a [[f32x16; V]],
    k: usize,
}

/// Packs all of `b` and passes it to `work`.
fn with_packed_b<const V: usize>(b: MatRef<'_>, work: impl FnOnce(&PackedB<'_, V>)) {
    let (k, n) = (b.rows, b.cols);
    let width = V * LANES;
    let count = n.div_ceil(width);
    with_scratch(count * k * V, |buffer| {
        let panels = buffer.as_chunks_mut().0;
        for (i, panel) in panels.chunks_exact_mut(k).enumerate() {
            pack_b_panel(b, 0..k, i * width..n.min((i + 1) * width), panel);
        }
        work(&PackedB { panels, k });
    });
}

/// Packs all of `a` and passes its panels, `a_panel_vectors(k)` vectors each, to `work`.
fn with_packed_a(a: MatRef<'_>, work: impl FnOnce(&[f32x16])) {
    let (m, k) = (a.rows, a.cols);
    let size = a_panel_vectors(k);
    with_scratch(m.div_ceil(MR) * size, |buffer| {
        for (i, panel) in buffer.chunks_exact_mut(size).enumerate() {
            pack_a_panel(a, i * MR..m.min((i + 1) * MR), 0..k, panel);
        }
        work(buffer);
    });
}

/// Computes `MR` rows of `a b` starting at `first_row` and passes them on in pieces: the first
/// column of the piece, the row within the tile, the values.
#[inline(always)]
fn for_each_tile_of_rows<const V: usize>(
    a: MatRef<'_>,
    b: &PackedB<'_, V>,
    n: usize,
    first_row: usize,
    mut write: impl FnMut(usize, usize, &[f32]),
) {
    let k = b.k;
    let rows = MR.min(a.rows - first_row);
    // Below the last row, read the last row again; the result is not written.
    let row: [&[f32]; MR] =
        std::array::from_fn(|i| &a.data[(first_row + i.min(rows - 1)) * k..][..k]);
    for (i, panel) in b.panels.chunks_exact(k).enumerate() {
        let first_col = i * V * LANES;
        let cols = (V * LANES).min(n - first_col);
        let tile: Tile<V> = rows_by_packed_tile(zero_tile(), row, panel);
        for (r, vectors) in tile.iter().enumerate().take(rows) {
            let values: &[f32] = bytemuck::cast_slice(vectors);
            write(first_col, r, &values[..cols]);
        }
    }
}

/// Computes `NR` columns of `a b` starting at `first` and passes on each tile with its first row.
#[inline(always)]
fn for_each_tile_of_columns(
    a_panels: &[f32x16],
    k: usize,
    b: MatRef<'_>,
    first: usize,
    mut write: impl FnMut(usize, &Tile<NV>),
) {
    let n = b.cols;
    let mut run = |tile: &dyn Fn(&[[f32; MR]]) -> Tile<NV>| {
        for (i, panel) in a_panels.chunks_exact(a_panel_vectors(k)).enumerate() {
            write(i * MR, &tile(a_panel(panel, k)));
        }
    };
    if first + NR <= n {
        run(&|a| packed_by_rows_tile(a, &b.data[first..], n));
    } else {
        // The last columns do not fill a tile: pack them, padded with zeros.
        with_scratch(k * NV, |buffer| {
            let panel = buffer.as_chunks_mut().0;
            pack_b_panel(b, 0..k, first..n, panel);
            run(&|a| packed_tile(zero_tile(), a, panel));
        });
    }
}
