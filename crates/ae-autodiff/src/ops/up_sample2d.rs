//! `y[i, j] = x[i / fy, j / fx]`: each pixel repeated, see [`ae_tensor::kernels::upsample`].
//!
//! A pixel reaches the loss through all its copies, so `dx` is the sum of `dy` over them.

use ae_tensor::kernels::upsample;

/// `y`, the images `[h, w]` of `x` enlarged by `factor`.
pub fn forward(image: [usize; 2], channels: usize, factor: [usize; 2], x: &[f32], y: &mut [f32]) {
    upsample::up_sample(image, channels, factor, x, y);
}

/// `dx`, the sum of `dy` over each pixel's copies.
pub fn backward(
    image: [usize; 2],
    channels: usize,
    factor: [usize; 2],
    dy: &[f32],
    dx: &mut [f32],
) {
    upsample::up_sample_backward(image, channels, factor, dy, dx);
}
