//! Writing while training continues.

use crate::encode::seal;
use crate::{Archive, CheckpointError};
use ae_files::Replacement;
use std::thread::{self, JoinHandle};

/// Writes one checkpoint after another, each on its own thread: most of the time is spent waiting
/// for the disk, and training need not wait. A checkpoint is on the disk before the next one
/// begins, and its error is reported with the next one.
#[derive(Debug)]
pub struct Saver {
    replacement: Replacement,
    running: Option<JoinHandle<Result<(), CheckpointError>>>,
}

impl Saver {
    /// Saves to this file. An observer of the replacement is called on the writing thread.
    #[must_use]
    pub fn new(replacement: Replacement) -> Self {
        Self { replacement, running: None }
    }

    /// Waits until the last checkpoint is on the disk, and starts to write this one.
    ///
    /// # Errors
    /// If the last checkpoint could not be written, or, when no thread can be started, this one.
    pub fn save(&mut self, archive: &Archive) -> Result<(), CheckpointError> {
        let mut bytes = archive.encode();
        self.wait()?;
        let replacement = self.replacement.clone();
        let work = move || {
            seal(&mut bytes);
            Ok(replacement.write(&bytes)?)
        };
        let spawned = thread::Builder::new().name("checkpoint".into()).spawn(work);
        match spawned {
            Ok(running) => self.running = Some(running),
            Err(_) => self.replacement.write(&archive.to_bytes())?,
        }
        Ok(())
    }

    /// Waits until the last checkpoint is on the disk.
    ///
    /// # Errors
    /// If it could not be written.
    pub fn wait(&mut self) -> Result<(), CheckpointError> {
        match self.running.take().map(JoinHandle::join) {
            None => Ok(()),
            Some(Ok(result)) => result,
            Some(Err(panic)) => std::panic::resume_unwind(panic),
        }
    }
}

/// Finishes the checkpoint that is being written.
impl Drop for Saver {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            drop(running.join());
        }
    }
}
