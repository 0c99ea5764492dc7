//! The products between the transforms: a matrix product over all tiles for each place of the tile.

use super::super::super::gemm::epilogue::Target;
use super::super::super::gemm::micro::{MR, NV, rows_by_packed_tile, zero_tile};
use super::super::super::gemm::outer::add_block;
use super::super::super::gemm::{MatRef, pack::pack_b_panel};
use super::super::super::simd::LANES;
use wide::f32x16;

/// The number of matrix columns per register tile.
const WIDTH: usize = NV * LANES;

/// A matrix `[inputs, outputs]` for each place, in the order in which the register tile reads it.
pub(super) struct PackedPlaces<'a> {
    panels: &'a [[f32x16; NV]],
    inputs: usize,
    outputs: usize,
}

impl<'a> PackedPlaces<'a> {
    /// The number of vectors they take.
    pub(super) fn vectors(places: usize, inputs: usize, outputs: usize) -> usize {
        places * outputs.div_ceil(WIDTH) * inputs * NV
    }

    /// Packs `u [places, inputs, outputs]` into this memory.
    pub(super) fn pack(
        u: &[f32],
        inputs: usize,
        outputs: usize,
        packed: &'a mut [f32x16],
    ) -> PackedPlaces<'a> {
        let panels = packed.as_chunks_mut::<NV>().0;
        let mut next = panels.chunks_exact_mut(inputs);
        for u in u.chunks_exact(inputs * outputs) {
            for first in (0..outputs).step_by(WIDTH) {
                let panel = next.next().expect("a panel for every place and its columns");
                let u = MatRef::new(u, inputs, outputs);
                pack_b_panel(u, 0..inputs, first..outputs.min(first + WIDTH), panel);
            }
        }
        PackedPlaces { panels, inputs, outputs }
    }
}

/// Computes `m[p] = v[p] u[p]` for every place, with `v [places, tiles, inputs]` and
/// `m [places, tiles, outputs]`.
pub(super) fn products(v: &[f32], u: &PackedPlaces<'_>, m: &mut [f32]) {
    let PackedPlaces { panels, inputs, outputs } = *u;
    let panels = panels.chunks_exact(inputs * outputs.div_ceil(WIDTH));
    let places = panels.len();
    let (v_len, m_len) = (v.len() / places, m.len() / places);
    for ((v, u), m) in v.chunks_exact(v_len).zip(panels).zip(m.chunks_exact_mut(m_len)) {
        for (panel, first) in u.chunks_exact(inputs).zip((0..outputs).step_by(WIDTH)) {
            let cols = first..outputs.min(first + WIDTH);
            for (v, m) in v.chunks(MR * inputs).zip(m.chunks_mut(MR * outputs)) {
                let last = v.len() / inputs - 1;
                let rows = tile_rows(v, inputs, last);
                let tile = rows_by_packed_tile::<NV>(zero_tile(), rows, panel);
                let target = Target { c: m, row_len: outputs, cols: cols.clone(), large: true };
                target.write(&tile, false, None);
            }
        }
    }
}

/// Computes `sum[p] += v[p]^T w[p]` for every place, with `v [places, tiles, inputs]`,
/// `w [places, tiles, outputs]` and `sum [places, inputs, outputs]`.
pub(super) fn add_products(v: &[f32], inputs: usize, w: &[f32], outputs: usize, sum: &mut [f32]) {
    let sums = sum.chunks_exact_mut(inputs * outputs);
    let places = sums.len();
    let (v_len, w_len) = (v.len() / places, w.len() / places);
    for ((v, w), sum) in v.chunks_exact(v_len).zip(w.chunks_exact(w_len)).zip(sums) {
        add_block(v, inputs, w, outputs, sum);
    }
}

/// Computes `y = sum over p of v[p] u[p]`, with `v [places, tiles, inputs]` and
/// `y [tiles, outputs]`.
pub(super) fn sum_of_products(v: &[f32], u: &PackedPlaces<'_>, y: &mut [f32]) {
    let PackedPlaces { panels, inputs, outputs } = *u;
    let per_place = inputs * outputs.div_ceil(WIDTH);
    let plane = v.len() / (panels.len() / per_place);
    for first in (0..outputs).step_by(WIDTH) {
        let cols = first..outputs.min(first + WIDTH);
        for (t, y) in y.chunks_mut(MR * outputs).enumerate() {
            let last = y.len() / outputs - 1;
            let mut tile = zero_tile();
            for (v, u) in v.chunks_exact(plane).zip(panels.chunks_exact(per_place)) {
                let rows = tile_rows(&v[t * MR * inputs..], inputs, last);
                tile =
                    rows_by_packed_tile::<NV>(tile, rows, &u[first / WIDTH * inputs..][..inputs]);
            }
            let target = Target { c: y, row_len: outputs, cols: cols.clone(), large: true };
            target.write(&tile, false, None);
        }
    }
}

/// The first rows of `v`; below row `last`, that row again, and the result is not written.
#[inline(always)]
fn tile_rows(v: &[f32], inputs: usize, last: usize) -> [&[f32]; MR] {
    std::array::from_fn(|i| &v[i.min(last) * inputs..][..inputs])
}
