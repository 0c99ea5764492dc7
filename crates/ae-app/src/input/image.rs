//! Opens images of any size from files and pipes, and checks them before they are used.

use super::image_file;
use super::treatment::{KeepColor, Treatment};
use crate::exit::usage;
use ae_files::printable_path;
use ae_image::{Channels, Display, GrayImage, ImageFile, Limits, PixelRows, Raster};
use ae_tensor::Tensor;
use ae_train::Samples;
use anyhow::Result;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The name that stands for standard input.
const STDIN: &str = "-";

/// How images are read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taking {
    /// Whether the model gets their negatives.
    pub(crate) invert: bool,
    /// The channels of the images that the model was trained on.
    pub(crate) model: Channels,
    /// Whether a model of gray images keeps colors.
    pub(crate) keep_color: Option<KeepColor>,
    /// Whether the model was trained on drawings that are dark on light.
    pub(crate) learned_dark_on_light: bool,
    /// The maximum number of pixels, if it is not the default.
    pub(crate) max_pixels: Option<u64>,
}

/// An image that was checked from its first byte to its last pixel.
pub(crate) struct OwnImage {
    file: ImageFile,
    invert: bool,
    background: u8,
    treatment: Treatment,
    model: Channels,
}

/// Refuses arguments that name standard input, or another pipe, twice: it can be read only once.
pub(crate) fn check_sources(paths: &[PathBuf]) -> Result<()> {
    let mut seen = BTreeSet::new();
    let twice = paths.iter().find(|path| !seen.insert(source(path)) && is_read_once(path));
    twice.map_or(Ok(()), |path| {
        let name = printable_path(path);
        Err(usage(format!("{name} is given twice: it is not a file, and can be read only once")))?
    })
}

/// Returns a single name for standard input, which has several.
fn source(path: &Path) -> &Path {
    let names = [STDIN, "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];
    if names.iter().any(|name| path == Path::new(name)) { Path::new(STDIN) } else { path }
}

fn is_read_once(path: &Path) -> bool {
    let not_a_file = |about: fs::Metadata| !about.is_file() && !about.is_dir();
    source(path) == Path::new(STDIN) || fs::metadata(path).is_ok_and(not_a_file)
}

/// Returns the beginning of the names of an image's results: its file name without the extension.
pub(crate) fn result_stem(path: &Path) -> String {
    if path.as_os_str() == STDIN {
        return "stdin".into();
    }
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

impl OwnImage {
    /// Opens an image; `-` is standard input. A pipe or a device is read once, here.
    ///
    /// Transparent pixels get the background of the training images, black or white, unless the
    /// drawing would then be invisible.
    pub(crate) fn open(path: &Path, taking: Taking) -> Result<Self> {
        let usual = Limits::default();
        let limits = match taking.max_pixels {
            Some(max_pixels) => Limits {
                max_pixels,
                max_side: u32::MAX,
                max_file_bytes: usual.max_file_bytes.max(max_pixels.saturating_mul(8)),
            },
            None => usual,
        };
        let file = if path.as_os_str() == STDIN {
            image_file::read(std::io::stdin().lock(), "standard input", &limits)
        } else {
            image_file::open(path, &limits)
        }?;
        let white = taking.invert != taking.learned_dark_on_light;
        let background = file.background(if white { 255 } else { 0 });
        let Taking { invert, model, keep_color, .. } = taking;
        let treatment = Treatment::of(model, keep_color, file.is_colored());
        Ok(Self { file, invert, background, treatment, model })
    }

    /// Returns the height and width.
    pub(crate) fn size(&self) -> [usize; 2] {
        [self.file.rows(), self.file.cols()]
    }

    /// Returns how the model takes the image.
    pub(crate) fn treatment(&self) -> Treatment {
        self.treatment
    }

    /// Returns whether the image has colors that its result will not have.
    pub(crate) fn loses_color(&self) -> bool {
        self.file.is_colored() && self.treatment.image() == Channels::Gray
    }

    /// Returns how the image and its results are to be displayed.
    pub(crate) fn display(&self) -> &Display {
        self.file.display()
    }

    /// Begins a pass over the rows.
    pub(crate) fn rows(&self) -> Result<OwnRows<'_>> {
        let channels = self.treatment.image();
        let rows = self.file.pixel_rows(channels, self.background)?;
        let line = vec![0; self.file.cols() * channels.count()];
        Ok(OwnRows { rows, invert: self.invert, line })
    }

    /// Returns the whole image in gray, not inverted.
    pub(crate) fn read(&self) -> Result<GrayImage> {
        Ok(self.file.read(self.background)?)
    }

    /// Returns the whole image in its treatment's channels, not inverted.
    pub(crate) fn read_raster(&self) -> Result<Raster> {
        Ok(self.file.read_raster(self.treatment.image(), self.background)?)
    }

    /// Returns pieces of `size`, one below the other, in the model's channels and as it gets them.
    pub(crate) fn pieces(&self, size: [usize; 2]) -> Result<Raster> {
        let pieces = self.file.pieces(size, self.model, self.background)?;
        Ok(if self.invert { pieces.invert() } else { pieces })
    }

    /// Returns a row of the model's output as pixels, inverted if the model got the negative.
    pub(crate) fn pixels(&self, levels: &[f32]) -> Vec<u8> {
        let row = GrayImage::from_levels(1, levels.len(), levels);
        if self.invert { row.invert() } else { row }.into_pixels()
    }
}

/// A pass over the rows of an image.
pub(crate) struct OwnRows<'a> {
    rows: PixelRows<'a>,
    invert: bool,
    line: Vec<u8>,
}

impl OwnRows<'_> {
    /// Reads the next row as the file has it.
    pub(crate) fn next_pixels(&mut self) -> Result<&[u8]> {
        self.rows.next_into(&mut self.line)?;
        Ok(&self.line)
    }

    /// Reads the next row as the model gets it, with values in [0, 1].
    pub(crate) fn next_levels(&mut self, levels: &mut [f32]) -> Result<()> {
        self.rows.next_into(&mut self.line)?;
        let line = std::mem::take(&mut self.line);
        let row = GrayImage::new(1, line.len(), line);
        let row = if self.invert { row.invert() } else { row };
        levels.copy_from_slice(unit_levels(row.pixels()).data());
        self.line = row.into_pixels();
        Ok(())
    }
}

/// Returns the bytes as the model takes them: values in [0, 1].
pub(crate) fn unit_levels(values: &[u8]) -> Tensor {
    let len = [values.len()];
    Samples::new(values, len).gather(&[0]).reshape(len)
}
