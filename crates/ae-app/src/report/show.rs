//! Galleries in the terminal: its width and its grays. The printing itself is in ae-plot.
//!
//! Galleries are printed as half blocks rather than through a picture protocol. The crate for
//! those, viuer, brings a second way to talk to terminals, queries the terminal on stdin, and
//! depends on a crate under the LGPL.

use ae_plot::{Gallery, Shades};
use anstream::{AutoStream, ColorChoice};
use anyhow::Result;
use std::io::Write;

/// The width of a terminal that does not report it.
const COLUMNS: usize = 80;

/// Prints the gallery. A closed pipe is not a failure.
pub(super) fn gallery(gallery: &Gallery<'_>) -> Result<()> {
    let text = gallery.to_text(columns(), shades())?;
    // On an old Windows console, `anstream` turns escape sequences into calls.
    drop(write!(anstream::stdout(), "\n{text}"));
    Ok(())
}

/// Returns `COLUMNS` if it is a number, as `ls` does; else the width that the terminal reports.
fn columns() -> usize {
    let asked = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let asked = asked.filter(|&columns| columns > 0);
    let terminal = || terminal_size::terminal_size_of(std::io::stdout());
    asked
        .or_else(|| terminal().map(|(terminal_size::Width(columns), _)| columns.into()))
        .unwrap_or(COLUMNS)
}

/// Chooses the grays by the conventions that clap also follows: NO_COLOR, CLICOLOR_FORCE, TERM, and
/// whether stdout is a terminal.
fn shades() -> Shades {
    let full =
        std::env::var("COLORTERM").is_ok_and(|term| ["truecolor", "24bit"].contains(&&*term));
    match AutoStream::choice(&std::io::stdout()) {
        ColorChoice::Never => Shades::Characters,
        _ if full => Shades::Colours,
        _ => Shades::Palette,
    }
}
