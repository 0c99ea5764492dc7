//! The kernel gradient: patches, transposed, times the output gradient.
//!
//! `dK [patch length, outputs]` is a small matrix, the sum over all pixels of the outer product of
//! a patch and that pixel's gradient. A register tile of it, `MR` numbers of a patch by some output
//! channels, accumulates pixel after pixel, and reads both operands in place.

use super::super::gemm::epilogue::Target;
use super::super::gemm::micro::{MR, NV, Tile, zero_tile};
use super::super::gemm::outer::{add_outer_products, for_each_panel};
use super::super::parallel::for_each_block;
use super::super::scratch::with_scratch_floats;
use super::patches::{Block, Patches};
use super::winograd;
use std::ops::Range;

/// The minimum number of pixels whose sum one task computes. Each task has its own sum, and the
/// sums are added in order.
const TASK_PIXELS: usize = 8192;

/// Computes `dk = P^T dY`, with `dy [all pixels, outputs]` and `dk [patch length, outputs]`.
pub(super) fn patch_gradient(patches: &Patches<'_>, dy: &[f32], outputs: usize, dk: &mut [f32]) {
    if winograd::suits(patches, outputs) {
        winograd::kernel_gradient(patches, dy, outputs, dk);
    } else {
        direct(patches, dy, outputs, dk);
    }
}

/// As [`patch_gradient`], computing every product of the definition.
pub(super) fn direct(patches: &Patches<'_>, dy: &[f32], outputs: usize, dk: &mut [f32]) {
    let rows_per_block = patches.rows_per_block();
    let row = patches.output[1] * outputs;
    let rows_per_task = TASK_PIXELS.div_ceil(patches.output[1]).next_multiple_of(rows_per_block);
    let flops = 2 * dy.len() * patches.patch_len();
    let tasks = patches.rows().div_ceil(rows_per_task).max(1);
    let task = |task: usize, sum: &mut [f32]| {
        sum.fill(0.0);
        let first_row = task * rows_per_task;
        let last_row = patches.rows().min(first_row + rows_per_task);
        let dy = &dy[first_row * row..last_row * row];
        for (i, dy) in dy.chunks(rows_per_block * row).enumerate() {
            let first = first_row + i * rows_per_block;
            patches.with_block(first, dy.len() / row, |block| {
                add_block(patches, block, dy, outputs, sum);
            });
        }
    };
    if tasks == 1 {
        return task(0, dk);
    }
    let len = dk.len();
    with_scratch_floats(tasks * len, |sums| {
        for_each_block(sums, len, flops, task);
        let (first, others) = sums.split_at(len);
        dk.copy_from_slice(first);
        for other in others.chunks_exact(len) {
            dk.iter_mut().zip(other).for_each(|(sum, x)| *sum += x);
        }
    });
}

/// Adds the contribution of the patches of one block.
fn add_block(
    patches: &Patches<'_>,
    block: &Block<'_>,
    dy: &[f32],
    outputs: usize,
    sum: &mut [f32],
) {
    for_each_panel(outputs, |cols, wide| {
        if wide {
            add_columns::<NV>(patches, block, dy, outputs, cols, sum);
        } else {
            add_columns::<1>(patches, block, dy, outputs, cols, sum);
        }
    });
}

/// As [`add_block`], for the columns `cols` of the kernel, at most `16 V`.
fn add_columns<const V: usize>(
    patches: &Patches<'_>,
    block: &Block<'_>,
    dy: &[f32],
    outputs: usize,
    cols: Range<usize>,
    sum: &mut [f32],
) {
    let segments = patches.segments();
    let row = patches.output[1] * outputs;
    for s in 0..segments.count {
        for first in (0..segments.len).step_by(MR) {
            let start = segments.start + s * segments.stride + first;
            let mut tile: Tile<V> = zero_tile();
            for (i, dy) in dy.chunks_exact(row).enumerate() {
                let columns = &block.row(i)[start..];
                tile = add_outer_products(tile, columns, block.step, dy, outputs, cols.clone());
            }
            // The numbers of a last tile that lie beyond the segment belong to no row.
            let rows = MR.min(segments.len - first);
            let c = &mut sum[(s * segments.len + first) * outputs..][..rows * outputs];
            Target { c, row_len: outputs, cols: cols.clone(), large: false }
                .write(&tile, true, None);
        }
    }
}
