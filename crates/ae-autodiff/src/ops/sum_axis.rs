//! Sums along one axis: `y_oi = sum_k x_oki`, with where `o` stands for all axes before it and `i`
//! for all axes after it.
//!
//! Each `x_oki` occurs in one sum, with the factor 1, so `dx_oki = dy_oi`.

use super::{Axis, without_axis};
use crate::{Backward, BackwardPass, Tape, Var};
use ae_tensor::{Tensor, kernels};

/// Sums that are accumulated at a time, in f64.
const STRIP: usize = 64;

/// `y [outer, inner]`, the sums along the middle axis of `x [outer, len, inner]`, each accumulated
/// in f64; 0 where `len` is 0.
///
/// # Panics
/// If the slices do not have these lengths.
pub fn forward(x: &[f32], [outer, len, inner]: [usize; 3], y: &mut [f32]) {
    check(x.len(), y.len(), [outer, len, inner]);
    let sums = |o: usize, y: &mut [f32]| {
        let x = &x[o * len * inner..][..len * inner];
        if inner == 1 {
            y[0] = kernels::sum::sum(x) as f32;
            return;
        }
        for (strip, y) in y.chunks_mut(STRIP).enumerate() {
            let mut sums = [0.0f64; STRIP];
            for row in x.chunks_exact(inner) {
                let row = &row[strip * STRIP..][..y.len()];
                sums.iter_mut().zip(row).for_each(|(sum, &x)| *sum += f64::from(x));
            }
            y.iter_mut().zip(sums).for_each(|(y, sum)| *y = sum as f32);
        }
    };
    if inner > 0 {
        y.chunks_exact_mut(inner).enumerate().for_each(|(o, y)| sums(o, y));
    }
}

/// `dx_oki = factor dy_oi`: of the sum with the factor 1, of the mean with `1 / len`.
///
/// # Panics
/// If the slices do not have these lengths.
pub fn backward(dy: &[f32], factor: f32, [outer, len, inner]: [usize; 3], dx: &mut [f32]) {
    check(dx.len(), dy.len(), [outer, len, inner]);
    if dx.is_empty() {
        return;
    }
    for (dx, dy) in dx.chunks_exact_mut(len * inner).zip(dy.chunks_exact(inner)) {
        for dx in dx.chunks_exact_mut(inner) {
            super::scale::scale(factor, dy, dx);
        }
    }
}

fn check(x: usize, y: usize, [outer, len, inner]: [usize; 3]) {
    assert!(
        x == outer * len * inner && y == outer * inner,
        "sum_axis: {x} and {y} elements for [{outer}, {len}, {inner}]"
    );
}

impl Tape<'_> {
    /// The sums along `axis`. The result does not have this axis: the sums along axis 1 of
    /// `[n, m, k]` have shape `[n, k]`.
    ///
    /// # Panics
    /// If there is no such axis.
    #[track_caller]
    pub fn sum_axis(&mut self, x: Var, axis: usize) -> Var {
        let shape = self.shape(x);
        let Axis { outer, len, inner } = Axis::of("sum_axis", shape, axis);
        let mut y = self.buffer(outer * inner);
        forward(self.value(x).data(), [outer, len, inner], &mut y);
        let y = Tensor::new(without_axis(shape, axis), y);
        self.custom(&[x], y, SumAxis { x, extents: [outer, len, inner] })
    }
}

struct SumAxis {
    x: Var,
    extents: [usize; 3],
}

impl Backward for SumAxis {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        pass.accumulate(self.x, |_, dx| backward(dy, 1.0, self.extents, dx));
    }
}
