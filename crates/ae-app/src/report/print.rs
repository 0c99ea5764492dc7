//! Prints text on stdout that is the result of a command.

use anyhow::{Result, anyhow};
use std::io::{self, ErrorKind, Write};

/// Prints to stdout. A reader that closes the pipe (`| head`) is not a failure. A full disk is: the
/// text is the result, and a part of it would look like all of it.
pub(crate) fn print(text: &[u8]) -> Result<()> {
    let mut stdout = io::stdout().lock();
    // Without the flush, the last line would be written later, when errors are no longer checked.
    match stdout.write_all(text).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(anyhow!("cannot write to stdout: {error}"))
        }
        _ => Ok(()),
    }
}
