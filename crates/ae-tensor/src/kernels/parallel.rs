//! The only place that splits work over threads.
//!
//! Two rules make results the same to the bit for any number of threads. Work is cut into blocks whose
//! size depends on the problem alone; threads merely pick up blocks. And partial sums of blocks are
//! combined in the order of the blocks, never in the order of arrival.

use rayon::prelude::*;

/// Below this many floating-point operations a second thread costs more than it brings: waking one takes
/// some microseconds, in which a core does about this much.
const WORTH_SPLITTING: usize = 200_000;

/// Runs `work` on a pool of `threads` threads; every kernel called within uses that pool.
///
/// Worth calling around a whole training run: a kernel called from outside any pool first has to wake a
/// worker and hand over.
///
/// # Errors
/// If the operating system refuses the threads, with its reason.
pub fn with_threads<R: Send>(
    threads: usize,
    work: impl FnOnce() -> R + Send,
) -> Result<R, std::io::Error> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|i| format!("ae-worker-{i}"))
        .build()
        .map_err(std::io::Error::other)?;
    Ok(pool.install(work))
}

/// How many threads kernels called from here would use.
#[must_use]
pub fn current_threads() -> usize {
    rayon::current_num_threads()
}

/// Calls `work(block_index, block)` for the consecutive blocks of `out`, `block_len` elements each (the
/// last may be shorter), in parallel if `flops` for the whole says that it is worth it.
pub(crate) fn for_each_block<T: Send>(
    out: &mut [T],
    block_len: usize,
    flops: usize,
    work: impl Fn(usize, &mut [T]) + Sync,
) {
    if out.is_empty() {
        return;
    }
    if flops < WORTH_SPLITTING || out.len() <= block_len {
        for (i, block) in out.chunks_mut(block_len).enumerate() {
            work(i, block);
        }
    } else {
        out.par_chunks_mut(block_len).enumerate().for_each(|(i, block)| work(i, block));
    }
}

/// [`for_each_block`] for two slices of equal length, cut alike.
pub(crate) fn for_each_block_pair(
    a: &mut [f32],
    b: &mut [f32],
    block_len: usize,
    flops: usize,
    work: impl Fn(usize, &mut [f32], &mut [f32]) + Sync,
) {
    debug_assert_eq!(a.len(), b.len());
    if a.is_empty() {
        return;
    }
    if flops < WORTH_SPLITTING || a.len() <= block_len {
        let blocks = a.chunks_mut(block_len).zip(b.chunks_mut(block_len));
        blocks.enumerate().for_each(|(i, (a, b))| work(i, a, b));
    } else {
        let blocks = a.par_chunks_mut(block_len).zip(b.par_chunks_mut(block_len));
        blocks.enumerate().for_each(|(i, (a, b))| work(i, a, b));
    }
}

/// [`for_each_block`], which also sums in f64 what `work` returns, in the order of the blocks.
pub(crate) fn sum_blocks_mut(
    out: &mut [f32],
    block_len: usize,
    flops: usize,
    work: impl Fn(usize, &mut [f32]) -> f64 + Sync,
) -> f64 {
    if flops < WORTH_SPLITTING || out.len() <= block_len {
        return out.chunks_mut(block_len).enumerate().map(|(i, block)| work(i, block)).sum();
    }
    let partial: Vec<f64> =
        out.par_chunks_mut(block_len).enumerate().map(|(i, block)| work(i, block)).collect();
    partial.iter().sum()
}

/// The sum in f64 of what `work` returns for each block of `x`, in the order of the blocks; `flops` as above.
pub(crate) fn sum_blocks(
    x: &[f32],
    block_len: usize,
    flops: usize,
    work: impl Fn(usize, &[f32]) -> f64 + Sync,
) -> f64 {
    if flops < WORTH_SPLITTING {
        return x.chunks(block_len).enumerate().map(|(i, block)| work(i, block)).sum();
    }
    let partial: Vec<f64> =
        x.par_chunks(block_len).enumerate().map(|(i, block)| work(i, block)).collect();
    partial.iter().sum()
}
