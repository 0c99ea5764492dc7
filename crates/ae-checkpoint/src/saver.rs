//! Writing while training goes on.

use crate::encode::seal;
use crate::{Archive, CheckpointError, Replace, Step};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

/// Writes one checkpoint after the other, each on a thread of its own: most of the time goes by waiting for the disk, which
/// training need not do. A checkpoint is on the disk before the next begins, and errors come with the next.
pub struct Saver {
    replace: Replace,
    at: Arc<dyn Fn(Step) + Send + Sync>,
    running: Option<JoinHandle<Result<(), CheckpointError>>>,
}

impl Saver {
    /// For this file; `at` is called at each step, on the thread that writes.
    pub fn new(replace: Replace, at: impl Fn(Step) + Send + Sync + 'static) -> Self {
        Self { replace, at: Arc::new(at), running: None }
    }

    /// Waits until the last checkpoint is on the disk, and begins to write this one.
    ///
    /// # Errors
    /// If the last one, or, where no thread can be had, this one could not be written.
    pub fn save(&mut self, archive: &Archive) -> Result<(), CheckpointError> {
        let mut bytes = archive.encode();
        self.wait()?;
        let (replace, at) = (self.replace.clone(), Arc::clone(&self.at));
        let work = move || {
            seal(&mut bytes);
            replace.write(&bytes, &*at)
        };
        let spawned = thread::Builder::new().name("checkpoint".into()).spawn(work);
        match spawned {
            Ok(running) => self.running = Some(running),
            Err(_) => self.replace.write(&archive.to_bytes(), &*self.at)?,
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

/// What is being written is written whole.
impl Drop for Saver {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            drop(running.join());
        }
    }
}

impl std::fmt::Debug for Saver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Saver").field("replace", &self.replace).finish_non_exhaustive()
    }
}
