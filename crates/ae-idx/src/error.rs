//! Everything that can be wrong with a file, in one line each: the path, what was expected, what
//! was found.
//!
//! The operating system's reason is printed in the line and is *not* returned by `Error::source` as
//! well, so that a program that prints the whole chain does not print it twice.

use crate::element::ElementType;
use ae_files::{ReadError, WriteError, printable_path};
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Dimensions and numbers that do not match.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ShapeError {
    /// A dimension is zero, so the array is empty.
    #[error("expected dimensions of at least 1, found 0 in dimension {axis}")]
    ZeroDimension {
        /// The index of the dimension, counted from 0.
        axis: usize,
    },
    /// More dimensions than the header's single byte can count.
    #[error("expected at most 255 dimensions, found {found}")]
    TooManyDimensions {
        /// The number of dimensions given.
        found: usize,
    },
    /// The product of the dimensions does not fit in 64 bits.
    #[error("the product of the dimensions overflows 64 bits")]
    Overflow,
    /// The dimensions require another number of elements.
    #[error("expected {expected} elements, found {found}")]
    LengthDiffers {
        /// The product of the dimensions.
        expected: u64,
        /// The number of elements given.
        found: usize,
    },
}

/// Why a file, or a data set made of files, was refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IdxError {
    /// The file does not exist, or it cannot be opened or read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A file cannot be written; the old file is unchanged.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A data set's folder lacks a file, plain and packed.
    #[error("{}: expected {file} or {file}.gz in this folder, found neither", printable_path(.folder))]
    FileMissing {
        /// The folder.
        folder: PathBuf,
        /// The file's name without `.gz`.
        file: String,
    },
    /// A folder holds several data sets, none of them under MNIST's own names.
    #[error("{}: expected the files of one data set, found those of {}; name one of them, as in {}", printable_path(.folder), .names.join(", "), printable_path(&first_of(.folder, .names)))]
    SeveralDatasets {
        /// The folder.
        folder: PathBuf,
        /// The beginnings of their files' names.
        names: Vec<String>,
    },
    /// The file is empty, before or after unpacking.
    #[error("{}: expected an IDX header, found an empty file", printable_path(.path))]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The first two bytes are not both zero.
    #[error("{}: not an IDX file: expected it to start with 00 00, found {}", printable_path(.path), hex_bytes(.found))]
    BadMagic {
        /// The file.
        path: PathBuf,
        /// Its first bytes, four at most.
        found: Vec<u8>,
    },
    /// The file is of another kind, for example a web page: the result of a failed download.
    #[error("{}: expected an IDX file, found {found}", printable_path(.path))]
    AnotherKind {
        /// The file.
        path: PathBuf,
        /// The kind, with its article.
        found: &'static str,
    },
    /// The third byte names no type of the format.
    #[error("{}: expected an element type of 08, 09, 0b, 0c, 0d or 0e, found {code:02x}", printable_path(.path))]
    UnknownType {
        /// The file.
        path: PathBuf,
        /// The header's third byte.
        code: u8,
    },
    /// A valid IDX file of another type than the one needed.
    #[error("{}: expected {wanted} of type {expected}, found {found}", printable_path(.path))]
    WrongType {
        /// The file.
        path: PathBuf,
        /// "images" or "labels".
        wanted: &'static str,
        /// The type needed.
        expected: ElementType,
        /// The header's type.
        found: ElementType,
    },
    /// A valid IDX file of another rank than the one needed.
    #[error("{}: expected {wanted} of rank {expected}, found rank {found}", printable_path(.path))]
    WrongRank {
        /// The file.
        path: PathBuf,
        /// "images" or "labels".
        wanted: &'static str,
        /// The rank needed.
        expected: usize,
        /// The header's rank.
        found: usize,
    },
    /// A labels file where images were expected, or the reverse.
    #[error("{}: expected {wanted} (rank {expected}), found rank {found}: are the two files swapped?", printable_path(.path))]
    Swapped {
        /// The file.
        path: PathBuf,
        /// "images" or "labels".
        wanted: &'static str,
        /// The rank needed.
        expected: usize,
        /// The header's rank: the other kind's.
        found: usize,
    },
    /// The header's dimensions are invalid: one is zero, or their product overflows.
    #[error("{}: bad dimensions in the header: {reason}", printable_path(.path))]
    BadDimensions {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: ShapeError,
    },
    /// The header announces more than the caller allows.
    #[error("{}: expected at most {limit} bytes of numbers, found a header that announces {announced}", printable_path(.path))]
    OverBudget {
        /// The file.
        path: PathBuf,
        /// The caller's limit.
        limit: u64,
        /// The header's product, in bytes.
        announced: u64,
    },
    /// The machine lacks the memory for numbers that the limit allows.
    #[error("{}: not enough memory for {bytes} bytes", printable_path(.path))]
    OutOfMemory {
        /// The file.
        path: PathBuf,
        /// The size of the whole array.
        bytes: u64,
    },
    /// Fewer bytes than the header announces.
    #[error("{}: truncated: expected {expected} bytes of IDX content, found {found}", printable_path(.path))]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Header and numbers, in bytes.
        expected: u64,
        /// The number of bytes found, after unpacking.
        found: u64,
    },
    /// More bytes than the header announces.
    #[error("{}: trailing bytes: expected {expected} bytes of IDX content, found at least {found}", printable_path(.path))]
    TrailingBytes {
        /// The file.
        path: PathBuf,
        /// Header and numbers, in bytes.
        expected: u64,
        /// A lower bound: a compressed file is not unpacked beyond the first extra byte.
        found: u64,
    },
    /// The gzip stream is inconsistent.
    #[error("{}: corrupt gzip data after {unpacked} unpacked bytes: {reason}", printable_path(.path))]
    CorruptGzip {
        /// The file.
        path: PathBuf,
        /// The number of bytes unpacked before the fault.
        unpacked: u64,
        /// The decoder's message.
        reason: io::Error,
    },
    /// The gzip stream stops within the content.
    #[error("{}: cut gzip data: expected more after {unpacked} unpacked bytes, found the end of the file", printable_path(.path))]
    CutGzip {
        /// The file.
        path: PathBuf,
        /// The number of bytes unpacked before the end.
        unpacked: u64,
    },
    /// All the content is there, but the gzip stream does not end correctly: its CRC differs, its
    /// trailer is cut off, or something that is not gzip follows it.
    #[error("{}: bad gzip ending: expected a trailer with the content's CRC and then nothing, found: {reason}", printable_path(.path))]
    GzipEnding {
        /// The file.
        path: PathBuf,
        /// The decoder's message.
        reason: io::Error,
    },
    /// The number of labels differs from the number of images.
    #[error("{}: expected {images} labels, one for each image in {}, found {labels}", printable_path(.labels_path), printable_path(.images_path))]
    CountsDiffer {
        /// The images' file.
        images_path: PathBuf,
        /// The labels' file.
        labels_path: PathBuf,
        /// The number of images.
        images: usize,
        /// The number of labels.
        labels: usize,
    },
    /// A label that is not a class of the data set.
    #[error("{}: expected labels below {classes}, found {label} at position {index}", printable_path(.path))]
    LabelOutOfRange {
        /// The labels' file.
        path: PathBuf,
        /// The first position, from 0, of such a label.
        index: usize,
        /// The label there.
        label: u8,
        /// The number of classes.
        classes: usize,
    },
    /// A number in a table of labels that cannot be a class.
    #[error("{}: expected classes from 0 to 255, found {label} at position {index}", printable_path(.path))]
    NotAClass {
        /// The labels' file.
        path: PathBuf,
        /// The first position, from 0, of such a number.
        index: usize,
        /// The number there.
        label: i32,
    },
    /// Training and test images differ in size.
    #[error("{}: expected test images of {}x{} pixels like the training images, found {}x{}", printable_path(.folder), .train.0, .train.1, .test.0, .test.1)]
    SizesDiffer {
        /// The data set's folder.
        folder: PathBuf,
        /// Rows and columns of a training image.
        train: (usize, usize),
        /// Rows and columns of a test image.
        test: (usize, usize),
    },
    /// A valid file, but not the published one.
    #[error("{}: not the published {dataset} file: expected SHA-256 {expected} (unpacked), found {found}", printable_path(.path))]
    ChecksumMismatch {
        /// The file.
        path: PathBuf,
        /// The data set's name.
        dataset: String,
        /// The published checksum of the unpacked content.
        expected: String,
        /// The checksum of the content read.
        found: String,
    },
    /// No folder holds the data set.
    #[error("data set {dataset} not found: expected {} (each may end in .gz) in one folder, looked in {}", .missing.join(", "), folders(.looked_in))]
    DatasetNotFound {
        /// The data set's name.
        dataset: String,
        /// The names of the missing files.
        missing: Vec<String>,
        /// Every folder searched, in order.
        looked_in: Vec<PathBuf>,
    },
    /// The list of classes is empty.
    #[error("data set {dataset}: expected at least one class to select, found none")]
    NoClassGiven {
        /// The data set's name.
        dataset: String,
    },
    /// A selected class has no images.
    #[error(
        "data set {dataset}: expected images of class {class} among the {part} images, found those of {}", numbers(.present)
    )]
    NoImagesOfClass {
        /// The data set's name.
        dataset: String,
        /// "training" or "test".
        part: &'static str,
        /// The class.
        class: u8,
        /// The classes that have images in this part.
        present: Vec<u8>,
    },
    /// Dimensions and numbers given by the program itself do not match.
    #[error(transparent)]
    Shape(#[from] ShapeError),
}

/// Describes how to name the first of several data sets in a folder.
fn first_of(folder: &Path, names: &[String]) -> PathBuf {
    folder.join(names.first().map_or("", String::as_str))
}

fn numbers(classes: &[u8]) -> String {
    if classes.is_empty() {
        return "no class".into();
    }
    classes.iter().map(u8::to_string).collect::<Vec<_>>().join(", ")
}

fn folders(list: &[PathBuf]) -> String {
    if list.is_empty() {
        return "no folder".into();
    }
    list.iter().map(|p| printable_path(p)).collect::<Vec<_>>().join(", ")
}

fn hex_bytes(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(" ")
}

/// A digest as 64 lower-case hexadecimal digits, as `sha256sum` prints it.
pub(crate) fn hex_digest(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, b| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{b:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error;

    #[test]
    fn the_systems_reason_is_in_the_line_once() {
        let reason = io::Error::other("disk on fire");
        let error = IdxError::from(ReadError::new("a/b", reason));
        assert_eq!(error.to_string(), "a/b: cannot read: disk on fire");
        assert!(error.source().is_none());
    }

    #[test]
    fn a_strange_file_name_stays_on_one_line() {
        let error = IdxError::Empty { path: "a\nb\u{1b}[31m".into() };
        let message = error.to_string();
        assert!(message.starts_with(r"a\nb\u{1b}[31m: expected an IDX header"), "{message}");
    }

    #[test]
    fn the_not_found_message_names_files_and_folders() {
        let error = IdxError::DatasetNotFound {
            dataset: "mnist".into(),
            missing: vec!["x".into(), "y".into()],
            looked_in: vec!["d/mnist".into(), "d".into()],
        };
        assert_eq!(
            error.to_string(),
            "data set mnist not found: expected x, y (each may end in .gz) in one folder, looked in d/mnist, d"
        );
    }
}
