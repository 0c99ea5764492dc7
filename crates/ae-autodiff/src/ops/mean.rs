//! `y = (1/n) sum_i x_i`, a scalar; so `dx_i = dy / n` for every element.

/// The mean of `x`, accumulated in f64.
#[must_use]
pub fn forward(x: &[f32]) -> f32 {
    (ae_tensor::kernels::sum::sum(x) / x.len() as f64) as f32
}

/// `dx_i = dy / n`.
pub fn backward(dy: f32, dx: &mut [f32]) {
    let share = dy / dx.len() as f32;
    dx.fill(share);
}
