//! The settings that do not affect the results: locations, the number of threads, the amount of
//! output.

use crate::exit::{usage, warn};
use crate::report::{Output, counted};
use ae_run::{RunError, RunFolder};
use ae_tensor::with_threads;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::sync::Once;

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
    /// Runs `work` on the requested number of threads, at most one for each core: more would only
    /// wait for each other.
    pub(crate) fn on_threads<T: Send>(&self, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = self.threads.unwrap_or(cores).min(cores);
        if let Some(asked) = self.threads.filter(|&asked| asked > cores) {
            // A command may work for another one, which would say it again.
            static SAID: Once = Once::new();
            SAID.call_once(|| warn(&too_many(asked, cores)));
        }
        with_threads(threads, work).context("cannot start threads")?
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

/// Says that fewer threads are used than were asked for.
fn too_many(asked: usize, cores: usize) -> String {
    let (cores, threads) = (counted(cores, "core"), counted(cores, "thread"));
    format!("--threads {asked}: found {cores} for this program, {threads} will compute")
}
