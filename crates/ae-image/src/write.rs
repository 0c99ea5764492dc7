//! Writes an image row by row, gray or in color.

use crate::display::Display;
use crate::raster::Channels;
use ae_files::WriteError;
use png::{BitDepth, ColorType, Compression, Info, Writer};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// The maximum number of pixels of an image that is compressed in one piece. Compressing row by row
/// gives other bytes for the same pixels.
const ONE_PIECE: usize = 1 << 25;

/// The number of bytes in a chunk of compressed pixels of a larger image.
const CHUNK: usize = 1 << 20;

/// A PNG file of 8 bits for each value that is being written.
pub struct RowWriter<'a> {
    writer: &'a mut dyn Write,
    path: &'a Path,
}

impl RowWriter<'_> {
    /// Writes the next row, the values of a pixel side by side.
    ///
    /// # Errors
    /// [`WriteError`] if the disk is full, for example.
    pub fn row(&mut self, row: &[u8]) -> Result<(), WriteError> {
        let written = self.writer.write_all(row);
        written.map_err(|reason| WriteError { path: self.path.into(), reason })
    }
}

/// Replaces the file at `path` by a PNG file of 8-bit gray or color with `rows` and `cols`, whose
/// rows `fill` writes. The file appears when it is complete ([`ae_files::replace_with`]).
///
/// The bytes depend only on the pixels and `display`. Images of up to 2^25 pixels are compressed in
/// one piece and take one byte of memory per value; larger ones take the memory of a few rows.
///
/// # Errors
/// Those of `fill`, and [`WriteError`] if the file cannot be written or `fill` wrote too few rows.
/// The path is then unchanged.
pub fn write_rows<E: From<WriteError>>(
    path: &Path,
    [rows, cols]: [usize; 2],
    channels: Channels,
    display: &Display,
    fill: impl FnOnce(&mut RowWriter<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let mut failed = None;
    let written = ae_files::replace_with(path, |file| {
        let file = BufWriter::new(file);
        let mut encoder = begin(file, [rows, cols], channels, display, Compression::Balanced)?;
        let filled = |writer: &mut dyn Write| match fill(&mut RowWriter { writer, path }) {
            Ok(()) => Ok(()),
            Err(error) => {
                failed = Some(error);
                Err(io::Error::other("given up"))
            }
        };
        if rows.saturating_mul(cols) <= ONE_PIECE {
            let mut pixels = Vec::with_capacity(rows * cols * channels.count());
            filled(&mut pixels)?;
            encoder.write_image_data(&pixels)?;
        } else {
            let mut writer = encoder.stream_writer_with_size(CHUNK)?;
            filled(&mut writer)?;
            writer.finish()?;
        }
        encoder.finish()?;
        Ok(())
    });
    match failed {
        Some(error) => Err(error),
        None => Ok(written?),
    }
}

/// Returns the bytes of a PNG file of 8-bit gray or color, compressed quickly.
pub(crate) fn png_bytes(
    size: [usize; 2],
    channels: Channels,
    values: &[u8],
) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let display = Display::default();
    let mut writer = begin(&mut bytes, size, channels, &display, Compression::Fastest)?;
    writer.write_image_data(values)?;
    writer.finish()?;
    Ok(bytes)
}

fn begin<W: Write>(
    file: W,
    size: [usize; 2],
    channels: Channels,
    display: &Display,
    compression: Compression,
) -> io::Result<Writer<W>> {
    let side = |side| u32::try_from(side).map_err(io::Error::other);
    let mut info = Info::with_size(side(size[1])?, side(size[0])?);
    if channels == Channels::Rgb {
        display.describe_colors(&mut info);
    }
    let mut encoder = png::Encoder::with_info(file, info)?;
    encoder.set_color(match channels {
        Channels::Gray => ColorType::Grayscale,
        Channels::Rgb => ColorType::Rgb,
    });
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(compression);
    display.write(&mut encoder);
    Ok(encoder.write_header()?)
}
