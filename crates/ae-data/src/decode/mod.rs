//! Image files of unknown origin become bytes: PNG and JPEG, told apart by their first bytes.

mod jpeg;
mod png;

use crate::Extents;
use crate::picture::Picture;

/// Why a file is not an image, in one line without its name.
pub(crate) type Reason = String;

/// The format of an image file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Png,
    Jpeg,
}

impl Format {
    /// Recognizes the format.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            _ if bytes.starts_with(b"\x89PNG\r\n\x1a\n") => Some(Self::Png),
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            _ => None,
        }
    }
}

/// Describes a file that is neither PNG nor JPEG.
pub(crate) fn another_kind(bytes: &[u8]) -> Reason {
    let riff = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    let known = riff.then_some("a WebP image").or_else(|| ae_files::describe(bytes));
    match (bytes.is_empty(), known) {
        (true, _) => "expected a PNG or JPEG image, found an empty file".into(),
        (_, Some(kind)) => format!("expected a PNG or JPEG image, found {kind}"),
        _ => "expected a PNG or JPEG image, found another kind of file".into(),
    }
}

/// Returns the size of the upright image, by the header alone.
pub(crate) fn extents(bytes: &[u8], most_pixels: u64) -> Result<Extents, Reason> {
    match Format::of(bytes) {
        Some(Format::Png) => png::extents(bytes, most_pixels),
        Some(Format::Jpeg) => jpeg::extents(bytes, most_pixels),
        None => Err(another_kind(bytes)),
    }
}

/// Decodes the whole image and turns it upright. Pixels that are not opaque lie on black.
pub(crate) fn decode(bytes: &[u8], most_pixels: u64) -> Result<Picture, Reason> {
    match Format::of(bytes) {
        Some(Format::Png) => png::decode(bytes, most_pixels),
        Some(Format::Jpeg) => jpeg::decode(bytes, most_pixels),
        None => Err(another_kind(bytes)),
    }
}

/// Returns the height, the width and the number of channels of a PNG or JPEG image, turned upright,
/// by its header alone.
///
/// # Errors
/// One line that does not name the file.
pub fn image_extents(bytes: &[u8]) -> Result<Extents, String> {
    extents(bytes, u64::MAX)
}

/// Decodes a PNG or JPEG image of at most `most_pixels` pixels from memory, as it is taken from a
/// folder: upright, and pixels that are not opaque lie on black. The values are an array `[height,
/// width, channels]`.
///
/// # Errors
/// One line that does not name the file.
pub fn decode_image(bytes: &[u8], most_pixels: u64) -> Result<(Extents, Vec<u8>), String> {
    decode(bytes, most_pixels).map(|Picture { extents, values }| (extents, values))
}

/// Checks the announced size before memory is allocated for it.
fn check_size(height: usize, width: usize, most_pixels: u64) -> Result<(), Reason> {
    let pixels = height as u128 * width as u128;
    if pixels == 0 || pixels > u128::from(most_pixels) {
        return Err(format!("expected 1 to {most_pixels} pixels, found {width}x{height}"));
    }
    Ok(())
}
