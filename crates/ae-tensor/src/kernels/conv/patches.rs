//! Patches without a matrix of patches.
//!
//! A block of output rows needs some rows of input, padded: *lines*. Copied one after another into
//! scratch memory they are about as large as the input. There a patch of a kernel of `kh` rows is
//! stored as `kh` contiguous *segments* of `kw channels` numbers, a line apart. Only if a segment
//! is too short for that to pay off, as with an image of one channel, the patches are copied again,
//! each into one piece.

use super::super::gemm::micro::MR;
use super::super::scratch::with_scratch_floats;
use super::super::simd::LANES;

/// The approximate number of output pixels computed from one filling of the scratch memory: padded
/// input and output of this many pixels with 32 channels stay in the second-level cache.
const BLOCK_PIXELS: usize = 256;

/// A batch of images, and the positions of the patches on them. All pairs are (vertical,
/// horizontal).
pub(super) struct Patches<'a> {
    /// `[batch, input[0], input[1], channels]`.
    pub(super) x: &'a [f32],
    pub(super) channels: usize,
    /// Height and width of an image.
    pub(super) input: [usize; 2],
    /// The distance between the image's pixels, with zeros between them.
    pub(super) spread: [usize; 2],
    /// How far the first patch extends over the upper and left edge.
    pub(super) before: [usize; 2],
    /// Height and width of a patch.
    pub(super) size: [usize; 2],
    /// The steps from patch to patch, in pixels of the spread image.
    pub(super) stride: [usize; 2],
    /// The number of patches in an image.
    pub(super) output: [usize; 2],
}

/// The layout of a patch, or part of one, in a [`Block`]: `count` stretches of `len` numbers, the
/// first at offset `start` from the start of the patch, and each `stride` numbers after the one
/// before.
#[derive(Clone, Copy)]
pub(super) struct Segments {
    pub(super) start: usize,
    pub(super) count: usize,
    pub(super) len: usize,
    pub(super) stride: usize,
}

/// The patches of some consecutive rows of output; rows are counted through all images.
pub(super) struct Block<'a> {
    /// At least [`LANES`] numbers follow the last patch.
    data: &'a [f32],
    rows: RowStarts,
    /// The number of patches in a row.
    width: usize,
    /// The distance in numbers between the starts of neighboring patches.
    pub(super) step: usize,
}

impl Patches<'_> {
    /// The number of elements in a patch.
    pub(super) fn patch_len(&self) -> usize {
        self.size[0] * self.size[1] * self.channels
    }

    /// The number of rows of output, of all images together.
    pub(super) fn rows(&self) -> usize {
        let image = self.input[0] * self.input[1] * self.channels;
        self.x.len() / image * self.output[0]
    }

    /// The number of rows a block should have: whole register tiles if possible.
    pub(super) fn rows_per_block(&self) -> usize {
        let width = self.output[1];
        let whole_tiles = MR / gcd(MR, width);
        let most = BLOCK_PIXELS / width;
        if most >= whole_tiles { most / whole_tiles * whole_tiles } else { most.max(1) }
    }

    /// Returns whether each patch is copied into one piece.
    fn in_one_piece(&self) -> bool {
        self.segment_len() <= LANES
    }

    fn segment_len(&self) -> usize {
        self.size[1] * self.channels
    }

    /// The number of elements in a line: a row of the padded image, as far as patches extend.
    fn line_len(&self) -> usize {
        ((self.output[1] - 1) * self.stride[1] + self.size[1]) * self.channels
    }

    pub(super) fn segments(&self) -> Segments {
        if self.in_one_piece() {
            Segments { start: 0, count: 1, len: self.patch_len(), stride: 0 }
        } else {
            self.window([0, 0], self.size)
        }
    }

    /// The part of a patch that begins `from` pixels from its corner and has this `size`, where
    /// patches are stored on lines ([`Patches::with_lines`]).
    pub(super) fn window(&self, from: [usize; 2], size: [usize; 2]) -> Segments {
        let stride = self.line_len();
        let start = from[0] * stride + from[1] * self.channels;
        Segments { start, count: size[0], len: size[1] * self.channels, stride }
    }

    /// Copies what `count` rows of output starting at row `first` need, and calls `work` with it;
    /// its patches have the layout [`Patches::segments`].
    pub(super) fn with_block<R>(
        &self,
        first: usize,
        count: usize,
        work: impl FnOnce(&Block<'_>) -> R,
    ) -> R {
        self.with_lines(first, count, |lines| {
            if self.in_one_piece() { self.put_together(lines, count, work) } else { work(lines) }
        })
    }

    /// As [`Patches::with_block`], without joining short segments: patches are always stored on
    /// lines.
    pub(super) fn with_lines<R>(
        &self,
        first: usize,
        count: usize,
        work: impl FnOnce(&Block<'_>) -> R,
    ) -> R {
        let line = self.line_len();
        let rows = RowStarts::new(self, first);
        let lines = rows.of(count - 1) / line + self.size[0];
        with_scratch_floats(lines * line + LANES, |data| {
            let (body, slack) = data.split_at_mut(lines * line);
            slack.fill(0.0);
            self.copy_lines(first, body);
            let width = self.output[1];
            work(&Block { data, rows, width, step: self.stride[1] * self.channels })
        })
    }

    /// Fills `lines` with the padded lines starting with that of output row `first`.
    fn copy_lines(&self, first: usize, lines: &mut [f32]) {
        let per_image = (self.output[0] - 1) * self.stride[0] + self.size[0];
        let image_len = self.input[0] * self.input[1] * self.channels;
        let mut image = first / self.output[0];
        let mut y = first % self.output[0] * self.stride[0];
        for line in lines.chunks_exact_mut(self.line_len()) {
            self.copy_line(&self.x[image * image_len..][..image_len], y, line);
            y += 1;
            if y == per_image {
                (image, y) = (image + 1, 0);
            }
        }
    }

    /// Copies line `y` of the padded image.
    fn copy_line(&self, image: &[f32], y: usize, line: &mut [f32]) {
        let [height, width] = self.input;
        let row = match y.checked_sub(self.before[0]) {
            Some(y) if y.is_multiple_of(self.spread[0]) && y / self.spread[0] < height => {
                &image[y / self.spread[0] * width * self.channels..][..width * self.channels]
            }
            _ => return line.fill(0.0),
        };
        let (before, inside) = line.split_at_mut(line.len().min(self.before[1] * self.channels));
        before.fill(0.0);
        if self.spread[1] == 1 {
            let (inside, after) = inside.split_at_mut(inside.len().min(row.len()));
            inside.copy_from_slice(&row[..inside.len()]);
            after.fill(0.0);
        } else {
            inside.fill(0.0);
            let places = inside.chunks_mut(self.spread[1] * self.channels);
            for (place, pixel) in places.zip(row.chunks_exact(self.channels)) {
                place[..self.channels].copy_from_slice(pixel);
            }
        }
    }

    /// Copies the segments of each patch of `lines` into one piece.
    fn put_together<R>(
        &self,
        lines: &Block<'_>,
        rows: usize,
        work: impl FnOnce(&Block<'_>) -> R,
    ) -> R {
        let (len, width) = (self.patch_len(), self.output[1]);
        with_scratch_floats(rows * width * len + LANES, |data| {
            for row in 0..rows {
                let patches = &mut data[row * width * len..];
                match self.segment_len() {
                    0..=4 => self.put_row_together::<4>(lines.row(row), patches),
                    5..=8 => self.put_row_together::<8>(lines.row(row), patches),
                    _ => self.put_row_together::<LANES>(lines.row(row), patches),
                }
            }
            let rows = RowStarts::Even { row: width * len };
            work(&Block { data, rows, width, step: len })
        })
    }

    /// As [`Patches::put_together`], for one row with segments of at most `N` numbers.
    fn put_row_together<const N: usize>(&self, lines: &[f32], patches: &mut [f32]) {
        let (len, segment, line) = (self.patch_len(), self.segment_len(), self.line_len());
        let step = self.stride[1] * self.channels;
        for x in 0..self.output[1] {
            for ky in 0..self.size[0] {
                // A copy of a length known to the compiler is a load and a store. Numbers copied in
                // excess are overwritten by the next copy.
                let from: &[f32; N] =
                    lines[x * step + ky * line..].first_chunk().expect("N numbers follow");
                let to = patches[x * len + ky * segment..].first_chunk_mut();
                *to.expect("N numbers follow") = *from;
            }
        }
    }
}

impl Block<'_> {
    /// The numbers from the start of a patch on, for `N` patches starting at `first`, counted row
    /// by row. There are `count` patches; the last one stands for any beyond it.
    #[inline(always)]
    pub(super) fn patches<const N: usize>(&self, first: usize, count: usize) -> [&[f32]; N] {
        let mut patches: [&[f32]; N] = [&[]; N];
        let (mut row, mut x) = (first / self.width, first % self.width);
        let mut start = self.rows.of(row) + x * self.step;
        for (i, patch) in patches.iter_mut().enumerate() {
            *patch = &self.data[start..];
            if i + 1 < count {
                (x, start) = (x + 1, start + self.step);
                if x == self.width {
                    (row, x) = (row + 1, 0);
                    start = self.rows.of(row);
                }
            }
        }
        patches
    }

    /// The numbers from the start of a row's first patch on.
    #[inline(always)]
    pub(super) fn row(&self, row: usize) -> &[f32] {
        &self.data[self.rows.of(row)..]
    }
}

/// The start of the first patch of each row of a block.
#[derive(Clone, Copy)]
enum RowStarts {
    /// Rows follow one another without a gap.
    Even { row: usize },
    /// Rows are on lines of padded images: `step` numbers from row to row of an image, `image`
    /// numbers from image to image.
    Lines { height: usize, first: usize, step: usize, image: usize },
}

impl RowStarts {
    /// Creates the starts on lines that begin with those of output row `first`.
    fn new(patches: &Patches<'_>, first: usize) -> Self {
        let (height, stride, line) = (patches.output[0], patches.stride[0], patches.line_len());
        let image = ((height - 1) * stride + patches.size[0]) * line;
        Self::Lines { height, first: first % height, step: stride * line, image }
    }

    #[inline(always)]
    fn of(&self, row: usize) -> usize {
        match *self {
            Self::Even { row: len } => row * len,
            Self::Lines { height, first, step, image } => {
                let row = first + row;
                row / height * image + row % height * step - first * step
            }
        }
    }
}

/// The greatest common divisor.
pub(super) fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}
