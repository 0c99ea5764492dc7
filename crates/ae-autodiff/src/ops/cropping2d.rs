//! Images without some rows and columns at their edges, Keras's `Cropping2D`.
//!
//! A pixel that is cut off does not reach the loss, so its gradient is 0: `dx` is `dy` with
//! [zeros around it](super::zero_padding2d).

use super::zero_padding2d;
use crate::{Backward, BackwardPass, Tape, Var};
use ae_tensor::Tensor;

/// `y`: the images `[h, w]` of `x` without `[[top, bottom], [left, right]]` rows and columns.
///
/// # Panics
/// If nothing is left of the images, or the slices do not have the lengths of such images.
pub fn forward(
    [h, w]: [usize; 2],
    channels: usize,
    [[top, bottom], [left, right]]: [[usize; 2]; 2],
    x: &[f32],
    y: &mut [f32],
) {
    assert!(
        top + bottom < h && left + right < w,
        "cropping2d: {top}, {bottom}, {left} and {right} of images of {h} x {w}"
    );
    let (height, width) = (h - top - bottom, w - left - right);
    let (image, cropped) = (h * w * channels, height * width * channels);
    assert!(
        image > 0 && x.len().is_multiple_of(image) && y.len() == x.len() / image * cropped,
        "cropping2d: {} numbers to {} for images of {h} x {w} x {channels}",
        x.len(),
        y.len()
    );
    for (x, y) in x.chunks_exact(image).zip(y.chunks_exact_mut(cropped)) {
        let rows = x.chunks_exact(w * channels).skip(top);
        for (y, x) in y.chunks_exact_mut(width * channels).zip(rows) {
            y.copy_from_slice(&x[left * channels..][..width * channels]);
        }
    }
}

/// `dx`: `dy`, and 0 for the pixels that were cut off.
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
    zero_padding2d::forward([h - top - bottom, w - left - right], channels, sides, dy, dx);
}

impl Tape<'_> {
    /// The images `x` without `[[top, bottom], [left, right]]` rows and columns at their edges.
    ///
    /// # Panics
    /// If `x` is not a batch of images, or nothing is left of them.
    #[track_caller]
    pub fn cropping2d(&mut self, x: Var, sides: [[usize; 2]; 2]) -> Var {
        let (batch, image @ [h, w], channels) = self.shape(x).images("cropping2d");
        let [[top, bottom], [left, right]] = sides;
        assert!(
            top + bottom < h && left + right < w,
            "cropping2d: {top}, {bottom}, {left} and {right} of images of {h} x {w}"
        );
        let (height, width) = (h - top - bottom, w - left - right);
        let mut y = self.buffer(batch * height * width * channels);
        forward(image, channels, sides, self.value(x).data(), &mut y);
        let y = Tensor::new([batch, height, width, channels], y);
        self.custom(&[x], y, Cropping2d { x, image, channels, sides })
    }
}

struct Cropping2d {
    x: Var,
    image: [usize; 2],
    channels: usize,
    sides: [[usize; 2]; 2],
}

impl Backward for Cropping2d {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        let &mut Self { x, image, channels, sides } = self;
        pass.accumulate(x, |_, dx| backward(image, channels, sides, dy, dx));
    }
}
