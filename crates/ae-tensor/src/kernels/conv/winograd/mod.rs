//! Winograd's minimal filtering: a 3 x 3 convolution with 16 products for 4 outputs instead of 36,
//! or 36 for 16 outputs instead of 144.
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
//! **Larger tiles.** Where does such a scheme come from, and is there one for four outputs? The
//! transposed problem is the product of two polynomials, `g` with 3 coefficients and `h` with `m`.
//! It has `m + 2`, so it is determined by its values at `m + 2` points `p`, which are the products
//! `g(p) h(p)`; the point infinity means the leading coefficient. Transposed (every step is
//! linear), the rows of `A` are the powers of the points, those of `G` too, divided by `N(p)`, and
//! the rows of `B^T` are the coefficients of the polynomials that are 0 at all other points:
//!
//! ```text
//! M(x) = product of (x - q) over all finite points q
//! N(p) = product of (p - q) over all finite points q other than p
//!
//! p:         A:  1 p .. p^(m-1)      G:  (1 p p^2) / N(p)      B^T:  M(x) / (x - p)
//! infinity:  A:  0 0 ..  1           G:   0 0 1                B^T:  M(x)
//! ```
//!
//! The points 0, 1, -1, infinity give the matrices above, up to factors that move from row to row.
//! For four outputs six points are needed: 0, a, -a, b, -b, infinity give
//!
//! ```text
//!        a²b²     0  -a²-b²     0  1  0            1     0     0
//!           0  -ab²    -b²      a  1  0            1     a    a²    / N(a)     N(a) = 2a²(a² - b²)
//! B^T =     0   ab²    -b²     -a  1  0     G =    1    -a    a²    / N(a)     N(b) = 2b²(b² - a²)
//!           0  -a²b    -a²      b  1  0            1     b    b²    / N(b)
//!           0   a²b    -a²     -b  1  0            1    -b    b²    / N(b)
//!           0  a²b²      0 -a²-b²  0  1            0     0     1
//!
//!        1  1   1  1   1  0
//! A^T =  0  a  -a  b  -b  0         and N(0) = a²b², the divisor of G's first row
//!        0 a²  a² b²  b²  0
//!        0 a³ -a³ b³ -b³  1
//! ```
//!
//! and 6 x 6 products for 4 x 4 outputs: 2.25 for each instead of 4, and 9 by the definition. An
//! image of 14 x 14 takes 16 such tiles, 576 products instead of 784; one of 7 x 7 takes 144
//! instead of 256. The transforms have more operations: for 32 channels they take about 40 percent
//! of the time.
//!
//! **The cost.** Numbers are added before they are multiplied and again afterwards, so a bound on
//! the rounding errors is several times larger than that of the direct sum; but sums are a ninth as
//! long. What points to take decides: powers of points far from 1 are large or small, and digits
//! are lost where they meet. The usual choice is a = 1, b = 2 (Lavin and Gray). Here a = 2/3 and
//! b = 3/2, which halves the error: their product is 1, so none is far from 1, and a²b² is free.
//! (B. Barabasz, A. Anderson, K. M. Soodhalter, D. Gregg, "Error analysis and improving the
//! accuracy of Winograd convolution for deep neural networks", arXiv:1803.10986, search for points
//! in the same way.) The error's root mean square relative to that of the exact values, for numbers
//! between -1 and 1, 32 channels to 32 (`tests.rs` measures it and holds the bounds):
//!
//! ```text
//!                                        direct    2 x 2     4 x 4
//! value, 14 x 14                         2.9e-7    1.9e-7    5.8e-7
//! kernel gradient, 8 images of 14 x 14   2.7e-7    3.0e-7    6.2e-7
//! value, 7 x 7                           2.8e-7    1.8e-7    5.5e-7
//! kernel gradient, 8 images of 7 x 7     2.4e-7    2.6e-7    5.5e-7
//! ```
//!
//! So small tiles cost nothing, and large ones one bit of the 24. Large tiles are used where they
//! save a tenth of the products.
//!
//! In addition, a NaN or an infinite pixel reaches outputs whose window does not contain it: those
//! of its tile, at most three pixels away. They become NaN too.
//!
//! S. Winograd, "Arithmetic complexity of computations" (SIAM, 1980); A. Lavin and S. Gray, "Fast
//! algorithms for convolutional neural networks" (arXiv:1509.09308), with the last row of B^T and
//! column of A^T negated here, which spares a negation.

pub(super) mod enlarged;
mod four;
mod places;
mod tiles;
mod transform;
mod two;

use super::super::gemm::Epilogue;
use super::super::scratch::with_scratch_floats;
use super::super::simd::LANES;
use super::patches::Patches;
use four::Four;
use places::{place_len, products};
use tiles::Tiles;
use transform::{Images, Source, TileRow, both_ways, to_outputs};
use two::Two;
use wide::f32x16;

/// The transforms of tiles of `M x M` outputs, which see `N x N` pixels and have as many places,
/// `PLACES` in all: each along one direction.
trait Scheme<const M: usize, const N: usize, const PLACES: usize> {
    /// `B^T d`
    fn pixels(d: [f32x16; N]) -> [f32x16; N];
    /// `A dy`
    fn gradients(d: [f32x16; M]) -> [f32x16; N];
    /// `G g`
    fn kernel(g: [f32x16; 3]) -> [f32x16; N];
    /// `G^T du`
    fn kernel_gradient(du: [f32x16; N]) -> [f32x16; 3];
    /// `A^T M A`, row by row.
    fn outputs(m: [&[f32; LANES]; PLACES]) -> [[f32x16; M]; M];
}

/// Returns whether a convolution of these patches should be computed this way: 3 x 3 adjacent taps,
/// whole vectors of channels, and tiles that do not extend too far over the edge.
pub(super) fn suits(patches: &Patches<'_>, outputs: usize) -> bool {
    let Patches { channels, spread, size, stride, output, .. } = *patches;
    size == [3, 3]
        && stride == [1, 1]
        && spread == [1, 1]
        && channels.is_multiple_of(LANES)
        && outputs.is_multiple_of(LANES)
        // 16 products for each tile, against 9 for each pixel.
        && 4 * products_by(patches, 2) <= 3 * 9 * output[0] * output[1]
}

/// The number of products per image and pair of channels with tiles of `size` x `size` outputs.
fn products_by(patches: &Patches<'_>, size: usize) -> usize {
    let places = (size + 2) * (size + 2);
    Tiles::of(patches, size, places).per_image() * places
}

/// Returns whether large tiles save a tenth of the products, or more, over small ones; they do not
/// where much of them lies outside the image.
fn large_tiles(patches: &Patches<'_>) -> bool {
    10 * products_by(patches, 4) <= 9 * products_by(patches, 2)
}

/// Computes `y = epilogue(x * kernel)` for patches that [`suits`].
pub(super) fn product(
    patches: &Patches<'_>,
    kernel: &[f32],
    outputs: usize,
    epilogue: Epilogue<'_>,
    y: &mut [f32],
) {
    if large_tiles(patches) {
        product_by::<Four, 4, 6, 36>(patches, kernel, outputs, epilogue, y);
    } else {
        product_by::<Two, 2, 4, 16>(patches, kernel, outputs, epilogue, y);
    }
}

/// Computes the kernel gradient, `dk [9, inputs, outputs]`, from `dy`, for patches that [`suits`].
pub(super) fn kernel_gradient(patches: &Patches<'_>, dy: &[f32], outputs: usize, dk: &mut [f32]) {
    if large_tiles(patches) {
        kernel_gradient_by::<Four, 4, 6, 36>(patches, dy, outputs, dk);
    } else {
        kernel_gradient_by::<Two, 2, 4, 16>(patches, dy, outputs, dk);
    }
}

fn product_by<S, const M: usize, const N: usize, const PLACES: usize>(
    patches: &Patches<'_>,
    kernel: &[f32],
    outputs: usize,
    epilogue: Epilogue<'_>,
    y: &mut [f32],
) where
    S: Scheme<M, N, PLACES>,
{
    let (tiles, inputs) = (Tiles::of(patches, M, PLACES), patches.channels);
    with_scratch_floats(PLACES * place_len(inputs, outputs), |u| {
        both_ways(kernel, inputs * outputs, u, S::kernel);
        tiles.for_each_block(y, patches.output, [inputs, outputs], u, |rows, [v, m], u, y| {
            pixels(patches, M).to_places(tiles.width, rows, v, S::pixels);
            products(v, u, m);
            to_outputs(m, tiles.width, rows, epilogue, outputs, y, S::outputs);
        });
    });
}

fn kernel_gradient_by<S, const M: usize, const N: usize, const PLACES: usize>(
    patches: &Patches<'_>,
    dy: &[f32],
    outputs: usize,
    dk: &mut [f32],
) where
    S: Scheme<M, N, PLACES>,
{
    let (tiles, inputs) = (Tiles::of(patches, M, PLACES), patches.channels);
    let dy = Source { x: dy, size: patches.output, channels: outputs, before: [0, 0], step: M };
    tiles.sum_of_products::<PLACES>(
        [inputs, outputs],
        dy.images(),
        |rows, v| pixels(patches, M).to_places(tiles.width, rows, v, S::pixels),
        |rows, w| dy.to_places(tiles.width, rows, w, S::gradients),
        |du| both_ways(du, inputs * outputs, dk, S::kernel_gradient),
    );
}

/// The pixels that tiles see, `step` apart.
fn pixels<'a>(patches: &Patches<'a>, step: usize) -> Source<'a> {
    let &Patches { x, channels, input, before, .. } = patches;
    Source { x, size: input, channels, before, step }
}

#[cfg(test)]
mod tests;
