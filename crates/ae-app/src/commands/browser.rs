//! What to do with a page once it is written.

use crate::exit::warn;
use crate::report::{Report, shell};
use ae_files::printable_path;
use std::path::Path;

/// Opens a page with the system's browser, or says how to. The page is written, so a system that
/// cannot open it is not a failure.
pub(super) fn show(report: &Report, page: &Path, open: bool) {
    if !open {
        let shown = printable_path(page);
        report.line(format_args!("\nopen {shown} with a double click, or with your browser"));
    } else if let Err(error) = open::that_detached(page) {
        let how = shell::line(&[page.into()]).unwrap_or_else(|| printable_path(page).to_string());
        warn(&format!("--open: {error}; open {how} with your browser"));
    }
}
