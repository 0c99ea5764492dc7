//! Ctrl-C: asked once, training ends after the batch it is at and everything is written; asked twice, the program
//! ends at once.

use crate::run_folder::RunFolder;
use anyhow::{Context, Result};
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a shell makes of a program ended by SIGINT: 128 and the signal's number.
pub(crate) const INTERRUPTED: u8 = 130;

/// Whether Ctrl-C was pressed.
#[derive(Debug)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// From now on Ctrl-C is a request, and only a second one ends the program: with the folder's claim taken away,
    /// and the folder, too, if there is nothing in it.
    pub(crate) fn listen(folder: &RunFolder, quiet: bool) -> Result<Self> {
        let asked = Arc::new(AtomicBool::new(false));
        let (flag, traces) = (Arc::clone(&asked), folder.traces());
        let on_signal = move || {
            if flag.swap(true, Ordering::Relaxed) {
                traces.remove();
                std::process::exit(INTERRUPTED.into());
            }
            if !quiet {
                // The terminal has written ^C where the cursor was, in the middle of the progress bar perhaps.
                let line = "stopping, and writing what there is; Ctrl-C once more quits at once";
                drop(writeln!(std::io::stderr(), "\n{line}"));
            }
        };
        ctrlc::set_handler(on_signal).context("cannot listen for Ctrl-C")?;
        Ok(Self(asked))
    }

    /// Whether it was pressed since.
    pub(crate) fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How a run ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// With all that was asked for.
    Done,
    /// By Ctrl-C, with what there was until then.
    Interrupted,
}
