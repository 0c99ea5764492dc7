//! Ctrl-C: asked once, training ends after the batch it is at and everything is written; asked twice, the program
//! ends at once.

use ae_run::{RunFolder, Traces};
use anyhow::{Context, Result};
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// What a shell makes of a program ended by SIGINT: 128 and the signal's number.
pub(crate) const INTERRUPTED: u8 = 130;

/// Whether Ctrl-C was pressed.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt(Arc<Handler>);

/// What the handler knows. A process has one handler, so there is one of these: a command may make several runs one after the other.
#[derive(Debug, Default)]
struct Handler {
    asked: AtomicBool,
    /// Of the run that is going on.
    traces: Mutex<Option<Traces>>,
}

static INSTALLED: OnceLock<Interrupt> = OnceLock::new();

impl Interrupt {
    /// From now on Ctrl-C is a request, and only a second one ends the program: with the folder's claim taken away,
    /// and the folder, too, if there is nothing in it.
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

    /// Whether it was pressed since.
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
            // The terminal has written ^C where the cursor was, in the middle of the progress bar perhaps.
            let line = "stopping, and writing what there is; Ctrl-C once more quits at once";
            drop(writeln!(std::io::stderr(), "\n{line}"));
        }
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
