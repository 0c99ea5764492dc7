//! One decoded image, and what options do to it.

use crate::{Channels, Extents, Options, Resize};
use ae_image::{LUMA_WEIGHTS, Orientation};
use image::imageops::{self, FilterType};
use image::{ImageBuffer, Luma, Pixel, Rgb};

/// An image `[height, width, channels]` of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) extents: Extents,
    pub(crate) values: Vec<u8>,
}

impl Picture {
    /// Turns a photograph upright.
    pub(crate) fn turned(self, orientation: Orientation) -> Self {
        let [transposed, upside_down, mirrored] = orientation.steps();
        let mut picture = if transposed { self.transposed() } else { self };
        let Extents { width, channels, .. } = picture.extents;
        let line = width * channels;
        if upside_down {
            picture.values = picture.values.chunks_exact(line).rev().flatten().copied().collect();
        }
        if mirrored {
            for row in picture.values.chunks_exact_mut(line) {
                let turned: Vec<u8> = row.chunks_exact(channels).rev().flatten().copied().collect();
                row.copy_from_slice(&turned);
            }
        }
        picture
    }

    /// Exchanges rows and columns.
    pub(crate) fn transposed(self) -> Self {
        let Extents { height, width, channels } = self.extents;
        let mut values = Vec::with_capacity(self.values.len());
        for x in 0..width {
            for y in 0..height {
                values.extend_from_slice(&self.values[(y * width + x) * channels..][..channels]);
            }
        }
        Self { extents: Extents { height: width, width: height, channels }, values }
    }

    /// The image with these channels: luma for gray, three equal ones for a gray image.
    pub(crate) fn with_channels(self, channels: Channels) -> Self {
        let extents = Extents { channels: channels.count(), ..self.extents };
        let values = match (self.extents.channels, channels) {
            (3, Channels::Gray) => self.values.chunks_exact(3).map(luma).collect(),
            (1, Channels::Rgb) => self.values.iter().flat_map(|&v| [v; 3]).collect(),
            _ => self.values,
        };
        Self { extents, values }
    }

    /// The image with this height and width.
    pub(crate) fn resized(self, [height, width]: [usize; 2], resize: Resize) -> Self {
        let from = self.extents;
        if from.size() == [height, width] {
            return self;
        }
        match resize {
            Resize::Stretch => self.stretched(height, width),
            Resize::Fit => {
                let [h, w] = inscribed(from.size(), [height, width]);
                self.stretched(h, w).on_black([height, width])
            }
            Resize::Fill => {
                // The part of the image that has the new proportions.
                let [h, w] = inscribed([height, width], from.size());
                self.middle([h, w]).stretched(height, width)
            }
        }
    }

    /// As `ae-image` resizes: linear, and where the image shrinks every old pixel contributes.
    fn stretched(self, height: usize, width: usize) -> Self {
        let from = self.extents;
        if from.size() == [height, width] {
            return self;
        }
        let values = match from.channels {
            1 => stretched::<Luma<u8>>(self.values, from, height, width),
            _ => stretched::<Rgb<u8>>(self.values, from, height, width),
        };
        Self { extents: Extents { height, width, ..from }, values }
    }

    /// The image in the middle of a black one.
    fn on_black(self, [height, width]: [usize; 2]) -> Self {
        let from = self.extents;
        let extents = Extents { height, width, ..from };
        let mut values = vec![0; extents.len()];
        let (top, left) = ((height - from.height) / 2, (width - from.width) / 2);
        let line = from.width * from.channels;
        for (y, row) in self.values.chunks_exact(line).enumerate() {
            let at = ((top + y) * width + left) * from.channels;
            values[at..at + line].copy_from_slice(row);
        }
        Self { extents, values }
    }

    /// The middle of the image.
    fn middle(self, [height, width]: [usize; 2]) -> Self {
        let from = self.extents;
        let (top, left) = ((from.height - height) / 2, (from.width - width) / 2);
        let lines = self.values.chunks_exact(from.width * from.channels).skip(top).take(height);
        let (begin, length) = (left * from.channels, width * from.channels);
        let values = lines.flat_map(|line| &line[begin..begin + length]).copied().collect();
        Self { extents: Extents { height, width, ..from }, values }
    }
}

fn luma(pixel: &[u8]) -> u8 {
    let sum =
        pixel.iter().zip(LUMA_WEIGHTS).fold(0.0f32, |sum, (&v, w)| f32::from(v).mul_add(w, sum));
    // The weights sum to 1, so it is at most 255.
    sum.round() as u8
}

/// The largest size with the proportions of `shape` that fits into `frame`, at least 1 by 1.
fn inscribed(shape: [usize; 2], frame: [usize; 2]) -> [usize; 2] {
    let [h, w] = shape.map(|n| n as u128);
    let [frame_h, frame_w] = frame.map(|n| n as u128);
    // Rounded to the nearest.
    let scaled = |n: u128, of: u128, by: u128| ((2 * n * by + of) / (2 * of)).max(1);
    let [height, width] = match frame_h * w <= frame_w * h {
        true => [frame_h, scaled(w, h, frame_h).min(frame_w)],
        false => [scaled(h, w, frame_w).min(frame_h), frame_w],
    };
    // No larger than the frame.
    [height as usize, width as usize]
}

fn stretched<P: Pixel<Subpixel = u8> + 'static>(
    values: Vec<u8>,
    from: Extents,
    height: usize,
    width: usize,
) -> Vec<u8> {
    let size = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let view: ImageBuffer<P, Vec<u8>> =
        ImageBuffer::from_raw(size(from.width), size(from.height), values).expect("whole images");
    imageops::resize(&view, size(width), size(height), FilterType::Triangle).into_raw()
}

/// What the options do to each image: the same for all, so that they end in one size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Treatment {
    transpose: bool,
    channels: Channels,
    size: [usize; 2],
    resize: Resize,
}

impl Treatment {
    /// The treatment of images that have this size, after they are transposed, or differ in size.
    pub(crate) fn new(options: &Options, extents: Extents) -> Self {
        let usual = if extents.is_color() { Channels::Rgb } else { Channels::Gray };
        Self {
            transpose: options.transpose,
            channels: options.channels.unwrap_or(usual),
            size: options.size.unwrap_or(extents.size()),
            resize: options.resize,
        }
    }

    /// The size of the results.
    pub(crate) fn extents(self) -> Extents {
        let [height, width] = self.size;
        Extents { height, width, channels: self.channels.count() }
    }

    pub(crate) fn apply(self, picture: Picture) -> Picture {
        let picture = if self.transpose { picture.transposed() } else { picture };
        picture.with_channels(self.channels).resized(self.size, self.resize)
    }

    /// Returns whether images of this size do not change.
    pub(crate) fn keeps(self, extents: Extents) -> bool {
        !self.transpose && self.extents() == extents
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(height: usize, width: usize, values: &[u8]) -> Picture {
        Picture { extents: Extents::gray(height, width), values: values.to_vec() }
    }

    fn color(height: usize, width: usize, values: &[u8]) -> Picture {
        let values: Vec<u8> = values.iter().flat_map(|&v| [v, v + 10, v + 20]).collect();
        Picture { extents: Extents::color(height, width), values }
    }

    /// An Exif block with this orientation.
    fn orientation(value: u8) -> Orientation {
        let block = [b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(), &[value, 0, 0]];
        Orientation::from_exif(&block.concat()).unwrap()
    }

    /// The same corners as in `ae-image`, in gray and in color.
    #[test]
    fn photographs_are_turned_upright() {
        for (value, rows, expected) in [
            (1, 2, [1, 2, 3, 4, 5, 6]),
            (2, 2, [3, 2, 1, 6, 5, 4]),
            (3, 2, [6, 5, 4, 3, 2, 1]),
            (4, 2, [4, 5, 6, 1, 2, 3]),
            (5, 3, [1, 4, 2, 5, 3, 6]),
            (6, 3, [4, 1, 5, 2, 6, 3]),
            (7, 3, [6, 3, 5, 2, 4, 1]),
            (8, 3, [3, 6, 2, 5, 1, 4]),
        ] {
            let stored = [1, 2, 3, 4, 5, 6];
            let gray = picture(2, 3, &stored).turned(orientation(value));
            assert_eq!(gray, picture(rows, 6 / rows, &expected), "{value}");
            let turned = color(2, 3, &stored).turned(orientation(value));
            assert_eq!(turned, color(rows, 6 / rows, &expected), "{value}");
        }
    }

    #[test]
    fn an_image_fits_fills_or_is_stretched() {
        // Two rows of four: the halves are 0 and 200.
        let wide = || picture(2, 4, &[0, 0, 200, 200, 0, 0, 200, 200]);
        let fit = wide().resized([4, 4], Resize::Fit);
        assert_eq!(fit.values, [[0; 4], [0, 0, 200, 200], [0, 0, 200, 200], [0; 4]].concat());
        let fill = wide().resized([2, 2], Resize::Fill);
        assert_eq!(fill.values, [0, 200, 0, 200]);
        let stretched = wide().resized([4, 4], Resize::Stretch);
        assert_eq!(stretched.values, [0, 0, 200, 200].repeat(4));
        let shrunk = color(2, 4, &[0, 0, 200, 200, 0, 0, 200, 200]).resized([1, 1], Resize::Fill);
        assert_eq!(shrunk.values, [100, 110, 120]);
    }

    #[test]
    fn proportions_are_kept() {
        assert_eq!(inscribed([100, 50], [32, 32]), [32, 16]);
        assert_eq!(inscribed([50, 100], [32, 32]), [16, 32]);
        assert_eq!(inscribed([1, 1000], [32, 32]), [1, 32]);
        assert_eq!(inscribed([7, 7], [3, 5]), [3, 3]);
        assert_eq!(inscribed([32, 32], [50, 100]), [50, 50]);
    }

    #[test]
    fn gray_and_color_become_one_another() {
        let gray = picture(1, 2, &[7, 200]);
        let rgb = gray.clone().with_channels(Channels::Rgb);
        assert_eq!(rgb.values, [7, 7, 7, 200, 200, 200]);
        assert_eq!(rgb.with_channels(Channels::Gray), gray);
        let green = Picture { extents: Extents::color(1, 1), values: vec![0, 255, 0] };
        // 0.7152 of 255.
        assert_eq!(green.with_channels(Channels::Gray).values, [182]);
    }

    #[test]
    fn transposing_twice_changes_nothing() {
        let turned = picture(2, 3, &[1, 2, 3, 4, 5, 6]).transposed();
        assert_eq!(turned, picture(3, 2, &[1, 4, 2, 5, 3, 6]));
        assert_eq!(turned.transposed(), picture(2, 3, &[1, 2, 3, 4, 5, 6]));
        assert_eq!(color(2, 2, &[1, 2, 3, 4]).transposed(), color(2, 2, &[1, 3, 2, 4]));
    }
}
