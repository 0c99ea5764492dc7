//! What the operating system refuses, in one line each: the file, what was tried, the reason.
//!
//! The reason is in the line and is not offered again by
//! [`Error::source`](std::error::Error::source). A program that prints the whole chain would print
//! it twice.

use crate::printable_path;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Why a file cannot be opened or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// There is no such file.
    #[error("{}: file not found", printable_path(.path))]
    NotFound {
        /// The file.
        path: PathBuf,
    },
    /// A folder stands where a file was expected.
    #[error("{}: expected a file, found a directory", printable_path(.path))]
    Directory {
        /// The folder.
        path: PathBuf,
    },
    /// The operating system gave another reason.
    #[error("{}: cannot read: {reason}", printable_path(.path))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's message.
        reason: io::Error,
    },
}

impl ReadError {
    /// The error of this path for what [`std::fs`] returned.
    #[must_use]
    pub fn new(path: impl AsRef<Path>, reason: io::Error) -> Self {
        let path = path.as_ref().to_path_buf();
        match reason.kind() {
            ErrorKind::NotFound => Self::NotFound { path },
            ErrorKind::IsADirectory => Self::Directory { path },
            _ => Self::Unreadable { path, reason },
        }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::NotFound { path } | Self::Directory { path } | Self::Unreadable { path, .. } => {
                path
            }
        }
    }
}

/// Why a file could not be written. What was there before is untouched, or has its previous name.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {reason}", printable_path(.path))]
pub struct WriteError {
    /// The file.
    pub path: PathBuf,
    /// The system's message.
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
