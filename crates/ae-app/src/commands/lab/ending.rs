//! How a laboratory ends: its last file, and what is said if it ends before.

use crate::report::Report;
use crate::run::Ending;
use anyhow::Result;
use std::path::Path;

/// The file that is written last.
pub(super) const REPORT: &str = "report.md";

/// Ends a laboratory that was stopped between two models, or while it trained one.
pub(super) fn stopped(report: &Report, folder: &Path, next: Option<String>) -> Result<Ending> {
    report.line("stopped; the models so far are written");
    if let Some(next) = next {
        report.line(format_args!("\nto continue: {next}"));
    }
    report.end_in("stopped", folder, None)?;
    Ok(Ending::Interrupted)
}
