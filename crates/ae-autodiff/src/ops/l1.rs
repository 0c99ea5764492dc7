//! `y = (1/m) sum_ij |x_ij|` over the m rows of `x`: the penalty of sparse codes, the mean over a batch of a sample's sum.
//!
//! `|x|` has the slope 1 above 0 and -1 below. At 0 any number between is a subgradient; 0 is taken, as everywhere, so that a unit
//! that is off stays where it is.

/// The sum of all magnitudes, accumulated in f64, by the number of `rows`.
#[must_use]
pub fn forward(x: &[f32], rows: usize) -> f32 {
    let sum: f64 = x.iter().map(|x| f64::from(x.abs())).sum();
    (sum / rows as f64) as f32
}

/// `dx = dy sign(x) / m`.
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
