//! All errors of an image file. Each message is one line with the path and what was expected and
//! found.
//!
//! The reason given by the system or by the decoder is part of the message and is *not* returned by
//! `Error::source`, so that a program that prints the whole chain does not print it twice.

use ae_files::{ReadError, printable_path};
use std::path::PathBuf;
use thiserror::Error;

/// Why an image file was refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImageError {
    /// The file does not exist, or cannot be opened or read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The file does not start like a PNG file.
    #[error("{}: expected a PNG file, found {found}", printable_path(.path))]
    NotPng {
        /// The file.
        path: PathBuf,
        /// The format it looks like, or else its first bytes.
        found: String,
    },
    /// The file has more bytes than the caller allows. Nothing is decoded.
    #[error("{}: expected a file of at most {limit} bytes, found a longer one", printable_path(.path))]
    LongFile {
        /// The file.
        path: PathBuf,
        /// The caller's limit.
        limit: u64,
    },
    /// The header declares an image without rows or columns.
    #[error("{}: expected an image of at least 1x1 pixels, found {cols}x{rows}", printable_path(.path))]
    NoPixels {
        /// The file.
        path: PathBuf,
        /// The header's height.
        rows: u32,
        /// The header's width.
        cols: u32,
    },
    /// The header declares a side longer than the caller allows.
    #[error("{}: expected sides of at most {limit} pixels, found {cols}x{rows}", printable_path(.path))]
    LongSide {
        /// The file.
        path: PathBuf,
        /// The caller's limit.
        limit: u32,
        /// The header's height.
        rows: u32,
        /// The header's width.
        cols: u32,
    },
    /// The header declares more pixels than the caller allows.
    #[error("{}: expected at most {limit} pixels, found {cols}x{rows}", printable_path(.path))]
    ManyPixels {
        /// The file.
        path: PathBuf,
        /// The caller's limit.
        limit: u64,
        /// The header's height.
        rows: u32,
        /// The header's width.
        cols: u32,
    },
    /// Data besides the pixels (color profiles, texts) unpacks to more than the decoder may hold.
    #[error("{}: expected at most {limit} bytes in the decoder's memory, found a file that asks for more", printable_path(.path))]
    OverBudget {
        /// The file.
        path: PathBuf,
        /// The decoder's limit.
        limit: u64,
    },
    /// The file stops before the last pixel.
    #[error("{}: cut: expected more after {found} bytes, found the end of the file", printable_path(.path))]
    Cut {
        /// The file.
        path: PathBuf,
        /// The file's length.
        found: u64,
    },
    /// The file contradicts itself or the PNG specification.
    #[error("{}: corrupt PNG data: {reason}", printable_path(.path))]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// The decoder's message.
        reason: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strange_file_name_stays_on_one_line() {
        let reason = String::from("unexpected end");
        let error = ImageError::Corrupt { path: "a\nb\u{1b}[31m".into(), reason };
        assert_eq!(error.to_string(), r"a\nb\u{1b}[31m: corrupt PNG data: unexpected end");
    }

    #[test]
    fn the_systems_reason_is_in_the_line_once() {
        use std::error::Error;
        let reason = std::io::Error::other("disk on fire");
        let error = ImageError::from(ReadError::new("a/b", reason));
        assert_eq!(error.to_string(), "a/b: cannot read: disk on fire");
        assert!(error.source().is_none());
    }
}
