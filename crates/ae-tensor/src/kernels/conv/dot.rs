//! Patches times kernel for few output channels: scalar products, with vectors along the patch.
//!
//! A register tile is 16 output channels wide; with one output channel, as in an auto-encoder's
//! last layer, 15 of 16 products would be wasted. Here the lanes of a vector hold neighboring
//! numbers of a patch instead, and are added up at the end.

use super::super::gemm::{MatRef, epilogue::Epilogue};
use super::super::simd::LANES;
use super::patches::{Block, Segments};
use wide::f32x16;

/// The number of pixels that share each load of the kernel. Their sums must stay in registers: with
/// AVX-512 a sum takes one of 32, with AVX2 two of 16.
const PIXELS: usize = if cfg!(target_feature = "avx512f") { 8 } else { 4 };

/// Transposes the kernel `[k, outputs]` to output channels first, so that its vectors also run
/// along the patch.
pub(super) fn transpose_kernel(kernel: MatRef<'_>, prepared: &mut [f32x16]) {
    let (k, outputs) = kernel.shape();
    let floats: &mut [f32] = bytemuck::cast_slice_mut(prepared);
    super::transpose(kernel.data(), k, outputs, floats);
}

/// Computes `y = epilogue(P K)` for as many of the block's patches as `y` has rows; segments are
/// whole vectors.
pub(super) fn multiply(
    block: &Block<'_>,
    segments: Segments,
    prepared: &[f32x16],
    epilogue: Epilogue<'_>,
    y: &mut [f32],
    outputs: usize,
) {
    let vectors = segments.len / LANES;
    for (t, y) in y.chunks_mut(PIXELS * outputs).enumerate() {
        let rows = block.patches::<PIXELS>(t * PIXELS, y.len() / outputs);
        for (o, column) in prepared.chunks_exact(segments.count * vectors).enumerate() {
            let mut sums = [f32x16::ZERO; PIXELS];
            for (s, column) in column.chunks_exact(vectors).enumerate() {
                let start = segments.start + s * segments.stride;
                let rows: [&[[f32; LANES]]; PIXELS] =
                    std::array::from_fn(|i| rows[i][start..][..segments.len].as_chunks().0);
                for (v, k) in column.iter().enumerate() {
                    for i in 0..PIXELS {
                        sums[i] = k.mul_add(f32x16::new(rows[i][v]), sums[i]);
                    }
                }
            }
            let bias = epilogue.bias.map_or(0.0, |bias| bias[o]);
            for (pixel, sum) in y.chunks_exact_mut(outputs).zip(sums) {
                pixel[o] = sum.reduce_add() + bias;
            }
        }
    }
    epilogue.activation.apply(y);
}
