//! What can be wrong with a run.

use ae_checkpoint::CheckpointError;
use ae_files::{WriteError, printable_path};
use std::io;
use std::path::PathBuf;

/// Why a run cannot begin, go on, be read or be written. Each message is one line that names the file or folder.
///
/// A reason given by the operating system stands in the line, and [`std::error::Error::source`] returns `None`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The folder for a new run holds something.
    #[error("{}: not empty; name a new folder, nothing is overwritten", printable_path(.path))]
    NotEmpty {
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
    /// There is something else than a run, or a run without the file that is needed.
    #[error("{}: expected {expected}, found {found}", printable_path(.path))]
    NotARun {
        /// The folder or file.
        path: PathBuf,
        /// What should be there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// There is no model.
    #[error("{}: expected a model, or the folder of a run that has ended; found nothing there", printable_path(.path))]
    NoModel {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A file that should hold a run's configuration.
    #[error("{}: expected a run's configuration, found: {found}", printable_path(.path))]
    Config {
        /// The file.
        path: PathBuf,
        /// The parser's message.
        found: String,
    },
    /// The configuration of a job that this version does not know.
    #[error("a configuration of job {job:?}: expected dense or denoise")]
    UnknownJob {
        /// What the configuration names.
        job: String,
    },
    /// A file of checksums in another form.
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
        /// What it was compared with, as in "as it was written".
        how: &'static str,
        /// The checksum expected, or "no such file".
        expected: String,
        /// The checksum found, or "no such file".
        found: String,
    },
    /// Neither checkpoint can be read.
    #[error("{newest}; and {previous}")]
    BothCheckpoints {
        /// What is wrong with the newest.
        newest: Box<CheckpointError>,
        /// What is wrong with the one before it.
        previous: Box<CheckpointError>,
    },
    /// A checkpoint or a model.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A value that TOML cannot hold.
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
