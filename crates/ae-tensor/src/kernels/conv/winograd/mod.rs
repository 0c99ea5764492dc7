//! Winograd's minimal filtering: a 3 x 3 convolution with 16 products for 4 outputs instead of 36.
//!
//! In one dimension, two neighboring outputs of three taps see four pixels `d` and take six
//! products, `y0 = d0 g0 + d1 g1 + d2 g2` and `y1 = d1 g0 + d2 g1 + d3 g2`. Four are enough:
//!
//! ```text
//! m0 = (d0 - d2) g0                      m1 = (d1 + d2) (g0 + g1 + g2) / 2
//! m3 = (d3 - d1) g2                      m2 = (d2 - d1) (g0 - g1 + g2) / 2
//!
//! y0 = m0 + m1 + m2                      y1 = m1 - m2 + m3
//! ```
//!
//! (Multiply out: in `m1 + m2` the terms `d1 g0`, `d1 g2` and `d2 g1` cancel, in `m1 - m2` the
//! others.) As matrices, with `*` for the elementwise product:
//!
//! ```text
//! y = A^T ((G g) * (B^T d))
//!
//!        1  0 -1  0             1   0   0             1  1  1  0
//! B^T =  0  1  1  0       G =   ½   ½   ½      A^T =  0  1 -1  1
//!        0 -1  1  0             ½  -½   ½
//!        0 -1  0  1             0   0   1
//! ```
//!
//! In two dimensions the scheme is applied in both directions: a *tile* of 4 x 4 pixels becomes
//! `V = B^T d B`, the kernel `U = G g G^T`, and `Y = A^T (U * V) A` are 2 x 2 outputs. With
//! channels, each of the 16 places is a separate matrix product over all tiles,
//! `M[p] [tiles, out] = V[p] [tiles, in] U[p] [in, out]`: work for the register tile, and 2.25
//! times less of it. The transforms are additions; their cost is shared by all channels of the
//! other side.
//!
//! **The gradients.** The input gradient is the same convolution, of `dy`, with the rotated kernel.
//! For the kernel gradient: `Y` is linear in `U`, so `dU[p] = V[p]^T W[p]` with `W = A dY A^T`,
//! summed over the tiles, and `dg = G^T dU G`.
//!
//! **The cost.** Numbers are added before they are multiplied and again afterwards, so a bound on
//! the rounding errors is several times larger than that of the direct sum; but sums are a ninth as
//! long. For 32 channels the mean error is two thirds of the direct form's (`tests.rs` measures
//! it). That holds for this smallest tile size, whose matrices contain only 0, ±1 and ±½; larger
//! tiles save more products and lose digits. In addition, a NaN or an infinite pixel reaches all
//! outputs of its tile, not only those whose window contains it: they become NaN too.
//!
//! S. Winograd, "Arithmetic complexity of computations" (SIAM, 1980); A. Lavin and S. Gray, "Fast
//! algorithms for convolutional neural networks" (arXiv:1509.09308), with the last row of B^T and
//! column of A^T negated here, which spares a negation.

pub(super) mod enlarged;
mod places;
mod tiles;
mod transform;

use super::super::gemm::Epilogue;
use super::super::scratch::with_scratch_floats;
use super::super::simd::LANES;
use super::patches::Patches;
use places::products;
use tiles::Tiles;
use transform::{Images, Source, TileRow, both_ways, to_outputs};
use wide::f32x16;

/// The number of places of a transformed tile.
const PLACES: usize = 16;

/// Returns whether a convolution of these patches should be computed this way: 3 x 3 adjacent taps,
/// whole vectors of channels, and tiles that do not extend too far over the edge.
pub(super) fn suits(patches: &Patches<'_>, outputs: usize) -> bool {
    let Patches { channels, spread, size, stride, output, .. } = *patches;
    let tiles = Tiles::of(patches);
    size == [3, 3]
        && stride == [1, 1]
        && spread == [1, 1]
        && channels.is_multiple_of(LANES)
        && outputs.is_multiple_of(LANES)
        // 16 products for each tile, against 9 for each pixel.
        && 4 * tiles.per_image() * PLACES <= 3 * 9 * output[0] * output[1]
}

/// Computes `y = epilogue(x * kernel)` for patches that [`suits`].
pub(super) fn product(
    patches: &Patches<'_>,
    kernel: &[f32],
    outputs: usize,
    epilogue: Epilogue<'_>,
    y: &mut [f32],
) {
    let (tiles, inputs) = (Tiles::of(patches), patches.channels);
    with_scratch_floats(PLACES * inputs * outputs, |u| {
        both_ways(kernel, inputs * outputs, u, kernel_to_places);
        tiles.for_each_block(y, patches.output, [inputs, outputs], u, |rows, [v, m], u, y| {
            pixels(patches).to_places(tiles.width, rows, v, pixels_to_places);
            products(v, u, m);
            to_outputs(m, tiles.width, rows, epilogue, outputs, y, places_to_outputs);
        });
    });
}

/// Computes the kernel gradient, `dk [9, inputs, outputs]`, from `dy`, for patches that [`suits`].
pub(super) fn kernel_gradient(patches: &Patches<'_>, dy: &[f32], outputs: usize, dk: &mut [f32]) {
    let (tiles, inputs) = (Tiles::of(patches), patches.channels);
    let dy = Source { x: dy, size: patches.output, channels: outputs, before: [0, 0], step: 2 };
    tiles.sum_of_products::<PLACES>(
        [inputs, outputs],
        dy.images(),
        |rows, v| pixels(patches).to_places(tiles.width, rows, v, pixels_to_places),
        |rows, w| dy.to_places(tiles.width, rows, w, gradients_to_places),
        |du| both_ways(du, inputs * outputs, dk, kernel_from_places),
    );
}

/// The pixels that tiles see.
fn pixels<'a>(patches: &Patches<'a>) -> Source<'a> {
    let &Patches { x, channels, input, before, .. } = patches;
    Source { x, size: input, channels, before, step: 2 }
}

/// `B^T d`
#[inline(always)]
fn pixels_to_places(d: [f32x16; 4]) -> [f32x16; 4] {
    [d[0] - d[2], d[1] + d[2], d[2] - d[1], d[3] - d[1]]
}

/// `A dy`
#[inline(always)]
fn gradients_to_places(d: [f32x16; 2]) -> [f32x16; 4] {
    [d[0], d[0] + d[1], d[0] - d[1], d[1]]
}

/// `G g`
fn kernel_to_places(g: [f32; 3]) -> [f32; 4] {
    let (ends, middle) = (0.5 * (g[0] + g[2]), 0.5 * g[1]);
    [g[0], ends + middle, ends - middle, g[2]]
}

/// `G^T du`
fn kernel_from_places(du: [f32; 4]) -> [f32; 3] {
    let (sum, difference) = (0.5 * (du[1] + du[2]), 0.5 * (du[1] - du[2]));
    [du[0] + sum, difference, sum + du[3]]
}

/// `A^T M A`, row by row.
#[inline(always)]
fn places_to_outputs(m: [&[f32; LANES]; PLACES]) -> [f32x16; 4] {
    // Column by column downwards, each added to the outputs at once: four sums and a column fit the
    // registers of AVX2.
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

#[cfg(test)]
mod tests;
