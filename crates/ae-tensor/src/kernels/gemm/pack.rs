//! Copies of operands in the order in which the tile reads them.
//!
//! A is cut into panels of `MR` rows, a panel being stored column by column; B into panels of `16 V`
//! columns, stored row by row. Where a matrix ends within a panel, zeros fill it up: they are multiplied
//! like the rest and their products never written.

use super::super::simd::LANES;
use super::MatRef;
use super::micro::MR;
use std::ops::Range;
use wide::f32x16;

/// How many vectors hold a packed panel of A with `k` columns.
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
            let stored = &a.data[p * stride..];
            column[..rows.len()].copy_from_slice(&stored[rows.start..rows.end]);
        }
    } else {
        for (i, row) in rows.enumerate() {
            let stored = &a.data[row * stride..][cols.start..cols.end];
            for (column, &x) in columns.iter_mut().zip(stored) {
                column[i] = x;
            }
        }
    }
}

/// Packs rows `rows` and columns `cols` (at most `16 V`) of `b` into one panel.
pub(super) fn pack_b_panel<const V: usize>(
    b: MatRef<'_>,
    rows: Range<usize>,
    cols: Range<usize>,
    panel: &mut [[f32x16; V]],
) {
    let width = V * LANES;
    let floats: &mut [f32] = bytemuck::cast_slice_mut(panel.as_flattened_mut());
    let stride = b.stride();
    if b.transposed {
        if cols.len() < width {
            floats.fill(0.0);
        }
        for (j, col) in cols.enumerate() {
            let stored = &b.data[col * stride..][rows.start..rows.end];
            for (packed, &x) in floats.chunks_exact_mut(width).zip(stored) {
                packed[j] = x;
            }
        }
    } else {
        for (p, packed) in rows.zip(floats.chunks_exact_mut(width)) {
            packed[..cols.len()].copy_from_slice(&b.data[p * stride..][cols.start..cols.end]);
            packed[cols.len()..].fill(0.0);
        }
    }
}
