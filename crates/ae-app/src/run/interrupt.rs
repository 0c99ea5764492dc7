//! Ctrl-C: after the first, training ends after the current batch and everything is written; after
//! the second, the program ends at once.

use ae_run::{RunFolder, Traces};
use anyhow::{Context, Result};
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The shell's exit status for a program ended by SIGINT: 128 and the signal's number.
pub(crate) const INTERRUPTED: u8 = 130;

/// Tells whether Ctrl-C was pressed.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt(Arc<Handler>);

/// The state of the handler. A process has one handler, so there is one state: a command may make
/// several runs in sequence.
#[derive(Debug, Default)]
struct Handler {
    asked: AtomicBool,
    /// The traces of the current run.
    traces: Mutex<Option<Traces>>,
}

static INSTALLED: OnceLock<Interrupt> = OnceLock::new();

impl Interrupt {
    /// Installs the handler. From then on, the first Ctrl-C is a request, and the second ends the
    /// program. The second also removes the folder's claim, and the folder if it holds no results.
    pub(crate) fn listen(folder: &RunFolder, quiet: bool) -> Result<Self> {
        if INSTALLED.get().is_none() {
            let interrupt = Self(Arc::default());
            let handler = Arc::clone(&interrupt.0);
            ctrlc::set_handler(move || handler.signal(quiet))
                .context("cannot listen for Ctrl-C")?;
            drop(INSTALLED.set(interrupt));
        }
        let interrupt = INSTALLED.get().expect("it has just been set").clone();
        *interrupt.0.traces.lock().unwrap_or_else(PoisonError::into_inner) = Some(folder.traces());
        Ok(interrupt)
    }

    /// Returns whether Ctrl-C was pressed.
    pub(crate) fn asked(&self) -> bool {
        self.0.asked.load(Ordering::Relaxed)
    }
}

impl Handler {
    fn signal(&self, quiet: bool) {
        if self.asked.swap(true, Ordering::Relaxed) {
            let traces = self.traces.lock().unwrap_or_else(PoisonError::into_inner);
            traces.as_ref().inspect(|traces| traces.remove());
            std::process::exit(INTERRUPTED.into());
        }
        if !quiet {
            // The terminal has printed ^C at the cursor, perhaps in the middle of the progress bar.
            let line =
                "stopping, and writing the results so far; press Ctrl-C again to quit at once";
            drop(writeln!(std::io::stderr(), "\n{line}"));
        }
    }
}

/// How a run ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The run did everything that was asked for.
    Done,
    /// Ctrl-C ended the run. Its results so far were written.
    Interrupted,
}
