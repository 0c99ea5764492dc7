//! An image that is gray or in color, whichever its file or its model has.

use crate::gray::GrayImage;
use crate::write::png_bytes;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The values of a pixel. As a word it is `gray` or `rgb`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channels {
    /// One value: the gray.
    #[default]
    Gray,
    /// Three values: red, green and blue.
    Rgb,
}

impl Channels {
    /// The number of values: 1 or 3.
    #[must_use]
    pub fn count(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::Rgb => 3,
        }
    }

    const ALL: [Self; 2] = [Self::Gray, Self::Rgb];

    /// The channels of a pixel of this many values; `None` for numbers other than 1 and 3.
    #[must_use]
    pub fn of_count(count: usize) -> Option<Self> {
        Self::ALL.into_iter().find(|channels| channels.count() == count)
    }
}

impl fmt::Display for Channels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gray => "gray",
            Self::Rgb => "rgb",
        })
    }
}

impl FromStr for Channels {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|value| value.to_string() == word);
        found.ok_or_else(|| format!("expected gray or rgb, found '{word}'"))
    }
}

/// An image of one channel or three: bytes row by row, the values of a pixel side by side, 0 the
/// darkest and 255 the brightest. It has at least one row and one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raster {
    rows: usize,
    cols: usize,
    channels: Channels,
    values: Vec<u8>,
}

impl Raster {
    /// Joins a size and its values.
    ///
    /// # Panics
    /// If `rows` or `cols` is zero or above `u32::MAX`, or if the number of values is not
    /// `rows * cols * channels`.
    #[must_use]
    pub fn new(rows: usize, cols: usize, channels: Channels, values: Vec<u8>) -> Self {
        crate::gray::assert_size("an image", rows, cols);
        let len = rows.checked_mul(cols).and_then(|pixels| pixels.checked_mul(channels.count()));
        assert_eq!(Some(values.len()), len, "values of an image of {rows}x{cols}, {channels:?}");
        Self { rows, cols, channels, values }
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

    /// The values of a pixel.
    #[must_use]
    pub fn channels(&self) -> Channels {
        self.channels
    }

    /// All values, row by row.
    #[must_use]
    pub fn values(&self) -> &[u8] {
        &self.values
    }

    /// Takes the values out without copying them.
    #[must_use]
    pub fn into_values(self) -> Vec<u8> {
        self.values
    }

    /// The bytes of a PNG file with these values, compressed quickly. The same image as a file of
    /// another format can so be read by [`ImageFile::from_reader`](crate::ImageFile::from_reader).
    #[must_use]
    pub fn to_png(&self) -> Vec<u8> {
        let bytes = png_bytes([self.rows, self.cols], self.channels, &self.values);
        bytes.expect("a valid size, and memory, which is never full")
    }

    /// The channels as gray images: one, or red, green and blue.
    #[must_use]
    pub fn planes(&self) -> Vec<GrayImage> {
        let count = self.channels.count();
        let plane = |channel: usize| {
            let values = self.values.iter().skip(channel).step_by(count).copied().collect();
            GrayImage::new(self.rows, self.cols, values)
        };
        (0..count).map(plane).collect()
    }

    /// Joins channels of one size: one, or red, green and blue.
    ///
    /// # Panics
    /// If there are neither one nor three, or their sizes differ.
    #[must_use]
    pub fn from_planes(planes: &[GrayImage]) -> Self {
        let channels = Channels::of_count(planes.len());
        let channels = channels.unwrap_or_else(|| panic!("an image of {} channels", planes.len()));
        let (rows, cols) = (planes[0].rows(), planes[0].cols());
        assert!(planes.iter().all(|p| [p.rows(), p.cols()] == [rows, cols]), "channels of a size");
        let pixel = |i: usize| planes.iter().map(move |plane| plane.pixels()[i]);
        Self::new(rows, cols, channels, (0..rows * cols).flat_map(pixel).collect())
    }

    /// [`GrayImage::resize`] of each channel.
    ///
    /// # Panics
    /// Those of [`GrayImage::resize`].
    #[must_use]
    pub fn resize(&self, rows: usize, cols: usize) -> Self {
        self.each(|plane| plane.resize(rows, cols))
    }

    /// [`GrayImage::fit`] of each channel: the background is gray.
    ///
    /// # Panics
    /// Those of [`GrayImage::fit`].
    #[must_use]
    pub fn fit(&self, rows: usize, cols: usize, background: u8) -> Self {
        self.each(|plane| plane.fit(rows, cols, background))
    }

    /// The negative.
    #[must_use]
    pub fn invert(mut self) -> Self {
        self.values.iter_mut().for_each(|value| *value = 255 - *value);
        self
    }

    fn each(&self, change: impl Fn(&GrayImage) -> GrayImage) -> Self {
        Self::from_planes(&self.planes().iter().map(change).collect::<Vec<_>>())
    }
}

impl From<GrayImage> for Raster {
    fn from(image: GrayImage) -> Self {
        let (rows, cols) = (image.rows(), image.cols());
        Self { rows, cols, channels: Channels::Gray, values: image.into_pixels() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(rows: usize, cols: usize) -> Raster {
        let values = (0..rows * cols * 3).map(|i| (i * 7 % 256) as u8).collect();
        Raster::new(rows, cols, Channels::Rgb, values)
    }

    #[test]
    fn channels_come_apart_and_together() {
        let image = ramp(2, 3);
        let planes = image.planes();
        assert_eq!(planes[1].pixels(), [7, 28, 49, 70, 91, 112]);
        assert_eq!(Raster::from_planes(&planes), image);
        let gray = Raster::from(planes[2].clone());
        assert_eq!((gray.channels(), gray.planes()), (Channels::Gray, vec![planes[2].clone()]));
    }

    #[test]
    fn each_channel_is_resized_as_a_gray_image() {
        let image = ramp(9, 7);
        for (plane, expected) in image.resize(4, 5).planes().iter().zip(image.planes()) {
            assert_eq!(*plane, expected.resize(4, 5));
        }
        for (plane, expected) in image.fit(4, 5, 9).planes().iter().zip(image.planes()) {
            assert_eq!(*plane, expected.fit(4, 5, 9));
        }
        assert_eq!(image.resize(9, 7), image);
        assert_eq!(image.clone().invert().invert(), image);
        assert_eq!(image.clone().invert().values()[1], 248);
    }

    #[test]
    #[should_panic(expected = "values of an image of 2x3, Rgb")]
    fn a_wrong_number_of_values_is_the_programmers_error() {
        let _ = Raster::new(2, 3, Channels::Rgb, vec![0; 6]);
    }

    #[test]
    fn channels_are_read_as_they_are_written() {
        for channels in Channels::ALL {
            assert_eq!(channels.to_string().parse(), Ok(channels));
            assert_eq!(Channels::of_count(channels.count()), Some(channels));
        }
        assert!("color".parse::<Channels>().is_err());
    }
}
