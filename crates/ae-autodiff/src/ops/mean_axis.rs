//! Means along one axis: [`sum_axis`] divided by the axis's extent `n`. So `dx_oki = dy_oi / n`.

use super::{Axis, sum_axis, without_axis};
use crate::{Backward, BackwardPass, Tape, Var};
use ae_tensor::Tensor;

/// `y [outer, inner]`, the means along the middle axis of `x [outer, len, inner]`; NaN where `len`
/// is 0.
///
/// # Panics
/// If the slices do not have these lengths.
pub fn forward(x: &[f32], extents: [usize; 3], y: &mut [f32]) {
    sum_axis::forward(x, extents, y);
    let len = extents[1] as f32;
    y.iter_mut().for_each(|y| *y /= len);
}

/// `dx_oki = dy_oi / len`.
///
/// # Panics
/// If the slices do not have these lengths.
pub fn backward(dy: &[f32], extents: [usize; 3], dx: &mut [f32]) {
    sum_axis::backward(dy, 1.0 / extents[1] as f32, extents, dx);
}

impl Tape<'_> {
    /// The means along `axis`. The result does not have this axis: the means along axis 1 of
    /// `[n, m, k]` have shape `[n, k]`.
    ///
    /// # Panics
    /// If there is no such axis.
    #[track_caller]
    pub fn mean_axis(&mut self, x: Var, axis: usize) -> Var {
        let shape = self.shape(x);
        let Axis { outer, len, inner } = Axis::of("mean_axis", shape, axis);
        let mut y = self.buffer(outer * inner);
        forward(self.value(x).data(), [outer, len, inner], &mut y);
        let y = Tensor::new(without_axis(shape, axis), y);
        self.custom(&[x], y, MeanAxis { x, extents: [outer, len, inner] })
    }
}

struct MeanAxis {
    x: Var,
    extents: [usize; 3],
}

impl Backward for MeanAxis {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        pass.accumulate(self.x, |_, dx| backward(dy, self.extents, dx));
    }
}
