//! A PNG file that has been checked: first its header, before anything is decoded, then all of it.

use crate::decode::{Bytes, Decoder};
use crate::display::Display;
use crate::error::ImageError;
use crate::gray::GrayImage;
use crate::luma::{self, GrayAlpha};
use crate::orientation::Orientation;
use crate::raster::{Channels, Raster};
use crate::read::{Limits, announced_size};
use crate::rows::PixelRows;
use ae_files::{ReadError, TELLING_BYTES};
use std::fs::File;
use std::io::{BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

/// The minimum opacity of a visible pixel: a quarter.
const VISIBLE: u16 = 1 << 14;

/// The maximum difference between grays that count as equal: an eighth of 65,535.
const ONE_GRAY: u16 = 1 << 13;

/// A PNG file that was decoded once without keeping its pixels. So later passes over its rows find
/// no damage, and everything about the file is known before its pixels are used.
///
/// A regular file is opened again for each pass. Anything else (a pipe, a terminal) can be read
/// only once, so its bytes are kept in compressed form.
#[derive(Debug)]
pub struct ImageFile {
    path: PathBuf,
    source: Source,
    /// The number of bytes.
    length: u64,
    /// Rows and columns as stored.
    stored: [u32; 2],
    orientation: Orientation,
    display: Display,
    ink: Option<u8>,
    colored: bool,
}

#[derive(Debug)]
enum Source {
    Path,
    Bytes(Vec<u8>),
}

impl ImageFile {
    /// Opens a file and checks it from its first byte to its last pixel.
    ///
    /// # Errors
    /// An [`ImageError`] that names the path, if the file is not a valid PNG image within the
    /// limits.
    pub fn open(path: impl AsRef<Path>, limits: &Limits) -> Result<Self, ImageError> {
        let path = path.as_ref();
        let mut file = ae_files::open(path)?;
        let about = file.metadata().map_err(|reason| ReadError::new(path, reason))?;
        // On some systems a device such as /dev/stdin shares its position with the file behind it,
        // even a regular one.
        if !about.is_file() || path.starts_with("/dev") {
            return Self::from_reader(file, path, limits);
        }
        let first = first_bytes(&mut file, path)?;
        let stored = checked_header(&first, limits, path)?;
        if about.len() > limits.max_file_bytes {
            return Err(ImageError::LongFile { path: path.into(), limit: limits.max_file_bytes });
        }
        Self::surveyed(path, Source::Path, about.len(), stored)
    }

    /// Reads all bytes of `reader`, once, and checks them. Messages contain `name`.
    ///
    /// # Errors
    /// Those of [`ImageFile::open`].
    pub fn from_reader(
        mut reader: impl Read,
        name: impl AsRef<Path>,
        limits: &Limits,
    ) -> Result<Self, ImageError> {
        let path = name.as_ref();
        // The header first, because a stream that is not an image may have no end.
        let mut bytes = first_bytes(&mut reader, path)?;
        let stored = checked_header(&bytes, limits, path)?;
        // Reading one byte more than allowed shows whether the file is too long.
        let limit = limits.max_file_bytes;
        let more = limit.saturating_add(1).saturating_sub(bytes.len() as u64);
        // After its end, a terminal would wait for more input.
        if bytes.len() == TELLING_BYTES {
            let read = reader.take(more).read_to_end(&mut bytes);
            read.map_err(|reason| ReadError::new(path, reason))?;
        }
        let length = bytes.len() as u64;
        if length > limit {
            return Err(ImageError::LongFile { path: path.into(), limit });
        }
        Self::surveyed(path, Source::Bytes(bytes), length, stored)
    }

    /// Decodes the whole file to learn what must be known before its pixels are used.
    fn surveyed(
        path: &Path,
        source: Source,
        length: u64,
        stored: [u32; 2],
    ) -> Result<Self, ImageError> {
        let mut file = Self {
            path: path.into(),
            source,
            length,
            stored,
            orientation: Orientation::default(),
            display: Display::default(),
            ink: None,
            colored: false,
        };
        let mut decoder = file.decoder()?;
        let (mut ink, mut colored) = (Ink::default(), false);
        let mut pixels = Vec::new();
        while let Some(row) = decoder.next()? {
            luma::convert(row.line, row.color, row.depth, &mut pixels);
            pixels.iter().for_each(|pixel| ink.see(*pixel));
            colored = colored || luma::is_colored(row.line, row.color, row.depth);
        }
        let info = decoder.rest();
        let exif = info.exif_metadata.as_deref().and_then(Orientation::from_exif);
        let orientation = exif.unwrap_or_default();
        let display = Display::of(info, orientation.exchanges_sides());
        drop(decoder);
        (file.orientation, file.display) = (orientation, display);
        (file.ink, file.colored) = (ink.gray(), colored);
        Ok(file)
    }

    /// Begins a pass over the rows as they are stored.
    pub(crate) fn decoder(&self) -> Result<Decoder<'_>, ImageError> {
        let bytes: Box<dyn Bytes> = match &self.source {
            Source::Path => Box::new(BufReader::with_capacity(1 << 16, reopened(&self.path)?)),
            Source::Bytes(bytes) => Box::new(Cursor::new(&bytes[..])),
        };
        Decoder::begin(bytes, &self.path, self.length, self.stored)
    }

    pub(crate) fn orientation(&self) -> Orientation {
        self.orientation
    }

    /// Rows and columns as stored.
    pub(crate) fn stored(&self) -> [usize; 2] {
        self.stored.map(|side| side as usize)
    }

    /// The path, or the name that the reader was given.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The height of the upright image.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.stored()[usize::from(self.orientation.exchanges_sides())]
    }

    /// The width of the upright image.
    #[must_use]
    pub fn cols(&self) -> usize {
        self.stored()[usize::from(!self.orientation.exchanges_sides())]
    }

    /// How the pixels are to be displayed, according to the file.
    #[must_use]
    pub fn display(&self) -> &Display {
        &self.display
    }

    /// The gray of a drawing that exists only in the opacity: parts of the image are transparent,
    /// and all visible pixels have this gray, up to an eighth of the range. On a background of the
    /// same gray the drawing is invisible. `None` for any other image.
    #[must_use]
    pub fn ink(&self) -> Option<u8> {
        self.ink
    }

    /// Whether a pixel that is not entirely transparent has a color: red, green and blue that
    /// differ. A gray image may be stored in color, as many scanners do.
    #[must_use]
    pub fn is_colored(&self) -> bool {
        self.colored
    }

    /// The background for this image: `preferred`, unless the drawing exists only in the opacity
    /// ([`ImageFile::ink`]) and has about the same gray. Then the background is white behind dark
    /// ink and black behind light ink.
    #[must_use]
    pub fn background(&self, preferred: u8) -> u8 {
        match self.ink {
            Some(ink) if ink < 128 && preferred < 128 => 255,
            Some(ink) if ink >= 128 && preferred >= 128 => 0,
            _ => preferred,
        }
    }

    /// A pass over the rows of the upright image as gray. Transparent pixels let the gray
    /// `background` through.
    ///
    /// A file that stores its rows from top to bottom is decoded as the rows are asked for. An
    /// interlaced file, or one to be turned, is decoded whole, into one byte for each pixel (two
    /// while columns become rows).
    ///
    /// # Errors
    /// [`ImageError`] if the file cannot be read any longer.
    pub fn gray_rows(&self, background: u8) -> Result<PixelRows<'_>, ImageError> {
        self.pixel_rows(Channels::Gray, background)
    }

    /// As [`ImageFile::gray_rows`], in color: red, green and blue of each pixel side by side. A
    /// gray image gives three equal values. A file that is decoded whole takes three times the
    /// memory.
    ///
    /// # Errors
    /// Those of [`ImageFile::gray_rows`].
    pub fn color_rows(&self, background: u8) -> Result<PixelRows<'_>, ImageError> {
        self.pixel_rows(Channels::Rgb, background)
    }

    /// [`ImageFile::gray_rows`] or [`ImageFile::color_rows`].
    ///
    /// # Errors
    /// Those of [`ImageFile::gray_rows`].
    pub fn pixel_rows(
        &self,
        channels: Channels,
        background: u8,
    ) -> Result<PixelRows<'_>, ImageError> {
        PixelRows::new(self, channels, background)
    }

    /// The whole upright image as gray.
    ///
    /// # Errors
    /// Those of [`ImageFile::gray_rows`].
    pub fn read(&self, background: u8) -> Result<GrayImage, ImageError> {
        let raster = self.gray_rows(background)?.into_raster()?;
        Ok(GrayImage::new(raster.rows(), raster.cols(), raster.into_values()))
    }

    /// The whole upright image, gray or in color.
    ///
    /// # Errors
    /// Those of [`ImageFile::gray_rows`].
    pub fn read_raster(&self, channels: Channels, background: u8) -> Result<Raster, ImageError> {
        self.pixel_rows(channels, background)?.into_raster()
    }
}

fn first_bytes(reader: &mut impl Read, path: &Path) -> Result<Vec<u8>, ImageError> {
    let mut bytes = Vec::with_capacity(TELLING_BYTES);
    let read = reader.take(TELLING_BYTES as u64).read_to_end(&mut bytes);
    read.map_err(|reason| ReadError::new(path, reason))?;
    Ok(bytes)
}

fn checked_header(first: &[u8], limits: &Limits, path: &Path) -> Result<[u32; 2], ImageError> {
    let (rows, cols) = announced_size(first, path)?;
    limits.check_size([rows, cols], path)?;
    Ok([rows, cols])
}

fn reopened(path: &Path) -> Result<File, ImageError> {
    Ok(ae_files::open(path)?)
}

/// The range of grays of all visible pixels, and whether other pixels are transparent.
#[derive(Default)]
struct Ink {
    range: Option<(u16, u16)>,
    transparent: bool,
}

impl Ink {
    fn see(&mut self, [luma, alpha]: GrayAlpha) {
        self.transparent |= alpha < u16::MAX;
        if alpha >= VISIBLE {
            let (darkest, lightest) = self.range.unwrap_or((luma, luma));
            self.range = Some((darkest.min(luma), lightest.max(luma)));
        }
    }

    fn gray(&self) -> Option<u8> {
        let (darkest, lightest) = self.range.filter(|_| self.transparent)?;
        let half = (lightest - darkest) / 2;
        (2 * half <= ONE_GRAY).then(|| ((darkest + half) / 257) as u8)
    }
}
