//! `y = max of x over each window`, channel by channel: see [`ae_tensor::kernels::pool`].
//!
//! The derivative of a maximum by its arguments is 1 for the one that is largest and 0 for the others. Where several are equal
//! there is no derivative; the first takes the whole gradient, as in the other frameworks.

use ae_tensor::Placement;
use ae_tensor::kernels::pool;

/// `y`, and each output's winner: which tap of its window was the largest.
pub fn forward(
    placement: &Placement,
    channels: usize,
    x: &[f32],
    y: &mut [f32],
    winners: &mut [f32],
) {
    pool::max_pool(placement, channels, x, y, winners);
}

/// `dx`: each output's gradient goes to its winner.
pub fn backward(
    placement: &Placement,
    channels: usize,
    winners: &[f32],
    dy: &[f32],
    dx: &mut [f32],
) {
    pool::max_pool_backward(placement, channels, winners, dy, dx);
}
