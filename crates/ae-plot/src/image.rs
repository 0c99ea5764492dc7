//! A finished picture, and writing it to a PNG file.

use crate::error::PlotError;
use crate::theme::Rgb;
use std::path::Path;

/// The maximum side of a picture, in pixels.
const MAX_SIDE: usize = 16_384;
/// The maximum number of pixels in a picture: at 4 bytes each, 128 MiB while it is drawn.
const MAX_PIXELS: usize = 1 << 25;

/// Refuses sizes that are zero or beyond the limits, before anything is allocated.
pub(crate) fn check_size(width: usize, height: usize) -> Result<(), PlotError> {
    let fits = width <= MAX_SIDE && height <= MAX_SIDE && width * height <= MAX_PIXELS;
    if fits && width > 0 && height > 0 {
        Ok(())
    } else {
        Err(PlotError::TooLarge { width, height })
    }
}

/// A finished picture: opaque pixels of 8 bits per channel, row by row from the top left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

impl Image {
    /// Wraps `rgb`, which holds `3 * width * height` bytes; the canvas has checked the size.
    pub(crate) fn new(width: usize, height: usize, rgb: Vec<u8>) -> Self {
        debug_assert_eq!(rgb.len(), 3 * width * height);
        Self { width, height, rgb }
    }

    /// A gray picture: `pixels` row by row, 0 black and 255 white.
    ///
    /// # Errors
    /// - [`PlotError::TooLarge`]: beyond 16 384 pixels on a side or 2^25 in all, or without pixels;
    /// - [`PlotError::Length`]: not `width * height` pixels.
    pub fn from_gray(width: usize, height: usize, pixels: &[u8]) -> Result<Self, PlotError> {
        check_size(width, height)?;
        let (expected, found) = (width * height, pixels.len());
        if found != expected {
            let what = format!("pixels of a picture of {width} x {height}");
            return Err(PlotError::Length { what, expected, found });
        }
        let rgb = pixels.iter().flat_map(|&gray| [gray; 3]).collect();
        Ok(Self::new(width, height, rgb))
    }

    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// All pixels as red, green, blue bytes, row by row: `3 * width * height` of them.
    #[must_use]
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// The pixel `x` columns from the left and `y` rows from the top.
    ///
    /// # Panics
    /// If the position is outside of the picture.
    #[must_use]
    pub fn pixel(&self, x: usize, y: usize) -> Rgb {
        assert!(
            x < self.width && y < self.height,
            "pixel ({x}, {y}) is outside of a picture of {} x {}",
            self.width,
            self.height
        );
        let at = 3 * (y * self.width + x);
        [self.rgb[at], self.rgb[at + 1], self.rgb[at + 2]]
    }

    /// The picture as a PNG file in memory: 8-bit gray if it has no color, 8-bit RGB otherwise.
    ///
    /// The bytes depend only on the pixels: no time and no program name is stored.
    ///
    /// # Errors
    /// [`PlotError::Encode`] if the encoder refuses, which no picture of this crate should cause.
    pub fn encode_png(&self) -> Result<Vec<u8>, PlotError> {
        let mut file = Vec::new();
        // `check_size` keeps both sides far below u32::MAX.
        let mut encoder = png::Encoder::new(&mut file, self.width as u32, self.height as u32);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Balanced);
        let gray = self.rgb.chunks_exact(3).all(|p| p[0] == p[1] && p[1] == p[2]);
        if gray {
            encoder.set_color(png::ColorType::Grayscale);
            let luma: Vec<u8> = self.rgb.iter().step_by(3).copied().collect();
            let mut writer = encoder.write_header()?;
            writer.write_image_data(&luma)?;
            writer.finish()?;
        } else {
            encoder.set_color(png::ColorType::Rgb);
            let mut writer = encoder.write_header()?;
            writer.write_image_data(&self.rgb)?;
            writer.finish()?;
        }
        Ok(file)
    }

    /// Writes the picture to `path` as PNG, replacing an existing file.
    ///
    /// A reader sees the old picture or the new one, never half of one ([`ae_files::replace`]).
    ///
    /// # Errors
    /// [`PlotError::Write`], naming `path`, if the folder does not exist or cannot be written to.
    pub fn write_png(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        Ok(ae_files::replace(path, &self.encode_png()?)?)
    }
}
