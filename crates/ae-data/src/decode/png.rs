//! PNG, by `png`.

use super::{Reason, check_size};
use crate::Extents;
use crate::picture::Picture;
use ae_files::printable;
use ae_image::Orientation;
use png::{BitDepth, ColorType, Decoder, DecodingError, Limits, Reader, Transformations};
use std::io::Cursor;

/// The memory that the decoder may use for a color profile and texts.
const BESIDE_THE_PIXELS: usize = 8 << 20;
/// The rows that the decoder may keep, and the most bytes of a pixel.
const ROW_BYTES: usize = 4 * 8;

type PngReader<'a> = Reader<Cursor<&'a [u8]>>;

fn refusal(error: DecodingError) -> Reason {
    format!("a damaged PNG image: {}", printable(&error.to_string()))
}

/// Height and width by the first chunk, which the format puts at a fixed place.
fn size(bytes: &[u8]) -> Option<[usize; 2]> {
    let number = |at: usize| Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?) as usize);
    (bytes.get(12..16)? == b"IHDR").then_some([number(20)?, number(16)?])
}

fn begin(bytes: &[u8], most_pixels: u64) -> Result<(PngReader<'_>, Extents), Reason> {
    let [height, width] = size(bytes).ok_or("a damaged PNG image: it ends in its header")?;
    check_size(height, width, most_pixels)?;
    let budget = width.saturating_mul(ROW_BYTES).saturating_add(BESIDE_THE_PIXELS);
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: budget });
    decoder.set_transformations(Transformations::EXPAND);
    let reader = decoder.read_info().map_err(refusal)?;
    let info = reader.info();
    let frame = info.frame_control.map(|frame| [frame.height as usize, frame.width as usize]);
    if frame.is_some_and(|frame| frame != [height, width]) {
        return Err("expected an animation whose first image is a whole one, found a part".into());
    }
    let gray = matches!(info.color_type, ColorType::Grayscale | ColorType::GrayscaleAlpha);
    let channels = if gray { 1 } else { 3 };
    Ok((reader, Extents { height, width, channels }))
}

fn orientation(reader: &PngReader<'_>) -> Orientation {
    let exif = reader.info().exif_metadata.as_deref();
    exif.and_then(Orientation::from_exif).unwrap_or_default()
}

/// The orientation may follow the pixels, which is rare; it is then found only by [`decode`], and
/// the image counts as one of another size.
pub(super) fn extents(bytes: &[u8], most_pixels: u64) -> Result<Extents, Reason> {
    let (reader, extents) = begin(bytes, most_pixels)?;
    let Extents { height, width, channels } = extents;
    Ok(match orientation(&reader).steps() {
        [true, ..] => Extents { height: width, width: height, channels },
        _ => extents,
    })
}

pub(super) fn decode(bytes: &[u8], most_pixels: u64) -> Result<Picture, Reason> {
    let (mut reader, extents) = begin(bytes, most_pixels)?;
    let (color, depth) = reader.output_color_type();
    let stored = reader.output_buffer_size().ok_or("a PNG image beyond the memory")?;
    let mut raw = vec![0; stored];
    reader.next_frame(&mut raw).map_err(refusal)?;
    // An end mark may be missing; what follows the pixels may say how they are turned.
    drop(reader.finish());
    let samples = match depth {
        BitDepth::Sixteen => raw.chunks_exact(2).map(|s| eight_bits([s[0], s[1]])).collect(),
        _ => raw,
    };
    let values = match color {
        ColorType::GrayscaleAlpha => on_black::<2>(&samples),
        ColorType::Rgba => on_black::<4>(&samples),
        _ => samples,
    };
    if values.len() != extents.len() {
        return Err("a damaged PNG image: the pixels do not match the header".into());
    }
    Ok(Picture { extents, values }.turned(orientation(&reader)))
}

/// The nearest of 256 levels: 65,535 is 255 times 257.
fn eight_bits(sample: [u8; 2]) -> u8 {
    ((u32::from(u16::from_be_bytes(sample)) + 128) / 257) as u8
}

/// Lays pixels of `N` samples, the last of which is the opacity, on black.
fn on_black<const N: usize>(samples: &[u8]) -> Vec<u8> {
    let (pixels, _) = samples.as_chunks::<N>();
    let over = |pixel: &[u8; N]| {
        let alpha = u32::from(pixel[N - 1]);
        pixel.map(|sample| ((u32::from(sample) * alpha + 127) / 255) as u8)
    };
    pixels.iter().flat_map(|pixel| over(pixel).into_iter().take(N - 1)).collect()
}
