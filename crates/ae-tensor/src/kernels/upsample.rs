//! Enlarging images by repeating pixels: "nearest" up-sampling, Keras's `UpSampling2D`.
//!
//! Every pixel becomes a block of `factor` equal pixels, `y[i, j] = x[i / fy, j / fx]`. So the
//! gradient of a pixel is the sum of the gradients over its block.

use super::parallel::for_each_block;

/// Computes `y [batch, h fy, w fx, channels]` from `x [batch, h, w, channels]`, where the image is
/// `[h, w]` and the factor `[fy, fx]`.
///
/// # Special values
/// Copies every bit.
///
/// # Panics
/// If the lengths do not match or a factor is 0.
pub fn up_sample(image: [usize; 2], channels: usize, factor: [usize; 2], x: &[f32], y: &mut [f32]) {
    check("up_sample", image, channels, factor, x, y);
    let (row, wide_row) = (image[1] * channels, image[1] * factor[1] * channels);
    if row == 0 {
        return;
    }
    // One row of x gives `fy` rows of y: the first is expanded, the others are copies of it.
    let len = y.len();
    for_each_block(y, factor[0] * wide_row, len, |i, rows| {
        let (first, others) = rows.split_at_mut(wide_row);
        let pixels = x[i * row..][..row].chunks_exact(channels);
        for (pixel, block) in pixels.zip(first.chunks_exact_mut(factor[1] * channels)) {
            block.chunks_exact_mut(channels).for_each(|copy| copy.copy_from_slice(pixel));
        }
        others.chunks_exact_mut(wide_row).for_each(|copy| copy.copy_from_slice(first));
    });
}

/// Computes `dx [batch, h, w, channels]` from `dy [batch, h fy, w fx, channels]`: the sum over each
/// block.
///
/// # Special values
/// NaN and infinity affect only the pixel of their block. Sums are f32, and overflow to infinity.
///
/// # Panics
/// If the lengths do not match or a factor is 0.
pub fn up_sample_backward(
    image: [usize; 2],
    channels: usize,
    factor: [usize; 2],
    dy: &[f32],
    dx: &mut [f32],
) {
    check("up_sample_backward", image, channels, factor, dx, dy);
    let (row, wide_row) = (image[1] * channels, image[1] * factor[1] * channels);
    if row == 0 {
        return;
    }
    for_each_block(dx, row, dy.len(), |i, dx| {
        dx.fill(0.0);
        for dy in dy[i * factor[0] * wide_row..][..factor[0] * wide_row].chunks_exact(wide_row) {
            let blocks = dy.chunks_exact(factor[1] * channels);
            for (sum, block) in dx.chunks_exact_mut(channels).zip(blocks) {
                for pixel in block.chunks_exact(channels) {
                    sum.iter_mut().zip(pixel).for_each(|(sum, &d)| *sum += d);
                }
            }
        }
    });
}

/// # Panics
/// If the lengths do not match.
fn check(
    op: &str,
    [h, w]: [usize; 2],
    channels: usize,
    [fy, fx]: [usize; 2],
    small: &[f32],
    large: &[f32],
) {
    assert!(fy > 0 && fx > 0, "{op}: factor [{fy}, {fx}]");
    let image = h * w * channels;
    assert!(
        small.len().is_multiple_of(image.max(1)) && large.len() == small.len() * fy * fx,
        "{op}: {} elements for images of ({h}, {w}, {channels}) enlarged by [{fy}, {fx}] to {}",
        small.len(),
        large.len()
    );
}
