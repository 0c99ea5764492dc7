//! Runs in folders that several processes share. The process that has the lock does the work.

use super::continuation;
use crate::run::{ResumePoint, Resumed, claim, faults};
use ae_run::sweep::{Progress, progress};
use ae_run::{RunError, RunFolder};
use anyhow::Result;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// What is to be done about a run.
pub(super) enum Taken {
    /// Nothing: it is complete.
    Complete,
    /// Nothing: it has failed, with this line, and would fail again.
    Failed(String),
    /// Nothing now: another process works on it.
    Busy,
    /// It is this process's: to be begun, or to be continued.
    Ours(Resumed),
}

/// Takes the run in this folder, unless it is complete or another process works on it.
pub(super) fn take(run: &Path) -> Result<Taken> {
    if let Some(settled) = settled(run)? {
        return Ok(settled);
    }
    let folder = match claim(|| RunFolder::share(run)) {
        Err(error) if is_busy(&error) => return Ok(Taken::Busy),
        folder => folder?,
    };
    // Another process may have ended it in the meantime.
    if let Some(settled) = settled(run)? {
        return Ok(settled);
    }
    let resumed = match progress(run)? {
        Progress::Begun => continuation::of_folder(folder, None)?.1,
        _ => Resumed { folder, from: ResumePoint::Nothing },
    };
    Ok(Taken::Ours(resumed))
}

fn settled(run: &Path) -> Result<Option<Taken>> {
    Ok(match progress(run)? {
        Progress::Complete => Some(Taken::Complete),
        Progress::Failed(line) => Some(Taken::Failed(line)),
        Progress::Begun | Progress::New => None,
    })
}

/// How long a process waits for a shared folder at its beginning: another one writes a few files.
pub(super) const AT_FIRST: Duration = Duration::from_secs(60);
/// How long it waits at its end: all processes of a cluster may end at once, and write a report one
/// after the other.
pub(super) const AT_LAST: Duration = Duration::from_secs(600);

/// Claims a folder for the moment in which its common files are read and written, or fails after
/// this time.
pub(super) fn claim_briefly(folder: &Path, patience: Duration) -> Result<RunFolder> {
    let (begun, mut pause) = (Instant::now(), Duration::from_millis(20));
    loop {
        match claim(|| RunFolder::share(folder)) {
            Err(error) if is_busy(&error) && begun.elapsed() < patience => {
                faults::point("waiting");
                thread::sleep(pause);
                // Many may ask the same file server.
                pause = (2 * pause).min(Duration::from_secs(1));
            }
            folder => return folder,
        }
    }
}

/// Returns whether another process has the lock.
pub(super) fn is_busy(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(RunError::Busy { .. }))
}
