//! The end of a command: its last lines.

use super::page::{RunPage, commands};
use super::{Ending, Suggestion};
use crate::report::{Report, files, pictures};
use ae_page::report::Status;
use ae_run::{Checksums, Config, HISTORY, RunFolder};
use ae_train::History;
use anyhow::Result;

/// Files that a command may write, each with a description.
pub(crate) type Files = [(&'static str, &'static str)];

/// The end of a job.
pub(super) struct Conclusion<'a> {
    /// The files of a complete run.
    pub(super) files: &'a Files,
    /// The point at which a signal stopped the job, if one did.
    pub(super) stopped: Option<String>,
    /// The command to suggest: what to do with the results, or how to continue.
    pub(super) next: Suggestion,
    /// Commands that the page of a complete run suggests as well, and what they do.
    pub(super) others: Vec<(&'static str, Suggestion)>,
    /// The run's page, and the configuration with which it ends.
    pub(super) page: (RunPage, &'a Config),
}

impl Conclusion<'_> {
    /// Writes the page, and the checksums of a job that was not stopped. Prints where a signal
    /// stopped it if one did, the files that exist, and what to run next.
    pub(super) fn report(self, report: &Report, folder: &RunFolder) -> Result<Ending> {
        let Self { files: what, stopped, next, others, page: (page, config) } = self;
        let path = folder.path();
        let sums = match &stopped {
            None => Some(Checksums::of(path)?),
            // A stopped run is not the one that its configuration describes.
            Some(_) => None,
        };
        let (status, suggested) = match &stopped {
            None => (Status::Complete, [vec![("Go on", next.clone())], others].concat()),
            Some(how) => {
                (Status::Stopped { how: how.clone() }, vec![("Continue the run", next.clone())])
            }
        };
        page.ended(config, status, sums.as_ref().map(Checksums::digest), commands(suggested), what);
        // The last file: with it, the run is complete.
        let digest = sums.map(|sums| sums.write(folder)).transpose()?;
        if let Some(stopped) = &stopped {
            report.line(format_args!("{stopped}; everything so far is written"));
        }
        files(report, path, what);
        if let Some(digest) = &digest {
            report.line(format_args!("\ndigest {digest}"));
        }
        let heading = if stopped.is_some() { "to continue" } else { "next" };
        if let Some(next) = next.line() {
            report.line(format_args!("\n{heading}: {next}"));
        }
        let (ended, ending) = match stopped {
            Some(_) => ("stopped", Ending::Interrupted),
            None => ("done", Ending::Done),
        };
        report.end_in(ended, path, digest)?;
        Ok(ending)
    }
}

/// Ends a command that does not train: keeps the folder, and lists its files.
pub(crate) fn close(folder: &RunFolder, report: &Report, what: &Files) -> Result<Ending> {
    folder.keep();
    files(report, folder.path(), what);
    report.end_in("done", folder.path(), None)?;
    Ok(Ending::Done)
}

/// Writes both losses over the epochs as numbers and, from the first whole epoch on, as a picture.
pub(crate) fn write_history(folder: &RunFolder, title: &str, history: &History) -> Result<()> {
    folder.write(HISTORY, &history.to_csv())?;
    if history.epochs.is_empty() {
        return Ok(());
    }
    pictures::losses(&folder.file("loss.png"), title, history)
}
