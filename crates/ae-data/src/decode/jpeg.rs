//! JPEG, by `zune-jpeg`.

use super::{Reason, check_size};
use crate::Extents;
use crate::picture::Picture;
use ae_files::printable;
use ae_image::Orientation;
use std::io::Cursor;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

type Decoder<'a> = JpegDecoder<Cursor<&'a [u8]>>;

fn refusal(error: DecodeErrors) -> Reason {
    format!("a damaged JPEG image: {}", printable(&error.to_string()))
}

/// The format's own limit of sides; the number of pixels is checked here. In strict mode a file
/// that ends in the middle of its pixels is refused, which would otherwise be gray there.
fn options() -> DecoderOptions {
    let most = usize::from(u16::MAX);
    DecoderOptions::default().set_max_width(most).set_max_height(most).set_strict_mode(true)
}

/// Reads the header and checks the size.
fn begin(bytes: &[u8], most_pixels: u64) -> Result<(Decoder<'_>, Extents, Orientation), Reason> {
    let options = options();
    let mut decoder = JpegDecoder::new_with_options(Cursor::new(bytes), options);
    decoder.decode_headers().map_err(refusal)?;
    let info = decoder.info().ok_or("a JPEG image without a header")?;
    let (height, width) = (usize::from(info.height), usize::from(info.width));
    check_size(height, width, most_pixels)?;
    let gray = decoder.input_colorspace() == Some(ColorSpace::Luma);
    let orientation = decoder.exif().and_then(|exif| Orientation::from_exif(exif));
    let channels = if gray { 1 } else { 3 };
    Ok((decoder, Extents { height, width, channels }, orientation.unwrap_or_default()))
}

pub(super) fn extents(bytes: &[u8], most_pixels: u64) -> Result<Extents, Reason> {
    let (_, extents, orientation) = begin(bytes, most_pixels)?;
    Ok(upright(extents, orientation))
}

fn upright(extents: Extents, orientation: Orientation) -> Extents {
    let Extents { height, width, channels } = extents;
    match orientation.steps() {
        [true, ..] => Extents { height: width, width: height, channels },
        _ => extents,
    }
}

pub(super) fn decode(bytes: &[u8], most_pixels: u64) -> Result<Picture, Reason> {
    let (mut decoder, extents, orientation) = begin(bytes, most_pixels)?;
    // CMYK and YCCK become RGB.
    let color = if extents.channels == 1 { ColorSpace::Luma } else { ColorSpace::RGB };
    decoder.set_options(options().jpeg_set_out_colorspace(color));
    let mut values = vec![0; extents.len()];
    if decoder.output_buffer_size() != Some(values.len()) {
        return Err("expected a JPEG image in gray, RGB or CMYK, found another color space".into());
    }
    decoder.decode_into(&mut values).map_err(refusal)?;
    Ok(Picture { extents, values }.turned(orientation))
}
