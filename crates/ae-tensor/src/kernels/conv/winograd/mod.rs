//! Winograd's minimal filtering: a 3 x 3 convolution with 16 products for 4 outputs instead of 36.
//!
//! In one dimension, two neighbouring outputs of three taps see four pixels `d` and take six products,
//! `y0 = d0 g0 + d1 g1 + d2 g2` and `y1 = d1 g0 + d2 g1 + d3 g2`. Four are enough:
//!
//! ```text
//! m0 = (d0 - d2) g0                      m1 = (d1 + d2) (g0 + g1 + g2) / 2
//! m3 = (d3 - d1) g2                      m2 = (d2 - d1) (g0 - g1 + g2) / 2
//!
//! y0 = m0 + m1 + m2                      y1 = m1 - m2 + m3
//! ```
//!
//! (Multiply out: in `m1 + m2` what belongs to `d1 g0`, `d1 g2` and `d2 g1` cancels, in `m1 - m2` the rest.) As matrices, with `*`
//! number by number:
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
//! In two dimensions both directions go through it: a *tile* of 4 x 4 pixels becomes `V = B^T d B`, the kernel `U = G g G^T`, and
//! `Y = A^T (U * V) A` are 2 x 2 outputs. With channels, every one of the 16 places is a matrix product of its own over
//! all tiles, `M[p] [tiles, out] = V[p] [tiles, in] U[p] [in, out]`: the register tile's work, and 2.25 times less of
//! it. The transforms are additions; their cost is shared by all channels of the other side.
//!
//! **The gradients.** By the input it is the same convolution, of `dy`, with the turned kernel. By the kernel: `Y` is linear in
//! `U`, so `dU[p] = V[p]^T W[p]` with `W = A dY A^T`, summed over the tiles, and `dg = G^T dU G`.
//!
//! **What it costs.** Numbers are added before they are multiplied and again after, so rounding errors are larger than the direct
//! sum's: about twice for this size, the smallest, whose matrices hold no number but 0, 1 and ½. (Larger tiles save more
//! products and lose digits.) And a NaN or an infinite pixel reaches all outputs of its tile, not only those whose window holds it.
//!
//! S. Winograd, "Arithmetic complexity of computations" (SIAM, 1980); A. Lavin and S. Gray, "Fast algorithms for convolutional
//! neural networks" (arXiv:1509.09308), with the last row of B^T and column of A^T negated here, which spares a negation.

mod places;
mod transform;

use super::super::gemm::Epilogue;
use super::super::gemm::micro::MR;
use super::super::parallel::for_each_block;
use super::super::scratch::{with_scratch, with_scratch_floats};
use super::super::simd::LANES;
use super::patches::{Patches, gcd};
use places::{PackedPlaces, add_products, products};
use transform::{TileRow, kernel_from_places, kernel_to_places};

/// Places of a transformed tile.
const PLACES: usize = 16;

/// Tiles that go through all steps together, about: with 32 channels in and out they take 200 KiB of the second-level cache.
const BLOCK_TILES: usize = if cfg!(target_feature = "avx512f") { 84 } else { 48 };

/// Tiles that one task takes, about.
const TASK_TILES: usize = 2048;

/// Whether a convolution of these patches is to be computed like this: 3 x 3 taps next to each other, whole vectors of
/// channels, and tiles that do not hang too far over the edge.
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

/// How the outputs of an image are cut into tiles.
#[derive(Clone, Copy)]
struct Tiles {
    /// Rows of tiles in an image.
    rows: usize,
    /// Tiles in a row.
    width: usize,
}

impl Tiles {
    fn of(patches: &Patches<'_>) -> Self {
        let [height, width] = patches.output;
        Self { rows: height.div_ceil(2), width: width.div_ceil(2) }
    }

    fn per_image(self) -> usize {
        self.rows * self.width
    }

    /// How many rows of tiles go together: whole register tiles if possible.
    fn rows_per_block(self) -> usize {
        let whole = MR / gcd(MR, self.width);
        (BLOCK_TILES / (whole * self.width)).max(1) * whole
    }

    fn images_per_task(self) -> usize {
        TASK_TILES.div_ceil(self.per_image())
    }

    /// The rows of tiles of images `first..end`, in blocks.
    fn blocks(self, first: usize, end: usize) -> impl Iterator<Item = Vec<TileRow>> {
        let rows: Vec<TileRow> = (first..end)
            .flat_map(|image| (0..self.rows).map(move |row| TileRow { image, row }))
            .collect();
        let size = self.rows_per_block();
        (0..rows.len()).step_by(size).map(move |i| rows[i..rows.len().min(i + size)].to_vec())
    }
}

/// `y = epilogue(x * kernel)` for patches that [`suits`].
pub(super) fn product(
    patches: &Patches<'_>,
    kernel: &[f32],
    outputs: usize,
    epilogue: Epilogue<'_>,
    y: &mut [f32],
) {
    let (tiles, inputs) = (Tiles::of(patches), patches.channels);
    let image = patches.output[0] * patches.output[1] * outputs;
    let per_task = tiles.images_per_task();
    let most = tiles.rows_per_block() * tiles.width;
    let flops = 2 * PLACES * (y.len() / image) * tiles.per_image() * inputs * outputs;
    with_scratch(PackedPlaces::vectors(PLACES, inputs, outputs), |packed| {
        with_scratch_floats(PLACES * inputs * outputs, |u| {
            kernel_to_places(kernel, inputs * outputs, u);
            PackedPlaces::pack(u, inputs, outputs, packed);
        });
        let packed = PackedPlaces::new(packed, inputs, outputs);
        for_each_block(y, per_task * image, flops, |task, y| {
            let first = task * per_task;
            with_scratch_floats(PLACES * most * (inputs + outputs), |scratch| {
                for rows in tiles.blocks(first, first + y.len() / image) {
                    let count = rows.len() * tiles.width;
                    let (v, m) = scratch.split_at_mut(PLACES * count * inputs);
                    let m = &mut m[..PLACES * count * outputs];
                    transform::pixels_to_places(patches, tiles.width, &rows, v);
                    products(v, &packed, m);
                    let y = transform::Image { pixels: y, first, size: patches.output };
                    transform::places_to_outputs(m, tiles.width, &rows, epilogue, outputs, y);
                }
            });
        });
    });
}

/// The gradient by the kernel, `dk [9, inputs, outputs]`, from `dy`, for patches that [`suits`].
pub(super) fn kernel_gradient(patches: &Patches<'_>, dy: &[f32], outputs: usize, dk: &mut [f32]) {
    let (tiles, inputs) = (Tiles::of(patches), patches.channels);
    let image = patches.output[0] * patches.output[1] * outputs;
    let images = dy.len() / image;
    let per_task = tiles.images_per_task();
    let most = tiles.rows_per_block() * tiles.width;
    let len = PLACES * inputs * outputs;
    let flops = 2 * len * images * tiles.per_image();
    with_scratch_floats(images.div_ceil(per_task).max(1) * len, |sums| {
        for_each_block(sums, len, flops, |task, sum| {
            sum.fill(0.0);
            let (first, end) = (task * per_task, images.min((task + 1) * per_task));
            with_scratch_floats(PLACES * most * (inputs + outputs), |scratch| {
                for rows in tiles.blocks(first, end) {
                    let count = rows.len() * tiles.width;
                    let (v, w) = scratch.split_at_mut(PLACES * count * inputs);
                    let w = &mut w[..PLACES * count * outputs];
                    transform::pixels_to_places(patches, tiles.width, &rows, v);
                    transform::gradients_to_places(dy, patches.output, tiles.width, &rows, outputs, w);
                    add_products(v, inputs, w, outputs, sum);
                }
            });
        });
        let (total, others) = sums.split_at_mut(len);
        for other in others.chunks_exact(len) {
            total.iter_mut().zip(other).for_each(|(total, x)| *total += x);
        }
        kernel_from_places(total, inputs * outputs, dk);
    });
}
