//! Convolution in the sense of neural networks (the kernel is not flipped), and its two gradients.
//!
//! Images are `[batch, height, width, channels]`, kernels `[height, width, inputs, outputs]`.

use super::window::{Window2d, grid, nhwc};

/// `y[n, oy, ox, co] = sum_(ky, kx, ci) x[n, iy, ix, ci] kernel[ky, kx, ci, co]`, where `[iy, ix]`
/// is the pixel under tap `[ky, kx]` of the window at `[oy, ox]`; the padding counts as 0.
///
/// # Panics
/// If a slice does not fit, or there are no channels.
#[must_use]
pub fn conv2d(
    x: &[f64],
    kernel: &[f64],
    window: Window2d,
    inputs: usize,
    outputs: usize,
) -> Vec<f64> {
    let batch = window.batch(x.len(), window.input, inputs);
    let mut y = vec![0.0; batch * window.output[0] * window.output[1] * outputs];
    each_row(batch, kernel.len(), window, inputs, outputs, |at_x, at_k, at_y| {
        let (x, y) = (x[at_x], &mut y[at_y..][..outputs]);
        y.iter_mut().zip(&kernel[at_k..]).for_each(|(y, k)| *y += x * k);
    });
    y
}

/// The gradient of [`conv2d`] with respect to `x`, given that of `y`: each factor that multiplied
/// an element of `x` on its way to an element of `y` multiplies that element's gradient on the way
/// back.
///
/// # Panics
/// If a slice does not fit, or there are no channels.
#[must_use]
pub fn conv2d_backward_input(
    dy: &[f64],
    kernel: &[f64],
    window: Window2d,
    inputs: usize,
    outputs: usize,
) -> Vec<f64> {
    let batch = window.batch(dy.len(), window.output, outputs);
    let mut dx = vec![0.0; batch * window.input[0] * window.input[1] * inputs];
    each_row(batch, kernel.len(), window, inputs, outputs, |at_x, at_k, at_y| {
        let dy = &dy[at_y..][..outputs];
        dy.iter().zip(&kernel[at_k..]).for_each(|(dy, k)| dx[at_x] += dy * k);
    });
    dx
}

/// The gradient of [`conv2d`] with respect to `kernel`, given that of `y`.
///
/// # Panics
/// If a slice does not fit, or there are no channels.
#[must_use]
pub fn conv2d_backward_kernel(
    x: &[f64],
    dy: &[f64],
    window: Window2d,
    inputs: usize,
    outputs: usize,
) -> Vec<f64> {
    let batch = window.batch(dy.len(), window.output, outputs);
    assert_eq!(window.batch(x.len(), window.input, inputs), batch, "the batches differ");
    let mut dkernel = vec![0.0; window.size[0] * window.size[1] * inputs * outputs];
    each_row(batch, dkernel.len(), window, inputs, outputs, |at_x, at_k, at_y| {
        let (x, dkernel) = (x[at_x], &mut dkernel[at_k..][..outputs]);
        dkernel.iter_mut().zip(&dy[at_y..]).for_each(|(dk, dy)| *dk += x * dy);
    });
    dkernel
}

/// The transposed convolution: each pixel of `x` adds the kernel, times its value, to `y` at the
/// places that the window of a convolution from `y` to `x` covers. `x` is
/// `[batch, window.output, inputs]`, `kernel [height, width, outputs, inputs]`, `y`
/// `[batch, window.input, outputs]`.
///
/// # Panics
/// If a slice does not fit, or there are no channels.
#[must_use]
pub fn conv2d_transpose(
    x: &[f64],
    kernel: &[f64],
    window: Window2d,
    inputs: usize,
    outputs: usize,
) -> Vec<f64> {
    conv2d_backward_input(x, kernel, window, outputs, inputs)
}

/// The products of the convolution, those of all output channels at once, because they stand one
/// after the other: calls `work(index in x, index in kernel, index in y)`, the last two with
/// channel 0.
fn each_row(
    batch: usize,
    kernel_len: usize,
    window: Window2d,
    inputs: usize,
    outputs: usize,
    mut work: impl FnMut(usize, usize, usize),
) {
    assert_eq!(kernel_len, window.size[0] * window.size[1] * inputs * outputs, "the kernel");
    for n in 0..batch {
        for at in grid(window.output) {
            let y = nhwc(n, at, 0, window.output, outputs);
            for [ky, kx] in grid(window.size) {
                let Some(pixel) = window.pixel(at, [ky, kx]) else { continue };
                for ci in 0..inputs {
                    let tap = (ky * window.size[1] + kx) * inputs + ci;
                    work(nhwc(n, pixel, ci, window.input, inputs), tap * outputs, y);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::naive::widen;
    use ae_testkit::{Sampler, assert_close_f64, gradient};

    /// 1 2 3
    /// 4 5 6
    /// 7 8 9
    const IMAGE: [f64; 9] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];

    #[test]
    fn valid_with_a_pencil() {
        let w = Window2d::valid([3, 3], [2, 2], [1, 1]).unwrap();
        // 1 x + 10 right + 100 below + 1000 below right: the kernel is not flipped.
        let k = [1.0, 10.0, 100.0, 1000.0];
        assert_eq!(conv2d(&IMAGE, &k, w, 1, 1), [5421.0, 6532.0, 8754.0, 9865.0]);
        // The gradient of one output is the kernel, at its position.
        assert_eq!(
            conv2d_backward_input(&[0.0, 0.0, 1.0, 0.0], &k, w, 1, 1),
            [0.0, 0.0, 0.0, 1.0, 10.0, 0.0, 100.0, 1000.0, 0.0]
        );
        // With respect to the kernel it is the image under the window.
        assert_eq!(
            conv2d_backward_kernel(&IMAGE, &[0.0, 0.0, 1.0, 0.0], w, 1, 1),
            [4.0, 5.0, 7.0, 8.0]
        );
    }

    #[test]
    fn transposed_with_a_pencil() {
        // Two pixels, two apart, each spread over three: they overlap in the middle.
        let w = Window2d::valid([1, 5], [1, 3], [1, 2]).unwrap();
        let y = conv2d_transpose(&[1.0, 10.0], &[1.0, 2.0, 3.0], w, 1, 1);
        assert_eq!(y, [1.0, 2.0, 13.0, 20.0, 30.0]);
        // Two output channels.
        let w = Window2d::valid([1, 1], [1, 1], [1, 1]).unwrap();
        assert_eq!(conv2d_transpose(&[2.0, 3.0], &[1.0, 10.0, 5.0, 7.0], w, 2, 2), [32.0, 31.0]);
    }

    #[test]
    fn same_with_a_pencil() {
        // Padding of one, to the right and below only.
        let w = Window2d::same([3, 3], [2, 2], [2, 2]);
        let k = [1.0, 10.0, 100.0, 1000.0];
        assert_eq!(conv2d(&IMAGE, &k, w, 1, 1), [5421.0, 603.0, 87.0, 9.0]);
        // A kernel larger than the image: every window sees all of it, at another offset.
        let w = Window2d::same([1, 2], [3, 5], [1, 1]);
        let k: Vec<f64> = (0..15).map(f64::from).collect();
        assert_eq!(conv2d(&[1.0, 100.0], &k, w, 1, 1), [7.0 + 800.0, 6.0 + 700.0]);
    }

    #[test]
    fn channels_with_a_pencil() {
        // Two pixels with two channels, through a 1x1 kernel to three: a matrix product.
        let w = Window2d::valid([1, 2], [1, 1], [1, 1]).unwrap();
        let k = [1.0, 2.0, 3.0, 10.0, 20.0, 30.0];
        let y = conv2d(&[1.0, 2.0, 3.0, 4.0], &k, w, 2, 3);
        assert_eq!(y, [21.0, 42.0, 63.0, 43.0, 86.0, 129.0]);
    }

    /// The loss is quadratic, so that a gradient at the wrong place is noticed.
    #[test]
    fn gradients_are_those_of_the_definition() {
        let windows = [
            Window2d::same([4, 3], [3, 3], [1, 1]),
            Window2d::same([5, 4], [2, 4], [2, 1]),
            Window2d::same([3, 2], [5, 5], [1, 2]),
            Window2d::valid([5, 6], [2, 3], [2, 3]).unwrap(),
        ];
        let (batch, inputs, outputs) = (2, 2, 3);
        let mut sampler = Sampler::new(1);
        for w in windows {
            let mut random = |len| widen(&sampler.vec(len, -1.0, 1.0));
            let x = random(batch * w.input[0] * w.input[1] * inputs);
            let k = random(w.size[0] * w.size[1] * inputs * outputs);
            let loss = |x: &[f64], k: &[f64]| {
                conv2d(x, k, w, inputs, outputs).iter().map(|y| y * y).sum::<f64>() / 2.0
            };
            let dy = conv2d(&x, &k, w, inputs, outputs);
            let dx = conv2d_backward_input(&dy, &k, w, inputs, outputs);
            assert_close_f64(&dx, &gradient(&x, |x| loss(x, &k)), 1e-8, 1e-7);
            let dk = conv2d_backward_kernel(&x, &dy, w, inputs, outputs);
            assert_close_f64(&dk, &gradient(&k, |k| loss(&x, k)), 1e-8, 1e-7);
        }
    }
}
