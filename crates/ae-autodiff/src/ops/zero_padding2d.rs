//! Images with zeros around them, Keras's `ZeroPadding2D`.
//!
//! A pixel of `x` is one pixel of `y`, and no other depends on it, so its gradient is that pixel's:
//! `dx` is [cropped](super::cropping2d) from `dy`.

use super::cropping2d;
use crate::{Backward, BackwardPass, Tape, Var};
use ae_tensor::Tensor;

/// `y`: the images `[h, w]` of `x` with `[[top, bottom], [left, right]]` rows and columns of zeros
/// around them.
///
/// # Panics
/// If the slices do not have the lengths of such images.
pub fn forward(
    [h, w]: [usize; 2],
    channels: usize,
    [[top, bottom], [left, right]]: [[usize; 2]; 2],
    x: &[f32],
    y: &mut [f32],
) {
    let (height, width) = (top + h + bottom, left + w + right);
    let (image, padded) = (h * w * channels, height * width * channels);
    assert!(
        image > 0 && x.len().is_multiple_of(image) && y.len() == x.len() / image * padded,
        "zero_padding2d: {} numbers to {} for images of {h} x {w} x {channels}",
        x.len(),
        y.len()
    );
    y.fill(0.0);
    for (x, y) in x.chunks_exact(image).zip(y.chunks_exact_mut(padded)) {
        let rows = y.chunks_exact_mut(width * channels).skip(top);
        for (x, y) in x.chunks_exact(w * channels).zip(rows) {
            y[left * channels..][..w * channels].copy_from_slice(x);
        }
    }
}

/// `dx`: `dy` without the pixels that were added.
///
/// # Panics
/// Under the same conditions as [`forward`].
pub fn backward(
    [h, w]: [usize; 2],
    channels: usize,
    sides: [[usize; 2]; 2],
    dy: &[f32],
    dx: &mut [f32],
) {
    let [[top, bottom], [left, right]] = sides;
    cropping2d::forward([top + h + bottom, left + w + right], channels, sides, dy, dx);
}

impl Tape<'_> {
    /// The images `x` with `[[top, bottom], [left, right]]` rows and columns of zeros around them.
    ///
    /// # Panics
    /// If `x` is not a batch of images.
    #[track_caller]
    pub fn zero_padding2d(&mut self, x: Var, sides: [[usize; 2]; 2]) -> Var {
        let (batch, image @ [h, w], channels) = self.shape(x).images("zero_padding2d");
        let [[top, bottom], [left, right]] = sides;
        let (height, width) = (top + h + bottom, left + w + right);
        let mut y = self.buffer(batch * height * width * channels);
        forward(image, channels, sides, self.value(x).data(), &mut y);
        let y = Tensor::new([batch, height, width, channels], y);
        self.custom(&[x], y, ZeroPadding2d { x, image, channels, sides })
    }
}

struct ZeroPadding2d {
    x: Var,
    image: [usize; 2],
    channels: usize,
    sides: [[usize; 2]; 2],
}

impl Backward for ZeroPadding2d {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        let &mut Self { x, image, channels, sides } = self;
        pass.accumulate(x, |_, dx| backward(image, channels, sides, dy, dx));
    }
}
