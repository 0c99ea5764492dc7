//! The errors of a run.

use crate::sweep::PlanError;
use ae_checkpoint::CheckpointError;
use ae_files::{WriteError, printable_path};
use std::io;
use std::path::PathBuf;

/// The reason why a run cannot begin, continue, be read or be written. Each message is one line
/// that names the file or folder.
///
/// A reason given by the operating system is part of that line, and [`std::error::Error::source`]
/// returns `None`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The folder for a new run is not empty.
    #[error("{}: not empty; name a new folder, nothing is overwritten", printable_path(.path))]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// The folder for a new run holds a run that has not ended.
    #[error("{}: holds a run that has not ended; resume it, or name a new folder", printable_path(.path))]
    Unfinished {
        /// The folder.
        path: PathBuf,
    },
    /// The folder cannot be created, claimed or locked.
    #[error("cannot use {} for the results: {reason}", printable_path(.path))]
    Unusable {
        /// The folder.
        path: PathBuf,
        /// The operating system's reason.
        reason: io::Error,
    },
    /// The folder is locked.
    #[error("{}: another process works in this folder", printable_path(.path))]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A file or folder cannot be created, read or removed.
    #[error("cannot {doing} {}: {reason}", printable_path(.path))]
    Io {
        /// "create", "read" or "remove".
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The operating system's reason.
        reason: io::Error,
    },
    /// The path is not a run, or the run lacks a file that is needed.
    #[error("{}: expected {expected}, found {found}", printable_path(.path))]
    NotARun {
        /// The folder or file.
        path: PathBuf,
        /// What was expected.
        expected: &'static str,
        /// What was found.
        found: String,
    },
    /// There is no model at this path.
    #[error("{}: expected a model, or the folder of a run that has ended; found nothing there", printable_path(.path))]
    NoModel {
        /// The path that was searched.
        path: PathBuf,
    },
    /// A file does not hold a run's configuration.
    #[error("{}: expected a run's configuration, found: {found}", printable_path(.path))]
    Config {
        /// The file.
        path: PathBuf,
        /// The parser's message.
        found: String,
    },
    /// A run's configuration differs from the one with which it began.
    #[error("{}: {key}: expected {expected}, as {by}, found {found}", printable_path(.path))]
    Edited {
        /// The file.
        path: PathBuf,
        /// The key with those of its tables, for example "training.epochs".
        key: String,
        /// The value expected, or "no such key".
        expected: String,
        /// The source of that value, for example "the checkpoint has it".
        by: &'static str,
        /// The value found, or "no such key".
        found: String,
    },
    /// A setting in a configuration has a value that no job can have.
    #[error("a configuration's {key}: expected {expected}, found {found}")]
    Setting {
        /// The key with those of its tables, for example "training.epochs".
        key: String,
        /// What was expected.
        expected: String,
        /// The value found.
        found: String,
    },
    /// A configuration names a job that this version does not know.
    #[error("a configuration of job {job:?}: expected dense, denoise or anomaly")]
    UnknownJob {
        /// The job that the configuration names.
        job: String,
    },
    /// A file of checksums has a different form.
    #[error("{}: expected lines of a checksum and a name", printable_path(.path))]
    Checksums {
        /// The file.
        path: PathBuf,
    },
    /// Two checksums of one file differ.
    #[error("{}: not {how}: expected {expected}, found {found}", printable_path(.path))]
    Differs {
        /// The file.
        path: PathBuf,
        /// What the file was compared with, for example "as it was written".
        how: &'static str,
        /// The checksum expected, or "no such file".
        expected: String,
        /// The checksum found, or "no such file".
        found: String,
    },
    /// The folder of a sweep holds one of another plan.
    #[error("{}: {found}", printable_path(.path))]
    Plan {
        /// The plan in the folder.
        path: PathBuf,
        /// What differs.
        found: PlanError,
    },
    /// Two runs that should differ in the seed alone differ in more.
    #[error(
        "{}: expected the settings, the model and the data of {}, found others; remove the wrong one, \
         and it will be trained again",
        printable_path(.path), printable_path(.other)
    )]
    OtherRun {
        /// The run.
        path: PathBuf,
        /// The run with which it was compared.
        other: PathBuf,
    },
    /// Two runs that should have the same data have others.
    #[error(
        "{}: expected the data of {}, found others ({what} differs); put the data back, or begin a new sweep",
        printable_path(.path), printable_path(.other)
    )]
    OtherData {
        /// The run.
        path: PathBuf,
        /// The run with which it was compared.
        other: PathBuf,
        /// The file that differs, or "the selection".
        what: String,
    },
    /// Neither checkpoint can be read.
    #[error("{newest}; and {previous}")]
    BothCheckpoints {
        /// The error of the newest checkpoint.
        newest: Box<CheckpointError>,
        /// The error of the checkpoint before it.
        previous: Box<CheckpointError>,
    },
    /// A checkpoint or a model cannot be read, or does not match.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A value cannot be represented in TOML.
    #[error("cannot be written as TOML: {0}")]
    Toml(String),
}

impl RunError {
    /// For `map_err`: what was being done to which file.
    pub(crate) fn io(
        doing: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |reason| Self::Io { doing, path, reason }
    }
}

impl From<toml::ser::Error> for RunError {
    fn from(error: toml::ser::Error) -> Self {
        Self::Toml(error.to_string())
    }
}
