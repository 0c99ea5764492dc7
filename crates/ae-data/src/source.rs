//! What holds images, and how it is recognized.

use crate::{DataError, Dataset, Options};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::{Path, PathBuf};

/// A place that holds images: files of one format, or a folder of images.
pub trait Source: Debug {
    /// Says what it is, for a person: `IDX files`, `a folder of images`.
    fn kind(&self) -> String;

    /// Returns the checksums by which the data are identified, as in [`Dataset::checksums`]. No
    /// image is decoded.
    ///
    /// # Errors
    /// If a file cannot be read.
    fn checksums(&self) -> Result<BTreeMap<String, String>, DataError>;

    /// Reads all images.
    ///
    /// # Errors
    /// A [`DataError`] for the first fault, with the path, what was expected and what was found.
    fn load(&self, loading: &Loading<'_>) -> Result<Dataset, DataError>;
}

/// How a source is read.
#[derive(Clone, Copy, Debug)]
pub struct Loading<'a> {
    /// What the user asks for.
    pub options: &'a Options,
    /// The limits on memory.
    pub limits: Limits,
    /// The folder for decoded images; without it they are decoded every time.
    pub cache: Option<&'a Path>,
    /// Who is told how far it is.
    pub progress: &'a dyn Progress,
}

impl<'a> Loading<'a> {
    /// Loads with these options, the default limits, no cache and no report of progress.
    #[must_use]
    pub fn new(options: &'a Options) -> Self {
        Self { options, limits: Limits::default(), cache: None, progress: &Silent }
    }
}

/// The limits on a data set in memory. They are checked before memory is allocated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The maximum number of bytes of all images together.
    pub max_bytes: u64,
    /// The maximum number of pixels of an image file before it is resized.
    pub max_pixels: u64,
}

/// 4 GiB of images, and 100 million pixels to an image.
impl Default for Limits {
    fn default() -> Self {
        Self { max_bytes: 1 << 32, max_pixels: 100_000_000 }
    }
}

/// Is told how many of how many files were decoded. Calls come from several threads.
pub trait Progress: Sync + Debug {
    /// `done` of `of` files are done.
    fn decoded(&self, done: usize, of: usize);
}

/// Reports nothing.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Progress for Silent {
    fn decoded(&self, _done: usize, _of: usize) {}
}

/// Returns keys for the checksums of these files: those wanted, and the name of a file whose key an
/// earlier one has. Otherwise a file that is read would have the checksum of another one.
pub(crate) fn unique<'a>(wanted: impl Iterator<Item = &'a str>, files: &[PathBuf]) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for (key, path) in wanted.zip(files) {
        let name = || path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let taken = keys.iter().any(|other| other == key);
        keys.push(if taken { name() } else { key.to_owned() });
    }
    keys
}
