//! Tiles into the form in which they are multiplied, and back: `B^T d B`, `A dY A^T`, `A^T M A`, and the kernel's.
//!
//! Downwards first, for a whole row of tiles at once, whose columns neighbouring tiles share; then to the right, tile by
//! tile. A place is a plane `[tiles, channels]` of its own, places being counted row by row.

use super::super::super::activation::Activation;
use super::super::super::gemm::Epilogue;
use super::super::super::scratch::with_scratch_floats;
use super::super::super::simd::{LANES, load};
use super::super::patches::Patches;
use super::PLACES;
use wide::f32x16;

/// A row of tiles.
#[derive(Clone, Copy)]
pub(super) struct TileRow {
    pub(super) image: usize,
    /// Which of the image's.
    pub(super) row: usize,
}

/// Some consecutive images of output.
pub(super) struct Image<'a> {
    pub(super) pixels: &'a mut [f32],
    /// The number of the first among all.
    pub(super) first: usize,
    /// Height and width.
    pub(super) size: [usize; 2],
}

/// `V = B^T d B` of all tiles of `rows`, each `width` tiles wide: `v [16, tiles, channels]`.
pub(super) fn pixels_to_places(
    patches: &Patches<'_>,
    width: usize,
    rows: &[TileRow],
    v: &mut [f32],
) {
    let &Patches { x, channels, input: [image_height, image_width], before, .. } = patches;
    let image_row = image_width * channels;
    let line = (2 * width + 2) * channels;
    // Where the image's row stands on a line; both may reach beyond each other.
    let left = (before[1] * channels).min(line);
    let inside = image_row.min(line - left);
    with_scratch_floats(4 * line + image_row, |scratch| {
        scratch.fill(0.0);
        let (lines, zeros) = scratch.split_at_mut(4 * line);
        for (r, &TileRow { image, row }) in rows.iter().enumerate() {
            let d: [&[f32]; 4] = std::array::from_fn(|i| {
                match (2 * row + i).checked_sub(before[0]) {
                    Some(y) if y < image_height => {
                        &x[(image * image_height + y) * image_row..][..inside]
                    }
                    _ => &zeros[..inside],
                }
            });
            downwards(d, lines.chunks_exact_mut(line).map(|line| &mut line[left..][..inside]), |d| {
                [d[0] - d[2], d[1] + d[2], d[2] - d[1], d[3] - d[1]]
            });
            rightwards(lines, r, width, channels, v, |d: [f32x16; 4]| {
                [d[0] - d[2], d[1] + d[2], d[2] - d[1], d[3] - d[1]]
            });
        }
    });
}

/// `W = A dY A^T` of all tiles of `rows`, for `dy` of images of this `size`: `w [16, tiles, channels]`.
pub(super) fn gradients_to_places(
    dy: &[f32],
    [height, image_width]: [usize; 2],
    width: usize,
    rows: &[TileRow],
    channels: usize,
    w: &mut [f32],
) {
    let image_row = image_width * channels;
    let line = 2 * width * channels;
    with_scratch_floats(4 * line + image_row, |scratch| {
        scratch.fill(0.0);
        let (lines, zeros) = scratch.split_at_mut(4 * line);
        for (r, &TileRow { image, row }) in rows.iter().enumerate() {
            let d: [&[f32]; 2] = std::array::from_fn(|i| match 2 * row + i {
                y if y < height => &dy[(image * height + y) * image_row..][..image_row],
                _ => &zeros[..],
            });
            downwards(d, lines.chunks_exact_mut(line).map(|line| &mut line[..image_row]), |d| {
                [d[0], d[0] + d[1], d[0] - d[1], d[1]]
            });
            rightwards(lines, r, width, channels, w, |d: [f32x16; 2]| {
                [d[0], d[0] + d[1], d[0] - d[1], d[1]]
            });
        }
    });
}

/// Four lines from `N` rows of pixels, number by number.
#[inline(always)]
fn downwards<'a, const N: usize>(
    rows: [&[f32]; N],
    lines: impl Iterator<Item = &'a mut [f32]>,
    transform: impl Fn([f32x16; N]) -> [f32x16; 4],
) {
    let mut lines = lines.map(|line| line.as_chunks_mut::<LANES>().0);
    let [l0, l1, l2, l3] = std::array::from_fn(|_| lines.next().expect("four lines"));
    let rows = rows.map(|row| row.as_chunks::<LANES>().0);
    for (i, (((l0, l1), l2), l3)) in l0.iter_mut().zip(l1).zip(l2).zip(l3).enumerate() {
        let t = transform(rows.map(|row| f32x16::new(row[i])));
        [*l0, *l1, *l2, *l3] = t.map(f32x16::to_array);
    }
}

/// From each of four lines the four places of its tiles, which see `N` pixels each and begin two pixels apart; the tiles
/// being those of row `r` of all.
#[inline(always)]
fn rightwards<const N: usize>(
    lines: &[f32],
    r: usize,
    width: usize,
    channels: usize,
    places: &mut [f32],
    transform: impl Fn([f32x16; N]) -> [f32x16; 4],
) {
    let vectors = channels / LANES;
    let plane = places.len() / PLACES;
    let row = width * channels;
    let lines = lines.chunks_exact(lines.len() / 4);
    for (line, planes) in lines.zip(places.chunks_exact_mut(4 * plane)) {
        let pixels = line.as_chunks::<LANES>().0;
        let mut planes = planes
            .chunks_exact_mut(plane)
            .map(|plane| plane[r * row..][..row].as_chunks_mut::<LANES>().0);
        let [p0, p1, p2, p3] = std::array::from_fn(|_| planes.next().expect("four places"));
        let tiles = p0
            .chunks_exact_mut(vectors)
            .zip(p1.chunks_exact_mut(vectors))
            .zip(p2.chunks_exact_mut(vectors))
            .zip(p3.chunks_exact_mut(vectors));
        for (t, (((p0, p1), p2), p3)) in tiles.enumerate() {
            let pixels = &pixels[2 * t * vectors..][..N * vectors];
            for c in 0..vectors {
                let d = std::array::from_fn(|i| f32x16::new(pixels[i * vectors + c]));
                [p0[c], p1[c], p2[c], p3[c]] = transform(d).map(f32x16::to_array);
            }
        }
    }
}

/// `Y = epilogue(A^T M A)` of all tiles of `rows`, from `m [16, tiles, channels]`.
pub(super) fn places_to_outputs(
    m: &[f32],
    width: usize,
    rows: &[TileRow],
    epilogue: Epilogue<'_>,
    channels: usize,
    y: Image<'_>,
) {
    // The choice once, not for each vector.
    match epilogue.activation {
        Activation::Linear => outputs(m, width, rows, epilogue.bias, channels, y, |x| x),
        Activation::Relu => {
            outputs(m, width, rows, epilogue.bias, channels, y, |x| Activation::Relu.vector(x));
        }
        activation => {
            outputs(m, width, rows, epilogue.bias, channels, y, |x| activation.vector(x));
        }
    }
}

#[inline(always)]
fn outputs(
    m: &[f32],
    width: usize,
    rows: &[TileRow],
    bias: Option<&[f32]>,
    channels: usize,
    y: Image<'_>,
    finish: impl Fn(f32x16) -> f32x16,
) {
    let [height, image_width] = y.size;
    let image_row = image_width * channels;
    let plane = m.len() / PLACES;
    for (r, &TileRow { image, row }) in rows.iter().enumerate() {
        let start = ((image - y.first) * height + 2 * row) * image_row;
        let two_rows = &mut y.pixels[start..][..(height - 2 * row).min(2) * image_row];
        let (upper, lower) = two_rows.split_at_mut(image_row);
        for t in 0..width {
            let tile = (r * width + t) * channels;
            for c in (0..channels).step_by(LANES) {
                let m: [&[f32; LANES]; PLACES] = std::array::from_fn(|p| {
                    m[p * plane + tile + c..].first_chunk().expect("a vector of channels")
                });
                let bias = bias.map_or(f32x16::ZERO, |bias| load(&bias[c..]));
                let [y00, y01, y10, y11] = tile_outputs(m);
                let put = |row: &mut [f32], x: usize, y: f32x16| {
                    if let Some(pixel) = row.get_mut(x * channels + c..) {
                        if let Some(pixel) = pixel.first_chunk_mut() {
                            *pixel = finish(y + bias).to_array();
                        }
                    }
                };
                put(upper, 2 * t, y00);
                put(upper, 2 * t + 1, y01);
                put(lower, 2 * t, y10);
                put(lower, 2 * t + 1, y11);
            }
        }
    }
}

/// `A^T M A` for 16 channels.
#[inline(always)]
fn tile_outputs(m: [&[f32; LANES]; PLACES]) -> [f32x16; 4] {
    // Column by column downwards, each added to the outputs at once: four sums and a column fit the registers of AVX2.
    let column = |k: usize| {
        let [a, b, c, d]: [f32x16; 4] = std::array::from_fn(|i| f32x16::new(*m[4 * i + k]));
        (a + b + c, b - c + d)
    };
    let (mut y00, mut y10) = column(0);
    let (upper, lower) = column(1);
    (y00, y10) = (y00 + upper, y10 + lower);
    let (mut y01, mut y11) = (upper, lower);
    let (upper, lower) = column(2);
    (y00, y10) = (y00 + upper, y10 + lower);
    (y01, y11) = (y01 - upper, y11 - lower);
    let (upper, lower) = column(3);
    (y01, y11) = (y01 + upper, y11 + lower);
    [y00, y01, y10, y11]
}

/// `U = G g G^T`: from a kernel `[3, 3, len]` to `u [4, 4, len]`.
pub(super) fn kernel_to_places(kernel: &[f32], len: usize, u: &mut [f32]) {
    let along = |g: [f32; 3]| {
        let (ends, middle) = (0.5 * (g[0] + g[2]), 0.5 * g[1]);
        [g[0], ends + middle, ends - middle, g[2]]
    };
    for i in 0..len {
        let down: [[f32; 4]; 3] = std::array::from_fn(|kx| {
            along(std::array::from_fn(|ky| kernel[(3 * ky + kx) * len + i]))
        });
        for py in 0..4 {
            let right = along(std::array::from_fn(|kx| down[kx][py]));
            (0..4).for_each(|px| u[(4 * py + px) * len + i] = right[px]);
        }
    }
}

/// `dg = G^T dU G`: from `du [4, 4, len]` to a kernel `[3, 3, len]`.
pub(super) fn kernel_from_places(du: &[f32], len: usize, kernel: &mut [f32]) {
    let along = |u: [f32; 4]| {
        let (sum, difference) = (0.5 * (u[1] + u[2]), 0.5 * (u[1] - u[2]));
        [u[0] + sum, difference, sum + u[3]]
    };
    for i in 0..len {
        let up: [[f32; 3]; 4] = std::array::from_fn(|px| {
            along(std::array::from_fn(|py| du[(4 * py + px) * len + i]))
        });
        for ky in 0..3 {
            let left = along(std::array::from_fn(|px| up[px][ky]));
            (0..3).for_each(|kx| kernel[(3 * ky + kx) * len + i] = left[kx]);
        }
    }
}
