//! Copies of operands in the order in which the tile reads them.
//!
//! A is split into panels of `MR` rows, each stored column by column; B into panels of `16 V`
//! columns, stored row by row. Where a matrix ends within a panel, zeros fill it. Their products
//! are never written, so any number would do for the result; but the old content of scratch memory
//! may be subnormal, and subnormal numbers are slow to multiply on some CPUs.

use super::super::simd::{LANES, load, load_partial};
use super::super::transpose::transpose_strided;
use super::MatRef;
use super::micro::MR;
use std::ops::Range;
use wide::f32x16;

/// The number of vectors in a packed panel of A with `k` columns.
pub(super) fn a_panel_vectors(k: usize) -> usize {
    (k * MR).div_ceil(LANES)
}

/// The columns of a packed panel of A.
pub(super) fn a_panel(packed: &[f32x16], k: usize) -> &[[f32; MR]] {
    let floats: &[f32] = bytemuck::cast_slice(packed);
    floats[..k * MR].as_chunks().0
}

/// Packs rows `rows` (at most `MR`) and columns `cols` of `a` into one panel.
pub(super) fn pack_a_panel(
    a: MatRef<'_>,
    rows: Range<usize>,
    cols: Range<usize>,
    panel: &mut [f32x16],
) {
    let k = cols.len();
    let floats: &mut [f32] = bytemuck::cast_slice_mut(panel);
    let columns: &mut [[f32; MR]] = floats[..k * MR].as_chunks_mut().0;
    if rows.len() < MR {
        columns.fill([0.0; MR]);
    }
    let stride = a.stride();
    if a.transposed {
        for (p, column) in cols.zip(columns) {
            let stored = &a.data[p * stride..][rows.clone()];
            match stored.first_chunk() {
                // A copy of a length known to the compiler is not a call.
                Some(whole) => *column = *whole,
                None => column[..stored.len()].copy_from_slice(stored),
            }
        }
    } else {
        transpose_into(columns, rows.len(), |i| {
            &a.data[(rows.start + i) * stride..][cols.start..cols.end]
        });
    }
}

/// `columns[p][i] = row(i)[p]` for `i < rows`: several rows advance together, so that a column is
/// written while its cache line is in cache.
#[inline(always)]
fn transpose_into<'a, const N: usize>(
    columns: &mut [[f32; N]],
    rows: usize,
    row: impl Fn(usize) -> &'a [f32],
) {
    const TOGETHER: usize = 8;
    let (blocks, rest) = columns.as_chunks_mut::<TOGETHER>();
    let done = blocks.len() * TOGETHER;
    if rows == N {
        let stored: [&[[f32; TOGETHER]]; N] = std::array::from_fn(|i| row(i).as_chunks().0);
        for (q, block) in blocks.iter_mut().enumerate() {
            let source: [&[f32; TOGETHER]; N] = std::array::from_fn(|i| &stored[i][q]);
            for (p, column) in block.iter_mut().enumerate() {
                *column = std::array::from_fn(|i| source[i][p]);
            }
        }
    } else {
        for i in 0..rows {
            for (column, &x) in blocks.as_flattened_mut().iter_mut().zip(row(i)) {
                column[i] = x;
            }
        }
    }
    for i in 0..rows {
        for (column, &x) in rest.iter_mut().zip(&row(i)[done..]) {
            column[i] = x;
        }
    }
}

/// Packs rows `rows` and columns `cols` (at most `16 V`) of `b` into one panel.
pub(in crate::kernels) fn pack_b_panel<const V: usize>(
    b: MatRef<'_>,
    rows: Range<usize>,
    cols: Range<usize>,
    panel: &mut [[f32x16; V]],
) {
    let width = V * LANES;
    let stride = b.stride();
    if b.transposed {
        let floats: &mut [f32] = bytemuck::cast_slice_mut(panel.as_flattened_mut());
        if cols.len() < width {
            floats.fill(0.0);
        }
        let stored = &b.data[cols.start * stride + rows.start..];
        transpose_strided(stored, stride, [cols.len(), rows.len()], floats, width);
    } else if cols.len() == width {
        // Vector by vector: a copy of unknown length would be a call.
        for (p, packed) in rows.zip(panel) {
            let stored = &b.data[p * stride..][cols.start..cols.end];
            *packed = std::array::from_fn(|v| load(&stored[v * LANES..]));
        }
    } else if V == 1 {
        // A few columns of narrow rows: read a whole vector, into the next row, and clear what does
        // not belong to the panel. Only the last rows are too short for that.
        let mask: f32x16 = bytemuck::cast(std::array::from_fn::<i32, LANES, _>(|lane| {
            if lane < cols.len() { -1 } else { 0 }
        }));
        for (p, packed) in rows.zip(panel) {
            let stored = &b.data[p * stride + cols.start..];
            let x = match stored.first_chunk() {
                Some(whole) => f32x16::new(*whole),
                None => load_partial(&stored[..cols.len()], 0.0),
            };
            packed[0] = x & mask;
        }
    } else {
        let floats: &mut [f32] = bytemuck::cast_slice_mut(panel.as_flattened_mut());
        for (p, packed) in rows.zip(floats.chunks_exact_mut(width)) {
            packed[..cols.len()].copy_from_slice(&b.data[p * stride..][cols.start..cols.end]);
            packed[cols.len()..].fill(0.0);
        }
    }
}
