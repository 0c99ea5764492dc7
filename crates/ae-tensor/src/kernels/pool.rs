//! Max pooling: each window of the image is replaced by its largest value, channel by channel.
//!
//! The output depends on only one pixel of each window, the *winner*, so the whole output gradient
//! flows to that pixel. The forward pass records the winner: the index of its tap, row by row from
//! 0, as an f32, which is exact and fits the same vectors and buffers as everything else.
//!
//! Of equal values the first in row-major order wins, as in TensorFlow and PyTorch; this is common
//! after a ReLU, with its many zeros. Padding is not a pixel and never wins, not even over negative
//! values. A NaN wins over everything: a diverged network must not look like a silent one.

use super::parallel::{for_each_block, for_each_block_pair};
use super::simd::{LANES, load, load_partial, store, store_partial};
use super::window::Placement;
use std::ops::Range;
use wide::f32x16;

/// Pools `x [batch, h, w, channels]` into `y [batch, h', w', channels]`, and writes each output's
/// winner.
///
/// # Special values
/// NaN is larger than any number, and the last of several NaNs wins; -infinity is an ordinary
/// value. Of two zeros the first wins, whatever their signs.
///
/// # Panics
/// If the lengths do not match.
pub fn max_pool(
    placement: &Placement,
    channels: usize,
    x: &[f32],
    y: &mut [f32],
    winners: &mut [f32],
) {
    check("max_pool", placement, channels, x, y, winners);
    let (image, row) = (placement.input_pixels() * channels, placement.output[1] * channels);
    if image == 0 {
        return;
    }
    let flops = 3 * y.len() * placement.size[0] * placement.size[1];
    for_each_block_pair(y, winners, row, flops, |i, y, winners| {
        let (image_of_row, oy) = (i / placement.output[0], i % placement.output[0]);
        let x = &x[image_of_row * image..][..image];
        for ox in 0..placement.output[1] {
            let taps = Taps::new(placement, channels, [oy, ox]);
            let y = &mut y[ox * channels..][..channels];
            let winners = &mut winners[ox * channels..][..channels];
            for (c, (y, winners)) in y.chunks_mut(LANES).zip(winners.chunks_mut(LANES)).enumerate()
            {
                let x = &x[c * LANES..];
                if y.len() == LANES {
                    let (largest, winner) = taps.winner(|at| load(&x[at..]));
                    store(largest, y);
                    store(winner, winners);
                } else {
                    let rest = y.len();
                    let (largest, winner) = taps.winner(|at| load_partial(&x[at..][..rest], 0.0));
                    store_partial(largest, y);
                    store_partial(winner, winners);
                }
            }
        }
    });
}

/// Computes `dx [batch, h, w, channels]`: every output gradient, `dy [batch, h', w', channels]`, is
/// added to its winner.
///
/// # Special values
/// A NaN or infinity in `dy` affects its winner only. A winner that is not a valid tap index
/// receives nothing.
///
/// # Panics
/// If the lengths do not match.
pub fn max_pool_backward(
    placement: &Placement,
    channels: usize,
    winners: &[f32],
    dy: &[f32],
    dx: &mut [f32],
) {
    check("max_pool_backward", placement, channels, dx, dy, winners);
    let (input, output) =
        (placement.input_pixels() * channels, placement.output_pixels() * channels);
    if input == 0 {
        return;
    }
    let flops = 3 * dy.len() * placement.size[0] * placement.size[1];
    // Windows side by side visit every pixel once: the old content need be neither read nor
    // cleared.
    let covers = |axis: usize| {
        placement.stride[axis] == placement.size[axis]
            && placement.output[axis] * placement.size[axis] >= placement.input[axis]
    };
    let once = covers(0) && covers(1);
    // Split by images: windows that overlap add to the same pixels.
    for_each_block(dx, input, flops, |i, dx| {
        if !once {
            dx.fill(0.0);
        }
        let (winners, dy) = (&winners[i * output..][..output], &dy[i * output..][..output]);
        let pixels = winners.chunks_exact(channels).zip(dy.chunks_exact(channels));
        for (pixel, (winners, dy)) in pixels.enumerate() {
            let (oy, ox) = (pixel / placement.output[1], pixel % placement.output[1]);
            let taps = Taps::new(placement, channels, [oy, ox]);
            for (c, (winners, dy)) in winners.chunks(LANES).zip(dy.chunks(LANES)).enumerate() {
                let dx = &mut dx[c * LANES..];
                if dy.len() == LANES {
                    let (winner, dy) = (load(winners), load(dy));
                    taps.for_each(|at, tap| {
                        let dx = &mut dx[at..][..LANES];
                        let won = winner.simd_eq(tap).select(dy, f32x16::ZERO);
                        store(if once { won } else { load(dx) + won }, dx);
                    });
                } else {
                    taps.for_each(|at, tap| {
                        let tap = tap.as_array()[0];
                        let pairs = winners.iter().zip(dy);
                        for (dx, (&winner, &dy)) in dx[at..].iter_mut().zip(pairs) {
                            let won = if winner == tap { dy } else { 0.0 };
                            *dx = if once { won } else { *dx + won };
                        }
                    });
                }
            }
        }
    });
}

/// The taps of one window that lie on the image.
struct Taps {
    rows: Range<usize>,
    cols: Range<usize>,
    /// The element of channel 0 under the first of them.
    start: usize,
    /// The distance in elements between rows of the image, and between pixels.
    row: usize,
    pixel: usize,
    /// The number of taps in a row of the window.
    width: usize,
}

impl Taps {
    #[inline(always)]
    fn new(placement: &Placement, channels: usize, [oy, ox]: [usize; 2]) -> Self {
        let (rows, y) = placement.taps(0, oy);
        let (cols, x) = placement.taps(1, ox);
        let row = placement.input[1] * channels;
        let start = y * row + x * channels;
        Self { rows, cols, start, row, pixel: channels, width: placement.size[1] }
    }

    /// Calls `visit` with each tap's offset in the image and its index, in row-major order.
    #[inline(always)]
    fn for_each(&self, mut visit: impl FnMut(usize, f32x16)) {
        for (i, ky) in self.rows.clone().enumerate() {
            for (j, kx) in self.cols.clone().enumerate() {
                let number = f32x16::splat((ky * self.width + kx) as f32);
                visit(self.start + i * self.row + j * self.pixel, number);
            }
        }
    }

    /// The largest of the values that `load` finds at the taps, and the index of the first tap that
    /// holds it.
    #[inline(always)]
    fn winner(&self, load: impl Fn(usize) -> f32x16) -> (f32x16, f32x16) {
        let first = self.rows.start * self.width + self.cols.start;
        let mut largest = load(self.start);
        let mut winner = f32x16::splat(first as f32);
        self.for_each(|at, tap| {
            let value = load(at);
            // Strictly larger, so that the first of equals wins.
            let wins = value.simd_gt(largest) | value.is_nan();
            largest = wins.select(value, largest);
            winner = wins.select(tap, winner);
        });
        (largest, winner)
    }
}

/// # Panics
/// If the lengths do not match.
fn check(
    op: &str,
    placement: &Placement,
    channels: usize,
    input: &[f32],
    output: &[f32],
    winners: &[f32],
) {
    let per_image = [placement.input_pixels() * channels, placement.output_pixels() * channels];
    let batch = input.len() / per_image[0].max(1);
    assert!(
        input.len() == batch * per_image[0]
            && output.len() == batch * per_image[1]
            && winners.len() == output.len(),
        "{op}: {} elements for images of {:?} with {channels} channels, {} for {:?} windows, {} winners",
        input.len(),
        placement.input,
        output.len(),
        placement.output,
        winners.len()
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::window::Window;

    #[test]
    fn first_of_equals_wins_padding_never_and_nan_always() {
        let placement = Window::same([2, 2]).with_stride([2, 2]).over([3, 2]).unwrap();
        let nan = f32::NAN;
        // Two channels; the last row's window has one row of padding below.
        let x = [1.0, -5.0, 1.0, -4.0, 1.0, -4.0, 0.0, -6.0, -2.0, 7.0, -1.0, nan];
        let (mut y, mut winners) = ([nan; 4], [nan; 4]);
        max_pool(&placement, 2, &x, &mut y, &mut winners);
        assert_eq!(y[..3], [1.0, -4.0, -1.0]);
        assert!(y[3].is_nan());
        assert_eq!(winners, [0.0, 1.0, 1.0, 1.0]);
        let mut dx = [nan; 12];
        max_pool_backward(&placement, 2, &winners, &[10.0, 20.0, 30.0, 40.0], &mut dx);
        assert_eq!(dx, [10.0, 0.0, 0.0, 20.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 30.0, 40.0]);
    }

    #[test]
    fn overlapping_windows_add_up() {
        let placement = Window::valid([2, 2]).over([2, 3]).unwrap();
        let x = [0.0, 9.0, 0.0, 0.0, 0.0, 0.0];
        let (mut y, mut winners) = ([0.0; 2], [0.0; 2]);
        max_pool(&placement, 1, &x, &mut y, &mut winners);
        assert_eq!((y, winners), ([9.0, 9.0], [1.0, 0.0]));
        let mut dx = [f32::NAN; 6];
        max_pool_backward(&placement, 1, &winners, &[1.0, 2.0], &mut dx);
        assert_eq!(dx, [0.0, 3.0, 0.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    #[should_panic(expected = "max_pool: 5 elements for images of [2, 2] with 1 channels")]
    fn lengths_are_checked() {
        let placement = Window::valid([2, 2]).over([2, 2]).unwrap();
        max_pool(&placement, 1, &[0.0; 5], &mut [0.0; 1], &mut [0.0; 1]);
    }
}
