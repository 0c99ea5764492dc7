//! The temporary files that are being written, for a program that ends at once.

use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes the temporary files that this process is writing. Call it right before
/// [`std::process::exit`]: any thread that begins another file afterwards waits forever.
pub fn remove_unfinished() {
    let files = unfinished();
    files.iter().for_each(|path| drop(fs::remove_file(path)));
    std::mem::forget(files);
}

/// A temporary file, on record until this is dropped.
pub(crate) struct Unfinished(PathBuf);

impl Unfinished {
    /// Records the file.
    pub(crate) fn new(path: PathBuf) -> Self {
        unfinished().push(path.clone());
        Self(path)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        unfinished().retain(|path| *path != self.0);
    }
}
