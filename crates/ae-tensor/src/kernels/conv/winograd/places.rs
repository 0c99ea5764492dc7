//! The products between the transforms: a matrix product over all tiles for each place of the tile.

use super::super::super::gemm::epilogue::Target;
use super::super::super::gemm::micro::{MR, NV, rows_by_packed_tile, zero_tile};
use super::super::super::gemm::outer::add_block;
use super::super::super::gemm::{MatRef, pack::pack_b_panel};
use super::super::super::simd::LANES;
use wide::f32x16;

/// The number of matrix columns per register tile.
const WIDTH: usize = NV * LANES;

/// The number of floats from place to place of `u [places, inputs, outputs]`: a little more than
/// the matrix has, since places that lie a power of two apart would share the sets of a cache.
pub(super) fn place_len(inputs: usize, outputs: usize) -> usize {
    inputs * outputs + WIDTH
}

/// A matrix `[inputs, outputs]` for each place, in the order in which the register tile reads it.
pub(super) struct PackedPlaces<'a> {
    panels: &'a [[f32x16; NV]],
    /// The number of panels' rows from place to place.
    stride: usize,
    inputs: usize,
    outputs: usize,
}

impl<'a> PackedPlaces<'a> {
    /// The number of vectors that packing takes: 0 if the matrices are one panel wide, for which
    /// the order is already the one in memory.
    pub(super) fn vectors(places: usize, inputs: usize, outputs: usize) -> usize {
        if outputs == WIDTH { 0 } else { places * outputs.div_ceil(WIDTH) * inputs * NV }
    }

    /// Packs `u`, matrices [`place_len`] apart, into this memory.
    pub(super) fn pack(
        u: &'a [f32],
        inputs: usize,
        outputs: usize,
        packed: &'a mut [f32x16],
    ) -> PackedPlaces<'a> {
        let len = place_len(inputs, outputs);
        if outputs == WIDTH {
            let panels = bytemuck::cast_slice::<f32, f32x16>(u).as_chunks().0;
            return PackedPlaces { panels, stride: len / WIDTH, inputs, outputs };
        }
        let panels = packed.as_chunks_mut::<NV>().0;
        let mut next = panels.chunks_exact_mut(inputs);
        for u in u.chunks_exact(len) {
            for first in (0..outputs).step_by(WIDTH) {
                let panel = next.next().expect("a panel for every place and its columns");
                let u = MatRef::new(&u[..inputs * outputs], inputs, outputs);
                pack_b_panel(u, 0..inputs, first..outputs.min(first + WIDTH), panel);
            }
        }
        PackedPlaces { panels, stride: inputs * outputs.div_ceil(WIDTH), inputs, outputs }
    }

    /// The matrix of each place.
    fn places(&self) -> impl ExactSizeIterator<Item = &'a [[f32x16; NV]]> {
        let len = self.inputs * self.outputs.div_ceil(WIDTH);
        self.panels.chunks_exact(self.stride).map(move |place| &place[..len])
    }
}

/// Computes `m[p] = v[p] u[p]` for every place, with `v [places, tiles, inputs]` and
/// `m [places, tiles, outputs]`.
pub(super) fn products(v: &[f32], u: &PackedPlaces<'_>, m: &mut [f32]) {
    let &PackedPlaces { inputs, outputs, .. } = u;
    let panels = u.places();
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
    let &PackedPlaces { inputs, outputs, .. } = u;
    let plane = v.len() / u.places().len();
    for first in (0..outputs).step_by(WIDTH) {
        let cols = first..outputs.min(first + WIDTH);
        for (t, y) in y.chunks_mut(MR * outputs).enumerate() {
            let last = y.len() / outputs - 1;
            let mut tile = zero_tile();
            for (v, u) in v.chunks_exact(plane).zip(u.places()) {
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
