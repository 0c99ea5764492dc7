//! The same for a 3 x 3 convolution of an image enlarged by two: 9 products for 4 outputs, where
//! the four kernels of 2 x 2 take 16 and the direct way 36.
//!
//! A tile of the enlarged image sees only three different pixels, `d = a, b, b, c`. Winograd's
//! transform of them,
//!
//! ```text
//! B^T d = a - b, 2 b, 0, c - b
//! ```
//!
//! is zero in one place for every tile, so one of four products is saved in each direction. The
//! factor 2 moves to the kernel, and every pixel of the small image is a tile:
//!
//! ```text
//! a, b, c = x[i - 1], x[i], x[i + 1]
//!
//! y[2i]     = g0 (a - b) + (g0 + g1 + g2) b
//! y[2i + 1] =              (g0 + g1 + g2) b + g2 (c - b)
//! ```
//!
//! **The gradient with respect to x** has three products for each pixel, which only need to be
//! added up, and the register tile does that. With
//! `e = dy[2i - 1], dy[2i], dy[2i + 1], dy[2i + 2]`:
//!
//! ```text
//! dx[i] = g0 (e3 - e1) + (g0 + g1 + g2) (e1 + e2) + g2 (e0 - e2)
//! ```
//!
//! (Multiply out: `e1` has the factor `g1 + g2`, `e2` has `g0 + g1`, as the two formulas above
//! require.) **The kernel gradient** collects `dU = V^T W` with
//! `W = dy[2i], dy[2i] + dy[2i + 1], dy[2i + 1]`, and every tap receives the sum over the places it
//! contributes to.

use super::super::super::gemm::Epilogue;
use super::super::super::scratch::with_scratch_floats;
use super::super::super::simd::LANES;
use super::places::{place_len, products, sum_of_products};
use super::tiles::{Tiles, tiles_together};
use super::transform::{Source, both_ways, to_outputs};
use wide::f32x16;

/// The number of places of a transformed tile.
const PLACES: usize = 9;

/// Images of `image` pixels, to be enlarged to twice their height and width and convolved with 3 x
/// 3 taps.
#[derive(Clone, Copy)]
pub(in super::super) struct Doubled {
    pub(in super::super) image: [usize; 2],
    pub(in super::super) inputs: usize,
    pub(in super::super) outputs: usize,
}

impl Doubled {
    /// Returns whether these numbers of channels are whole vectors.
    pub(in super::super) fn suits(self) -> bool {
        self.inputs.is_multiple_of(LANES) && self.outputs.is_multiple_of(LANES)
    }

    fn tiles(self) -> Tiles {
        Tiles { rows: self.image[0], width: self.image[1], together: tiles_together(16) }
    }

    fn output(self) -> [usize; 2] {
        self.image.map(|n| 2 * n)
    }

    /// The small images, three pixels to a tile.
    fn pixels<'a>(self, x: &'a [f32]) -> Source<'a> {
        Source { x, size: self.image, channels: self.inputs, before: [1, 1], step: 1 }
    }

    /// The large images; a tile sees their pixels starting `before` the pixel's own.
    fn outputs<'a>(self, y: &'a [f32], before: usize) -> Source<'a> {
        let before = [before, before];
        Source { x: y, size: self.output(), channels: self.outputs, before, step: 2 }
    }

    /// Computes `y = epilogue(enlarged x * kernel)`, with `kernel [9, inputs, outputs]`.
    pub(in super::super) fn forward(
        self,
        x: &[f32],
        kernel: &[f32],
        epilogue: Epilogue<'_>,
        y: &mut [f32],
    ) {
        let Self { inputs, outputs, .. } = self;
        let tiles = self.tiles();
        with_scratch_floats(PLACES * place_len(inputs, outputs), |u| {
            both_ways(kernel, inputs * outputs, u, kernel_to_places);
            tiles.for_each_block(y, self.output(), [inputs, outputs], u, |rows, [v, m], u, y| {
                self.pixels(x).to_places(tiles.width, rows, v, pixels_to_places);
                products(v, u, m);
                to_outputs(m, tiles.width, rows, epilogue, outputs, y, places_to_outputs);
            });
        });
    }

    /// Computes `dx` from `dy` and `exchanged`, the kernel as `[9, outputs, inputs]`.
    pub(in super::super) fn backward_input(self, dy: &[f32], exchanged: &[f32], dx: &mut [f32]) {
        let Self { inputs, outputs, .. } = self;
        let tiles = self.tiles();
        with_scratch_floats(PLACES * place_len(inputs, outputs), |u| {
            both_ways(exchanged, inputs * outputs, u, kernel_to_places);
            tiles.for_each_block(dx, self.image, [outputs, inputs], u, |rows, [w, _], u, dx| {
                self.outputs(dy, 1).to_places(tiles.width, rows, w, neighbors_to_places);
                // Tiles are pixels, in the same order.
                let row = tiles.width * inputs;
                let start = ((rows[0].image - dx.first) * tiles.rows + rows[0].row) * row;
                sum_of_products(w, u, &mut dx.pixels[start..][..rows.len() * row]);
            });
        });
    }

    /// Computes `dkernel` from `x` and `dy`.
    pub(in super::super) fn backward_kernel(self, x: &[f32], dy: &[f32], dkernel: &mut [f32]) {
        let Self { inputs, outputs, .. } = self;
        let (tiles, x) = (self.tiles(), self.pixels(x));
        tiles.sum_of_products::<PLACES>(
            [inputs, outputs],
            x.images(),
            |rows, v| x.to_places(tiles.width, rows, v, pixels_to_places),
            |rows, w| self.outputs(dy, 0).to_places(tiles.width, rows, w, gradients_to_places),
            |du| both_ways(du, inputs * outputs, dkernel, kernel_from_places),
        );
    }
}

#[inline(always)]
fn pixels_to_places([a, b, c]: [f32x16; 3]) -> [f32x16; 3] {
    [a - b, b, c - b]
}

#[inline(always)]
fn gradients_to_places([y0, y1]: [f32x16; 2]) -> [f32x16; 3] {
    [y0, y0 + y1, y1]
}

#[inline(always)]
fn neighbors_to_places([e0, e1, e2, e3]: [f32x16; 4]) -> [f32x16; 3] {
    [e3 - e1, e1 + e2, e0 - e2]
}

#[inline(always)]
fn kernel_to_places([g0, g1, g2]: [f32x16; 3]) -> [f32x16; 3] {
    [g0, g0 + g1 + g2, g2]
}

#[inline(always)]
fn kernel_from_places([u0, u1, u2]: [f32x16; 3]) -> [f32x16; 3] {
    [u0 + u1, u1, u1 + u2]
}

#[inline(always)]
fn places_to_outputs(m: [&[f32; LANES]; PLACES]) -> [[f32x16; 2]; 2] {
    let m = |p: usize| f32x16::new(*m[p]);
    let row = |i: usize| (m(3 * i) + m(3 * i + 1), m(3 * i + 1) + m(3 * i + 2));
    let (middle0, middle1) = row(1);
    let (upper0, upper1) = row(0);
    let (lower0, lower1) = row(2);
    [[upper0 + middle0, upper1 + middle1], [middle0 + lower0, middle1 + lower1]]
}
