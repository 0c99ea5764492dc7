//! `y = x + b`, the bias `b [n]` being added to each row of `x [m, n]`.
//!
//! Each `b_j` reaches the loss through all `y_ij` of its column, so `db_j = sum_i dy_ij`; and `dx = dy`.

use ae_tensor::Activation;
use ae_tensor::kernels::{activation::bias_activation, sum::column_sums};

/// `y = x + b`.
pub fn forward(x: &[f32], b: &[f32], y: &mut [f32]) {
    y.copy_from_slice(x);
    bias_activation(y, b, Activation::Linear);
}

/// `db_j = sum_i dy_ij`.
pub fn backward_bias(dy: &[f32], db: &mut [f32]) {
    column_sums(dy, db);
}
