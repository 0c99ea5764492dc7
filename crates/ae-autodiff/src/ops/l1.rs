//! `y = (1/n) sum_ij |x_ij|` over the n rows of `x`: the penalty of sparse codes, the mean over a
//! batch of a sample's sum.
//!
//! `|x|` has the slope 1 above 0 and -1 below. At 0 any number in between is a subgradient. We take
//! 0, so that a unit that is off stays off.

use crate::{Backward, BackwardPass, Tape, Var};

/// The sum of all magnitudes, accumulated in f64, divided by the number of `rows`.
#[must_use]
pub fn forward(x: &[f32], rows: usize) -> f32 {
    let sum: f64 = x.iter().map(|x| f64::from(x.abs())).sum();
    (sum / rows as f64) as f32
}

/// `dx = dy sign(x) / n`, with the number n of `rows`.
///
/// # Panics
/// If the lengths differ.
pub fn backward(dy: f32, x: &[f32], rows: usize, dx: &mut [f32]) {
    assert!(x.len() == dx.len(), "l1: {} elements into {}", x.len(), dx.len());
    let share = dy / rows as f32;
    for (dx, &x) in dx.iter_mut().zip(x) {
        // The sign of NaN is NaN.
        *dx = if x == 0.0 { 0.0 } else { share * x.signum() };
    }
}

impl Tape<'_> {
    /// The sum of all magnitudes of `x [batch, ...]`, divided by `batch`: a scalar.
    ///
    /// # Panics
    /// If `x` has no rows.
    #[track_caller]
    pub fn l1(&mut self, x: Var) -> Var {
        let rows = self.rows("l1", x);
        let y = forward(self.value(x).data(), rows);
        let y = self.scalar(y);
        self.custom(&[x], y, L1 { x, rows })
    }
}

struct L1 {
    x: Var,
    rows: usize,
}

impl Backward for L1 {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        let &mut Self { x, rows } = self;
        pass.accumulate(x, |tape, dx| backward(dy[0], tape.value(x).data(), rows, dx));
    }
}

#[cfg(test)]
mod tests {
    /// A unit that is off has no slope. NaN and infinity are passed on.
    #[test]
    fn special_values() {
        let x = [0.0, -0.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY];
        let mut dx = [7.0; 5];
        super::backward(2.0, &x, 1, &mut dx);
        assert_eq!((dx[0], dx[1], dx[3], dx[4]), (0.0, 0.0, 2.0, -2.0));
        assert!(dx[2].is_nan());
        assert!(super::forward(&x, 1).is_nan() && super::forward(&x[3..], 1).is_infinite());
    }
}
