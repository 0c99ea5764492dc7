//! `y = max of x over each window`, channel by channel: see [`ae_tensor::kernels::pool`].
//!
//! The derivative of a maximum by its arguments is 1 for the one that is largest and 0 for the
//! others. Where several are equal there is no derivative; the first takes the whole gradient, as
//! in the other frameworks.

use super::place;
use crate::{Backward, BackwardPass, Buffers, Tape, Var};
use ae_tensor::kernels::pool;
use ae_tensor::{Placement, Tensor, Window};

/// Computes `y` and each output's winner: the index of the largest tap in its window.
pub fn forward(
    placement: &Placement,
    channels: usize,
    x: &[f32],
    y: &mut [f32],
    winners: &mut [f32],
) {
    pool::max_pool(placement, channels, x, y, winners);
}

/// Computes `dx`: each output's gradient is added to its winner.
pub fn backward(
    placement: &Placement,
    channels: usize,
    winners: &[f32],
    dy: &[f32],
    dx: &mut [f32],
) {
    pool::max_pool_backward(placement, channels, winners, dy, dx);
}

impl Tape<'_> {
    /// The largest value in each window, channel by channel: `[batch, h, w, channels]` to
    /// `[batch, h', w', channels]`.
    ///
    /// # Panics
    /// If `x` is not a batch of images, or the window does not fit them.
    #[track_caller]
    pub fn max_pool2d(&mut self, x: Var, window: Window) -> Var {
        let (batch, image, channels) = self.shape(x).images("max_pool2d");
        let placement = place("max_pool2d", window, image);
        let [h, w] = placement.output;
        let len = batch * h * w * channels;
        let (mut y, mut winners) = (self.buffer(len), self.buffer(len));
        forward(&placement, channels, self.value(x).data(), &mut y, &mut winners);
        let y = Tensor::new([batch, h, w, channels], y);
        self.custom(&[x], y, MaxPool2d { x, placement, channels, winners })
    }
}

struct MaxPool2d {
    x: Var,
    placement: Placement,
    channels: usize,
    /// The index of the winning tap for each output.
    winners: Vec<f32>,
}

impl Backward for MaxPool2d {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        pass.accumulate(self.x, |_, dx| {
            backward(&self.placement, self.channels, &self.winners, dy, dx);
        });
    }

    fn release(&mut self, buffers: &mut Buffers) {
        buffers.give(std::mem::take(&mut self.winners));
    }
}
