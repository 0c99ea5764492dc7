//! Working memory that a kernel borrows and returns, so that a training step allocates nothing once
//! warmed up.

use super::simd::LANES;
use std::cell::Cell;
use wide::f32x16;

thread_local! {
    // A stack of buffers, one per level of nesting: a kernel that holds packed panels while it runs
    // blocks, each of which packs its own panel, uses two.
    static BUFFERS: Cell<Vec<Vec<f32x16>>> = const { Cell::new(Vec::new()) };
}

/// Calls `work` with `len` vectors of this thread's scratch memory. Their contents are arbitrary;
/// they are aligned to 64 bytes, so that no vector straddles two cache lines.
pub(crate) fn with_scratch<R>(len: usize, work: impl FnOnce(&mut [f32x16]) -> R) -> R {
    let mut stack = BUFFERS.take();
    let mut buffer = stack.pop().unwrap_or_default();
    // Returned before `work` runs, so that nested calls find the rest of the stack.
    BUFFERS.set(stack);
    if buffer.len() < len {
        buffer.resize(len, f32x16::ZERO);
    }
    let result = work(&mut buffer[..len]);
    let mut stack = BUFFERS.take();
    stack.push(buffer);
    BUFFERS.set(stack);
    result
}

/// As [`with_scratch`], for floats.
pub(crate) fn with_scratch_floats<R>(len: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    with_scratch(len.div_ceil(LANES), |buffer| {
        let floats: &mut [f32] = bytemuck::cast_slice_mut(buffer);
        work(&mut floats[..len])
    })
}
