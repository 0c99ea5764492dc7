//! Reads an image: the file within its limit, then the header with its checks, and only then the
//! decoder.

use crate::error::ImageError;
use crate::gray::GrayImage;
use ae_files::{ReadError, printable};
use image::DynamicImage;
use image::codecs::png::PngDecoder;
use std::io::{self, Cursor, Read};
use std::path::Path;

/// The eight bytes at the start of every PNG file.
const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// The first chunk's length and type; width and height follow it.
const FIRST_CHUNK: [u8; 8] = *b"\x00\x00\x00\x0dIHDR";

/// The maximum size of a decoded pixel in bytes: four channels of 16 bits.
const DECODED_PIXEL: u64 = 8;

/// The memory that the decoder may hold besides the pixels: rows before and after the filter, a
/// color profile, texts.
const BESIDE_THE_PIXELS: u64 = 8 << 20;

/// The limits of an image file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The maximum length of the file in bytes.
    pub max_file_bytes: u64,
    /// The maximum side in pixels.
    pub max_side: u32,
    /// The maximum number of pixels. Reading takes up to 13 bytes of memory for each, and the
    /// file's own length.
    pub max_pixels: u64,
}

impl Default for Limits {
    /// A file of 64 MiB, sides of 16,384 and 2^25 pixels: a photograph of 33 megapixels, which
    /// takes about 500 MB.
    fn default() -> Self {
        Self { max_file_bytes: 64 << 20, max_side: 1 << 14, max_pixels: 1 << 25 }
    }
}

/// The options of reading an image file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The limits of the file.
    pub limits: Limits,
    /// The gray that shows through where the image is transparent. The default is 0, black: the
    /// background of MNIST and Fashion-MNIST. Dark ink on transparent paper needs 255 (and then
    /// [`GrayImage::invert`]).
    pub background: u8,
}

/// Reads one PNG file of any color type and depth as gray.
///
/// # Errors
/// An [`ImageError`] that names the path, if the file is not a valid PNG image within the limits.
pub fn read_file(path: impl AsRef<Path>, options: &Options) -> Result<GrayImage, ImageError> {
    let path = path.as_ref();
    read(ae_files::open(path)?, path, options)
}

/// Reads one PNG image from `reader`. Messages contain `name`.
///
/// # Errors
/// Those of [`read_file`].
pub fn read(
    reader: impl Read,
    name: impl AsRef<Path>,
    options: &Options,
) -> Result<GrayImage, ImageError> {
    let path = name.as_ref();
    let limits = &options.limits;
    let bytes = all_bytes(reader, path, limits.max_file_bytes)?;
    let (rows, cols) = announced_size(&bytes, path)?;
    check_size(rows, cols, limits, path)?;
    let image = decode(&bytes, rows, cols, path)?;
    let pixels = over_background(&image, options.background);
    Ok(GrayImage::new(rows as usize, cols as usize, pixels))
}

fn all_bytes(reader: impl Read, path: &Path, limit: u64) -> Result<Vec<u8>, ImageError> {
    let mut bytes = Vec::new();
    // Reading one byte more than allowed shows whether the file is too long.
    let read = reader.take(limit.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|reason| ReadError::new(path, reason))?;
    if bytes.len() as u64 > limit {
        return Err(ImageError::LongFile { path: path.into(), limit });
    }
    Ok(bytes)
}

/// The height and width in the header. The decoder would read them too, but its error does not
/// contain the size of the image.
fn announced_size(bytes: &[u8], path: &Path) -> Result<(u32, u32), ImageError> {
    let cut = || ImageError::Cut { path: path.into(), found: bytes.len() as u64 };
    let Some(rest) = bytes.strip_prefix(&SIGNATURE) else {
        // An empty file, or the first bytes of a signature, is an interrupted download.
        return Err(if SIGNATURE.starts_with(bytes) {
            cut()
        } else {
            ImageError::NotPng { path: path.into(), found: looks_like(bytes) }
        });
    };
    let Some((first, rest)) = rest.split_first_chunk::<8>() else { return Err(cut()) };
    if *first != FIRST_CHUNK {
        let found = printable(&String::from_utf8_lossy(&first[4..]));
        let reason = format!("expected the chunk IHDR of 13 bytes first, found {found}");
        return Err(ImageError::Corrupt { path: path.into(), reason });
    }
    let Some((size, _)) = rest.split_first_chunk::<8>() else { return Err(cut()) };
    let [w0, w1, w2, w3, h0, h1, h2, h3] = *size;
    Ok((u32::from_be_bytes([h0, h1, h2, h3]), u32::from_be_bytes([w0, w1, w2, w3])))
}

/// Names the most common other formats, which viewers open under any file name.
fn looks_like(bytes: &[u8]) -> String {
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(64)]).to_ascii_lowercase();
    let start = start.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let name = match bytes {
        [0xff, 0xd8, 0xff, ..] => "a JPEG file",
        [b'G', b'I', b'F', b'8', ..] => "a GIF file",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "a WebP file",
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => "a TIFF file",
        [b'B', b'M', _, _, _, _, 0, 0, ..] => "a BMP file",
        _ if ["<!doctype html", "<html", "<head"].iter().any(|tag| start.starts_with(tag)) => {
            "an HTML page (did the download fail?)"
        }
        _ => {
            let first: Vec<_> = bytes.iter().take(8).map(|b| format!("{b:02x}")).collect();
            return first.join(" ");
        }
    };
    name.into()
}

/// Checks the size in u64 before a byte is allocated for it.
fn check_size(rows: u32, cols: u32, limits: &Limits, path: &Path) -> Result<(), ImageError> {
    let path = path.into();
    if rows == 0 || cols == 0 {
        return Err(ImageError::NoPixels { path, rows, cols });
    }
    if rows.max(cols) > limits.max_side {
        return Err(ImageError::LongSide { path, limit: limits.max_side, rows, cols });
    }
    // Two u32: no overflow.
    if u64::from(rows) * u64::from(cols) > limits.max_pixels {
        return Err(ImageError::ManyPixels { path, limit: limits.max_pixels, rows, cols });
    }
    Ok(())
}

/// Decodes pixels of any color type to luma and alpha. Both limits are set before the decoder sees
/// a byte. The header has been checked, so only data besides the pixels can exceed them.
fn decode(bytes: &[u8], rows: u32, cols: u32, path: &Path) -> Result<GrayAlpha16, ImageError> {
    let budget = u64::from(rows)
        .saturating_mul(u64::from(cols))
        .saturating_mul(DECODED_PIXEL)
        .saturating_add(BESIDE_THE_PIXELS);
    let mut limits = image::Limits::no_limits();
    limits.max_image_width = Some(cols);
    limits.max_image_height = Some(rows);
    limits.max_alloc = Some(budget);
    let explain = |error| refusal(error, bytes.len(), budget, path);
    let decoder = PngDecoder::with_limits(Cursor::new(bytes), limits).map_err(explain)?;
    let image = DynamicImage::from_decoder(decoder).map_err(explain)?;
    Ok(image.into_luma_alpha16())
}

type GrayAlpha16 = image::ImageBuffer<image::LumaA<u16>, Vec<u16>>;

fn over_background(image: &GrayAlpha16, background: u8) -> Vec<u8> {
    image.pixels().map(|pixel| over(pixel.0, background)).collect()
}

/// `alpha luma + (1 - alpha) background`, rounded once, from 16 bits to 8. A gray of 8 bits does
/// not change: the decoder stores it as 257 times itself.
fn over([luma, alpha]: [u16; 2], background: u8) -> u8 {
    const ONE: u64 = u16::MAX as u64;
    let (luma, alpha) = (u64::from(luma), u64::from(alpha));
    let sum = luma * alpha + 257 * u64::from(background) * (ONE - alpha);
    // At most 255, since both terms are shares of ONE * ONE.
    ((sum + ONE * 257 / 2) / (ONE * 257)) as u8
}

fn refusal(error: image::ImageError, length: usize, limit: u64, path: &Path) -> ImageError {
    let path = path.into();
    match error {
        image::ImageError::IoError(reason) if reason.kind() == io::ErrorKind::UnexpectedEof => {
            ImageError::Cut { path, found: length as u64 }
        }
        image::ImageError::Limits(_) => ImageError::OverBudget { path, limit },
        // The bytes are in memory, so any other error is in the file.
        other => ImageError::Corrupt { path, reason: printable(&other.to_string()) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gray_of_eight_bits_comes_out_as_it_went_in() {
        for value in 0..=255u8 {
            let luma = 257 * u16::from(value);
            assert_eq!(over([luma, u16::MAX], 77), value, "opaque");
            assert_eq!(over([luma, 0], value), value, "transparent: the background alone");
            assert_eq!(over([luma, 0x8080], value), value, "the same gray over itself");
        }
    }

    #[test]
    fn a_mixture_is_rounded_to_the_nearest_gray() {
        // Compared with f64 for a sample of all values. No mixture of these lies halfway between
        // two grays.
        for luma in (0..=u16::MAX).step_by(4999) {
            for alpha in (0..=u16::MAX).step_by(3571) {
                for background in [0, 1, 100, 255] {
                    let share = f64::from(alpha) / 65535.0;
                    let exact =
                        share * f64::from(luma) / 257.0 + (1.0 - share) * f64::from(background);
                    let found = f64::from(over([luma, alpha], background));
                    assert!((found - exact).abs() <= 0.5 + 1e-9, "{luma} {alpha} {background}");
                }
            }
        }
    }
}
