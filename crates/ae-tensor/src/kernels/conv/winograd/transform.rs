//! Transforms tiles into the form in which they are multiplied, and back.
//!
//! A tile's transform is that of a column, applied downwards and then to the right: first downwards
//! for a whole row of tiles at once, whose columns neighboring tiles share; then to the right, tile
//! by tile. Each place is a separate plane `[tiles, channels]`; places are counted row by row.

use super::super::super::activation::Activation;
use super::super::super::gemm::Epilogue;
use super::super::super::scratch::with_scratch_floats;
use super::super::super::simd::{LANES, load, store};
use std::ops::Range;
use wide::f32x16;

/// A row of tiles.
#[derive(Clone, Copy)]
pub(super) struct TileRow {
    pub(super) image: usize,
    /// Its index in the image.
    pub(super) row: usize,
}

/// Images, and the positions of tiles on them. Pairs are (vertical, horizontal).
pub(super) struct Source<'a> {
    /// `[images, size[0], size[1], channels]`.
    pub(super) x: &'a [f32],
    pub(super) size: [usize; 2],
    pub(super) channels: usize,
    /// How far the first tile extends over the upper and left edge.
    pub(super) before: [usize; 2],
    /// The distance in pixels from tile to tile.
    pub(super) step: usize,
}

/// Some consecutive images of output.
pub(super) struct Images<'a> {
    pub(super) pixels: &'a mut [f32],
    /// The index of the first image among all.
    pub(super) first: usize,
    /// Height and width.
    pub(super) size: [usize; 2],
}

impl Source<'_> {
    /// The number of images.
    pub(super) fn images(&self) -> usize {
        self.x.len() / (self.size[0] * self.size[1] * self.channels)
    }

    /// Transforms all tiles of `rows`, `width` in each, from `N x N` pixels to `P x P` places:
    /// `places [P P, tiles, channels]`.
    #[inline(always)]
    pub(super) fn to_places<const N: usize, const P: usize>(
        &self,
        width: usize,
        rows: &[TileRow],
        places: &mut [f32],
        transform: impl Fn([f32x16; N]) -> [f32x16; P],
    ) {
        let &Self { x, size: [height, image_width], channels, before, step } = self;
        let image_row = image_width * channels;
        let line = ((width - 1) * step + N) * channels;
        // The position of the image's row on a line; either may extend beyond the other.
        let left = (before[1] * channels).min(line);
        let inside = image_row.min(line - left);
        with_scratch_floats(P * line + inside, |scratch| {
            scratch.fill(0.0);
            let (lines, zeros) = scratch.split_at_mut(P * line);
            for (r, &TileRow { image, row }) in rows.iter().enumerate() {
                let pixels: [&[f32]; N] =
                    std::array::from_fn(|i| match (step * row + i).checked_sub(before[0]) {
                        Some(y) if y < height => &x[(image * height + y) * image_row..][..inside],
                        _ => zeros,
                    });
                downwards(pixels, lines, left..left + inside, &transform);
                self.rightwards(lines, r * width..(r + 1) * width, places, &transform);
            }
        });
    }

    /// Computes from each of `P` lines the places of its tiles, of `tiles` in all.
    #[inline(always)]
    fn rightwards<const N: usize, const P: usize>(
        &self,
        lines: &[f32],
        tiles: Range<usize>,
        places: &mut [f32],
        transform: impl Fn([f32x16; N]) -> [f32x16; P],
    ) {
        let vectors = self.channels / LANES;
        let plane = places.len() / (P * P);
        let lines = lines.chunks_exact(lines.len() / P);
        for (line, planes) in lines.zip(places.chunks_exact_mut(P * plane)) {
            let pixels = line.as_chunks::<LANES>().0;
            let mut planes = planes.chunks_exact_mut(plane).map(|plane| {
                let (from, to) = (tiles.start * self.channels, tiles.end * self.channels);
                plane[from..to].as_chunks_mut::<LANES>().0
            });
            let mut planes: [_; P] = std::array::from_fn(|_| planes.next().expect("P planes"));
            for t in 0..tiles.len() {
                let pixels = &pixels[t * self.step * vectors..][..N * vectors];
                for c in 0..vectors {
                    let d = std::array::from_fn(|i| f32x16::new(pixels[i * vectors + c]));
                    let d = transform(d);
                    for (plane, d) in planes.iter_mut().zip(&d) {
                        plane[t * vectors + c] = d.to_array();
                    }
                }
            }
        }
    }
}

/// Computes `P` lines from `N` rows of pixels, number by number, in the range `inside` of each
/// line.
#[inline(always)]
fn downwards<const N: usize, const P: usize>(
    rows: [&[f32]; N],
    lines: &mut [f32],
    inside: Range<usize>,
    transform: impl Fn([f32x16; N]) -> [f32x16; P],
) {
    let line = lines.len() / P;
    let mut lines =
        lines.chunks_exact_mut(line).map(|line| line[inside.clone()].as_chunks_mut::<LANES>().0);
    let mut lines: [_; P] = std::array::from_fn(|_| lines.next().expect("P lines"));
    for i in 0..inside.len() / LANES {
        let d = std::array::from_fn(|n| load(&rows[n][i * LANES..]));
        let d = transform(d);
        for (line, d) in lines.iter_mut().zip(&d) {
            line[i] = d.to_array();
        }
    }
}

/// Computes from `m [places, tiles, channels]` the `M x M` outputs of all tiles of `rows`, `width`
/// in each, and applies the epilogue. `outputs` computes those of one tile, for 16 channels, row by
/// row.
#[inline(always)]
pub(super) fn to_outputs<const M: usize, const PLACES: usize>(
    m: &[f32],
    width: usize,
    rows: &[TileRow],
    epilogue: Epilogue<'_>,
    channels: usize,
    y: Images<'_>,
    outputs: impl Fn([&[f32; LANES]; PLACES]) -> [[f32x16; M]; M],
) {
    let out = Outputs::<M> { m, width, rows, bias: epilogue.bias, channels };
    // The choice is made once, not for each vector.
    let Images { pixels, size, first } = y;
    let y = Images { pixels: &mut *pixels, size, first };
    match epilogue.activation.inlined() {
        Activation::Relu => out.write(y, outputs, |x| Activation::Relu.vector(x)),
        Activation::Sigmoid => out.write(y, outputs, |x| Activation::Sigmoid.vector(x)),
        _ => out.write(y, outputs, |x| x),
    }
    if epilogue.activation.has_second_pass() {
        out.finish(epilogue.activation, Images { pixels, size, first });
    }
}

/// The destination of [`to_outputs`].
struct Outputs<'a, const M: usize> {
    m: &'a [f32],
    width: usize,
    rows: &'a [TileRow],
    bias: Option<&'a [f32]>,
    channels: usize,
}

impl<const M: usize> Outputs<'_, M> {
    /// The position of the rows of pixels that a row of tiles produces: fewer than `M` at the end
    /// of a height that is not a multiple.
    #[inline(always)]
    fn place(&self, y: &Images<'_>, TileRow { image, row }: TileRow) -> Range<usize> {
        let [height, width] = y.size;
        let len = width * self.channels;
        let start = ((image - y.first) * height + M * row) * len;
        start..start + (height - M * row).min(M) * len
    }

    /// Applies the second pass of a rare activation. It is separate, so that it costs the common
    /// ones nothing.
    #[inline(never)]
    fn finish(&self, activation: Activation, y: Images<'_>) {
        for &row in self.rows {
            let place = self.place(&y, row);
            activation.finish(&mut y.pixels[place]);
        }
    }

    #[inline(always)]
    fn write<const PLACES: usize>(
        &self,
        y: Images<'_>,
        outputs: impl Fn([&[f32; LANES]; PLACES]) -> [[f32x16; M]; M],
        finish: impl Fn(f32x16) -> f32x16,
    ) {
        let &Self { m, width, rows, bias, channels } = self;
        let image_row = y.size[1] * channels;
        let plane = m.len() / PLACES;
        for (r, &row) in rows.iter().enumerate() {
            let place = self.place(&y, row);
            let mut lines = y.pixels[place].chunks_exact_mut(image_row);
            // Rows below the image are empty.
            let mut lines: [&mut [f32]; M] =
                std::array::from_fn(|_| lines.next().unwrap_or(&mut []));
            for t in 0..width {
                let tile = (r * width + t) * channels;
                for c in (0..channels).step_by(LANES) {
                    let m = std::array::from_fn(|p| {
                        m[p * plane + tile + c..].first_chunk().expect("a vector of channels")
                    });
                    let bias = bias.map_or(f32x16::ZERO, |bias| load(&bias[c..]));
                    let y = outputs(m);
                    for (line, y) in lines.iter_mut().zip(&y) {
                        for (x, y) in y.iter().enumerate() {
                            let pixel = line.get_mut((M * t + x) * channels + c..);
                            if let Some(pixel) = pixel.and_then(|pixel| pixel.first_chunk_mut()) {
                                *pixel = finish(*y + bias).to_array();
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Transforms a kernel `[N, N, len]` to `[P, P, len]`, or a gradient back: `along` each direction.
/// `len` is a multiple of 16; there may be other numbers between the places of either.
#[inline(always)]
pub(super) fn both_ways<const N: usize, const P: usize>(
    from: &[f32],
    len: usize,
    to: &mut [f32],
    along: impl Fn([f32x16; N]) -> [f32x16; P],
) {
    let (from_stride, to_stride) = (from.len() / (N * N), to.len() / (P * P));
    for i in (0..len).step_by(LANES) {
        let down: [[f32x16; P]; N] = std::array::from_fn(|x| {
            along(std::array::from_fn(|y| load(&from[(N * y + x) * from_stride + i..])))
        });
        for y in 0..P {
            let right = along(std::array::from_fn(|x| down[x][y]));
            for (x, u) in right.iter().enumerate() {
                store(*u, &mut to[(P * y + x) * to_stride + i..]);
            }
        }
    }
}
