//! Patches times kernel: the convolution itself, and its gradient by the input.

use super::super::gemm::epilogue::{Epilogue, Target};
use super::super::gemm::micro::{MR, NV, rows_by_packed_tile, zero_tile};
use super::super::gemm::{MatRef, pack::pack_b_panel};
use super::super::parallel::for_each_block;
use super::super::scratch::with_scratch;
use super::super::simd::LANES;
use super::patches::Patches;

/// `y = epilogue(P K)`, the kernel being `[patch length, outputs]`.
pub(super) fn product(
    patches: &Patches<'_>,
    kernel: &[f32],
    outputs: usize,
    epilogue: Epilogue<'_>,
    y: &mut [f32],
) {
    let kernel = MatRef::new(kernel, patches.patch_len(), outputs);
    if outputs <= LANES {
        tiles::<1>(patches, kernel, outputs, epilogue, y);
    } else {
        tiles::<NV>(patches, kernel, outputs, epilogue, y);
    }
}

/// By register tiles of `MR` pixels and `16 V` output channels.
fn tiles<const V: usize>(
    patches: &Patches<'_>,
    kernel: MatRef<'_>,
    outputs: usize,
    epilogue: Epilogue<'_>,
    y: &mut [f32],
) {
    let (k, width) = (patches.patch_len(), V * LANES);
    let rows_per_block = patches.rows_per_block();
    let row = patches.output[1] * outputs;
    let flops = 2 * y.len() * k;
    let segments = patches.segments();
    with_scratch(outputs.div_ceil(width) * k * V, |buffer| {
        let panels: &mut [[_; V]] = buffer.as_chunks_mut().0;
        for (i, panel) in panels.chunks_exact_mut(k).enumerate() {
            pack_b_panel(kernel, 0..k, i * width..outputs.min((i + 1) * width), panel);
        }
        let panels = &*panels;
        for_each_block(y, rows_per_block * row, flops, |i, y| {
            patches.with_block(i * rows_per_block, y.len() / row, |block| {
                for (j, panel) in panels.chunks_exact(k).enumerate() {
                    let cols = j * width..outputs.min((j + 1) * width);
                    for (t, y) in y.chunks_mut(MR * outputs).enumerate() {
                        // Below the last pixel, the last is read again; the result is not written.
                        let rows = block.patches::<MR>(t * MR, y.len() / outputs);
                        let mut tile = zero_tile::<V>();
                        for s in 0..segments.count {
                            let rows = std::array::from_fn(|i| {
                                &rows[i][s * segments.stride..][..segments.len]
                            });
                            let panel = &panel[s * segments.len..][..segments.len];
                            tile = rows_by_packed_tile(tile, rows, panel);
                        }
                        let target = Target { c: y, row_len: outputs, cols: cols.clone() };
                        target.write(&tile, false, Some(&epilogue));
                    }
                }
            });
        });
    });
}
