//! What can be wrong with a file.

use ae_files::{WriteError, printable_path};
use std::io;
use std::path::PathBuf;

/// Why a file cannot be read or written. Each says which file, what was expected and what was
/// found.
///
/// A reason given by the operating system is in the line and not offered again as `Error::source`:
/// a program that prints the whole chain would print it twice.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The operating system refused to read or to write.
    #[error("cannot {doing} {}: {reason}", printable_path(.path))]
    Io {
        /// The file.
        path: PathBuf,
        /// "read" or "write".
        doing: &'static str,
        /// The system's message.
        reason: io::Error,
    },
    /// More bytes than are read.
    #[error("{}: expected at most {limit} bytes, found {found}", printable_path(.path))]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most that is read.
        limit: u64,
        /// The file's length.
        found: u64,
    },
    /// The file ends before its own header says it does, or goes on after.
    #[error("{}: expected {expected} bytes, found {found}", printable_path(.path))]
    Length {
        /// The file.
        path: PathBuf,
        /// By its header; what is certain, if the header itself is cut off.
        expected: u64,
        /// The file's length.
        found: u64,
    },
    /// Not a safetensors file, or not one that this crate wrote.
    #[error("{}: expected {expected}, found {found}", printable_path(.path))]
    Format {
        /// The file.
        path: PathBuf,
        /// What should be there.
        expected: &'static str,
        /// What is.
        found: String,
    },
    /// Some byte is not the one that was written.
    #[error("{}: damaged: expected SHA-256 {expected}, found {found}", printable_path(.path))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The checksum in the file.
        expected: String,
        /// That of its content.
        found: String,
    },
    /// Written by a program that knew more.
    #[error("{}: expected format version {expected}, found {found}", printable_path(.path))]
    Version {
        /// The file.
        path: PathBuf,
        /// What this program reads.
        expected: u32,
        /// What the file says.
        found: String,
    },
    /// A tensor that should be there in a certain form.
    #[error("{}: tensor {name}: expected {expected}, found {found}", printable_path(.path))]
    Tensor {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// Its type and shape as they should be.
        expected: String,
        /// What there is instead.
        found: String,
    },
    /// Metadata that should be there in a certain form.
    #[error("{}: {key}: expected {expected}, found {found}", printable_path(.path))]
    Metadata {
        /// The file.
        path: PathBuf,
        /// The key in the file's metadata.
        key: String,
        /// What it should be.
        expected: String,
        /// What it is.
        found: String,
    },
}

impl CheckpointError {
    /// Whether the file itself is at fault, so that an older one may do: it is cut, damaged or was
    /// not written by this crate. A file that is sound, but of another version or about something
    /// else, is not.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Length { .. }
            | Self::Format { .. }
            | Self::Damaged { .. }
            | Self::TooLarge { .. } => true,
            Self::Io { .. }
            | Self::Version { .. }
            | Self::Tensor { .. }
            | Self::Metadata { .. } => false,
        }
    }

    /// Whether there is no such file.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Io { reason, .. } if reason.kind() == io::ErrorKind::NotFound)
    }
}

impl From<WriteError> for CheckpointError {
    fn from(WriteError { path, reason }: WriteError) -> Self {
        Self::Io { path, doing: "write", reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error;

    #[test]
    fn a_message_is_one_line_with_the_systems_reason_once() {
        let reason = io::Error::other("disk on fire");
        let error = CheckpointError::from(WriteError { path: "a\nb".into(), reason });
        assert_eq!(error.to_string(), r"cannot write a\nb: disk on fire");
        assert!(error.source().is_none());
    }
}
