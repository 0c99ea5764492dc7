//! Replacing a file so that a complete file is there at every instant.

use crate::unfinished::Unfinished;
use crate::{WriteError, place};
use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// The longest name that the temporary name repeats. File systems allow 255 bytes; a longer name
/// leaves no room for the rest.
const MAX_REPEATED_NAME: usize = 200;

/// Writes `bytes` to a temporary file in the same folder, and renames it to `path` once it is
/// completely on the disk. A reader sees the old file or the new one, never part of one.
///
/// The result is a new file. It has the permissions of the old one on Unix, and default permissions
/// elsewhere or if there was none. Only a plain file is replaced:
/// [`check_replaceable`](crate::check_replaceable).
///
/// # Errors
/// If a step fails, or if `path` is a link, a pipe, a device or a folder. The path is then
/// unchanged, and the temporary file is removed.
pub fn replace(path: impl AsRef<Path>, bytes: &[u8]) -> Result<(), WriteError> {
    Replacement::new(path).write(bytes)
}

/// As [`replace`], for a writer that produces its bytes piece by piece. It must flush what it
/// buffers.
///
/// # Errors
/// If a step fails, or `write` does. The old file is then still there, and the temporary file is
/// not.
pub fn replace_with(
    path: impl AsRef<Path>,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> Result<(), WriteError> {
    Replacement::new(path).write_with(write)
}

/// A point at which the program may be killed, or the machine switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplaceStep {
    /// Half of the new file is written, under its temporary name. A file that is written piece by
    /// piece ([`Replacement::write_with`]) skips this step.
    HalfWritten,
    /// The new file is completely on the disk, still under its temporary name.
    Written,
    /// The old file has its previous name, if it is to be kept; at this point nothing has the
    /// file's own name.
    PreviousKept,
    /// The new file has its name, but the folder may not be on the disk yet.
    Renamed,
    /// Everything is on the disk.
    Synced,
}

/// A file to be replaced, once or many times: the name under which the old file is kept, and the
/// observer that is called at each [`ReplaceStep`].
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let (path, previous) = (folder.path().join("newest"), folder.path().join("previous"));
/// use ae_files::Replacement;
///
/// let replacement = Replacement::new(&path).keep_previous(&previous);
/// replacement.write(b"one")?;
/// replacement.write(b"two")?;
/// assert_eq!(std::fs::read(&path)?, b"two");
/// assert_eq!(std::fs::read(&previous)?, b"one");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Replacement {
    path: PathBuf,
    previous: Option<PathBuf>,
    observer: Option<Arc<dyn Fn(ReplaceStep) + Send + Sync>>,
}

impl Replacement {
    /// Replaces this file. The old file is not kept, and no observer is called.
    #[must_use]
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self { path: path.as_ref().to_path_buf(), previous: None, observer: None }
    }

    /// Keeps the old file under this name, in the same folder. Without it the old file lasts until
    /// the new one has its name; with it there is a moment at which only the previous name exists.
    #[must_use]
    pub fn keep_previous(self, previous: impl AsRef<Path>) -> Self {
        Self { previous: Some(previous.as_ref().to_path_buf()), ..self }
    }

    /// Calls `observer` at each step, on the writing thread: for tests that inspect the folder or
    /// stop the program at that point.
    #[must_use]
    pub fn observe(self, observer: impl Fn(ReplaceStep) + Send + Sync + 'static) -> Self {
        Self { observer: Some(Arc::new(observer)), ..self }
    }

    /// The path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name under which the old file is kept, or `None`.
    #[must_use]
    pub fn previous(&self) -> Option<&Path> {
        self.previous.as_deref()
    }

    /// Writes the file: under a temporary name, to the disk, renamed, then the folder to the disk.
    /// At every step the old file is complete under one of its two names, or the new file is, or
    /// both are.
    ///
    /// # Errors
    /// If a step fails. The old file is then still there, under its own name or the previous one.
    pub fn write(&self, bytes: &[u8]) -> Result<(), WriteError> {
        self.write_with(|file| {
            let (half, rest) = bytes.split_at(bytes.len() / 2);
            file.write_all(half)?;
            self.reached(ReplaceStep::HalfWritten);
            file.write_all(rest)
        })
    }

    /// As [`Replacement::write`], for a writer that produces its bytes piece by piece. It must
    /// flush what it buffers.
    ///
    /// # Errors
    /// As for [`Replacement::write`], or if `write` fails.
    pub fn write_with(
        &self,
        write: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> Result<(), WriteError> {
        let fail = |reason| WriteError { path: self.path.clone(), reason };
        place::check(&self.path).map_err(fail)?;
        if let Some(previous) = &self.previous {
            place::check(previous).map_err(fail)?;
        }
        let created = Unfinished::create(|| create_beside(&self.path));
        let (temporary, file) = created.map_err(fail)?;
        self.steps(temporary.path(), file, write).map_err(|reason| {
            // The first error is the one to report, whether or not the temporary file can be
            // removed.
            drop(fs::remove_file(temporary.path()));
            fail(reason)
        })
    }

    fn steps(
        &self,
        temporary: &Path,
        mut file: File,
        write: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> io::Result<()> {
        // Before the first byte: the old file may be one that others must not read.
        keep_permissions(&self.path, &file)?;
        write(&mut file)?;
        // Before the renames: otherwise a name may reach the disk before the bytes it refers to.
        file.sync_all()?;
        drop(file);
        self.reached(ReplaceStep::Written);
        if let Some(previous) = &self.previous {
            match rename(&self.path, previous) {
                // There is no old file yet.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                result => result?,
            }
        }
        self.reached(ReplaceStep::PreviousKept);
        rename(temporary, &self.path)?;
        self.reached(ReplaceStep::Renamed);
        sync_folder(&self.path)?;
        self.reached(ReplaceStep::Synced);
        Ok(())
    }

    fn reached(&self, step: ReplaceStep) {
        if let Some(observer) = &self.observer {
            observer(step);
        }
    }
}

impl fmt::Debug for Replacement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replacement")
            .field("path", &self.path)
            .field("previous", &self.previous)
            .finish_non_exhaustive()
    }
}

/// Renames a file, with patience on Windows: a virus scanner, an indexer or a viewer may hold a
/// file open for a moment, and Windows then refuses to rename or replace it.
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    // Access denied and sharing violation, by number: std has a kind for the first only.
    let in_use = |error: &io::Error| cfg!(windows) && matches!(error.raw_os_error(), Some(5 | 32));
    patiently(in_use, || fs::rename(from, to))
}

/// Calls `attempt` until it succeeds, fails for a reason that will not pass, or has failed ten
/// times. The pauses add up to less than half a second.
fn patiently<T>(
    is_passing: impl Fn(&io::Error) -> bool,
    mut attempt: impl FnMut() -> io::Result<T>,
) -> io::Result<T> {
    for pause in 1..10 {
        match attempt() {
            Err(error) if is_passing(&error) => thread::sleep(Duration::from_millis(10 * pause)),
            result => return result,
        }
    }
    attempt()
}

/// Creates a new file in the folder of `path`, with a name that no other thread or process uses.
/// The name is hidden, so that a partial file is not mistaken for a complete one, and ends in
/// `.part`.
fn create_beside(path: &Path) -> io::Result<(PathBuf, File)> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let Some(name) = path.file_name() else {
        return Err(io::Error::new(ErrorKind::InvalidInput, "the path does not name a file"));
    };
    loop {
        let count = COUNTER.fetch_add(1, Ordering::Relaxed);
        let mut hidden = OsString::from(".");
        if name.len() <= MAX_REPEATED_NAME {
            hidden.push(name);
            hidden.push(".");
        }
        hidden.push(format!("{}-{count}.part", std::process::id()));
        let temporary = path.with_file_name(hidden);
        match File::create_new(&temporary) {
            Ok(file) => return Ok((temporary, file)),
            // The name is taken, by a killed process with the same id or by another machine: try
            // the next number.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

/// Gives the new file the permissions of the old one, if there is one. On Windows, where the only
/// permission is to write, a file without it cannot be replaced.
fn keep_permissions(old: &Path, new: &File) -> io::Result<()> {
    let Ok(old) = fs::symlink_metadata(old) else { return Ok(()) };
    // A file system without permissions shows the same for all files and refuses to change them.
    if cfg!(unix) && old.permissions() != new.metadata()?.permissions() {
        new.set_permissions(old.permissions())?;
    }
    Ok(())
}

/// A name is stored in the folder, so the folder has to reach the disk as well. Only Unix allows a
/// folder to be opened for that.
fn sync_folder(file: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let synced = File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all());
    match synced.as_ref().map_err(io::Error::kind) {
        // The folder may be writable but not readable, or the file system may not sync folders. The
        // file is there, and no more can be done.
        Err(ErrorKind::PermissionDenied | ErrorKind::InvalidInput | ErrorKind::Unsupported) => {
            Ok(())
        }
        _ => synced,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number of attempts, and the result, if the first `failures` attempts fail with `error`.
    fn attempts(failures: u32, error: ErrorKind) -> (u32, Result<(), ErrorKind>) {
        let mut count = 0;
        let result = patiently(
            |error| error.kind() == ErrorKind::PermissionDenied,
            || {
                count += 1;
                if count <= failures { Err(error.into()) } else { Ok(()) }
            },
        );
        (count, result.map_err(|error| error.kind()))
    }

    #[test]
    fn a_temporary_error_is_waited_out_and_another_one_is_not() {
        let (passing, lasting) = (ErrorKind::PermissionDenied, ErrorKind::StorageFull);
        assert_eq!(attempts(0, passing), (1, Ok(())));
        assert_eq!(attempts(3, passing), (4, Ok(())));
        assert_eq!(attempts(3, lasting), (1, Err(lasting)));
        assert_eq!(attempts(100, passing), (10, Err(passing)));
    }
}
