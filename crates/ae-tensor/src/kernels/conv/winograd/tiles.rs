//! Tiles, numbered through all images, and how they are split into blocks for the caches and tasks
//! for the threads.

use super::super::super::gemm::micro::MR;
use super::super::super::parallel::for_each_block;
use super::super::super::scratch::{with_scratch, with_scratch_floats};
use super::super::patches::{Patches, gcd};
use super::places::{PackedPlaces, add_products, place_len};
use super::{Images, TileRow};

/// The approximate number of places of tiles that go through all steps together: with 32 channels
/// in and out they take 200 KiB of the second-level cache (340 where there are vectors of 512 bits,
/// and larger caches with them).
const BLOCK_PLACES: usize = if cfg!(target_feature = "avx512f") { 84 * 16 } else { 48 * 16 };

/// The approximate number of tiles of this many places that go through all steps together.
pub(super) fn tiles_together(places: usize) -> usize {
    BLOCK_PLACES / places
}

/// The minimum number of images and of tiles per task: enough blocks that the last one, which may
/// be small, does not matter.
const TASK: (usize, usize) = (4, 64);

/// The approximate number of tiles whose sum one task computes. Each task has its own sum, and the
/// sums are added in order.
const SUM_TILES: usize = 2048;

/// The tiles of an image.
#[derive(Clone, Copy)]
pub(super) struct Tiles {
    /// The number of rows of tiles.
    pub(super) rows: usize,
    /// The number of tiles in a row.
    pub(super) width: usize,
    /// The approximate number of tiles that go through all steps together.
    pub(super) together: usize,
}

impl Tiles {
    /// One tile of `places` places for every `size` x `size` outputs, also at the end of an extent
    /// that is not a multiple.
    pub(super) fn of(patches: &Patches<'_>, size: usize, places: usize) -> Self {
        let [rows, width] = patches.output.map(|n| n.div_ceil(size));
        Self { rows, width, together: tiles_together(places) }
    }

    pub(super) fn per_image(self) -> usize {
        self.rows * self.width
    }

    /// The number of rows of tiles processed together: whole register tiles if possible.
    fn rows_per_block(self) -> usize {
        let whole = MR / gcd(MR, self.width);
        (self.together / (whole * self.width)).max(1) * whole
    }

    /// The number of images per task, for tasks that compute images.
    fn images_per_task(self) -> usize {
        let (images, tiles) = TASK;
        tiles.div_ceil(self.per_image()).max(images)
    }

    /// The number of images per task, for tasks that compute a sum over images.
    pub(super) fn images_per_sum(self) -> usize {
        SUM_TILES.div_ceil(self.per_image())
    }

    /// Calls `work` with the rows of tiles of some images, in blocks.
    pub(super) fn for_each_rows(
        self,
        images: std::ops::Range<usize>,
        mut work: impl FnMut(&[TileRow]),
    ) {
        let mut rows = Vec::with_capacity(self.rows_per_block());
        for image in images {
            for row in 0..self.rows {
                rows.push(TileRow { image, row });
                if rows.len() == self.rows_per_block() {
                    work(&rows);
                    rows.clear();
                }
            }
        }
        if !rows.is_empty() {
            work(&rows);
        }
    }

    /// Calls `work` for every block of tiles with memory for their places on both sides of the
    /// product, `u [places, inputs, outputs]` ([`place_len`] apart) packed, and the images of `y`,
    /// of `size` pixels, that the block's task computes.
    pub(super) fn for_each_block(
        self,
        y: &mut [f32],
        size: [usize; 2],
        [inputs, outputs]: [usize; 2],
        u: &[f32],
        work: impl Fn(&[TileRow], [&mut [f32]; 2], &PackedPlaces<'_>, Images<'_>) + Sync,
    ) {
        let places = u.len() / place_len(inputs, outputs);
        let image = size[0] * size[1] * outputs;
        let per_task = self.images_per_task();
        let flops = 2 * u.len() * (y.len() / image) * self.per_image();
        with_scratch(PackedPlaces::vectors(places, inputs, outputs), |packed| {
            let u = PackedPlaces::pack(u, inputs, outputs, packed);
            for_each_block(y, per_task * image, flops, |task, y| {
                let first = task * per_task;
                self.with_places(places, inputs, outputs, |memory| {
                    self.for_each_rows(first..first + y.len() / image, |rows| {
                        let sides = self.sides(memory, rows, places, [inputs, outputs]);
                        work(rows, sides, &u, Images { pixels: y, first, size });
                    });
                });
            });
        });
    }

    /// Provides memory for the places of a block.
    fn with_places(
        self,
        places: usize,
        inputs: usize,
        outputs: usize,
        work: impl FnOnce(&mut [f32]),
    ) {
        let tiles = self.rows_per_block() * self.width;
        with_scratch_floats(places * tiles * (inputs + outputs), work);
    }

    /// Splits off that memory for as many tiles as `rows` has.
    fn sides<'a>(
        self,
        memory: &'a mut [f32],
        rows: &[TileRow],
        places: usize,
        [inputs, outputs]: [usize; 2],
    ) -> [&'a mut [f32]; 2] {
        let tiles = rows.len() * self.width;
        let (v, m) = memory.split_at_mut(places * tiles * inputs);
        [v, &mut m[..places * tiles * outputs]]
    }

    /// The sum over all tiles of `images` of `v[p]^T w[p]`, `[PLACES, inputs, outputs]`, passed to
    /// `finish`; `left` and `right` fill in the places of a block of tiles.
    pub(super) fn sum_of_products<const PLACES: usize>(
        self,
        [inputs, outputs]: [usize; 2],
        images: usize,
        left: impl Fn(&[TileRow], &mut [f32]) + Sync,
        right: impl Fn(&[TileRow], &mut [f32]) + Sync,
        finish: impl FnOnce(&[f32]),
    ) {
        let per_task = self.images_per_sum();
        let len = PLACES * inputs * outputs;
        let flops = 2 * len * images * self.per_image();
        with_scratch_floats(images.div_ceil(per_task).max(1) * len, |sums| {
            for_each_block(sums, len, flops, |task, sum| {
                sum.fill(0.0);
                let images = task * per_task..images.min((task + 1) * per_task);
                self.with_places(PLACES, inputs, outputs, |memory| {
                    self.for_each_rows(images.clone(), |rows| {
                        let [v, w] = self.sides(memory, rows, PLACES, [inputs, outputs]);
                        left(rows, v);
                        right(rows, w);
                        add_products(v, inputs, w, outputs, sum);
                    });
                });
            });
            let (total, others) = sums.split_at_mut(len);
            for other in others.chunks_exact(len) {
                total.iter_mut().zip(other).for_each(|(total, x)| *total += x);
            }
            finish(total);
        });
    }
}
