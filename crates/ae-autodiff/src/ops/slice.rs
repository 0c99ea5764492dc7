//! A range along an axis. An element in the range receives its `dy`, any other 0.

use super::{Axis, concat, with_extent};
use crate::{Backward, BackwardPass, Tape, Var};
use ae_tensor::Tensor;
use std::ops::Range;

/// `y [outer, range, inner]`, a range along the middle axis of `x [outer, total, inner]`.
///
/// # Panics
/// If the slices do not have these lengths, or the range does not lie in `x`.
pub fn forward(x: &[f32], range: Range<usize>, total: usize, inner: usize, y: &mut [f32]) {
    assert!(range.start <= range.end && range.end <= total, "slice: {range:?} of {total}");
    if y.is_empty() {
        return;
    }
    let len = range.len() * inner;
    let rows = y.chunks_exact_mut(len).zip(x.chunks_exact(total * inner));
    rows.for_each(|(y, x)| y.copy_from_slice(&x[range.start * inner..][..len]));
}

/// `dx`: `dy` in the range, 0 elsewhere.
///
/// # Panics
/// Under the same conditions as [`forward`].
pub fn backward(dy: &[f32], range: Range<usize>, total: usize, inner: usize, dx: &mut [f32]) {
    dx.fill(0.0);
    concat::forward(dy, range.start, total, range.len(), inner, dx);
}

impl Tape<'_> {
    /// The elements with an index in `range` along `axis`: columns 2 and 3 of a matrix are
    /// `slice(x, 1, 2..4)`.
    ///
    /// # Panics
    /// If the axis does not exist, or the range exceeds its extent.
    #[track_caller]
    pub fn slice(&mut self, x: Var, axis: usize, range: Range<usize>) -> Var {
        let shape = self.shape(x);
        let Axis { len: total, inner, .. } = Axis::of("slice", shape, axis);
        assert!(
            range.start <= range.end && range.end <= total,
            "slice: {range:?} along axis {axis} of {shape}"
        );
        let shape = with_extent(shape, axis, range.len());
        let mut y = self.buffer(shape.len());
        forward(self.value(x).data(), range.clone(), total, inner, &mut y);
        self.custom(&[x], Tensor::new(shape, y), Slice { x, range, total, inner })
    }
}

struct Slice {
    x: Var,
    range: Range<usize>,
    total: usize,
    inner: usize,
}

impl Backward for Slice {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        let &mut Self { x, ref range, total, inner } = self;
        pass.accumulate(x, |_, dx| backward(dy, range.clone(), total, inner, dx));
    }
}
