//! The reference operations: f64, one loop per index, nothing clever.

mod activations;
mod conv;
mod edges;
mod images;
mod optimizers;
mod pool;
mod reductions;
mod window;

pub use activations::{
    Curve, activation, activation_backward, relu, relu_backward, sigmoid, sigmoid_backward,
};
pub use conv::*;
pub use edges::{cropping2d, zero_padding2d};
pub use images::{psnr, ssim};
pub use optimizers::{adadelta, adam, rmsprop, sgd};
pub use pool::{max_pool2d, max_pool2d_backward, up_sample2d, up_sample2d_backward};
pub use reductions::{
    column_sums, concat, dropout, mean_squared_error, means_and_scatter, slice, sum_axis,
    sum_axis_backward,
};
pub use window::Window2d;

/// `c[m, n] = sum_k a[m, k] b[k, n]`, all row-major.
///
/// # Panics
/// If a slice is shorter than its shape requires.
#[must_use]
pub fn matmul(a: &[f64], b: &[f64], m: usize, k: usize, n: usize) -> Vec<f64> {
    let mut c = vec![0.0; m * n];
    for i in 0..m {
        for j in 0..n {
            c[i * n + j] = (0..k).map(|p| a[i * k + p] * b[p * n + j]).sum();
        }
    }
    c
}

/// The transpose of a row-major `rows x cols` matrix.
///
/// # Panics
/// If `a` is shorter than `rows * cols`.
#[must_use]
pub fn transpose<T: Copy>(a: &[T], rows: usize, cols: usize) -> Vec<T> {
    (0..cols).flat_map(|j| (0..rows).map(move |i| a[i * cols + j])).collect()
}

/// `x + bias`, with the bias added to each row of `bias.len()` elements.
#[must_use]
pub fn add_bias(x: &[f64], bias: &[f64]) -> Vec<f64> {
    x.iter().enumerate().map(|(i, x)| x + bias[i % bias.len()]).collect()
}

/// Binary cross-entropy of one logit `z` and target `t` in its stable form:
/// `max(z, 0) - z t + ln(1 + e^-|z|)`.
#[must_use]
pub fn bce_with_logit(z: f64, t: f64) -> f64 {
    z.max(0.0) - z * t + (-z.abs()).exp().ln_1p()
}

/// The mean of [`bce_with_logit`] over all elements; NaN for empty slices.
#[must_use]
pub fn mean_bce_with_logits(logits: &[f64], targets: &[f64]) -> f64 {
    let total: f64 = logits.iter().zip(targets).map(|(&z, &t)| bce_with_logit(z, t)).sum();
    total / logits.len() as f64
}

/// Converts a slice of f32 to f64, exactly.
#[must_use]
pub fn widen(x: &[f32]) -> Vec<f64> {
    x.iter().map(|&v| f64::from(v)).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_bias_goes_to_each_row() {
        assert_eq!(super::add_bias(&[1.0, 2.0, 3.0, 6.0], &[10.0, 20.0]), [11.0, 22.0, 13.0, 26.0]);
    }
}
