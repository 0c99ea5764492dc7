//! Runs in folders that several processes share: whoever has the lock does the work.

use super::continuation;
use crate::run::{ResumePoint, Resumed, claim};
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

/// The longest time for which another process keeps a shared folder: it writes a few files.
const PATIENCE: Duration = Duration::from_secs(60);

/// Claims a folder for the moment in which its common files are read and written.
pub(super) fn claim_briefly(folder: &Path) -> Result<RunFolder> {
    let begun = Instant::now();
    loop {
        match claim(|| RunFolder::share(folder)) {
            Err(error) if is_busy(&error) && begun.elapsed() < PATIENCE => {
                thread::sleep(Duration::from_millis(20));
            }
            folder => return folder,
        }
    }
}

/// Returns whether another process has the lock.
pub(super) fn is_busy(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(RunError::Busy { .. }))
}
