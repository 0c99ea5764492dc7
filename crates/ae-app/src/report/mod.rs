//! What the program says: to a person in lines, to a program as one JSON object.

use ae_files::printable_path;
use anyhow::Result;
use serde::Serialize;
use std::cell::RefCell;
use std::io::Write;
use std::path::Path;

pub(crate) mod pictures;
mod results;
mod show;

use results::Results;

/// How much is said, and for whom.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Output {
    /// Nothing but errors, and what `json` prints.
    pub(crate) quiet: bool,
    /// More than usual.
    pub(crate) verbose: bool,
    /// The results as one line of JSON on stdout; the report goes to stderr.
    pub(crate) json: bool,
}

impl Output {
    /// Of a command that works for another one.
    pub(crate) fn silent() -> Self {
        Self { quiet: true, ..Self::default() }
    }
}

/// Prints to stdout unless asked to be quiet; to stderr if stdout is for JSON. A reader who has gone (`| head`) does not
/// stop the run: its files are what counts.
pub(crate) struct Report {
    output: Output,
    results: RefCell<Results>,
}

/// `1 epoch`, `2 epochs`.
pub(crate) fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

/// A peak signal-to-noise ratio.
pub(crate) fn decibels(psnr: f64) -> String {
    format!("{psnr:.2}")
}

/// A structural similarity, if the images are large enough to have one.
pub(crate) fn similarity(ssim: Option<f64>) -> String {
    ssim.map_or_else(|| "-".into(), |ssim| format!("{ssim:.4}"))
}

/// Names the files that there are, each with what is in it.
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

    /// One line, or several.
    pub(crate) fn line(&self, text: impl std::fmt::Display) {
        if self.output.quiet {
            return;
        }
        if self.output.json {
            drop(writeln!(std::io::stderr(), "{text}"));
        } else {
            drop(writeln!(std::io::stdout(), "{text}"));
        }
    }

    /// A line for those who asked for more.
    pub(crate) fn detail(&self, text: impl std::fmt::Display) {
        if self.output.verbose {
            self.line(text);
        }
    }

    /// A line with a heading at its left. Paths go through [`printable_path`].
    pub(crate) fn item(&self, heading: &str, text: impl std::fmt::Display) {
        self.line(format_args!("{heading:<10} {text}"));
    }

    /// Takes note of a result for `--json`.
    pub(crate) fn note(&self, note: impl FnOnce(&mut Results)) {
        note(&mut self.results.borrow_mut());
    }

    /// The end: prints what was noted, and what is in the folder, if JSON was asked for.
    pub(crate) fn end_in(
        &self,
        ended: &'static str,
        folder: &Path,
        digest: Option<String>,
    ) -> Result<()> {
        if self.output.json {
            let mut results = self.results.borrow_mut();
            results.ended(ended, folder, digest)?;
            self.json(&*results);
        }
        Ok(())
    }

    /// Prints this as one line of JSON, if JSON was asked for. NaN and infinities become `null`.
    pub(crate) fn json(&self, results: &impl Serialize) {
        if self.output.json {
            let text = serde_json::to_string(results).expect("text, numbers and lists of them");
            drop(writeln!(std::io::stdout(), "{text}"));
        }
    }
}
