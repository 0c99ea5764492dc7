//! The settings that do not affect the results: locations, the number of threads, the amount of
//! output.

use super::{Interrupt, Processes, faults};
use crate::exit::{Refusal, usage, warn};
use crate::input::Finding;
use crate::report::{Output, counted, shell};
use ae_files::printable_path;
use ae_run::{Config, RunError, RunFolder};
use ae_tensor::with_threads;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};

/// The settings of a command that do not affect its results.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    /// Where known data sets are searched, if it was given.
    pub(crate) data_dir: Option<PathBuf>,
    /// The number of threads; `None` for one per core.
    pub(crate) threads: Option<usize>,
    /// The processes that train together.
    pub(crate) processes: Processes,
    /// The folder for the results; `None` for a new one in `runs`.
    pub(crate) out: Option<PathBuf>,
    /// A run of the same sweep, which must have the same data: its folder and its configuration.
    pub(crate) sibling: Option<Arc<(PathBuf, Config)>>,
    /// Whether the results are discarded. A signal then ends the program at once.
    pub(crate) disposable: bool,
    /// Whether galleries are printed in the terminal.
    pub(crate) show: bool,
    /// The amount and form of the output.
    pub(crate) output: Output,
}

impl Environment {
    /// The same settings for work in which these processes train together.
    pub(crate) fn led(self, processes: &Processes) -> Self {
        Self { processes: processes.clone(), ..self }
    }

    /// How data are found.
    pub(crate) fn finding(&self) -> Finding<'_> {
        Finding { data_dir: self.data_dir.as_deref(), bar: !self.output.quiet }
    }

    /// Runs `work` on the requested number of threads, but at most one for each core: more threads
    /// would only wait for each other.
    pub(crate) fn on_threads<T: Send>(&self, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = self.threads.unwrap_or(cores).min(cores);
        if let Some(asked) = self.threads.filter(|&asked| asked > cores) {
            // A command may call another one, which would report it again.
            static SAID: Once = Once::new();
            SAID.call_once(|| warn(&too_many(asked, cores)));
        }
        with_threads(threads, work).context("cannot start threads")?
    }

    /// Creates a folder for the results: the requested one, or `runs/<name>`, numbered if that
    /// exists.
    pub(crate) fn folder(&self, name: &str) -> Result<RunFolder> {
        let Some(path) = &self.out else {
            return claim(|| RunFolder::create_numbered(Path::new("runs"), name));
        };
        claim(|| RunFolder::create(path)).map_err(|error| match error.downcast_ref() {
            Some(RunError::NotEmpty { .. }) => usage(format!("--out {error}")).into(),
            Some(RunError::Unfinished { .. }) => holds_unfinished(path, "run").into(),
            _ => error,
        })
    }

    /// Returns the handler of signals for a job: the first signal is a request, unless the results
    /// are discarded.
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

/// Reports that fewer threads are used than requested.
fn too_many(asked: usize, cores: usize) -> String {
    let (cores, threads) = (counted(cores, "core"), counted(cores, "thread"));
    format!("--threads {asked}: found {cores} for this program, {threads} will compute")
}

/// Returns the refusal of a folder that holds a run, or a lab, which can be continued.
pub(crate) fn holds_unfinished(out: &Path, what: &str) -> Refusal {
    let how = shell::line(&["ae-app".into(), "resume".into(), out.into()]);
    let how = how.map_or_else(|| "resume it".into(), |line| format!("continue it: {line}"));
    let out = printable_path(out);
    usage(format!("--out {out}: holds a {what} that has not ended; name a new folder, or {how}"))
}
