//! What does not decide the results: where things are, how many threads there are, how much is said.

use crate::exit::usage;
use crate::report::Output;
use ae_run::{RunError, RunFolder};
use ae_tensor::with_threads;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// Where, and how, a command works.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    /// Where known data sets are, if somebody says so.
    pub(crate) data_dir: Option<PathBuf>,
    /// How many threads compute; `None` for one for each core.
    pub(crate) threads: Option<usize>,
    /// The folder for the results; `None` for one in `runs`.
    pub(crate) out: Option<PathBuf>,
    /// Whether galleries are shown in the terminal.
    pub(crate) show: bool,
    /// How much is said.
    pub(crate) output: Output,
}

impl Environment {
    /// Does the work on as many threads as asked for.
    pub(crate) fn on_threads<T: Send>(&self, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
        let available = std::thread::available_parallelism().map_or(1, usize::from);
        with_threads(self.threads.unwrap_or(available), work).context("cannot start threads")?
    }

    /// A new folder for the results: the one asked for, or `runs/<name>`, numbered if there is one.
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
