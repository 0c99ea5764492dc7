//! What holds images, and how it is recognized.

use crate::{DataError, Dataset, Options};
use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::path::{Path, PathBuf};
use std::str::FromStr;

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
    /// Whether rows of measurements without a test part are all in the training part, in their
    /// order, and none is held back: for rows that are not trained on.
    pub undivided: bool,
    /// Whether the images of a folder keep the names of their files ([`ImageSet::files`]). Those of
    /// a million images take some 100 MB.
    ///
    /// [`ImageSet::files`]: crate::ImageSet::files
    pub files: bool,
    /// Who is told how far it is.
    pub progress: &'a dyn Progress,
}

impl<'a> Loading<'a> {
    /// Loads with these options, the default limits, no cache and no report of progress.
    #[must_use]
    pub fn new(options: &'a Options) -> Self {
        Self {
            options,
            limits: Limits::default(),
            cache: None,
            undivided: false,
            files: false,
            progress: &Silent,
        }
    }
}

/// The limits on a data set in memory. They are checked before memory is allocated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The maximum number of bytes of all images together.
    pub max_bytes: u64,
    /// The maximum number of pixels of an image file before it is resized.
    pub max_pixels: u64,
    /// The number of bytes of all images together above which the images of a folder stay in a file
    /// of the cache, if there is a cache. [`Limits::max_bytes`] does not apply to them.
    pub in_memory: u64,
}

/// 4 GiB of images, 100 million pixels to an image, and what [`InMemory::Auto`] says.
impl Default for Limits {
    fn default() -> Self {
        let in_memory = InMemory::Auto.most_bytes();
        Self { max_bytes: 1 << 32, max_pixels: 100_000_000, in_memory }
    }
}

/// Whether the images of a folder are kept in memory. The results are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InMemory {
    /// If they take at most 256 MiB.
    #[default]
    Auto,
    /// In any case.
    Always,
    /// In no case.
    Never,
}

impl InMemory {
    const ALL: [Self; 3] = [Self::Auto, Self::Always, Self::Never];

    /// The number of bytes above which images are not in memory, for [`Limits::in_memory`].
    #[must_use]
    pub fn most_bytes(self) -> u64 {
        self.or_automatic(256 << 20)
    }

    /// The same number for [`ImageSet::keep_in`](crate::ImageSet::keep_in), in a process that needs
    /// only a part of the images: 16 MiB for `Auto`. Where they are so few, a step is short, and
    /// reading takes a good part of it.
    #[must_use]
    pub fn most_bytes_of_part(self) -> u64 {
        self.or_automatic(16 << 20)
    }

    fn or_automatic(self, automatic: u64) -> u64 {
        match self {
            Self::Auto => automatic,
            Self::Always => u64::MAX,
            Self::Never => 0,
        }
    }
}

impl fmt::Display for InMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Always => "always",
            Self::Never => "never",
        })
    }
}

impl FromStr for InMemory {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|value| value.to_string() == word);
        found.ok_or_else(|| format!("expected auto, always or never, found '{word}'"))
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
