//! One pass over the rows of a PNG file.

use crate::error::ImageError;
use ae_files::{ReadError, printable};
use png::{Adam7Info, BitDepth, ColorType, DecodingError, Info, InterlaceInfo, Transformations};
use std::io::{self, BufRead, Seek};
use std::path::Path;

/// The memory that the decoder may use besides the pixels, for a color profile and texts.
const BESIDE_THE_PIXELS: u64 = 8 << 20;

/// The number of rows that the decoder may keep, with four channels of 16 bits: before and after
/// the filter, and expanded.
const ROWS_HELD: u64 = 4;
const DECODED_PIXEL: u64 = 8;

/// Bytes from a file or from memory.
pub(crate) trait Bytes: BufRead + Seek {}

impl<T: BufRead + Seek> Bytes for T {}

/// A decoder that has read everything before the first pixel.
pub(crate) struct Decoder<'a> {
    reader: png::Reader<Box<dyn Bytes + 'a>>,
    origin: Origin<'a>,
}

/// One row as it is stored.
pub(crate) struct Row<'a> {
    /// Samples of 8 or 16 bits, big-endian, and no palette.
    pub(crate) line: &'a [u8],
    pub(crate) color: ColorType,
    pub(crate) depth: BitDepth,
    /// The place of the pixels, in an interlaced file.
    pub(crate) pass: Option<Adam7Info>,
}

/// The source of the bytes, for messages.
#[derive(Clone, Copy)]
struct Origin<'a> {
    path: &'a Path,
    /// The number of bytes in all.
    length: u64,
    /// The memory allowed to the decoder.
    budget: u64,
}

impl<'a> Decoder<'a> {
    /// Reads up to the first pixel. `size` is the announced height and width, which the caller has
    /// checked. The limit of memory is set before the decoder sees a byte.
    pub(crate) fn begin(
        bytes: Box<dyn Bytes + 'a>,
        path: &'a Path,
        length: u64,
        size: [u32; 2],
    ) -> Result<Self, ImageError> {
        let [rows, cols] = size;
        let budget = BESIDE_THE_PIXELS + ROWS_HELD * DECODED_PIXEL * u64::from(cols);
        let origin = Origin { path, length, budget };
        let limits = png::Limits { bytes: usize::try_from(budget).unwrap_or(usize::MAX) };
        let mut decoder = png::Decoder::new_with_limits(bytes, limits);
        // Palettes and fewer bits than 8 become samples of 8 bits, a transparent color becomes
        // opacity.
        decoder.set_transformations(Transformations::EXPAND);
        let reader = decoder.read_info().map_err(|error| origin.refusal(error))?;
        let info = reader.info();
        let frame = info.frame_control.map_or((cols, rows), |frame| (frame.width, frame.height));
        if (info.width, info.height) != (cols, rows) || frame != (cols, rows) {
            let reason = format!("expected {cols}x{rows} pixels as in the header, found others");
            return Err(ImageError::Corrupt { path: path.into(), reason });
        }
        Ok(Self { reader, origin })
    }

    pub(crate) fn info(&self) -> &Info<'static> {
        self.reader.info()
    }

    /// The next row of the file. After the last one, the rest of the pixels' chunks is checked.
    pub(crate) fn next(&mut self) -> Result<Option<Row<'_>>, ImageError> {
        let Self { reader, origin } = self;
        let (color, depth) = reader.output_color_type();
        let Some(row) = reader.next_interlaced_row().map_err(|error| origin.refusal(error))? else {
            return Ok(None);
        };
        let pass = match row.interlace() {
            InterlaceInfo::Adam7(pass) => Some(*pass),
            InterlaceInfo::Null(_) => None,
        };
        Ok(Some(Row { line: row.data(), color, depth, pass }))
    }

    /// Reads the chunks after the pixels up to the first damaged one: an end mark may be missing.
    pub(crate) fn rest(&mut self) -> &Info<'static> {
        drop(self.reader.finish());
        self.reader.info()
    }
}

impl Origin<'_> {
    fn refusal(self, error: DecodingError) -> ImageError {
        let path = self.path.into();
        match error {
            DecodingError::IoError(reason) if reason.kind() == io::ErrorKind::UnexpectedEof => {
                ImageError::Cut { path, found: self.length }
            }
            DecodingError::IoError(reason) => ReadError::new(self.path, reason).into(),
            DecodingError::LimitsExceeded => ImageError::OverBudget { path, limit: self.budget },
            other => ImageError::Corrupt { path, reason: printable(&other.to_string()) },
        }
    }
}
