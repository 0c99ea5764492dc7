//! `report.html` during a run: written at its beginning, after epochs, and at its end.

use super::{Suggestion, Task};
use crate::exit::warn;
use crate::report::page::{self, Facts};
use ae_page::report::{Command, Moment, Report, Status};
use ae_run::{CHECKSUMS, Config, REPORT, RunFolder};
use ae_train::{EpochLosses, EpochReport, TrainingState};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The least time between two pages of a run in progress. A page takes a few milliseconds, mostly
/// for the disk; an epoch of a small model takes less.
const FRESH: Duration = Duration::from_secs(1);

/// The page of a run in progress. A run that ends without [`RunPage::ended`] has failed, and its
/// last page says so.
///
/// The page is an extra, like the progress bar: if it cannot be written, training goes on, and only
/// the last attempt is reported.
pub(crate) struct RunPage {
    /// `None` for a run whose results are discarded.
    folder: Option<Arc<RunFolder>>,
    title: String,
    since: Moment,
    /// The command that continues the run.
    resume: Option<String>,
    config: toml::Table,
    history: Vec<EpochLosses>,
    epochs: usize,
    /// The pictures that are redrawn during the run.
    pictures: &'static [(&'static str, &'static str)],
    begun: Instant,
    /// The number of epochs that had ended before this process began.
    before: usize,
    written: Option<Instant>,
}

impl RunPage {
    /// Writes the page of a run that begins or goes on. `pictures` are redrawn after each epoch.
    pub(crate) fn begin(
        task: &Task<'_>,
        folder: &Arc<RunFolder>,
        config: &Config,
        state: &TrainingState,
        pictures: &'static [(&'static str, &'static str)],
    ) -> Self {
        let resume = Suggestion::resume(folder.path(), task.data, task.environment).line();
        let folder = (!task.environment.disposable).then(|| Arc::clone(folder));
        folder.iter().for_each(|folder| folder.provisional(REPORT));
        let mut page = Self {
            folder,
            title: format!("{}: {}", config.job_name(), task.data.title()),
            since: Moment::now(),
            resume,
            config: values(config),
            history: state.history.epochs.clone(),
            epochs: config.epochs(),
            pictures,
            begun: Instant::now(),
            before: state.epoch(),
            written: None,
        };
        page.write_so_far();
        page
    }

    /// Records an epoch, and writes the page if it is out of date.
    pub(crate) fn at_epoch(&mut self, epoch: &EpochReport<'_>) {
        if self.folder.is_none() {
            return;
        }
        self.history.extend(&epoch.history.epochs[self.history.len()..]);
        if let Some(toml::Value::Table(training)) = self.config.get_mut("training") {
            let finished = i64::try_from(epoch.epoch).unwrap_or(i64::MAX);
            training.insert("epochs_finished".into(), finished.into());
        }
        if self.written.is_none_or(|written| written.elapsed() >= FRESH) {
            self.write_so_far();
        }
    }

    /// Writes the page of a run that has ended as `status` says.
    pub(crate) fn ended(
        mut self,
        config: &Config,
        status: Status,
        digest: Option<String>,
        commands: Vec<Command>,
        files: &[(&'static str, &'static str)],
    ) {
        let Some(folder) = self.folder.take() else { return };
        let config = Some(values(config));
        // Only a complete run has checksums.
        let last = digest.is_some().then_some(CHECKSUMS);
        let facts = Facts { config, digest, last, commands, ..self.facts(status) };
        write(&folder, &page::ended(folder.path(), facts, files));
    }

    fn write_so_far(&mut self) {
        let Some(folder) = &self.folder else { return };
        let epochs = self.history.len() - self.before;
        let each = match epochs {
            0 => FRESH,
            epochs => self.begun.elapsed().div_f64(epochs as f64),
        };
        let status = Status::Running {
            since: self.since,
            written: Moment::now(),
            far: self.far(),
            next: each.max(FRESH).as_secs_f64(),
            resume: self.resume.clone(),
        };
        let report = page::in_progress(folder.path(), self.facts(status), self.pictures);
        // The next page may fit on the disk again.
        drop(folder.write(REPORT, &report.to_page().to_html()));
        self.written = Some(Instant::now());
    }

    fn far(&self) -> String {
        match self.history.len() {
            0 => format!("in the first epoch of {}", self.epochs),
            finished => format!("after epoch {finished} of {}", self.epochs),
        }
    }

    fn facts(&self, status: Status) -> Facts {
        Facts {
            title: self.title.clone(),
            status,
            config: Some(self.config.clone()),
            history: self.history.clone(),
            ..Facts::default()
        }
    }
}

/// The page of a run that an error has ended.
impl Drop for RunPage {
    fn drop(&mut self) {
        let Some(folder) = self.folder.take() else { return };
        let resume = self.resume.clone().map(|line| Command { what: "Continue it".into(), line });
        let facts = Facts {
            commands: resume.into_iter().collect(),
            ..self.facts(Status::Failed { far: self.far() })
        };
        let report = page::in_progress(folder.path(), facts, self.pictures);
        // The error that ended the run is the one to report.
        drop(folder.write(REPORT, &report.to_page().to_html()));
    }
}

/// Writes the page of a command that does not train. `settings` is a TOML file of the folder, if
/// there is one, and `last` the file that the command will write after the page.
pub(crate) fn write_page<S: AsRef<str>>(
    folder: &RunFolder,
    title: String,
    settings: Option<&str>,
    files: &[(S, S)],
    last: Option<&'static str>,
) {
    let config = settings.and_then(|name| page::table(folder.path(), name));
    let facts = Facts { title, config, last, ..Facts::default() };
    write(folder, &page::ended(folder.path(), facts, files));
}

/// As [`write_page`], for work with this status. `next` is the line that goes on, if something is
/// left to do.
pub(crate) fn write_page_with<S: AsRef<str>>(
    folder: &RunFolder,
    title: String,
    settings: Option<&str>,
    files: &[(S, S)],
    status: Status,
    next: Option<String>,
) {
    let config = settings.and_then(|name| page::table(folder.path(), name));
    let commands = next.into_iter().map(|line| Command { what: "Continue it".into(), line });
    let facts = Facts { title, config, status, commands: commands.collect(), ..Facts::default() };
    write(folder, &page::ended(folder.path(), facts, files));
}

/// Writes the last page. Without it a run is as good as with it, so a failure is a warning.
fn write(folder: &RunFolder, report: &Report) {
    if let Err(error) = folder.write(REPORT, &report.to_page().to_html()) {
        warn(&error.to_string());
    }
}

/// The content of `config.toml`: through its text, where a number of 32 bits has no more digits
/// than it needs.
fn values(config: &Config) -> toml::Table {
    toml::to_string(config).ok().and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// The commands that can be pasted.
pub(super) fn commands(
    suggested: impl IntoIterator<Item = (&'static str, Suggestion)>,
) -> Vec<Command> {
    let line = |(what, suggestion): (&'static str, Suggestion)| {
        Some(Command { what: what.into(), line: suggestion.line()? })
    };
    suggested.into_iter().filter_map(line).collect()
}
