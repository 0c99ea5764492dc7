//! The concatenation of values along an axis. Each element is copied once, so each part receives
//! its piece of `dy`.

use super::{Axis, slice, with_extent};
use crate::{Backward, BackwardPass, Tape, Var};
use ae_tensor::{Shape, Tensor};

/// Writes a part `[outer, len, inner]` to its place in `y [outer, total, inner]`, from `start` on
/// along the middle axis.
///
/// # Panics
/// If the slices do not have these lengths, or the part does not lie in `y`.
pub fn forward(part: &[f32], start: usize, total: usize, len: usize, inner: usize, y: &mut [f32]) {
    assert!(start + len <= total, "concat: {start} + {len} of {total}");
    if part.is_empty() {
        return;
    }
    let rows = y.chunks_exact_mut(total * inner).zip(part.chunks_exact(len * inner));
    rows.for_each(|(y, part)| y[start * inner..][..len * inner].copy_from_slice(part));
}

impl Tape<'_> {
    /// The concatenation of `parts` along `axis`: `[n, 2]` and `[n, 3]` along axis 1 give `[n, 5]`.
    /// A value may occur twice.
    ///
    /// # Panics
    /// If `parts` is empty, the axis does not exist, or the shapes differ along another axis.
    #[track_caller]
    pub fn concat(&mut self, parts: &[Var], axis: usize) -> Var {
        let shape = self.concat_shape(parts, axis);
        let Axis { len: total, inner, .. } = Axis::of("concat", shape, axis);
        let mut y = self.buffer(shape.len());
        let (mut start, mut places) = (0, Vec::with_capacity(parts.len()));
        for &part in parts {
            let len = self.shape(part).dims()[axis];
            forward(self.value(part).data(), start, total, len, inner, &mut y);
            places.push((part, start, len));
            start += len;
        }
        self.custom(parts, Tensor::new(shape, y), Concat { places, total, inner })
    }

    #[track_caller]
    fn concat_shape(&self, parts: &[Var], axis: usize) -> Shape {
        let shapes: Vec<Shape> = parts.iter().map(|&part| self.shape(part)).collect();
        let fits = |shape: &Shape| {
            axis < shape.rank() && with_extent(*shape, axis, 1) == with_extent(shapes[0], axis, 1)
        };
        assert!(
            shapes.first().is_some_and(|first| axis < first.rank()) && shapes.iter().all(fits),
            "concat: {shapes:?} along axis {axis}"
        );
        let total = shapes.iter().map(|shape| shape.dims()[axis]).sum();
        with_extent(shapes[0], axis, total)
    }
}

struct Concat {
    /// Each part, its start along the axis, and its extent.
    places: Vec<(Var, usize, usize)>,
    total: usize,
    inner: usize,
}

impl Backward for Concat {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        let &mut Self { ref places, total, inner } = self;
        for &(part, start, len) in places {
            pass.accumulate(part, |_, d| slice::forward(dy, start..start + len, total, inner, d));
        }
    }
}
