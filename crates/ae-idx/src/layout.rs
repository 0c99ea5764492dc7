//! Finds the files of a data set by their names, and chooses which of them to read.
//!
//! MNIST's names are the pattern. Other publishers vary them: a dot instead of a hyphen before
//! `idx`, `test` instead of `t10k`, a prefix (`emnist-letters-`, `qmnist-`), and QMNIST's labels,
//! which are a table. The names of the files do not matter to the data, so checksums are kept under
//! MNIST's names.

use crate::catalog::FILE_NAMES;
use crate::error::IdxError;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Ends of the names of training images.
const TRAINING_IMAGES: [&str; 2] = ["train-images-idx3-ubyte", "train-images.idx3-ubyte"];

/// A remark about a folder for its user.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remark {
    /// There are a plain and a packed file of the same name, and the one that was read is older.
    Stale {
        /// The file that was read.
        read: PathBuf,
        /// The newer file.
        newer: PathBuf,
    },
}

/// The folder of a data set, and the beginning that its files' names share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    folder: PathBuf,
    /// Empty, or for example `emnist-letters-`.
    prefix: String,
}

impl Layout {
    /// Finds out how the files in this folder are named. `place` may also be `FOLDER/NAME` where
    /// `NAME` is the beginning of the files' names, such as `emnist-letters`.
    pub(crate) fn of(place: &Path) -> Result<Self, IdxError> {
        if let Some(layout) = Self::by_prefix(place) {
            return Ok(layout);
        }
        let folder = place.to_path_buf();
        let mut prefixes = prefixes(place);
        if prefixes.len() > 1 && !prefixes.contains("") {
            let names = prefixes.iter().map(|prefix| prefix.trim_end_matches('-').into()).collect();
            return Err(IdxError::SeveralDatasets { folder, names });
        }
        // Files with MNIST's own names come first.
        Ok(Self { folder, prefix: prefixes.pop_first().unwrap_or_default() })
    }

    fn by_prefix(place: &Path) -> Option<Self> {
        if place.is_dir() {
            return None;
        }
        let prefix = format!("{}-", place.file_name()?.to_str()?);
        let folder = place.parent()?;
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let found = prefixes(folder).contains(&prefix);
        found.then(|| Self { folder: folder.to_path_buf(), prefix })
    }

    /// Returns the file that has this name in MNIST, plain or packed, and a remark about it.
    pub(crate) fn find(&self, name: &str) -> Option<(PathBuf, Option<Remark>)> {
        let mut found = self.candidates(name);
        // A folder is taken only if nothing else has the name; opening it then gives an error that
        // says so.
        let first = found.iter().position(|path| !path.is_dir()).unwrap_or(0);
        if found.is_empty() {
            return None;
        }
        let path = found.swap_remove(first);
        let written =
            |path: &Path| fs::metadata(path).ok().filter(|data| data.is_file())?.modified().ok();
        let age: Option<SystemTime> = written(&path);
        let newer = found.into_iter().filter(|other| written(other) > age && age.is_some());
        let newer = newer.max_by_key(|other| written(other));
        let remark = newer.map(|newer| Remark::Stale { read: path.clone(), newer });
        Some((path, remark))
    }

    /// Returns the existing paths that may stand for this name in MNIST, best first.
    fn candidates(&self, name: &str) -> Vec<PathBuf> {
        let mut paths = Vec::new();
        for spelling in spellings(name) {
            for end in ["", ".gz"] {
                let path = self.folder.join(format!("{}{spelling}{end}", self.prefix));
                // A file whose existence cannot be checked is used, so that opening it gives the
                // reason.
                if path.try_exists().unwrap_or(true) {
                    paths.push(path);
                }
            }
        }
        paths
    }

    /// Returns the error for a missing file.
    pub(crate) fn missing(&self, name: &str) -> IdxError {
        IdxError::FileMissing { folder: self.folder.clone(), file: self.published(name) }
    }

    /// Returns the path of the file that is read for this name in MNIST, or where it is expected.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        let expected = || self.folder.join(self.published(name));
        self.find(name).map_or_else(expected, |(path, _)| path)
    }

    /// Returns the name that the publisher gives to the file with this name in MNIST.
    fn published(&self, name: &str) -> String {
        match self.prefix.is_empty() {
            true => name.to_owned(),
            false => format!("{}{}", self.prefix, name.replace("t10k", "test")),
        }
    }
}

/// Returns whether this place, a folder or `FOLDER/NAME`, holds a file of a data set.
#[must_use]
pub(crate) fn holds_data(place: &Path) -> bool {
    if !place.is_dir() && Layout::by_prefix(place).is_none() {
        return false;
    }
    match Layout::of(place) {
        Ok(layout) => FILE_NAMES.iter().any(|name| layout.find(name).is_some()),
        Err(_) => true,
    }
}

/// Returns the files of all data sets in this place, a folder or `FOLDER/NAME`.
#[must_use]
pub(crate) fn files_at(place: &Path) -> Vec<PathBuf> {
    let layouts = match Layout::by_prefix(place) {
        Some(layout) => vec![layout],
        None => {
            // A folder without training images may still have other files of a data set.
            let prefixes = prefixes(place).into_iter().chain([String::new()]);
            prefixes.map(|prefix| Layout { folder: place.to_path_buf(), prefix }).collect()
        }
    };
    let files = |layout: &Layout| FILE_NAMES.map(|name| layout.candidates(name)).concat();
    layouts.iter().flat_map(files).collect()
}

/// Returns the spellings of a name in MNIST, MNIST's own first.
fn spellings(name: &str) -> Vec<String> {
    let mut names = vec![name.to_owned()];
    names.extend(name.strip_suffix("idx1-ubyte").map(|start| format!("{start}idx2-int")));
    for at in 0..names.len() {
        names.extend(names[at].strip_prefix("t10k").map(|end| format!("test{end}")));
    }
    for at in 0..names.len() {
        names.push(names[at].replace("-idx", ".idx"));
    }
    names
}

/// Returns the prefixes of all files of training images in the folder. A folder that cannot be read
/// has none: opening its files gives the reason.
fn prefixes(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names.filter_map(|name| prefix(&name).map(str::to_owned)).collect()
}

fn prefix(name: &str) -> Option<&str> {
    let name = name.strip_suffix(".gz").unwrap_or(name);
    let prefix = TRAINING_IMAGES.iter().find_map(|end| name.strip_suffix(end))?;
    let emnist = prefix.starts_with("emnist-") && prefix.len() > "emnist-".len();
    let published = prefix.is_empty() || prefix == "qmnist-" || emnist && prefix.ends_with('-');
    published.then_some(prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_mnist_has_the_spellings_of_other_publishers() {
        assert_eq!(
            spellings(FILE_NAMES[3]),
            [
                "t10k-labels-idx1-ubyte",
                "t10k-labels-idx2-int",
                "test-labels-idx1-ubyte",
                "test-labels-idx2-int",
                "t10k-labels.idx1-ubyte",
                "t10k-labels.idx2-int",
                "test-labels.idx1-ubyte",
                "test-labels.idx2-int",
            ]
        );
        assert_eq!(spellings(FILE_NAMES[0]), TRAINING_IMAGES);
    }

    #[test]
    fn only_published_prefixes_are_prefixes() {
        for (name, found) in [
            ("train-images-idx3-ubyte", Some("")),
            ("train-images.idx3-ubyte.gz", Some("")),
            ("emnist-letters-train-images-idx3-ubyte.gz", Some("emnist-letters-")),
            ("qmnist-train-images-idx3-ubyte", Some("qmnist-")),
            ("old-train-images-idx3-ubyte", None),
            ("emnist-train-images-idx3-ubyte", None),
            ("t10k-images-idx3-ubyte", None),
        ] {
            assert_eq!(prefix(name), found, "{name}");
        }
    }
}
