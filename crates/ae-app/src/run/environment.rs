//! The settings that do not affect the results: locations, the number of threads, the amount of
//! output.

use crate::exit::usage;
use crate::report::Output;
use ae_run::{RunError, RunFolder};
use ae_tensor::with_threads;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// The settings of a command that do not affect its results.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    /// Where known data sets are searched, if it was given.
    pub(crate) data_dir: Option<PathBuf>,
    /// The number of threads; `None` for one per core.
    pub(crate) threads: Option<usize>,
    /// The folder for the results; `None` for a new one in `runs`.
    pub(crate) out: Option<PathBuf>,
    /// Whether galleries are printed in the terminal.
    pub(crate) show: bool,
    /// The amount and form of the output.
    pub(crate) output: Output,
}

impl Environment {
    /// Runs `work` on the requested number of threads.
    pub(crate) fn on_threads<T: Send>(&self, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
        let available = std::thread::available_parallelism().map_or(1, usize::from);
        with_threads(self.threads.unwrap_or(available), work).context("cannot start threads")?
    }

    /// Creates a folder for the results: the requested one, or `runs/<name>`, numbered if that
    /// exists.
    pub(crate) fn folder(&self, name: &str) -> Result<RunFolder> {
        let Some(path) = &self.out else {
            return Ok(RunFolder::create_numbered(Path::new("runs"), name)?);
        };
        RunFolder::create(path).map_err(|error| match error {
            RunError::NotEmpty { .. } => usage(format!("--out {error}")).into(),
            error => error.into(),
        })
    }
}
