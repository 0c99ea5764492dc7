//! Text on stdout that is itself what the command was called for.

use anyhow::{Result, anyhow};
use std::io::{self, ErrorKind, Write};

/// Prints to stdout. A reader that has seen enough (`| head`) is not a failure, but a full disk is:
/// the text is the result, and part of it would pass for all.
pub(crate) fn print(text: &[u8]) -> Result<()> {
    let mut stdout = io::stdout().lock();
    // Without the flush, the last line would be written when nobody asks for errors any more.
    match stdout.write_all(text).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(anyhow!("cannot write to stdout: {error}"))
        }
        _ => Ok(()),
    }
}
