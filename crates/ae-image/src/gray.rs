//! A gray image, independent of the crate that decoded it.

use image::imageops::{self, FilterType};
use image::{ImageBuffer, Luma};

/// Gray pixels, row by row, 0 black and 255 white; at least one row and one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrayImage {
    rows: usize,
    cols: usize,
    pixels: Vec<u8>,
}

impl GrayImage {
    /// Joins a size and its pixels.
    ///
    /// # Panics
    /// If `rows` or `cols` is zero or above `u32::MAX`, or if the number of pixels is not
    /// `rows * cols`.
    #[must_use]
    pub fn new(rows: usize, cols: usize, pixels: Vec<u8>) -> Self {
        assert_size("a gray image", rows, cols);
        assert_eq!(
            Some(pixels.len()),
            rows.checked_mul(cols),
            "pixels of an image of {rows}x{cols}"
        );
        Self { rows, cols, pixels }
    }

    /// The height.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The width.
    #[must_use]
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// The pixels, row by row.
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Takes the pixels out without copying them.
    #[must_use]
    pub fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }

    /// Exchanges black and white: dark ink on light paper becomes light ink on black, as in MNIST.
    #[must_use]
    pub fn invert(mut self) -> Self {
        for pixel in &mut self.pixels {
            *pixel = 255 - *pixel;
        }
        self
    }

    /// The image in `rows` by `cols` pixels, without regard to its proportions, by linear
    /// interpolation. Where the image shrinks, the triangle is as wide as the distance of the new
    /// pixels, so that every old pixel contributes. The same size gives the same pixels.
    ///
    /// # Panics
    /// When `rows` or `cols` is zero or above `u32::MAX`.
    #[must_use]
    pub fn resize(&self, rows: usize, cols: usize) -> Self {
        assert_size("an image resized", rows, cols);
        // `new` has checked the size.
        let size = |n| u32::try_from(n).unwrap_or(u32::MAX);
        let view: ImageBuffer<Luma<u8>, &[u8]> =
            ImageBuffer::from_raw(size(self.cols), size(self.rows), &self.pixels[..])
                .expect("rows * cols pixels");
        let resized = imageops::resize(&view, size(cols), size(rows), FilterType::Triangle);
        Self::new(rows, cols, resized.into_raw())
    }

    /// Makes every pixel black that is not brighter than `paper`.
    pub(crate) fn clear(mut self, paper: u8) -> Self {
        self.pixels.iter_mut().filter(|pixel| **pixel <= paper).for_each(|pixel| *pixel = 0);
        self
    }

    /// The part of `rows` by `cols` pixels that begins at row `top` and column `left`.
    pub(crate) fn crop(&self, top: usize, left: usize, rows: usize, cols: usize) -> Self {
        let lines = self.pixels.chunks_exact(self.cols).skip(top).take(rows);
        Self::new(rows, cols, lines.flat_map(|line| &line[left..][..cols]).copied().collect())
    }
}

pub(crate) fn assert_size(what: &str, rows: usize, cols: usize) {
    let fits = |n: usize| n > 0 && u32::try_from(n).is_ok();
    assert!(
        fits(rows) && fits(cols),
        "{what} has 1 to {} rows and columns, not {rows}x{cols}",
        u32::MAX
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(rows: usize, cols: usize) -> GrayImage {
        GrayImage::new(rows, cols, (0..rows * cols).map(|i| (i * 7 % 256) as u8).collect())
    }

    #[test]
    fn the_same_size_gives_the_same_pixels() {
        assert_eq!(ramp(5, 9).resize(5, 9), ramp(5, 9));
    }

    #[test]
    fn rows_and_columns_are_not_confused() {
        let bands = GrayImage::new(2, 4, vec![10, 10, 10, 10, 200, 200, 200, 200]);
        let tall = bands.resize(4, 2);
        assert_eq!((tall.rows(), tall.cols()), (4, 2));
        // Each row is of one gray, from dark to light.
        assert!(tall.pixels().chunks(2).all(|row| row[0] == row[1]));
        assert!(tall.pixels().is_sorted());
        assert_eq!((tall.pixels()[0], tall.pixels()[7]), (10, 200));
    }

    #[test]
    fn shrinking_leaves_no_pixel_out() {
        // One white pixel anywhere among 64 must be visible in an image of 2 x 2; with nearest
        // neighbors, 60 of them would be lost.
        for at in 0..64 {
            let mut pixels = vec![0; 64];
            pixels[at] = 255;
            let small = GrayImage::new(8, 8, pixels).resize(2, 2);
            assert!(small.pixels().iter().any(|&p| p > 0), "pixel {at}");
        }
    }

    #[test]
    fn a_gray_area_keeps_its_gray_at_any_size() {
        for value in [0, 1, 127, 254, 255] {
            for size in [1, 3, 20, 57] {
                let flat = GrayImage::new(7, 5, vec![value; 35]).resize(size, 2 * size);
                assert!(flat.pixels().iter().all(|&p| p == value), "{value} at {size}");
            }
        }
    }

    #[test]
    fn inverting_twice_changes_nothing() {
        assert_eq!(ramp(3, 3).invert().pixels()[1], 248);
        assert_eq!(ramp(3, 3).invert().invert(), ramp(3, 3));
    }

    #[test]
    fn a_crop_is_the_part_asked_for() {
        let image = GrayImage::new(3, 4, (0..12).collect());
        assert_eq!(image.crop(1, 2, 2, 2), GrayImage::new(2, 2, vec![6, 7, 10, 11]));
    }

    #[test]
    #[should_panic(expected = "1 to 4294967295 rows and columns, not 0x3")]
    fn no_rows_is_the_programmers_error() {
        let _ = ramp(2, 2).resize(0, 3);
    }

    #[test]
    #[should_panic(expected = "pixels of an image of 2x3")]
    fn a_wrong_number_of_pixels_is_the_programmers_error() {
        let _ = GrayImage::new(2, 3, vec![0; 5]);
    }
}
