//! Errors of the operating system, one line each: the file, the attempted action, the reason.
//!
//! The reason is in the line and is not returned by [`Error::source`](std::error::Error::source) as
//! well: a program that prints the whole chain would print it twice.

use crate::printable_path;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Why a file cannot be opened or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file does not exist.
    #[error("{}: file not found", printable_path(.path))]
    NotFound {
        /// The path of the file.
        path: PathBuf,
    },
    /// The path is a folder, but a file was expected.
    #[error("{}: expected a file, found a directory", printable_path(.path))]
    Directory {
        /// The path of the folder.
        path: PathBuf,
    },
    /// The operating system gave another reason.
    #[error("{}: cannot read: {reason}", printable_path(.path))]
    Unreadable {
        /// The path of the file.
        path: PathBuf,
        /// The operating system's message.
        reason: io::Error,
    },
}

impl ReadError {
    /// Classifies an error of [`std::fs`] for this path.
    #[must_use]
    pub fn new(path: impl AsRef<Path>, reason: io::Error) -> Self {
        let path = path.as_ref().to_path_buf();
        match reason.kind() {
            ErrorKind::NotFound => Self::NotFound { path },
            ErrorKind::IsADirectory => Self::Directory { path },
            _ => Self::Unreadable { path, reason },
        }
    }

    /// The path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::NotFound { path } | Self::Directory { path } | Self::Unreadable { path, .. } => {
                path
            }
        }
    }
}

/// Why a file could not be written. The old file is unchanged, or has its previous name.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {reason}", printable_path(.path))]
pub struct WriteError {
    /// The path of the file.
    pub path: PathBuf,
    /// The operating system's message.
    pub reason: io::Error,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error;
    use std::fs;

    #[test]
    fn the_systems_reason_is_in_the_line_once() {
        let error = ReadError::new("a/b", io::Error::other("disk on fire"));
        assert_eq!(error.to_string(), "a/b: cannot read: disk on fire");
        assert!(error.source().is_none());
        let error = WriteError { path: "a/b".into(), reason: io::Error::other("disk on fire") };
        assert_eq!(error.to_string(), "cannot write a/b: disk on fire");
        assert!(error.source().is_none());
    }

    #[test]
    fn what_is_not_there_and_what_is_a_folder_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a\nb");
        let error = ReadError::new(&path, fs::read(&path).unwrap_err());
        assert!(matches!(error, ReadError::NotFound { .. }));
        assert_eq!(error.path(), path);
        let message = error.to_string();
        assert!(message.ends_with(r"a\nb: file not found"), "{message}");
        let error = ReadError::new("a", ErrorKind::IsADirectory.into());
        assert_eq!(error.to_string(), "a: expected a file, found a directory");
    }
}
