//! Handles signals. While a job trains, the first signal is a request: training ends after the
//! current batch, and everything is written. The second signal ends the program at once. At all
//! other times the first signal ends the program. It then removes its claims and temporary folders,
//! and nothing else: files that have been written stay, as after SIGKILL.

#[cfg(all(test, unix))]
mod tests;

use super::faults;
use super::signals::{self, Signal};
use crate::exit;
use crate::report::Output;
use ae_run::{RunError, RunFolder};
use anyhow::{Context, Result};
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// After a first signal, SIGTERM and SIGHUP within this time are the same request: `timeout` sends
/// its signal to the process and to its group, and a closing terminal sends two as well. Two Ctrl-C
/// are always two signals.
const SAME_REQUEST: Duration = Duration::from_secs(1);

/// Tells whether a signal has asked the program to end. A process has one handler, so all runs of a
/// command share one state.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt(Arc<Handler>);

#[derive(Debug, Default)]
struct Handler {
    asked: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Whether a first signal is a request.
    waits: bool,
    quiet: bool,
    /// The request, and when it came.
    request: Option<(Signal, Instant)>,
    /// What is removed when a signal ends the program.
    leftovers: Vec<Leftover>,
    /// The message if a first signal ends the program.
    farewell: Option<Farewell>,
}

/// What is done about a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// The job is asked to end.
    Request,
    /// Nothing: it repeats the request.
    Nothing,
    /// The program ends at once.
    End,
}

/// The last message of a program that a signal ends at once.
#[derive(Debug)]
struct Farewell {
    output: Output,
    line: String,
    /// The JSON, if the command has results so far.
    json: Option<String>,
}

/// What the program must not leave behind.
#[derive(Debug)]
enum Leftover {
    Claim(ae_run::Traces),
    Temporary(PathBuf),
}

static INSTALLED: OnceLock<Interrupt> = OnceLock::new();

impl Interrupt {
    /// Returns the program's handler, which is installed by the first call.
    pub(crate) fn installed() -> Result<Self> {
        if let Some(installed) = INSTALLED.get() {
            return Ok(installed.clone());
        }
        let interrupt = Self(Arc::default());
        let handler = Arc::clone(&interrupt.0);
        signals::listen(move |signal| handler.signal(signal))
            .context("cannot listen for Ctrl-C")?;
        drop(INSTALLED.set(interrupt.clone()));
        Ok(interrupt)
    }

    /// One without a handler, for which a first signal is a request.
    #[cfg(test)]
    pub(super) fn waiting() -> Self {
        let state = State { waits: true, quiet: true, ..State::default() };
        Self(Arc::new(Handler { asked: AtomicBool::new(false), state: Mutex::new(state) }))
    }

    /// From now on a first signal is a request, and the caller must check for it. Unless `quiet`, a
    /// line says that it was received. A command whose runs are silent calls this before they do,
    /// and the first call decides.
    pub(crate) fn wait(quiet: bool) -> Result<Self> {
        let interrupt = Self::installed()?;
        let mut state = interrupt.0.state();
        if !state.waits {
            (state.waits, state.quiet) = (true, quiet);
        }
        drop(state);
        Ok(interrupt)
    }

    /// From now on a signal ends the program at once, with a line on stderr that says so, and with
    /// this JSON if there are results so far. Returns `false` if a request came before: the caller
    /// must end by itself.
    pub(crate) fn end_at_once(&self, output: Output, line: String, json: Option<String>) -> bool {
        let mut state = self.0.state();
        if state.request.is_some() {
            return false;
        }
        (state.waits, state.farewell) = (false, Some(Farewell { output, line, json }));
        true
    }

    /// Returns whether a signal has asked the program to end.
    pub(crate) fn asked(&self) -> bool {
        self.0.asked.load(Ordering::Relaxed)
    }

    /// Returns the signal that has asked, if one has.
    pub(crate) fn request(&self) -> Option<Signal> {
        self.0.state().request.map(|(signal, _)| signal)
    }

    /// Takes over a signal that another process of the team has received, unless this one has
    /// received one itself.
    pub(super) fn received_elsewhere(&self, signal: Signal) {
        if self.request().is_none() {
            self.0.signal(signal);
        }
    }

    /// Claims a folder. If a signal ends the program, it removes the claim. A signal during this
    /// call waits until the claim is registered.
    pub(crate) fn claim(
        &self,
        claim: impl FnOnce() -> Result<RunFolder, RunError>,
    ) -> Result<RunFolder, RunError> {
        let mut state = self.0.state();
        let folder = claim()?;
        state.leftovers.push(Leftover::Claim(folder.traces()));
        Ok(folder)
    }

    /// Creates a temporary folder, which is removed when it is dropped and when the program is
    /// ended.
    pub(crate) fn temporary(&self) -> Result<tempfile::TempDir> {
        let mut state = self.0.state();
        let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
        state.leftovers.push(Leftover::Temporary(folder.path().to_path_buf()));
        Ok(folder)
    }
}

impl State {
    /// Decides about a signal that comes `now`.
    fn answer(&self, signal: Signal, now: Instant) -> Answer {
        match self.request {
            None if self.waits => Answer::Request,
            Some((_, at)) if signal != Signal::Interrupt && now - at < SAME_REQUEST => {
                Answer::Nothing
            }
            _ => Answer::End,
        }
    }
}

impl Handler {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn signal(&self, signal: Signal) {
        let (mut state, now) = (self.state(), Instant::now());
        match state.answer(signal, now) {
            Answer::Request => {
                // The line comes first. A job that sees the request may end at once, and the
                // program with it: then nothing more is printed.
                faults::point("announcing");
                if !state.quiet {
                    announce(signal);
                }
                state.request = Some((signal, now));
                self.asked.store(true, Ordering::Relaxed);
            }
            Answer::Nothing => {}
            Answer::End => {
                ae_files::remove_unfinished();
                state.leftovers.iter().for_each(Leftover::remove);
                match (state.request, &state.farewell) {
                    (None, Some(farewell)) => farewell.say(signal),
                    (None, None) => {
                        drop(writeln!(std::io::stderr(), "\nstopped by {}", signal.name()))
                    }
                    (Some(_), _) => {}
                }
                exit::leave(signal.status());
            }
        }
    }
}

impl Farewell {
    fn say(&self, signal: Signal) {
        let Output { quiet, json, .. } = self.output;
        if !quiet {
            let line = format!("stopped by {}; {}", signal.name(), self.line);
            drop(writeln!(std::io::stderr(), "\n{line}"));
        }
        if json {
            let bare = serde_json::json!({ "ended": "stopped", "status": signal.status() });
            let object = self.json.clone().unwrap_or_else(|| bare.to_string());
            drop(writeln!(std::io::stdout(), "{object}"));
        }
    }
}

/// Prints that the signal was received.
fn announce(signal: Signal) {
    let line: String = match signal {
        Signal::Interrupt => {
            "stopping, and writing the results so far; press Ctrl-C again to quit at once".into()
        }
        #[cfg(unix)]
        other => format!(
            "{}: stopping, and writing the results so far; another signal quits at once",
            other.name()
        ),
    };
    // The terminal has printed ^C at the cursor, perhaps in the middle of the progress bar.
    drop(writeln!(std::io::stderr(), "\n{line}"));
}

impl Leftover {
    fn remove(&self) {
        match self {
            Self::Claim(traces) => traces.release(),
            Self::Temporary(path) => remove_all(path),
        }
    }
}

/// Removes a temporary folder into which the other threads may still be writing.
fn remove_all(path: &Path) {
    for _ in 0..20 {
        match fs::remove_dir_all(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                thread::sleep(Duration::from_millis(5));
            }
            _ => return,
        }
    }
}

/// The status of a command that was asked to fail if an image is flagged.
const FLAGGED: u8 = 5;

/// How a run ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The run did everything that was asked for.
    Done,
    /// Images were flagged, and the command was asked to fail then.
    Flagged,
    /// A sweep did everything that was asked for, and some of its runs diverged.
    Diverged,
    /// A signal ended the run. Its results so far were written.
    Interrupted,
}

impl Ending {
    /// Returns the exit status.
    pub(crate) fn status(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Flagged => FLAGGED,
            Self::Diverged => exit::DIVERGED,
            Self::Interrupted => {
                let request = INSTALLED.get().and_then(Interrupt::request);
                request.unwrap_or(Signal::Interrupt).status()
            }
        }
    }
}
