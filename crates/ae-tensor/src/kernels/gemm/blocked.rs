//! Large products, in blocks that fit the caches. B is packed, and so is A if it is stored
//! transposed; otherwise the tile reads A's rows in place.
//!
//! From the outside in, with `A [m, k]`, `B [k, n]`:
//!
//! ```text
//! for each NC columns of B           (all of B's packed block fits L3)
//!   for each KC rows of B            pack B: KC x NC
//!     for each MC rows of A, C       in parallel (MC x KC fits L2)
//!       for each NR columns of B     (a panel of KC x NR)
//!         for each MR rows of A      the register tile
//! ```

use super::super::parallel::for_each_block;
use super::super::scratch::with_scratch;
use super::epilogue::Target;
use super::micro::{MR, NR, NV, Tile, packed_tile, rows_by_packed_tile, zero_tile};
use super::pack::{a_panel, a_panel_vectors, pack_a_panel, pack_b_panel};
use super::{Epilogue, MatRef};
use std::ops::Range;
use wide::f32x16;

/// The depth of a block. A panel of B, `KC x NR` floats, takes 128 KiB and comes from the
/// second-level cache, which hardly slows the tile: it uses each vector `MR` times. C, which no
/// cache holds, is read and written only once per this many products.
const KC: usize = 1024;
/// The maximum number of rows of a block of A: `MC x KC` floats take 288 KiB of the second-level
/// cache.
const MC: usize = 72;
/// The number of columns of a block of B: `KC x NC` floats take 8 MiB of the third-level cache.
const NC: usize = 2048;

/// Below this depth, rows of A are so short that packing them is faster after all.
const SHORT: usize = 32;

/// Computes `c = epilogue(a b)`; the shapes have been checked and are not empty.
pub(super) fn gemm(a: MatRef<'_>, b: MatRef<'_>, c: &mut [f32], epilogue: Epilogue<'_>) {
    let (m, k, n) = (a.rows, a.cols, b.cols);
    let mc = rows_per_block(m);
    for cols in blocks(n, NC) {
        for depth in blocks(k, KC) {
            let step = Step {
                a,
                n,
                cols: cols.clone(),
                depth: depth.clone(),
                first: depth.start == 0,
                epilogue: (depth.end == k).then_some(epilogue),
            };
            with_scratch(cols.len().div_ceil(NR) * depth.len() * NV, |buffer| {
                let panels: &mut [[f32x16; NV]] = buffer.as_chunks_mut().0;
                let size = depth.len();
                for_each_block(panels, size, 8 * size * cols.len(), |i, panel| {
                    let first = cols.start + i * NR;
                    pack_b_panel(b, depth.clone(), first..cols.end.min(first + NR), panel);
                });
                let panels = &*panels;
                let flops = 2 * m * depth.len() * cols.len();
                for_each_block(c, mc * n, flops, |i, c_rows| {
                    step.rows(i * mc, panels, c_rows);
                });
            });
        }
    }
}

/// The number of rows of A per task: whole tiles, at most `MC` rows, split as evenly as tiles
/// allow.
///
/// Small products are still split into up to 8 tasks, so that two or four threads find work.
fn rows_per_block(m: usize) -> usize {
    let tiles = m.div_ceil(MR);
    let tasks = m.div_ceil(MC).max(tiles.min(8)).next_multiple_of(2);
    tiles.div_ceil(tasks) * MR
}

/// Splits `0..len` into ranges of at most `size`.
fn blocks(len: usize, size: usize) -> impl Iterator<Item = Range<usize>> {
    (0..len).step_by(size).map(move |start| start..len.min(start + size))
}

/// One packed block of B against all of A: the data that every task needs.
struct Step<'a> {
    a: MatRef<'a>,
    n: usize,
    cols: Range<usize>,
    depth: Range<usize>,
    /// Whether this is the first block along the inner dimension: C is then overwritten, not added
    /// to.
    first: bool,
    /// The epilogue, with the last block along the inner dimension; otherwise `None`.
    epilogue: Option<Epilogue<'a>>,
}

impl Step<'_> {
    /// Computes the rows of C from `first_row` on that lie in `c_rows`.
    fn rows(&self, first_row: usize, b_panels: &[[f32x16; NV]], c_rows: &mut [f32]) {
        let rows = c_rows.len() / self.n;
        let k = self.depth.len();
        if self.a.is_transposed() || k < SHORT {
            let size = a_panel_vectors(k);
            with_scratch(rows.div_ceil(MR) * size, |buffer| {
                for (i, panel) in buffer.chunks_exact_mut(size).enumerate() {
                    let start = i * MR;
                    let end = rows.min(start + MR);
                    let a_rows = first_row + start..first_row + end;
                    pack_a_panel(self.a, a_rows, self.depth.clone(), panel);
                }
                self.tiles(b_panels, c_rows, |i, b_panel| {
                    packed_tile(zero_tile(), a_panel(&buffer[i * size..][..size], k), b_panel)
                });
            });
        } else {
            self.tiles(b_panels, c_rows, |i, b_panel| {
                let mut tile_rows: [&[f32]; MR] = [&[]; MR];
                for (j, row) in tile_rows.iter_mut().enumerate() {
                    // Below the last row, that row again; the result is not written.
                    let row_of_a = first_row + (i * MR + j).min(rows - 1);
                    *row = self.a.stored_row(row_of_a, self.depth.clone());
                }
                rows_by_packed_tile(zero_tile(), tile_rows, b_panel)
            });
        }
    }

    /// Writes `tile(i, panel)` for the `i`-th tile of rows and every panel of B.
    #[inline(always)]
    fn tiles(
        &self,
        b_panels: &[[f32x16; NV]],
        c_rows: &mut [f32],
        tile: impl Fn(usize, &[[f32x16; NV]]) -> Tile<NV>,
    ) {
        for (j, b_panel) in b_panels.chunks_exact(self.depth.len()).enumerate() {
            let col = self.cols.start + j * NR;
            for (i, c) in c_rows.chunks_mut(MR * self.n).enumerate() {
                let target = Target { c, row_len: self.n, cols: col..self.cols.end, large: true };
                target.write(&tile(i, b_panel), !self.first, self.epilogue.as_ref());
            }
        }
    }
}
