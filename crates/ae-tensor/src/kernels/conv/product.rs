//! Patches times kernel: the convolution itself, and its input gradient.

use super::super::gemm::epilogue::{Epilogue, Target};
use super::super::gemm::micro::{MR, NV, rows_by_packed_tile, zero_tile};
use super::super::gemm::{MatRef, pack::pack_b_panel};
use super::super::parallel::for_each_block;
use super::super::scratch::with_scratch;
use super::super::simd::LANES;
use super::dot;
use super::patches::{Block, Patches, Segments};
use super::winograd;
use wide::f32x16;

/// With at most this many output channels, a tile 16 channels wide would be more empty than full.
pub(super) const FEW: usize = 8;

/// Computes `y = epilogue(P K)`, where the kernel is `[patch length, outputs]`.
pub(super) fn product(
    patches: &Patches<'_>,
    kernel: &[f32],
    outputs: usize,
    epilogue: Epilogue<'_>,
    y: &mut [f32],
) {
    if winograd::suits(patches, outputs) {
        winograd::product(patches, kernel, outputs, epilogue, y);
    } else {
        direct(patches, kernel, outputs, epilogue, y);
    }
}

/// As [`product`], computing every product of the definition.
pub(super) fn direct(
    patches: &Patches<'_>,
    kernel: &[f32],
    outputs: usize,
    epilogue: Epilogue<'_>,
    y: &mut [f32],
) {
    let segments = patches.segments();
    let form = Form::suitable(segments, outputs);
    let rows_per_block = patches.rows_per_block();
    let row = patches.output[1] * outputs;
    let flops = 2 * y.len() * patches.patch_len();
    with_scratch(form.vectors(kernel.len() / outputs, outputs), |prepared| {
        form.prepare(kernel, outputs, prepared);
        let prepared = &*prepared;
        for_each_block(y, rows_per_block * row, flops, |i, y| {
            patches.with_block(i * rows_per_block, y.len() / row, |block| {
                form.multiply(block, segments, prepared, epilogue, y, outputs);
            });
        });
    });
}

/// How the product is computed; the choice depends only on the shapes.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// With register tiles 16 output channels wide.
    Narrow,
    /// With register tiles of full width.
    Wide,
    /// With scalar products: for few output channels.
    Dot,
}

impl Form {
    /// The best form for patches with this layout.
    pub(super) fn suitable(segments: Segments, outputs: usize) -> Self {
        if outputs <= FEW && segments.len.is_multiple_of(LANES) {
            Self::Dot
        } else if outputs <= LANES {
            Self::Narrow
        } else {
            Self::Wide
        }
    }

    /// The number of vectors that a prepared kernel takes for patches of `k` numbers.
    pub(super) fn vectors(self, k: usize, outputs: usize) -> usize {
        match self {
            Self::Narrow => k,
            Self::Wide => outputs.div_ceil(NV * LANES) * k * NV,
            Self::Dot => outputs * k / LANES,
        }
    }

    /// Writes the kernel, `[k, outputs]`, in the order in which this form reads it.
    pub(super) fn prepare(self, kernel: &[f32], outputs: usize, prepared: &mut [f32x16]) {
        let kernel = MatRef::new(kernel, kernel.len() / outputs, outputs);
        match self {
            Self::Narrow => pack::<1>(kernel, prepared),
            Self::Wide => pack::<NV>(kernel, prepared),
            Self::Dot => dot::transpose_kernel(kernel, prepared),
        }
    }

    /// Computes `y = epilogue(P K)` for as many of the block's patches as `y` has rows.
    pub(super) fn multiply(
        self,
        block: &Block<'_>,
        segments: Segments,
        prepared: &[f32x16],
        epilogue: Epilogue<'_>,
        y: &mut [f32],
        outputs: usize,
    ) {
        match self {
            Self::Narrow => tiles::<1>(block, segments, prepared, epilogue, y, outputs),
            Self::Wide => tiles::<NV>(block, segments, prepared, epilogue, y, outputs),
            Self::Dot => dot::multiply(block, segments, prepared, epilogue, y, outputs),
        }
    }
}

fn pack<const V: usize>(kernel: MatRef<'_>, prepared: &mut [f32x16]) {
    let (k, outputs) = kernel.shape();
    let panels = prepared.as_chunks_mut::<V>().0.chunks_exact_mut(k);
    for (panel, first) in panels.zip((0..outputs).step_by(V * LANES)) {
        pack_b_panel(kernel, 0..k, first..outputs.min(first + V * LANES), panel);
    }
}

/// Computes register tiles of `MR` pixels and `16 V` output channels.
fn tiles<const V: usize>(
    block: &Block<'_>,
    segments: Segments,
    prepared: &[f32x16],
    epilogue: Epilogue<'_>,
    y: &mut [f32],
    outputs: usize,
) {
    let (k, width) = (segments.count * segments.len, V * LANES);
    let panels: &[[_; V]] = prepared.as_chunks().0;
    for (j, panel) in panels.chunks_exact(k).enumerate() {
        let cols = j * width..outputs.min((j + 1) * width);
        for (t, y) in y.chunks_mut(MR * outputs).enumerate() {
            // Below the last pixel, the last is read again; the result is not written.
            let rows = block.patches::<MR>(t * MR, y.len() / outputs);
            let mut tile = zero_tile::<V>();
            for (s, panel) in panel.chunks_exact(segments.len).enumerate() {
                let start = segments.start + s * segments.stride;
                let rows = std::array::from_fn(|i| &rows[i][start..][..segments.len]);
                tile = rows_by_packed_tile(tile, rows, panel);
            }
            let target = Target { c: y, row_len: outputs, cols: cols.clone(), large: false };
            target.write(&tile, false, Some(&epilogue));
        }
    }
}
