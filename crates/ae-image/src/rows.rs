//! The upright rows of a file, one after the other, gray or in color.

use crate::decode::{Decoder, Row};
use crate::error::ImageError;
use crate::file::ImageFile;
use crate::luma::{self, ColorAlpha, GrayAlpha, over};
use crate::raster::{Channels, Raster};

/// The rows of an upright image from top to bottom ([`ImageFile::gray_rows`],
/// [`ImageFile::color_rows`]).
pub struct PixelRows<'a> {
    file: &'a ImageFile,
    flattener: Flattener,
    rows: Rows<'a>,
}

enum Rows<'a> {
    /// Decoded as they are asked for.
    Decoded(Box<Decoder<'a>>),
    /// Decoded before, because they are not stored in this order; with the number of the next row.
    Whole(Raster, usize),
}

impl<'a> PixelRows<'a> {
    pub(crate) fn new(
        file: &'a ImageFile,
        channels: Channels,
        background: u8,
    ) -> Result<Self, ImageError> {
        let decoder = Box::new(file.decoder()?);
        let mut flattener = Flattener::new(channels, background);
        let in_order = !decoder.info().interlaced && file.orientation().is_upright();
        let rows = if in_order {
            Rows::Decoded(decoder)
        } else {
            let stored = whole(file, *decoder, &mut flattener)?;
            Rows::Whole(file.orientation().turn(stored), 0)
        };
        Ok(Self { file, flattener, rows })
    }

    /// The values of a pixel.
    #[must_use]
    pub fn channels(&self) -> Channels {
        self.flattener.channels
    }

    /// Reads the next row into `row`, which has a value for each channel of each column; the values
    /// of a pixel are side by side.
    ///
    /// # Errors
    /// [`ImageError`] if the file cannot be read any longer.
    ///
    /// # Panics
    /// If `row` has another length, or after the last row.
    pub fn next_into(&mut self, row: &mut [u8]) -> Result<(), ImageError> {
        let (cols, channels) = (self.file.cols(), self.channels().count());
        let len = cols * channels;
        assert!(row.len() == len, "a row of {} for an image of {cols} columns", row.len());
        match &mut self.rows {
            Rows::Decoded(decoder) => {
                let stored = decoder.next()?.expect("no more rows than the image has");
                self.flattener.flatten(&stored, row);
            }
            Rows::Whole(image, next) => {
                row.copy_from_slice(&image.values()[*next * len..][..len]);
                *next += 1;
            }
        }
        Ok(())
    }

    /// Returns all rows, before any was read.
    pub(crate) fn into_raster(mut self) -> Result<Raster, ImageError> {
        match self.rows {
            Rows::Decoded(decoder) => whole(self.file, *decoder, &mut self.flattener),
            Rows::Whole(image, _) => Ok(image),
        }
    }
}

/// Converts stored rows to bytes of one channel or three over a gray background.
struct Flattener {
    channels: Channels,
    background: u8,
    gray: Vec<GrayAlpha>,
    color: Vec<ColorAlpha>,
}

impl Flattener {
    fn new(channels: Channels, background: u8) -> Self {
        Self { channels, background, gray: Vec::new(), color: Vec::new() }
    }

    fn flatten(&mut self, stored: &Row<'_>, out: &mut [u8]) {
        let &Row { line, color, depth, .. } = stored;
        match self.channels {
            Channels::Gray => {
                luma::convert(line, color, depth, &mut self.gray);
                for (gray, pixel) in out.iter_mut().zip(&self.gray) {
                    *gray = over(*pixel, self.background);
                }
            }
            Channels::Rgb => {
                luma::convert_color(line, color, depth, &mut self.color);
                for (out, [rgb @ .., alpha]) in out.chunks_exact_mut(3).zip(&self.color) {
                    for (out, &sample) in out.iter_mut().zip(rgb) {
                        *out = over([sample, *alpha], self.background);
                    }
                }
            }
        }
    }
}

/// Decodes the image as it is stored, with one byte for each value of each pixel.
fn whole(
    file: &ImageFile,
    mut decoder: Decoder<'_>,
    flattener: &mut Flattener,
) -> Result<Raster, ImageError> {
    let [rows, cols] = file.stored();
    let channels = flattener.channels.count();
    let len = cols * channels;
    let mut values = vec![0; rows * len];
    let mut line = vec![0; len];
    let mut next = 0;
    while let Some(row) = decoder.next()? {
        let samples = row.color.samples() * if row.depth == png::BitDepth::Sixteen { 2 } else { 1 };
        let line = &mut line[..row.line.len() / samples * channels];
        flattener.flatten(&row, line);
        match &row.pass {
            Some(pass) => {
                let bits = 8 * channels as u8;
                png::expand_interlaced_row(&mut values, len, line, pass, bits);
            }
            None => {
                values[next * len..][..len].copy_from_slice(line);
                next += 1;
            }
        }
    }
    Ok(Raster::new(rows, cols, flattener.channels, values))
}
