//! The upright rows of a file, one after the other.

use crate::decode::Decoder;
use crate::error::ImageError;
use crate::file::ImageFile;
use crate::gray::GrayImage;
use crate::luma::{GrayAlpha, over};

/// The gray rows of an upright image from top to bottom ([`ImageFile::gray_rows`]).
pub struct GrayRows<'a> {
    file: &'a ImageFile,
    background: u8,
    rows: Rows<'a>,
}

enum Rows<'a> {
    /// Decoded as they are asked for.
    Decoded(Box<Decoder<'a>>),
    /// Decoded before, because they are not stored in this order; with the number of the next row.
    Whole(GrayImage, usize),
}

impl<'a> GrayRows<'a> {
    pub(crate) fn new(file: &'a ImageFile, background: u8) -> Result<Self, ImageError> {
        let decoder = Box::new(file.decoder()?);
        let in_order = !decoder.info().interlaced && file.orientation().is_upright();
        let rows = if in_order {
            Rows::Decoded(decoder)
        } else {
            Rows::Whole(file.orientation().turn(whole(file, *decoder, background)?), 0)
        };
        Ok(Self { file, background, rows })
    }

    /// Reads the next row into `row`, which has as many pixels as the image has columns.
    ///
    /// # Errors
    /// [`ImageError`] if the file cannot be read any longer.
    ///
    /// # Panics
    /// If `row` has another length, or after the last row.
    pub fn next_into(&mut self, row: &mut [u8]) -> Result<(), ImageError> {
        let cols = self.file.cols();
        assert!(row.len() == cols, "a row of {} for an image of {cols} columns", row.len());
        match &mut self.rows {
            Rows::Decoded(decoder) => {
                let stored = decoder.next()?.expect("no more rows than the image has");
                flatten(stored.pixels, self.background, row);
            }
            Rows::Whole(image, next) => {
                row.copy_from_slice(&image.pixels()[*next * cols..][..cols]);
                *next += 1;
            }
        }
        Ok(())
    }

    /// Returns all rows, before any was read.
    pub(crate) fn into_image(self) -> Result<GrayImage, ImageError> {
        match self.rows {
            Rows::Decoded(decoder) => whole(self.file, *decoder, self.background),
            Rows::Whole(image, _) => Ok(image),
        }
    }
}

fn flatten(pixels: &[GrayAlpha], background: u8, out: &mut [u8]) {
    for (gray, pixel) in out.iter_mut().zip(pixels) {
        *gray = over(*pixel, background);
    }
}

/// Decodes the image as it is stored, with one byte for each pixel.
fn whole(
    file: &ImageFile,
    mut decoder: Decoder<'_>,
    background: u8,
) -> Result<GrayImage, ImageError> {
    let [rows, cols] = file.stored();
    let mut pixels = vec![0; rows * cols];
    let mut line = vec![0; cols];
    let mut next = 0;
    while let Some(row) = decoder.next()? {
        let line = &mut line[..row.pixels.len()];
        flatten(row.pixels, background, line);
        match &row.pass {
            Some(pass) => png::expand_interlaced_row(&mut pixels, cols, line, pass, 8),
            None => {
                pixels[next * cols..][..cols].copy_from_slice(line);
                next += 1;
            }
        }
    }
    Ok(GrayImage::new(rows, cols, pixels))
}
