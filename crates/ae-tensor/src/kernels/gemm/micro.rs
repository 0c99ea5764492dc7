//! The register tile: the innermost loop, where nearly all the time is spent.
//!
//! One step of the loop takes a column of `M` numbers of A and a row of `V` vectors of B and adds
//! their outer product to `M x V` vectors of C, all held in registers. How large can the tile be?
//! AVX-512 has 32 registers: 12 x 2 accumulators, 2 for the row of B, and the numbers of A come as
//! broadcast memory operands. AVX2 has 16 registers of 8 lanes: 6 x 1 `f32x16` take 12 of them. At
//! least 8 accumulators must be in flight, since a multiply-add takes 4 cycles and two can start
//! per cycle.
//!
//! The functions are one algorithm with different ways to read its operands; fixed-size arrays let
//! the compiler unroll everything and omit the bound checks.

use crate::kernels::simd::{LANES, load};
use wide::f32x16;

/// The number of rows of a tile.
pub(in crate::kernels) const MR: usize = if cfg!(target_feature = "avx512f") { 12 } else { 6 };
/// The number of vectors in a row of a tile.
pub(in crate::kernels) const NV: usize = if cfg!(target_feature = "avx512f") { 2 } else { 1 };
/// The number of columns of a tile.
pub(in crate::kernels) const NR: usize = NV * LANES;

/// A tile of C in registers.
pub(in crate::kernels) type Tile<const V: usize> = [[f32x16; V]; MR];

/// Returns a tile of zeros.
pub(in crate::kernels) fn zero_tile<const V: usize>() -> Tile<V> {
    [[f32x16::ZERO; V]; MR]
}

/// Computes `tile += column x row`, the outer product.
#[inline(always)]
pub(super) fn add_outer_product<const M: usize, const V: usize>(
    tile: &mut [[f32x16; V]; M],
    column: &[f32; M],
    row: &[f32x16; V],
) {
    for i in 0..M {
        let a = f32x16::splat(column[i]);
        for v in 0..V {
            tile[i][v] = a.mul_add(row[v], tile[i][v]);
        }
    }
}

/// Both operands packed: `a[p]` is column `p` of A, `b[p]` row `p` of B.
#[inline(always)]
pub(in crate::kernels) fn packed_tile<const V: usize>(
    mut tile: Tile<V>,
    a: &[[f32; MR]],
    b: &[[f32x16; V]],
) -> Tile<V> {
    for (column, row) in a.iter().zip(b) {
        add_outer_product(&mut tile, column, row);
    }
    tile
}

/// A packed, B read in place: row `p` begins at `b[p * stride]` and has at least `16 V` elements.
#[inline(always)]
pub(in crate::kernels) fn packed_by_rows_tile<const V: usize>(
    a: &[[f32; MR]],
    b: &[f32],
    stride: usize,
) -> Tile<V> {
    let mut tile = zero_tile();
    for (column, b_row) in a.iter().zip(b.chunks(stride)) {
        let b_row = &b_row[..V * LANES];
        let row: [f32x16; V] = std::array::from_fn(|v| load(&b_row[v * LANES..]));
        add_outer_product(&mut tile, column, &row);
    }
    tile
}

/// A read in place, `a[i]` being row `i`; B packed.
#[inline(always)]
pub(in crate::kernels) fn rows_by_packed_tile<const V: usize>(
    mut tile: Tile<V>,
    a: [&[f32]; MR],
    b: &[[f32x16; V]],
) -> Tile<V> {
    // The bounds are checked once per UNROLL steps, through references to arrays.
    const UNROLL: usize = 8;
    let (blocks, rest) = b.as_chunks::<UNROLL>();
    // A loop, since `map` over an array may stay a call.
    let mut a_blocks: [&[[f32; UNROLL]]; MR] = [&[]; MR];
    let mut a_rests: [&[f32]; MR] = [&[]; MR];
    for i in 0..MR {
        (a_blocks[i], a_rests[i]) = a[i].as_chunks();
    }
    for (q, b_block) in blocks.iter().enumerate() {
        let a_block: [&[f32; UNROLL]; MR] = std::array::from_fn(|i| &a_blocks[i][q]);
        for p in 0..UNROLL {
            let column = std::array::from_fn(|i| a_block[i][p]);
            add_outer_product(&mut tile, &column, &b_block[p]);
        }
    }
    for (p, b_row) in rest.iter().enumerate() {
        let column = std::array::from_fn(|i| a_rests[i][p]);
        add_outer_product(&mut tile, &column, b_row);
    }
    tile
}

/// A transposed and read in place: column `p` begins at `a[p * step]`; the rows of B follow one
/// another.
#[inline(always)]
pub(in crate::kernels) fn columns_by_rows_tile<const V: usize>(
    mut tile: Tile<V>,
    a: &[f32],
    step: usize,
    b: impl Iterator<Item = [f32x16; V]>,
) -> Tile<V> {
    for (p, row) in b.enumerate() {
        let column = a[p * step..].first_chunk().expect("a column has MR elements");
        add_outer_product(&mut tile, column, &row);
    }
    tile
}
