//! Max pooling, and up-sampling by repeating pixels. Images are `[batch, height, width, channels]`.

use super::window::{Window2d, grid, nhwc};

/// The largest value in each window and channel, and the index `ky * width of the window + kx` of
/// the tap that holds it.
/// Of equal values the first wins, row by row; a NaN wins over everything before it, another NaN
/// included (as in PyTorch); the padding has no value.
///
/// # Panics
/// If `x` does not fit, there are no channels, or a window lies entirely in the padding.
#[must_use]
pub fn max_pool2d(x: &[f64], window: Window2d, channels: usize) -> (Vec<f64>, Vec<usize>) {
    let batch = window.batch(x.len(), window.input, channels);
    let (mut y, mut winners) = (Vec::new(), Vec::new());
    for n in 0..batch {
        for at in grid(window.output) {
            for c in 0..channels {
                let mut best: Option<(f64, usize)> = None;
                for [ky, kx] in grid(window.size) {
                    let Some(pixel) = window.pixel(at, [ky, kx]) else { continue };
                    let value = x[nhwc(n, pixel, c, window.input, channels)];
                    let better = match best {
                        None => true,
                        Some((best, _)) => value > best || value.is_nan(),
                    };
                    if better {
                        best = Some((value, ky * window.size[1] + kx));
                    }
                }
                let (value, winner) = best.expect("a window with a pixel");
                y.push(value);
                winners.push(winner);
            }
        }
    }
    (y, winners)
}

/// The gradient of [`max_pool2d`]: all of it flows to the winner; a pixel that wins several times
/// receives the sum.
///
/// # Panics
/// If a slice does not fit, or a winner lies in the padding.
#[must_use]
pub fn max_pool2d_backward(
    winners: &[usize],
    dy: &[f64],
    window: Window2d,
    channels: usize,
) -> Vec<f64> {
    assert_eq!(winners.len(), dy.len(), "winners and gradient");
    let batch = window.batch(dy.len(), window.output, channels);
    let mut dx = vec![0.0; batch * window.input[0] * window.input[1] * channels];
    for n in 0..batch {
        for at in grid(window.output) {
            for c in 0..channels {
                let from = nhwc(n, at, c, window.output, channels);
                let tap = [winners[from] / window.size[1], winners[from] % window.size[1]];
                let pixel = window.pixel(at, tap).expect("a winner in the image");
                dx[nhwc(n, pixel, c, window.input, channels)] += dy[from];
            }
        }
    }
    dx
}

/// Repeats each pixel `factor[0]` times vertically and `factor[1]` times horizontally: "nearest"
/// up-sampling.
///
/// # Panics
/// If `x` does not consist of whole images.
#[must_use]
pub fn up_sample2d(x: &[f64], image: [usize; 2], channels: usize, factor: [usize; 2]) -> Vec<f64> {
    let window = enlarging(image, factor);
    let batch = window.batch(x.len(), image, channels);
    let mut y = vec![0.0; x.len() * factor[0] * factor[1]];
    for n in 0..batch {
        for [py, px] in grid(window.output) {
            for c in 0..channels {
                let from = nhwc(n, [py / factor[0], px / factor[1]], c, image, channels);
                y[nhwc(n, [py, px], c, window.output, channels)] = x[from];
            }
        }
    }
    y
}

/// The gradient of [`up_sample2d`]: the sum over the copies of a pixel.
///
/// # Panics
/// If `dy` does not consist of whole enlarged images.
#[must_use]
pub fn up_sample2d_backward(
    dy: &[f64],
    image: [usize; 2],
    channels: usize,
    factor: [usize; 2],
) -> Vec<f64> {
    let window = enlarging(image, factor);
    let batch = window.batch(dy.len(), window.output, channels);
    let mut dx = vec![0.0; batch * image[0] * image[1] * channels];
    for n in 0..batch {
        for [py, px] in grid(window.output) {
            for c in 0..channels {
                let to = nhwc(n, [py / factor[0], px / factor[1]], c, image, channels);
                dx[to] += dy[nhwc(n, [py, px], c, window.output, channels)];
            }
        }
    }
    dx
}

/// The window that maps `image` to `factor` times as many pixels.
fn enlarging(image: [usize; 2], factor: [usize; 2]) -> Window2d {
    let output = [image[0] * factor[0], image[1] * factor[1]];
    Window2d { input: image, size: [1, 1], stride: [1, 1], before: [0, 0], output }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::naive::widen;
    use ae_testkit::{Sampler, assert_close_f64, gradient};

    #[test]
    fn the_largest_with_a_pencil() {
        #[rustfmt::skip]
        let x = [
            1.0, 3.0, -5.0,
            3.0, 2.0, -4.0,
            -7.0, -7.0, -1.0,
        ];
        // 2x2 by 2: the second column and row of windows extend over the edge by one.
        let w = Window2d::same([3, 3], [2, 2], [2, 2]);
        let (y, winners) = max_pool2d(&x, w, 1);
        // Of the two threes the first wins. All values are negative: the padding does not win.
        assert_eq!((&y[..], &winners[..]), (&[3.0, -4.0, -7.0, -1.0][..], &[1, 2, 0, 0][..]));
        assert_eq!(
            max_pool2d_backward(&winners, &[1.0, 2.0, 3.0, 4.0], w, 1),
            [0.0, 1.0, 0.0, 0.0, 0.0, 2.0, 3.0, 0.0, 4.0]
        );
        // Overlapping windows: gradients add up.
        let w = Window2d::valid([3, 3], [2, 2], [1, 1]).unwrap();
        let (y, winners) = max_pool2d(&x, w, 1);
        assert_eq!((&y[..], &winners[..]), (&[3.0, 3.0, 3.0, 2.0][..], &[1, 0, 0, 0][..]));
        assert_eq!(
            max_pool2d_backward(&winners, &[1.0, 2.0, 3.0, 4.0], w, 1),
            [0.0, 3.0, 0.0, 3.0, 4.0, 0.0, 0.0, 0.0, 0.0]
        );
    }

    #[test]
    fn a_nan_wins_and_the_last_of_them() {
        let w = Window2d::valid([1, 4], [1, 4], [1, 1]).unwrap();
        let (y, winners) = max_pool2d(&[1.0, f64::NAN, 2.0, f64::NAN], w, 1);
        assert!(y[0].is_nan());
        assert_eq!(winners, [3]);
        assert_eq!(max_pool2d(&[1.0, f64::NAN, 2.0, 0.0], w, 1).1, [1]);
        let (y, winners) = max_pool2d(&[f64::NEG_INFINITY; 4], w, 1);
        assert_eq!((y[0], winners[0]), (f64::NEG_INFINITY, 0));
    }

    #[test]
    fn copies_with_a_pencil() {
        // Two channels; twice as high, three times as wide.
        let y = up_sample2d(&[1.0, 2.0, 3.0, 4.0], [1, 2], 2, [2, 3]);
        let row = [1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 3.0, 4.0, 3.0, 4.0, 3.0, 4.0];
        assert_eq!(y, [row, row].concat());
        let dy: Vec<f64> = (0..24).map(f64::from).collect();
        // Pixel 0, channel 0: 0 + 2 + 4 + 12 + 14 + 16.
        assert_eq!(up_sample2d_backward(&dy, [1, 2], 2, [2, 3]), [48.0, 54.0, 84.0, 90.0]);
    }

    #[test]
    fn gradients_are_those_of_the_definition() {
        let half = |y: Vec<f64>| y.iter().map(|y| y * y).sum::<f64>() / 2.0;
        let (image, channels) = ([5, 4], 2);
        let x = widen(&Sampler::new(2).vec(2 * 5 * 4 * channels, -1.0, 1.0));
        for w in
            [Window2d::same(image, [3, 2], [2, 2]), Window2d::valid(image, [2, 3], [1, 1]).unwrap()]
        {
            let (y, winners) = max_pool2d(&x, w, channels);
            let dx = max_pool2d_backward(&winners, &y, w, channels);
            assert_close_f64(
                &dx,
                &gradient(&x, |x| half(max_pool2d(x, w, channels).0)),
                1e-8,
                1e-8,
            );
        }
        let factor = [3, 2];
        let y = up_sample2d(&x, image, channels, factor);
        let dx = up_sample2d_backward(&y, image, channels, factor);
        let exact = gradient(&x, |x| half(up_sample2d(x, image, channels, factor)));
        assert_close_f64(&dx, &exact, 1e-8, 1e-8);
    }
}
