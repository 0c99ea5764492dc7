//! What can be wrong with a source of images, in one line each.

use crate::Label;
use ae_files::{ReadError, WriteError, printable, printable_path};
use ae_idx::IdxError;
use std::path::PathBuf;
use thiserror::Error;

/// Why a set of images was refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DataError {
    /// A file or folder cannot be opened or read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// IDX files that cannot be used.
    #[error(transparent)]
    Idx(#[from] IdxError),
    /// A file or folder that does not hold what was expected.
    #[error("{}: expected {expected}, found {}", printable_path(.path), printable(.found))]
    Content {
        /// The file or folder.
        path: PathBuf,
        /// What was expected.
        expected: String,
        /// What was found, and perhaps what to do.
        found: String,
    },
    /// Values, extents and labels that do not match.
    #[error("expected {expected}, found {found}")]
    Shape {
        /// What was expected.
        expected: &'static str,
        /// What was found.
        found: String,
    },
    /// An empty list of classes.
    #[error("data set {}: expected at least one class to select, found none", printable(.dataset))]
    NoClassGiven {
        /// The data set's name.
        dataset: String,
    },
    /// A class that has no images in one of the parts.
    #[error(
        "data set {}: expected images of class {class} among the {part} images, found those of {}", printable(.dataset), numbers(.present)
    )]
    NoImagesOfClass {
        /// The data set's name.
        dataset: String,
        /// "training" or "test".
        part: &'static str,
        /// The class.
        class: Label,
        /// The classes that have images in this part.
        present: Vec<Label>,
    },
}

impl DataError {
    /// Describes content that is not what was expected.
    pub(crate) fn content(
        path: impl Into<PathBuf>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Self::Content { path: path.into(), expected: expected.into(), found: found.into() }
    }
}

fn numbers(classes: &[Label]) -> String {
    if classes.is_empty() {
        return "no class".into();
    }
    classes.iter().map(Label::to_string).collect::<Vec<_>>().join(", ")
}
