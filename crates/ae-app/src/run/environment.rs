//! The settings that do not affect the results: locations, the number of threads, the amount of
//! output.

use super::{Interrupt, faults};
use crate::exit::{usage, warn};
use crate::report::{Output, shell};
use ae_files::printable_path;
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
    /// Whether the results are thrown away. A signal then ends the program at once.
    pub(crate) disposable: bool,
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
            return claim(|| RunFolder::create_numbered(Path::new("runs"), name));
        };
        claim(|| RunFolder::create(path)).map_err(|error| match error.downcast_ref() {
            Some(RunError::NotEmpty { .. }) => usage(format!("--out {error}")).into(),
            Some(RunError::Unfinished { .. }) => {
                let run = printable_path(path);
                let how = shell::line(&["ae-app".into(), "resume".into(), path.into()]);
                let how =
                    how.map_or_else(|| "resume it".into(), |line| format!("continue it: {line}"));
                usage(format!(
                    "--out {run}: holds a run that has not ended; name a new folder, or {how}"
                ))
                .into()
            }
            _ => error,
        })
    }

    /// Returns the handler of signals for a job: the first signal is a request, unless the results
    /// are thrown away.
    pub(crate) fn interrupt(&self) -> Result<Interrupt> {
        if self.disposable { Interrupt::installed() } else { Interrupt::wait(self.output.quiet) }
    }
}

/// Claims a folder, so that the claim is removed if a signal ends the program. Warns once if the
/// file system has no locks.
pub(crate) fn claim(make: impl FnOnce() -> Result<RunFolder, RunError>) -> Result<RunFolder> {
    static WARNED: Once = Once::new();
    let folder = Interrupt::installed()?.claim(make)?;
    faults::point("claimed");
    if let Some(reason) = folder.unlocked() {
        let path = printable_path(folder.path());
        WARNED.call_once(|| {
            warn(&format!(
                "{path}: this file system cannot lock files ({reason}): nothing keeps a second process out of the folder"
            ));
        });
    }
    Ok(folder)
}
