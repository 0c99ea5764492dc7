//! Working memory that a kernel borrows and gives back, so that a steady training step allocates
//! nothing.

use super::simd::LANES;
use std::cell::Cell;
use wide::f32x16;

thread_local! {
    // A stack of buffers, one for each level of nesting: a kernel that holds packed panels while it
    // runs blocks, each of which packs a panel of its own, uses two.
    static BUFFERS: Cell<Vec<Vec<f32x16>>> = const { Cell::new(Vec::new()) };
}

/// Calls `work` with `len` vectors of scratch memory of this thread. Their contents are arbitrary;
/// vectors are aligned to 64 bytes, so that none straddles two cache lines.
pub(crate) fn with_scratch<R>(len: usize, work: impl FnOnce(&mut [f32x16]) -> R) -> R {
    let mut stack = BUFFERS.take();
    let mut buffer = stack.pop().unwrap_or_default();
    // Given back before `work` runs, so that nested calls find the rest of the stack.
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

/// [`with_scratch`] for floats.
pub(crate) fn with_scratch_floats<R>(len: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    with_scratch(len.div_ceil(LANES), |buffer| {
        let floats: &mut [f32] = bytemuck::cast_slice_mut(buffer);
        work(&mut floats[..len])
    })
}
