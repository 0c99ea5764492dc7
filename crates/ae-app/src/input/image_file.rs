//! Image files in PNG or JPEG. A JPEG image becomes a PNG image in memory: all that follows reads
//! PNG.

use crate::exit::data;
use ae_data::Extents;
use ae_files::{ReadError, printable_path};
use ae_image::{Channels, ImageError, ImageFile, Limits, Raster};
use anyhow::Result;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// The first bytes of a JPEG file.
const JPEG: [u8; 3] = [0xff, 0xd8, 0xff];

/// Opens a file and checks it whole.
pub(super) fn open(path: &Path, limits: &Limits) -> Result<ImageFile> {
    // A pipe or a device can be read only once.
    if !path.is_file() || path.starts_with("/dev") {
        return read(opened(path)?, path, limits);
    }
    let mut first = Vec::new();
    let file = opened(path)?;
    file.take(JPEG.len() as u64).read_to_end(&mut first).map_err(|e| unreadable(path, e))?;
    match first == JPEG {
        true => read(opened(path)?, path, limits),
        false => ImageFile::open(path, limits).map_err(explained),
    }
}

fn opened(path: &Path) -> Result<File, ImageError> {
    Ok(ae_files::open(path)?)
}

fn unreadable(path: &Path, reason: io::Error) -> ImageError {
    ReadError::new(path, reason).into()
}

/// Reads a stream to its end and checks it. Messages contain `name`.
pub(super) fn read(
    stream: impl Read,
    name: impl AsRef<Path>,
    limits: &Limits,
) -> Result<ImageFile> {
    let name = name.as_ref();
    let failed = |reason| unreadable(name, reason);
    let mut stream = BufReader::new(stream);
    if !stream.fill_buf().map_err(failed)?.starts_with(&JPEG) {
        return ImageFile::from_reader(stream, name, limits).map_err(explained);
    }
    let limit = limits.max_file_bytes;
    let mut bytes = Vec::new();
    stream.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(explained(ImageError::LongFile { path: name.into(), limit }));
    }
    let refused = |reason| data(format!("{}: {reason}", printable_path(name)));
    let Extents { height, width, channels } = ae_data::image_extents(&bytes).map_err(refused)?;
    // A JPEG image has sides of 16 bits.
    let sides = [height, width].map(|side| u32::try_from(side).unwrap_or(u32::MAX));
    limits.check_size(sides, name).map_err(explained)?;
    let (_, values) = ae_data::decode_image(&bytes, limits.max_pixels).map_err(refused)?;
    let channels = Channels::of_count(channels).unwrap_or_default();
    let png = Raster::new(height, width, channels, values).to_png();
    let limits = Limits { max_file_bytes: u64::MAX, ..*limits };
    ImageFile::from_reader(png.as_slice(), name, &limits).map_err(explained)
}

/// Adds what helps to the errors that a user can do something about.
fn explained(error: ImageError) -> anyhow::Error {
    match error {
        ImageError::ManyPixels { .. } | ImageError::LongSide { .. } => {
            data(format!("{error} (--max-pixels N takes larger images)")).into()
        }
        ImageError::NotPng { path, found } => {
            let path = printable_path(&path);
            data(format!("{path}: expected a PNG or JPEG file, found {found}")).into()
        }
        error => error.into(),
    }
}
