//! Galleries in the terminal: how wide it is and which grays it has. What is printed is ae-plot's.
//!
//! Half blocks of our own rather than a picture protocol: the crate for those, viuer, brings a second way to talk to terminals, asks
//! the terminal questions on stdin, and stands on a crate under the LGPL.

use ae_plot::{Gallery, Shades};
use anstream::{AutoStream, ColorChoice};
use anyhow::Result;
use std::io::Write;

/// The width of a terminal that does not tell it.
const COLUMNS: usize = 80;

/// Prints the gallery. That nobody reads it any more is not a failure.
pub(super) fn gallery(gallery: &Gallery<'_>) -> Result<()> {
    let text = gallery.to_text(columns(), shades())?;
    // On an old Windows console, it turns sequences into calls.
    drop(write!(anstream::stdout(), "\n{text}"));
    Ok(())
}

/// `COLUMNS` if it is a number, as with `ls`; else what the terminal says.
fn columns() -> usize {
    let asked = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let asked = asked.filter(|&columns| columns > 0);
    let terminal = || terminal_size::terminal_size_of(std::io::stdout());
    asked
        .or_else(|| terminal().map(|(terminal_size::Width(columns), _)| columns.into()))
        .unwrap_or(COLUMNS)
}

/// By the conventions that clap's messages keep as well: NO_COLOR, CLICOLOR_FORCE, TERM, and whether stdout is a terminal.
fn shades() -> Shades {
    let full =
        std::env::var("COLORTERM").is_ok_and(|term| ["truecolor", "24bit"].contains(&&*term));
    match AutoStream::choice(&std::io::stdout()) {
        ColorChoice::Never => Shades::Characters,
        _ if full => Shades::Colours,
        _ => Shades::Palette,
    }
}
