//! `y[i, j] = x[i / fy, j / fx]`: each pixel repeated, see [`ae_tensor::kernels::upsample`].
//!
//! A pixel reaches the loss through all its copies, so `dx` is the sum of `dy` over them.

use crate::{Backward, BackwardPass, Tape, Var};
use ae_tensor::Tensor;
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

impl Tape<'_> {
    /// Every pixel repeated `factor[0]` times downwards and `factor[1]` times to the right.
    ///
    /// # Panics
    /// If `x` is not a batch of images, or a factor is 0.
    #[track_caller]
    pub fn up_sample2d(&mut self, x: Var, factor: [usize; 2]) -> Var {
        let (batch, [h, w], channels) = self.shape(x).images("up_sample2d");
        let [fy, fx] = factor;
        let mut y = self.buffer(batch * h * fy * w * fx * channels);
        forward([h, w], channels, factor, self.value(x).data(), &mut y);
        let y = Tensor::new([batch, h * fy, w * fx, channels], y);
        self.custom(&[x], y, UpSample2d { x, image: [h, w], channels, factor })
    }
}

struct UpSample2d {
    x: Var,
    image: [usize; 2],
    channels: usize,
    factor: [usize; 2],
}

impl Backward for UpSample2d {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        let &mut Self { x, image, channels, factor } = self;
        pass.accumulate(x, |_, dx| backward(image, channels, factor, dy, dx));
    }
}
