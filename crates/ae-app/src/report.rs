//! What the program says on stdout.

use crate::exit::printable;
use crate::run_folder::RunFolder;
use std::io::Write;
use std::path::Path;

/// Prints to stdout unless asked to be quiet. A reader who has gone (`| head`) is no reason to stop: the
/// files of the run are what counts.
pub(crate) struct Report {
    quiet: bool,
}

/// A path for a line of the report: one that holds a line break stays on its line.
pub(crate) fn shown(path: &Path) -> String {
    printable(&path.display().to_string())
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
pub(crate) fn files(report: &Report, folder: &RunFolder, files: &[(&'static str, &'static str)]) {
    report.line(format_args!("\nin {}:", shown(folder.path())));
    for (file, content) in files.iter().filter(|(file, _)| folder.file(file).exists()) {
        report.line(format_args!("  {file:<21} {content}"));
    }
}

impl Report {
    pub(crate) fn new(quiet: bool) -> Self {
        Self { quiet }
    }

    /// One line, or several.
    pub(crate) fn line(&self, text: impl std::fmt::Display) {
        if !self.quiet {
            drop(writeln!(std::io::stdout(), "{text}"));
        }
    }

    /// A line with a heading at its left. Paths go through [`shown`].
    pub(crate) fn item(&self, heading: &str, text: impl std::fmt::Display) {
        self.line(format_args!("{heading:<10} {text}"));
    }
}
