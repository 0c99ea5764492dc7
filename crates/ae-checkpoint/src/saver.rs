//! Writing while training goes on.

use crate::encode::seal;
use crate::{Archive, CheckpointError};
use ae_files::Replacement;
use std::thread::{self, JoinHandle};

/// Writes one checkpoint after the other, each on a thread of its own: most of the time goes by
/// waiting for the disk, which training need not do. A checkpoint is on the disk before the next
/// begins, and errors come with the next.
#[derive(Debug)]
pub struct Saver {
    replacement: Replacement,
    running: Option<JoinHandle<Result<(), CheckpointError>>>,
}

impl Saver {
    /// For this file. An observer of the replacement is called on the thread that writes.
    #[must_use]
    pub fn new(replacement: Replacement) -> Self {
        Self { replacement, running: None }
    }

    /// Waits until the last checkpoint is on the disk, and begins to write this one.
    ///
    /// # Errors
    /// If the last one, or, where no thread can be had, this one could not be written.
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

/// Whatever is being written is finished first.
impl Drop for Saver {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            drop(running.join());
        }
    }
}
