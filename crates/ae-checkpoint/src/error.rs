//! What can be wrong with a file.

use ae_files::{WriteError, printable_path};
use std::io;
use std::path::PathBuf;

/// Why a file cannot be read or written. Each variant gives the file, what was expected and what
/// was found.
///
/// The operating system's reason is in the line and is not returned by `Error::source` as well: a
/// program that prints the whole chain would print it twice.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The operating system refused to read or write the file.
    #[error("cannot {doing} {}: {reason}", printable_path(.path))]
    Io {
        /// The path of the file.
        path: PathBuf,
        /// The attempted action, "read" or "write".
        doing: &'static str,
        /// The operating system's message.
        reason: io::Error,
    },
    /// The file is longer than the limit.
    #[error("{}: expected at most {limit} bytes, found {found}", printable_path(.path))]
    TooLarge {
        /// The path of the file.
        path: PathBuf,
        /// The maximum number of bytes read.
        limit: u64,
        /// The file's length.
        found: u64,
    },
    /// The file is shorter or longer than its own header states.
    #[error("{}: expected {expected} bytes, found {found}", printable_path(.path))]
    Length {
        /// The path of the file.
        path: PathBuf,
        /// The length that the header states, or a lower bound if the header itself is cut off.
        expected: u64,
        /// The file's length.
        found: u64,
    },
    /// The file is not in the safetensors format, or was not written by this crate.
    #[error("{}: expected {expected}, found {found}", printable_path(.path))]
    Format {
        /// The path of the file.
        path: PathBuf,
        /// The expected content.
        expected: &'static str,
        /// The actual content.
        found: String,
    },
    /// A byte has changed since the file was written.
    #[error("{}: damaged: expected SHA-256 {expected}, found {found}", printable_path(.path))]
    Damaged {
        /// The path of the file.
        path: PathBuf,
        /// The checksum in the file.
        expected: String,
        /// The checksum of its content.
        found: String,
    },
    /// The file has another format version.
    #[error("{}: expected format version {expected}, found {found}", printable_path(.path))]
    Version {
        /// The path of the file.
        path: PathBuf,
        /// The version that this program reads.
        expected: u32,
        /// The version in the file.
        found: String,
    },
    /// A tensor is missing, unexpected, or has the wrong type or shape.
    #[error("{}: tensor {name}: expected {expected}, found {found}", printable_path(.path))]
    Tensor {
        /// The path of the file.
        path: PathBuf,
        /// The name of the tensor.
        name: String,
        /// The expected type and shape.
        expected: String,
        /// What was found instead.
        found: String,
    },
    /// Metadata is missing or has the wrong value.
    #[error("{}: {key}: expected {expected}, found {found}", printable_path(.path))]
    Metadata {
        /// The path of the file.
        path: PathBuf,
        /// The key in the file's metadata.
        key: String,
        /// The expected value.
        expected: String,
        /// The actual value.
        found: String,
    },
}

impl CheckpointError {
    /// Returns whether the file itself is damaged, so that an older one may do: it is cut off,
    /// changed, or was not written by this crate. A valid file of another version or with other
    /// content is not damaged.
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

    /// Returns whether the file does not exist.
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
