//! The program's output: lines for a person, one JSON object for a program.

use ae_files::{printable, printable_path};
use anyhow::Result;
use serde::Serialize;
use std::cell::RefCell;
use std::io::Write;
use std::path::Path;

pub(crate) mod page;
pub(crate) mod pictures;
mod print;
mod results;
pub(crate) mod shell;
mod show;

pub(crate) use print::print;
pub(crate) use results::{Anomalies, FoundNoise, PCA};

use results::Results;

/// The amount and form of the output.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Output {
    /// Print only errors and the JSON.
    pub(crate) quiet: bool,
    /// Print more than usual.
    pub(crate) verbose: bool,
    /// Print the results as one line of JSON on stdout, and the report on stderr.
    pub(crate) json: bool,
}

impl Output {
    /// Returns the output of a command that works for another one.
    pub(crate) fn silent() -> Self {
        Self { quiet: true, ..Self::default() }
    }
}

/// Prints to stdout unless `quiet` is set, or to stderr if stdout is for JSON. A closed pipe (`|
/// head`) does not stop the run, because its files are still wanted.
pub(crate) struct Report {
    output: Output,
    results: RefCell<Results>,
}

/// Formats a count: `1 epoch`, `2 epochs`.
pub(crate) fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

/// Formats a peak signal-to-noise ratio.
pub(crate) fn decibels(psnr: f64) -> String {
    format!("{psnr:.2}")
}

/// Formats a structural similarity. Small images do not have one.
pub(crate) fn similarity(ssim: Option<f64>) -> String {
    ssim.map_or_else(|| "-".into(), |ssim| format!("{ssim:.4}"))
}

/// Escapes the control characters of each line.
fn printable_lines(text: &str) -> String {
    text.split('\n').map(printable).collect::<Vec<_>>().join("\n")
}

/// Lists those of the files that exist, each with its description.
pub(crate) fn files(report: &Report, folder: &Path, files: &[(&'static str, &'static str)]) {
    report.line(format_args!("\nin {}:", printable_path(folder)));
    for (file, content) in files.iter().filter(|(file, _)| folder.join(file).exists()) {
        report.line(format_args!("  {file:<21} {content}"));
    }
}

impl Report {
    pub(crate) fn new(output: Output) -> Self {
        Self { output, results: RefCell::default() }
    }

    /// Prints one line, or several. Control characters other than the ends of lines are escaped: a
    /// name in the text must not send commands to the terminal.
    pub(crate) fn line(&self, text: impl std::fmt::Display) {
        if self.output.quiet {
            return;
        }
        let text = printable_lines(&text.to_string());
        if self.output.json {
            drop(writeln!(std::io::stderr(), "{text}"));
        } else {
            drop(writeln!(std::io::stdout(), "{text}"));
        }
    }

    /// Prints text that is the result of the command. If it cannot be written, the command has
    /// failed, unless the reader has closed the pipe.
    pub(crate) fn text(&self, text: &str) -> Result<()> {
        if self.output.quiet {
            return Ok(());
        }
        if self.output.json {
            drop(write!(std::io::stderr(), "{text}"));
            return Ok(());
        }
        print(text.as_bytes())
    }

    /// Prints a line in verbose mode only.
    pub(crate) fn detail(&self, text: impl std::fmt::Display) {
        if self.output.verbose {
            self.line(text);
        }
    }

    /// Prints a line with a heading at the left. Paths must go through [`printable_path`].
    pub(crate) fn item(&self, heading: &str, text: impl std::fmt::Display) {
        self.line(format_args!("{heading:<10} {text}"));
    }

    /// Records a result for `--json`.
    pub(crate) fn note(&self, note: impl FnOnce(&mut Results)) {
        note(&mut self.results.borrow_mut());
    }

    /// Ends the report. Prints the recorded results and the folder's files, if JSON was asked for.
    pub(crate) fn end_in(
        &self,
        ended: &'static str,
        folder: &Path,
        digest: Option<String>,
    ) -> Result<()> {
        if self.output.json {
            print(format!("{}\n", self.results(ended, folder, digest)?).as_bytes())?;
        }
        Ok(())
    }

    /// Returns the recorded results and the folder's files as one line of JSON.
    pub(crate) fn results(
        &self,
        ended: &'static str,
        folder: &Path,
        digest: Option<String>,
    ) -> Result<String> {
        let mut results = self.results.borrow_mut();
        results.ended(ended, folder, digest)?;
        Ok(in_json(&*results))
    }

    /// Prints this value as one line of JSON, if JSON was asked for. NaN and infinity become
    /// `null`. If it cannot be written, the command has failed, unless the reader has closed the
    /// pipe.
    pub(crate) fn json(&self, results: &impl Serialize) -> Result<()> {
        if !self.output.json {
            return Ok(());
        }
        print(format!("{}\n", in_json(results)).as_bytes())
    }
}

/// Formats a value as JSON. NaN and infinity become `null`.
fn in_json(results: &impl Serialize) -> String {
    serde_json::to_string(results).expect("text, numbers and lists of them")
}
