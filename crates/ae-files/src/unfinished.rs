//! The temporary files that are being written, for a program that ends at once.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
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
    /// Creates a file by `create`, which returns it with its path, and records it. No program ends
    /// in between: [`remove_unfinished`] either finds the file, or keeps it from being created.
    pub(crate) fn create<F>(
        create: impl FnOnce() -> io::Result<(PathBuf, F)>,
    ) -> io::Result<(Self, F)> {
        let mut files = unfinished();
        let (path, file) = create()?;
        files.push(path.clone());
        Ok((Self(path), file))
    }

    /// The path of the file.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        unfinished().retain(|path| *path != self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::TryLockError;

    #[test]
    fn a_file_is_created_and_recorded_in_one_step() {
        let path = PathBuf::from("a");
        let is_recorded = || unfinished().contains(&path);
        let (file, ()) = Unfinished::create(|| {
            // A program that ends now waits for the record.
            assert!(matches!(UNFINISHED.try_lock(), Err(TryLockError::WouldBlock)));
            Ok((path.clone(), ()))
        })
        .unwrap();
        assert!(is_recorded());
        drop(file);
        assert!(!is_recorded());
        let failed: io::Result<(Unfinished, ())> =
            Unfinished::create(|| Err(io::ErrorKind::StorageFull.into()));
        assert!(failed.is_err() && !is_recorded());
    }
}
