//! Reads a whole image, and checks it before its decoder sees a byte.

use crate::error::ImageError;
use crate::file::ImageFile;
use crate::gray::GrayImage;
use ae_files::printable;
use std::io::Read;
use std::path::Path;

/// The eight bytes at the start of every PNG file.
const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// The first chunk's length and type; width and height follow it.
const FIRST_CHUNK: [u8; 8] = *b"\x00\x00\x00\x0dIHDR";

/// The limits of an image file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The maximum length of the file in bytes. A pipe's bytes are kept in memory.
    pub max_file_bytes: u64,
    /// The maximum side in pixels. A pass over the rows takes some 50 bytes for each column.
    pub max_side: u32,
    /// The maximum number of pixels. A whole image takes one byte of memory per pixel, or two while
    /// it is rotated.
    pub max_pixels: u64,
}

impl Default for Limits {
    /// A file of 1 GiB, sides of 65,536 and 100 million pixels: three times a page of A4 at 600
    /// dots per inch.
    fn default() -> Self {
        Self { max_file_bytes: 1 << 30, max_side: 1 << 16, max_pixels: 100_000_000 }
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
    ImageFile::open(path, &options.limits)?.read(options.background)
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
    ImageFile::from_reader(reader, name, &options.limits)?.read(options.background)
}

/// The height and width in the header. The decoder would read them too, but its error does not
/// contain the size of the image.
pub(crate) fn announced_size(bytes: &[u8], path: &Path) -> Result<(u32, u32), ImageError> {
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

/// Names the kind of the file, or else its first bytes.
fn looks_like(bytes: &[u8]) -> String {
    let first = || bytes.iter().take(8).map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(" ");
    ae_files::describe(bytes).map_or_else(first, str::to_owned)
}

impl Limits {
    /// Checks the size of the image in the file at `path`, before memory is allocated for it.
    ///
    /// # Errors
    /// An [`ImageError`] if a side is 0 or above the limit, or the pixels are too many.
    pub fn check_size(&self, [rows, cols]: [u32; 2], path: &Path) -> Result<(), ImageError> {
        let path = path.into();
        if rows == 0 || cols == 0 {
            return Err(ImageError::NoPixels { path, rows, cols });
        }
        if rows.max(cols) > self.max_side {
            return Err(ImageError::LongSide { path, limit: self.max_side, rows, cols });
        }
        // Two u32: no overflow.
        if u64::from(rows) * u64::from(cols) > self.max_pixels {
            return Err(ImageError::ManyPixels { path, limit: self.max_pixels, rows, cols });
        }
        Ok(())
    }
}
