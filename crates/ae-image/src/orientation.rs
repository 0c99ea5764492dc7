//! The orientation of an image: the tag `Orientation` of Exif in the chunk `eXIf`.
//!
//! A phone stores the sensor's rows in their order and records how it was held. For each of eight
//! values, Exif 2.32, table 6, defines where row 0 and column 0 of the stored image belong:
//!
//! ```text
//! 1 top, left      2 top, right      3 bottom, right      4 bottom, left
//! 5 left, top      6 right, top      7 right, bottom      8 left, bottom
//! ```
//!
//! From 5 on, rows and columns are exchanged.

use crate::raster::{Channels, Raster};

/// How the stored rows must be turned to be upright.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Orientation {
    /// Whether rows and columns are exchanged, before anything else.
    transposed: bool,
    /// Whether the upright rows run from bottom to top.
    upside_down: bool,
    /// Whether the upright rows run from right to left.
    mirrored: bool,
}

/// The tag's number.
const ORIENTATION: u16 = 0x0112;
/// The size of an entry of a directory: tag, type, count, value.
const ENTRY: usize = 12;

impl Orientation {
    /// The orientation for a value of the tag; `None` if it is not one of the eight.
    pub(crate) fn from_value(value: u32) -> Option<Self> {
        let (transposed, upside_down, mirrored) = match value {
            1 => (false, false, false),
            2 => (false, false, true),
            3 => (false, true, true),
            4 => (false, true, false),
            5 => (true, false, false),
            6 => (true, false, true),
            7 => (true, true, true),
            8 => (true, true, false),
            _ => return None,
        };
        Some(Self { transposed, upside_down, mirrored })
    }

    /// Finds the tag in the content of a chunk `eXIf`, which is a TIFF file without pixels (Exif
    /// 2.32, section 4.5). Returns `None` for malformed content.
    #[must_use]
    pub fn from_exif(content: &[u8]) -> Option<Self> {
        // Some programs keep the prefix that these data have in JPEG files.
        let tiff = Tiff::new(content.strip_prefix(b"Exif\0\0").unwrap_or(content))?;
        let directory = usize::try_from(tiff.long(4)?).ok()?;
        let entries = usize::from(tiff.short(directory)?);
        let first = directory.checked_add(2)?;
        let entry = (0..entries)
            .map_while(|i| first.checked_add(ENTRY * i))
            .take_while(|&at| tiff.short(at).is_some())
            .find(|&at| tiff.short(at) == Some(ORIENTATION))?;
        match (tiff.short(entry + 2)?, tiff.long(entry + 4)?) {
            (SHORT, 1) => Self::from_value(tiff.short(entry + 8)?.into()),
            (LONG, 1) => Self::from_value(tiff.long(entry + 8)?),
            _ => None,
        }
    }

    /// Returns what must be done, in this order: whether rows and columns are exchanged, whether
    /// the rows then run from bottom to top, and whether they run from right to left.
    #[must_use]
    pub fn steps(self) -> [bool; 3] {
        [self.transposed, self.upside_down, self.mirrored]
    }

    pub(crate) fn is_upright(self) -> bool {
        self == Self::default()
    }

    /// Returns whether the rows of the upright image are the columns of the stored one.
    pub(crate) fn exchanges_sides(self) -> bool {
        self.transposed
    }

    /// The upright image.
    pub(crate) fn turn(self, stored: Raster) -> Raster {
        if self.is_upright() {
            return stored;
        }
        let (rows, cols, channels) = (stored.rows(), stored.cols(), stored.channels());
        let (rows, cols, values) = match channels {
            Channels::Gray => self.turned(rows, cols, stored.into_values()),
            Channels::Rgb => {
                let (pixels, _) = stored.values().as_chunks::<3>();
                let (rows, cols, pixels) = self.turned(rows, cols, pixels.to_vec());
                (rows, cols, pixels.into_flattened())
            }
        };
        Raster::new(rows, cols, channels, values)
    }

    /// Turns pixels of any kind.
    fn turned<P: Copy>(self, rows: usize, cols: usize, pixels: Vec<P>) -> (usize, usize, Vec<P>) {
        let Self { transposed, upside_down, mirrored } = self;
        let (rows, cols, mut pixels) = match transposed {
            true => (cols, rows, transpose(&pixels, cols)),
            false => (rows, cols, pixels),
        };
        if upside_down && mirrored {
            pixels.reverse();
        } else if mirrored {
            pixels.chunks_exact_mut(cols).for_each(<[P]>::reverse);
        } else if upside_down {
            for top in 0..rows / 2 {
                let (above, below) = pixels.split_at_mut((rows - 1 - top) * cols);
                above[top * cols..][..cols].swap_with_slice(&mut below[..cols]);
            }
        }
        (rows, cols, pixels)
    }
}

/// The columns of an image of this many, one after the other.
fn transpose<P: Copy>(pixels: &[P], cols: usize) -> Vec<P> {
    let rows = pixels.len() / cols;
    let mut turned = pixels.to_vec();
    for (r, line) in pixels.chunks_exact(cols).enumerate() {
        for (c, &pixel) in line.iter().enumerate() {
            turned[c * rows + r] = pixel;
        }
    }
    turned
}

const SHORT: u16 = 3;
const LONG: u16 = 4;

/// Reads numbers in either byte order, at positions that may be out of range.
struct Tiff<'a> {
    bytes: &'a [u8],
    big_endian: bool,
}

impl<'a> Tiff<'a> {
    fn new(bytes: &'a [u8]) -> Option<Self> {
        let big_endian = match bytes.get(..4)? {
            b"MM\0*" => true,
            b"II*\0" => false,
            _ => return None,
        };
        Some(Self { bytes, big_endian })
    }

    fn short(&self, at: usize) -> Option<u16> {
        let bytes = self.bytes.get(at..)?.first_chunk()?;
        Some(if self.big_endian { u16::from_be_bytes(*bytes) } else { u16::from_le_bytes(*bytes) })
    }

    fn long(&self, at: usize) -> Option<u32> {
        let bytes = self.bytes.get(at..)?.first_chunk()?;
        Some(if self.big_endian { u32::from_be_bytes(*bytes) } else { u32::from_le_bytes(*bytes) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory with one other tag before the orientation.
    fn exif(big_endian: bool, value: u16) -> Vec<u8> {
        let short = |n: u16| if big_endian { n.to_be_bytes() } else { n.to_le_bytes() };
        let long = |n: u32| if big_endian { n.to_be_bytes() } else { n.to_le_bytes() };
        let mut bytes = if big_endian { b"MM\0*".to_vec() } else { b"II*\0".to_vec() };
        bytes.extend(long(8));
        bytes.extend(short(2));
        for (tag, value) in [(0x0100, 77), (ORIENTATION, value)] {
            bytes.extend([short(tag), short(SHORT)].concat());
            bytes.extend(long(1));
            bytes.extend([short(value), short(0)].concat());
        }
        bytes.extend(long(0));
        bytes
    }

    /// The corners of the stored image for each value, by the words of the standard: where row 0
    /// and column 0 belong. Written as the upright image of the stored [1, 2, 3; 4, 5, 6].
    #[test]
    fn each_of_the_eight_values_turns_as_the_standard_says() {
        let stored = Raster::new(2, 3, Channels::Gray, vec![1, 2, 3, 4, 5, 6]);
        // The same grays in color, with a mark on green and blue.
        let color = |values: &[u8]| values.iter().flat_map(|&v| [v, v + 10, v + 20]).collect();
        let stored_color = Raster::new(2, 3, Channels::Rgb, color(stored.values()));
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
            for big_endian in [false, true] {
                let orientation = Orientation::from_exif(&exif(big_endian, value)).unwrap();
                let upright = orientation.turn(stored.clone());
                let turned = |channels, values| Raster::new(rows, 6 / rows, channels, values);
                assert_eq!(upright, turned(Channels::Gray, expected.to_vec()), "{value}");
                let upright = orientation.turn(stored_color.clone());
                assert_eq!(upright, turned(Channels::Rgb, color(&expected)), "{value}");
                assert_eq!(orientation.exchanges_sides(), value > 4);
                assert_eq!(orientation.is_upright(), value == 1);
            }
        }
    }

    #[test]
    fn an_odd_number_of_rows_keeps_its_middle() {
        let stored = Raster::new(3, 1, Channels::Gray, vec![1, 2, 3]);
        let upright = Orientation::from_value(4).unwrap().turn(stored);
        assert_eq!(upright.values(), [3, 2, 1]);
    }

    #[test]
    fn what_is_not_exif_says_nothing() {
        let whole = exif(true, 6);
        assert!(Orientation::from_exif(&[b"Exif\0\0", &whole[..]].concat()).is_some());
        for length in 0..whole.len() {
            // Before the value's second byte, the content is too short; after it, the value is
            // complete.
            let found = Orientation::from_exif(&whole[..length]);
            assert_eq!(found.is_some(), length >= 8 + 2 + 12 + 10, "{length}");
        }
        for value in [0, 9, 65_535] {
            assert_eq!(Orientation::from_exif(&exif(false, value)), None);
        }
        // A directory beyond the end, at the end of the address space, and one of 65,535 entries.
        for directory in [100, u32::MAX] {
            let mut bytes = whole.clone();
            bytes[4..8].copy_from_slice(&directory.to_be_bytes());
            assert_eq!(Orientation::from_exif(&bytes), None);
        }
        let mut bytes = exif(true, 6);
        bytes[8..10].copy_from_slice(&[0xff; 2]);
        bytes[22..24].copy_from_slice(&[0x01, 0x13]);
        assert_eq!(Orientation::from_exif(&bytes), None);
        assert_eq!(Orientation::from_exif(&[0xff; 64]), None);
    }
}
