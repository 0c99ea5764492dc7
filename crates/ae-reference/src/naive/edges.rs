//! Adds pixels to images at their edges, or removes them.

use super::window::{grid, nhwc};

/// The images with `[[top, bottom], [left, right]]` rows and columns of zeros around them.
///
/// # Panics
/// If `x` does not consist of whole images.
#[must_use]
pub fn zero_padding2d(
    x: &[f64],
    image: [usize; 2],
    channels: usize,
    [[top, bottom], [left, right]]: [[usize; 2]; 2],
) -> Vec<f64> {
    let padded = [image[0] + top + bottom, image[1] + left + right];
    let batch = whole(x.len(), image, channels);
    let mut y = vec![0.0; batch * padded[0] * padded[1] * channels];
    for n in 0..batch {
        for [py, px] in grid(image) {
            for c in 0..channels {
                let to = nhwc(n, [py + top, px + left], c, padded, channels);
                y[to] = x[nhwc(n, [py, px], c, image, channels)];
            }
        }
    }
    y
}

/// The images without `[[top, bottom], [left, right]]` rows and columns.
///
/// # Panics
/// If `x` does not consist of whole images, or nothing is left of them.
#[must_use]
pub fn cropping2d(
    x: &[f64],
    image: [usize; 2],
    channels: usize,
    [[top, bottom], [left, right]]: [[usize; 2]; 2],
) -> Vec<f64> {
    let cropped = [image[0] - top - bottom, image[1] - left - right];
    let batch = whole(x.len(), image, channels);
    let mut y = vec![0.0; batch * cropped[0] * cropped[1] * channels];
    for n in 0..batch {
        for [py, px] in grid(cropped) {
            for c in 0..channels {
                let from = nhwc(n, [py + top, px + left], c, image, channels);
                y[nhwc(n, [py, px], c, cropped, channels)] = x[from];
            }
        }
    }
    y
}

/// The number of images of this size.
fn whole(len: usize, image: [usize; 2], channels: usize) -> usize {
    let size = image[0] * image[1] * channels;
    assert!(size > 0 && len.is_multiple_of(size), "{len} numbers in images of {size}");
    len / size
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_a_pencil() {
        // Two channels, one row of two pixels.
        let y = zero_padding2d(&[1.0, 2.0, 3.0, 4.0], [1, 2], 2, [[1, 0], [0, 1]]);
        let zeros = [0.0; 6];
        assert_eq!(y, [&zeros[..], &[1.0, 2.0, 3.0, 4.0, 0.0, 0.0]].concat());
        assert_eq!(cropping2d(&y, [2, 3], 2, [[1, 0], [0, 1]]), [1.0, 2.0, 3.0, 4.0]);
        assert_eq!(cropping2d(&y, [2, 3], 2, [[1, 0], [1, 1]]), [3.0, 4.0]);
    }
}
