//! Everything that can be wrong with an image file, one line each: the path, the expected, the found.
//!
//! A reason given by the system or by the decoder is printed inside the line and is *not* offered again
//! through `Error::source`, so that a program that prints the whole chain does not say it twice.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why an image file was refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImageError {
    /// There is no such file.
    #[error("{}: file not found", one_line(.path))]
    NotFound {
        /// The file.
        path: PathBuf,
    },
    /// A folder stands where a file was expected.
    #[error("{}: expected a file, found a directory", one_line(.path))]
    Directory {
        /// The folder.
        path: PathBuf,
    },
    /// The operating system refused to open or to read.
    #[error("{}: cannot read: {reason}", one_line(.path))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's own words.
        reason: io::Error,
    },
    /// The file does not start as a PNG file does.
    #[error("{}: expected a PNG file, found {found}", one_line(.path))]
    NotPng {
        /// The file.
        path: PathBuf,
        /// The format it looks like, or else its first bytes.
        found: String,
    },
    /// More bytes than the caller allows, before anything is decoded.
    #[error("{}: expected a file of at most {limit} bytes, found a longer one", one_line(.path))]
    LongFile {
        /// The file.
        path: PathBuf,
        /// The caller's limit.
        limit: u64,
    },
    /// The header names an image of no rows or no columns.
    #[error("{}: expected an image of at least 1x1 pixels, found {cols}x{rows}", one_line(.path))]
    NoPixels {
        /// The file.
        path: PathBuf,
        /// The header's height.
        rows: u32,
        /// The header's width.
        cols: u32,
    },
    /// The header announces a side longer than the caller allows.
    #[error("{}: expected sides of at most {limit} pixels, found {cols}x{rows}", one_line(.path))]
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
    /// The header announces more pixels than the caller allows.
    #[error("{}: expected at most {limit} pixels, found {cols}x{rows}", one_line(.path))]
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
    /// What is not pixels (colour profiles, texts) unpacks to more than the decoder may hold.
    #[error("{}: expected at most {limit} bytes in the decoder's memory, found a file that asks for more", one_line(.path))]
    OverBudget {
        /// The file.
        path: PathBuf,
        /// What the decoder was allowed.
        limit: u64,
    },
    /// The file stops before the last pixel.
    #[error("{}: cut: expected more after {found} bytes, found the end of the file", one_line(.path))]
    Cut {
        /// The file.
        path: PathBuf,
        /// The file's length.
        found: u64,
    },
    /// The file contradicts itself or the PNG specification.
    #[error("{}: corrupt PNG data: {reason}", one_line(.path))]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// The decoder's words.
        reason: String,
    },
}

/// Text from outside as it can stand in a one-line message: a file name, or a decoder that quotes the file,
/// may hold a line break or a terminal's escape sequence.
pub(crate) fn printable(text: &str) -> String {
    let mut line = String::new();
    for c in text.chars() {
        if c.is_control() {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
    }
    line
}

fn one_line(path: &Path) -> String {
    printable(&path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strange_file_name_stays_on_one_line() {
        let error = ImageError::NotFound { path: "a\nb\u{1b}[31m".into() };
        assert_eq!(error.to_string(), "a\\nb\\u{1b}[31m: file not found");
    }

    #[test]
    fn the_systems_reason_is_in_the_line_once() {
        use std::error::Error;
        let error =
            ImageError::Unreadable { path: "a/b".into(), reason: io::Error::other("disk on fire") };
        assert_eq!(error.to_string(), "a/b: cannot read: disk on fire");
        assert!(error.source().is_none());
    }
}
