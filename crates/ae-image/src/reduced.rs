//! Extracts pieces of an image that is too large to keep, and reduces the whole image.

use crate::error::ImageError;
use crate::file::ImageFile;
use crate::raster::{Channels, Raster};

/// The maximum number of pieces along one side.
const MOST_ALONG_A_SIDE: usize = 8;

impl ImageFile {
    /// Pieces of `rows` by `cols` pixels from all over the image, gray or in color, one below the
    /// other: at most 64, at equal distances, without overlaps. A smaller image gives one piece,
    /// which continues its last row and column.
    ///
    /// # Errors
    /// Those of [`ImageFile::gray_rows`].
    ///
    /// # Panics
    /// If `rows` or `cols` is zero.
    pub fn pieces(
        &self,
        [rows, cols]: [usize; 2],
        channels: Channels,
        background: u8,
    ) -> Result<Raster, ImageError> {
        let count = channels.count();
        let (line_len, piece_len) = (cols * count, rows * cols * count);
        let (tops, lefts) = (starts(self.rows(), rows), starts(self.cols(), cols));
        let mut pieces = vec![0; tops.len() * lefts.len() * piece_len];
        let mut all = self.pixel_rows(channels, background)?;
        let mut row = vec![0; self.cols() * count];
        let mut strips = pieces.chunks_exact_mut(lefts.len() * piece_len).zip(&tops);
        let (mut y, mut strip) = (0, strips.next());
        while let Some((pieces, top)) = &mut strip {
            all.next_into(&mut row)?;
            let last = y + 1 == self.rows();
            if y >= **top {
                let line = y - **top;
                // Below the image its last row is continued.
                for line in line..if last { rows } else { line + 1 } {
                    for (piece, &left) in pieces.chunks_exact_mut(piece_len).zip(&lefts) {
                        let line = &mut piece[line * line_len..][..line_len];
                        continued(line, &row[left * count..], count);
                    }
                }
            }
            y += 1;
            if last || y == **top + rows {
                strip = strips.next();
            }
        }
        Ok(Raster::new(tops.len() * lefts.len() * rows, cols, channels, pieces))
    }
}

/// Copies `row` to the start of `line`, and fills the rest with its last pixel of `channels`
/// values.
fn continued(line: &mut [u8], row: &[u8], channels: usize) {
    let len = row.len().min(line.len());
    line[..len].copy_from_slice(&row[..len]);
    let last = &row[len - channels..len];
    line[len..].chunks_exact_mut(channels).for_each(|pixel| pixel.copy_from_slice(last));
}

/// The starts of pieces of `piece` pixels on a side of `side`.
fn starts(side: usize, piece: usize) -> Vec<usize> {
    assert!(piece > 0, "pieces of an image have at least 1x1 pixels");
    let free = side.saturating_sub(piece);
    match (side / piece).min(MOST_ALONG_A_SIDE) {
        0 | 1 => vec![free / 2],
        count => (0..count).map(|i| i * free / (count - 1)).collect(),
    }
}

/// A reduced image, made from rows one by one: each pixel is the mean of a square.
#[derive(Clone, Debug)]
pub struct Reduced {
    size: [usize; 2],
    channels: Channels,
    /// The side of a square.
    step: usize,
    /// The sums of the squares of the row that is being filled, channel by channel.
    sums: Vec<u64>,
    /// The number of rows in the sums.
    rows: usize,
    values: Vec<u8>,
}

impl Reduced {
    /// Begins for an image of `size`, rows and columns, whose sides become at most `longest`. An
    /// image that is small enough does not change.
    ///
    /// # Panics
    /// If a side or `longest` is zero.
    #[must_use]
    pub fn new(size: [usize; 2], channels: Channels, longest: usize) -> Self {
        let step = size[0].max(size[1]).div_ceil(longest);
        let sums = vec![0; size[1].div_ceil(step) * channels.count()];
        Self { size, channels, step, sums, rows: 0, values: Vec::new() }
    }

    /// Adds the next row.
    ///
    /// # Panics
    /// If its length is not the number of columns times the number of channels.
    pub fn row(&mut self, row: &[u8]) {
        let (cols, channels, found) = (self.size[1], self.channels.count(), row.len());
        assert!(found == cols * channels, "a row of {found} for an image of {cols} columns");
        let squares = row.chunks(self.step * channels);
        for (sums, values) in self.sums.chunks_exact_mut(channels).zip(squares) {
            for pixel in values.chunks_exact(channels) {
                sums.iter_mut().zip(pixel).for_each(|(sum, &value)| *sum += u64::from(value));
            }
        }
        self.rows += 1;
        let rows_before = self.values.len() / self.sums.len() * self.step;
        if self.rows == self.step.min(self.size[0] - rows_before) {
            let means = self.sums.iter().enumerate().map(|(i, sum)| {
                let width = self.step.min(cols - i / channels * self.step);
                let count = (width * self.rows) as u64;
                ((sum + count / 2) / count) as u8
            });
            self.values.extend(means);
            self.sums.fill(0);
            self.rows = 0;
        }
    }

    /// Returns the reduced image, after its last row.
    ///
    /// # Panics
    /// If rows are missing.
    #[must_use]
    pub fn finish(self) -> Raster {
        let [rows, cols] = self.size.map(|side| side.div_ceil(self.step));
        Raster::new(rows, cols, self.channels, self.values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_spread_over_the_image_and_do_not_overlap() {
        assert_eq!(starts(28, 28), [0]);
        assert_eq!(starts(5, 28), [0]);
        assert_eq!(starts(55, 28), [13]);
        assert_eq!(starts(56, 28), [0, 28]);
        assert_eq!(starts(100, 28), [0, 36, 72]);
        let many = starts(10_000, 28);
        assert_eq!((many.len(), many[0], many[7]), (8, 0, 9972));
    }

    #[test]
    fn a_reduced_image_has_the_means_of_squares() {
        let reduced = |size: [usize; 2], longest: usize, pixels: &[u8]| {
            let reduced_of = |channels: Channels, values: &[u8]| {
                let mut reduced = Reduced::new(size, channels, longest);
                values.chunks(size[1] * channels.count()).for_each(|row| reduced.row(row));
                reduced.finish()
            };
            let gray = reduced_of(Channels::Gray, pixels);
            // In color each channel is reduced by itself.
            let negative = |value: &u8| 255 - *value;
            let color: Vec<u8> = pixels.iter().flat_map(|v| [*v, negative(v), 7]).collect();
            let color = reduced_of(Channels::Rgb, &color).planes();
            assert_eq!(color[0].pixels(), gray.values());
            assert!(color[2].pixels().iter().all(|&value| value == 7));
            gray
        };
        let pixels = [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 141];
        // Squares of two by two, cut off at the right and at the bottom.
        let expected = vec![30, 50, 65, 105, 125, 141];
        assert_eq!(reduced([3, 5], 3, &pixels), Raster::new(2, 3, Channels::Gray, expected));
        assert_eq!(reduced([3, 5], 5, &pixels).values(), pixels);
        assert_eq!(reduced([3, 5], 1, &pixels).values(), [70]);
        assert_eq!(reduced([2, 1], 1, &[255, 255]).values(), [255]);
    }
}
