//! A 3 x 3 convolution of images with one channel, followed by max pooling with windows of 2 x 2:
//! an auto-encoder's first layer.
//!
//! For each output channel of each pixel there are only nine products, so memory decides. The four
//! outputs of a window see 4 x 4 pixels. Here they are computed in registers, 36 multiply-adds for
//! a vector of channels, and only the largest and its index are written: a fourth of the numbers,
//! and nobody reads the others. The kernel gradient sums, over all windows, the winner's gradient
//! times the nine pixels that the winner saw: the same 36 multiply-adds, with the gradient masked
//! by the winner.

use super::super::activation::Activation;
use super::super::gemm::Epilogue;
use super::super::gemm::micro::NV;
use super::super::gemm::outer::for_each_panel;
use super::super::parallel::{for_each_block, for_each_block_pair};
use super::super::scratch::with_scratch_floats;
use super::super::simd::{LANES, load_partial, store_partial};
use super::super::window::Placement;
use super::Conv2d;
use std::ops::Range;
use wide::f32x16;

/// The number of images whose sum one task computes.
const SUM_IMAGES: usize = 32;

/// The rows of taps whose sums are in registers together: all nine taps, or three of AVX2's.
const TAP_ROWS: usize = if cfg!(target_feature = "avx512f") { 3 } else { 1 };

/// Images of one channel, and the windows on them.
#[derive(Clone, Copy)]
pub(super) struct Single {
    image: [usize; 2],
    /// The padding above and to the left.
    before: [usize; 2],
    /// The number of windows downwards and to the right.
    windows: [usize; 2],
    outputs: usize,
}

/// The 4 x 4 pixels that a window sees.
type Seen<'a> = [&'a [f32; 4]; 4];

impl Single {
    /// This form of the two operations, if they are suited to it.
    pub(super) fn of(conv: &Conv2d, pool: &Placement) -> Option<Self> {
        let Placement { size, stride, input, output, before } = conv.placement;
        let suits = conv.inputs == 1
            && size == [3, 3]
            && stride == [1, 1]
            && pool.size == [2, 2]
            && pool.stride == [2, 2]
            && output == pool.output.map(|n| 2 * n);
        suits.then_some(Self { image: input, before, windows: pool.output, outputs: conv.outputs })
    }

    /// Computes the largest of each window and its index; the activation is linear or ReLU.
    pub(super) fn forward(
        self,
        x: &[f32],
        kernel: &[f32],
        epilogue: Epilogue<'_>,
        y: &mut [f32],
        winners: &mut [f32],
    ) {
        let flops = 2 * 9 * 4 * y.len();
        for_each_block_pair(y, winners, self.output_len(), flops, |i, y, winners| {
            self.with_plane(x, i, |plane| {
                for_each_panel(self.outputs, |cols, wide| {
                    let to = Pooled { y: &mut *y, winners: &mut *winners, cols };
                    if wide {
                        self.panel::<NV>(plane, kernel, epilogue, to);
                    } else {
                        self.panel::<1>(plane, kernel, epilogue, to);
                    }
                });
            });
        });
    }

    /// Computes `dk [9, outputs]` from the winners and their gradients.
    pub(super) fn backward_kernel(self, x: &[f32], winners: &[f32], dy: &[f32], dk: &mut [f32]) {
        let images = x.len() / (self.image[0] * self.image[1]);
        let (len, out) = (dk.len(), self.output_len());
        let flops = 2 * 9 * 4 * dy.len();
        with_scratch_floats(images.div_ceil(SUM_IMAGES).max(1) * len, |sums| {
            for_each_block(sums, len, flops, |task, sum| {
                sum.fill(0.0);
                for i in task * SUM_IMAGES..images.min((task + 1) * SUM_IMAGES) {
                    let (winners, dy) = (&winners[i * out..][..out], &dy[i * out..][..out]);
                    self.with_plane(x, i, |plane| self.add_image(plane, winners, dy, sum));
                }
            });
            let (first, others) = sums.split_at(len);
            dk.copy_from_slice(first);
            for other in others.chunks_exact(len) {
                dk.iter_mut().zip(other).for_each(|(sum, x)| *sum += x);
            }
        });
    }

    fn output_len(self) -> usize {
        self.windows[0] * self.windows[1] * self.outputs
    }

    /// The width of a padded image.
    fn plane_width(self) -> usize {
        2 * self.windows[1] + 2
    }

    /// Calls `work` with image `i`, padded or cut to what windows see.
    fn with_plane(self, x: &[f32], i: usize, work: impl FnOnce(&[f32])) {
        let ([height, width], line) = (self.image, self.plane_width());
        let image = &x[i * height * width..][..height * width];
        with_scratch_floats((2 * self.windows[0] + 2) * line, |plane| {
            plane.fill(0.0);
            let lines = plane.chunks_exact_mut(line).skip(self.before[0]);
            for (line, row) in lines.zip(image.chunks_exact(width)) {
                let line = &mut line[self.before[1]..];
                let inside = line.len().min(width);
                line[..inside].copy_from_slice(&row[..inside]);
            }
            work(plane);
        });
    }

    /// Calls `visit` with the number of each window, counted row by row, and what it sees.
    #[inline(always)]
    fn for_each_window(self, plane: &[f32], mut visit: impl FnMut(usize, Seen<'_>)) {
        let line = self.plane_width();
        for row in 0..self.windows[0] {
            let lines: [&[f32]; 4] =
                std::array::from_fn(|i| &plane[(2 * row + i) * line..][..line]);
            for col in 0..self.windows[1] {
                let seen = std::array::from_fn(|i| {
                    lines[i][2 * col..].first_chunk().expect("a line has two pixels more")
                });
                visit(row * self.windows[1] + col, seen);
            }
        }
    }

    /// Computes the channels `to.cols`, at most `16 V`.
    #[inline(always)]
    fn panel<const V: usize>(
        self,
        plane: &[f32],
        kernel: &[f32],
        epilogue: Epilogue<'_>,
        to: Pooled<'_>,
    ) {
        // The choice is made once, not for each vector.
        match epilogue.activation {
            Activation::Relu => self
                .activated_panel::<V>(plane, kernel, epilogue, to, |x| Activation::Relu.vector(x)),
            _ => self.activated_panel::<V>(plane, kernel, epilogue, to, |x| x),
        }
    }

    #[inline(always)]
    fn activated_panel<const V: usize>(
        self,
        plane: &[f32],
        kernel: &[f32],
        epilogue: Epilogue<'_>,
        mut to: Pooled<'_>,
        activation: impl Fn(f32x16) -> f32x16,
    ) {
        let cols = to.cols.clone();
        let taps: [[f32x16; V]; 9] =
            std::array::from_fn(|t| vectors(&kernel[t * self.outputs..][cols.clone()]));
        let bias: [f32x16; V] = vectors(epilogue.bias.map_or(&[][..], |bias| &bias[cols.clone()]));
        self.for_each_window(plane, |window, seen| {
            let sums = convolve(seen, &taps);
            for v in 0..V {
                let at = |p: usize| activation(sums[p][v] + bias[v]);
                let (mut largest, mut winner) = (at(0), f32x16::ZERO);
                for p in 1..4 {
                    let value = at(p);
                    // As in `pool.rs`: the first of equals wins, and NaN over everything.
                    let wins = value.simd_gt(largest) | value.is_nan();
                    largest = wins.select(value, largest);
                    winner = wins.select(f32x16::splat(p as f32), winner);
                }
                to.write(window * self.outputs, v, largest, winner);
            }
        });
    }

    /// Adds one image's part of the kernel gradient to `sum [9, outputs]`.
    fn add_image(self, plane: &[f32], winners: &[f32], dy: &[f32], sum: &mut [f32]) {
        for_each_panel(self.outputs, |cols, wide| {
            for first in (0..3).step_by(TAP_ROWS) {
                if wide {
                    self.add_taps::<NV>(plane, winners, dy, cols.clone(), first, sum);
                } else {
                    self.add_taps::<1>(plane, winners, dy, cols.clone(), first, sum);
                }
            }
        });
    }

    /// As [`Single::add_image`], for the rows of taps from `first` on and the channels `cols`.
    fn add_taps<const V: usize>(
        self,
        plane: &[f32],
        winners: &[f32],
        dy: &[f32],
        cols: Range<usize>,
        first: usize,
        sum: &mut [f32],
    ) {
        let mut taps = [[[f32x16::ZERO; V]; 3]; TAP_ROWS];
        self.for_each_window(plane, |window, seen| {
            let place = window * self.outputs + cols.start..window * self.outputs + cols.end;
            let winners: [f32x16; V] = vectors(&winners[place.clone()]);
            let dy: [f32x16; V] = vectors(&dy[place]);
            for p in 0..4 {
                let won: [f32x16; V] = std::array::from_fn(|v| {
                    winners[v].simd_eq(f32x16::splat(p as f32)).select(dy[v], f32x16::ZERO)
                });
                for (ky, taps) in taps.iter_mut().enumerate() {
                    for (kx, tap) in taps.iter_mut().enumerate() {
                        let x = f32x16::splat(seen[first + ky + p / 2][kx + p % 2]);
                        for v in 0..V {
                            tap[v] = x.mul_add(won[v], tap[v]);
                        }
                    }
                }
            }
        });
        for (t, tap) in taps.as_flattened().iter().enumerate() {
            let sum = &mut sum[(3 * first + t) * self.outputs..][cols.clone()];
            for (v, sum) in sum.chunks_mut(LANES).enumerate() {
                store_partial(load_partial(sum, 0.0) + tap[v], sum);
            }
        }
    }
}

/// The four outputs of a window, tap by tap in the order of the definition.
#[inline(always)]
fn convolve<const V: usize>(seen: Seen<'_>, taps: &[[f32x16; V]; 9]) -> [[f32x16; V]; 4] {
    let mut sums = [[f32x16::ZERO; V]; 4];
    for ky in 0..3 {
        for kx in 0..3 {
            for (p, sums) in sums.iter_mut().enumerate() {
                let x = f32x16::splat(seen[ky + p / 2][kx + p % 2]);
                for v in 0..V {
                    sums[v] = x.mul_add(taps[3 * ky + kx][v], sums[v]);
                }
            }
        }
    }
    sums
}

/// Up to `16 V` numbers, followed by zeros.
#[inline(always)]
fn vectors<const V: usize>(x: &[f32]) -> [f32x16; V] {
    if let Some(whole) = x.as_chunks::<LANES>().0.first_chunk::<V>() {
        return whole.map(f32x16::new);
    }
    let mut parts = x.chunks(LANES);
    std::array::from_fn(|_| load_partial(parts.next().unwrap_or(&[]), 0.0))
}

/// The images of outputs and of winners that a panel of channels belongs to.
struct Pooled<'a> {
    y: &'a mut [f32],
    winners: &'a mut [f32],
    cols: Range<usize>,
}

impl Pooled<'_> {
    /// Writes vector `v` of the panel for the pixel that begins at `pixel`.
    #[inline(always)]
    fn write(&mut self, pixel: usize, v: usize, largest: f32x16, winner: f32x16) {
        let (first, last) = (pixel + self.cols.start + v * LANES, pixel + self.cols.end);
        let place = first..last.min(first + LANES);
        let (y, winners) = (&mut self.y[place.clone()], &mut self.winners[place]);
        if let (Some(y), Some(winners)) = (y.first_chunk_mut(), winners.first_chunk_mut()) {
            (*y, *winners) = (largest.to_array(), winner.to_array());
        } else {
            store_partial(largest, y);
            store_partial(winner, winners);
        }
    }
}
