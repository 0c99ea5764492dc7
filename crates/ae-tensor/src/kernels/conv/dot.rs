//! Patches times kernel for few output channels: scalar products, vectors running along the patch.
//!
//! A register tile is 16 output channels wide; with one output channel, as at an auto-encoder's end, 15 of 16 products would be
//! for nothing. Here the lanes of a vector hold neighbouring numbers of a patch instead, and are added up at the end.

use super::super::gemm::epilogue::Epilogue;
use super::super::parallel::for_each_block;
use super::super::scratch::with_scratch;
use super::super::simd::LANES;
use super::patches::Patches;
use wide::f32x16;

/// Pixels that share each load of the kernel.
const PIXELS: usize = 8;

/// Whether every segment of a patch is a whole number of vectors.
pub(super) fn suits(patches: &Patches<'_>) -> bool {
    patches.segments().len.is_multiple_of(LANES)
}

/// `y = epilogue(P K)`, the kernel being `[patch length, outputs]`; for patches that [`suits`].
pub(super) fn product(
    patches: &Patches<'_>,
    kernel: &[f32],
    outputs: usize,
    epilogue: Epilogue<'_>,
    y: &mut [f32],
) {
    let k = patches.patch_len();
    let rows_per_block = patches.rows_per_block();
    let row = patches.output[1] * outputs;
    let flops = 2 * y.len() * k;
    let segments = patches.segments();
    with_scratch(outputs * k / LANES, |buffer| {
        // The kernel by output channels, so that its vectors too run along the patch.
        let floats: &mut [f32] = bytemuck::cast_slice_mut(buffer);
        super::transpose(kernel, k, outputs, floats);
        let columns = &*buffer;
        for_each_block(y, rows_per_block * row, flops, |i, y| {
            patches.with_block(i * rows_per_block, y.len() / row, |block| {
                for (t, y) in y.chunks_mut(PIXELS * outputs).enumerate() {
                    let rows = block.patches::<PIXELS>(t * PIXELS, y.len() / outputs);
                    for (o, column) in columns.chunks_exact(k / LANES).enumerate() {
                        let mut sums = [f32x16::ZERO; PIXELS];
                        let parts = column.chunks_exact(segments.len / LANES);
                        for (s, column) in parts.enumerate() {
                            let rows: [&[[f32; LANES]]; PIXELS] = std::array::from_fn(|i| {
                                rows[i][s * segments.stride..][..segments.len].as_chunks().0
                            });
                            for (v, k) in column.iter().enumerate() {
                                for i in 0..PIXELS {
                                    sums[i] = k.mul_add(f32x16::new(rows[i][v]), sums[i]);
                                }
                            }
                        }
                        for (pixel, sum) in y.chunks_exact_mut(outputs).zip(sums) {
                            pixel[o] = sum.reduce_add();
                        }
                    }
                }
                epilogue.apply(y);
            });
        });
    });
}
