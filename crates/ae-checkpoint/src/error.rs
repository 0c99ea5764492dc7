//! What can be wrong with a file.

use std::io;
use std::path::PathBuf;

/// Why a file cannot be read or written. Each says which file, what was expected and what was found.
///
/// A reason given by the operating system is in the line and not offered again as `Error::source`: a program that prints the
/// whole chain would say it twice.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The system says no.
    #[error("cannot {doing} {}: {reason}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// "read" or "write".
        doing: &'static str,
        /// Why not.
        reason: io::Error,
    },
    /// More bytes than any model of ours has.
    #[error("{}: expected at most {limit} bytes, found {found}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most that is read.
        limit: u64,
        /// The file's length.
        found: u64,
    },
    /// The file ends before its own header says it does, or goes on after.
    #[error("{}: expected {expected} bytes, found {found}", path.display())]
    Length {
        /// The file.
        path: PathBuf,
        /// By its header; what is certain, if the header itself is cut off.
        expected: u64,
        /// The file's length.
        found: u64,
    },
    /// No safetensors file, or none that this crate wrote.
    #[error("{}: expected {expected}, found {found}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What should be there.
        expected: &'static str,
        /// What is.
        found: String,
    },
    /// Some byte is not the one that was written.
    #[error("{}: damaged: expected SHA-256 {expected}, found {found}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The checksum in the file.
        expected: String,
        /// That of its content.
        found: String,
    },
    /// Written by a program that knew more.
    #[error("{}: expected format version {expected}, found {found}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// What this program reads.
        expected: u32,
        /// What the file says.
        found: String,
    },
    /// A tensor that should be there in a certain form.
    #[error("{}: tensor {name}: expected {expected}, found {found}", path.display())]
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
    /// A word about the tensors that should be there in a certain form.
    #[error("{}: {key}: expected {expected}, found {found}", path.display())]
    Word {
        /// The file.
        path: PathBuf,
        /// The key in the file's metadata.
        key: String,
        /// What it should say.
        expected: String,
        /// What it says.
        found: String,
    },
}

impl CheckpointError {
    /// Whether the file itself is at fault, so that an older one may do: it is cut, damaged or no file of ours. A file that
    /// is sound, but of another version or about something else, is not.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Length { .. }
            | Self::Format { .. }
            | Self::Damaged { .. }
            | Self::TooLarge { .. } => true,
            Self::Io { .. } | Self::Version { .. } | Self::Tensor { .. } | Self::Word { .. } => {
                false
            }
        }
    }

    /// Whether there is no such file.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Io { reason, .. } if reason.kind() == io::ErrorKind::NotFound)
    }
}
