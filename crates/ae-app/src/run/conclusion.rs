//! How a command leaves its reader.

use super::Ending;
use crate::report::{Report, files, pictures};
use ae_files::printable_path;
use ae_run::{Checksums, RunFolder};
use ae_train::History;
use anyhow::Result;

/// Files that a command may leave, each with what is in it.
pub(crate) type Files = [(&'static str, &'static str)];

/// The end of a job.
pub(crate) struct Conclusion<'a> {
    /// What a whole run leaves.
    pub(crate) files: &'a Files,
    /// Where Ctrl-C stopped it, if it did.
    pub(crate) stopped: Option<String>,
    /// The arguments of what to run next.
    pub(crate) next: String,
}

impl Conclusion<'_> {
    /// Writes the checksums of a job that was not stopped. Says where Ctrl-C stopped it if it did, names the files that there are,
    /// and what to do next.
    pub(crate) fn report(self, report: &Report, folder: &RunFolder) -> Result<Ending> {
        let path = folder.path();
        let digest = match &self.stopped {
            None => Some(Checksums::write(folder)?),
            // Not the run that its configuration makes.
            Some(_) => None,
        };
        if let Some(stopped) = &self.stopped {
            report.line(format_args!("{stopped}; everything so far is written"));
        }
        files(report, path, self.files);
        if self.stopped.is_some() {
            let run = printable_path(path);
            report.line(format_args!("\nto go on: cargo run -p ae-app -- resume {run}"));
        }
        if let Some(digest) = &digest {
            report.line(format_args!("\ndigest {digest}"));
        }
        report.line(format_args!("\nnext: cargo run -p ae-app -- {}", self.next));
        let (ended, ending) = match self.stopped {
            Some(_) => ("stopped", Ending::Interrupted),
            None => ("done", Ending::Done),
        };
        report.end_in(ended, path, digest)?;
        Ok(ending)
    }
}

/// The end of a command that does not train: keeps the folder, and names what is in it.
pub(crate) fn close(folder: &RunFolder, report: &Report, what: &Files) -> Result<Ending> {
    folder.keep();
    files(report, folder.path(), what);
    report.end_in("done", folder.path(), None)?;
    Ok(Ending::Done)
}

/// Both losses over the epochs, in numbers and, from the first whole epoch on, as a picture.
pub(crate) fn write_history(folder: &RunFolder, title: &str, history: &History) -> Result<()> {
    folder.write("history.csv", &history.to_csv())?;
    if history.epochs.is_empty() {
        return Ok(());
    }
    pictures::losses(&folder.file("loss.png"), title, history)
}
