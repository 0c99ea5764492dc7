//! Putting a new file in an old one's place, so that at every instant a whole one is there.

use crate::WriteError;
use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// The longest name that the temporary name repeats. File systems take 255 bytes; a longer one leaves no room for the rest.
const MAX_REPEATED_NAME: usize = 200;

/// Writes `bytes` to a temporary file in the same folder, and renames it to `path` when all of it is on the disk. A reader sees
/// the old file or the new one, never half of one.
///
/// What is renamed is a new file with usual permissions: of a symbolic link at `path` the link is replaced, not its target.
///
/// # Errors
/// If a step fails. The old file is then still there, and the temporary one is not.
pub fn replace(path: impl AsRef<Path>, bytes: &[u8]) -> Result<(), WriteError> {
    Replacement::new(path).write(bytes)
}

/// As [`replace`], for a writer that produces its bytes piece by piece. It should flush what it buffers itself.
///
/// # Errors
/// If a step fails, or `write` does. The old file is then still there, and the temporary one is not.
pub fn replace_with(
    path: impl AsRef<Path>,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> Result<(), WriteError> {
    Replacement::new(path).write_with(write)
}

/// A moment at which the program may be killed, or the machine switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplaceStep {
    /// Half of the new file is written, under its temporary name. A file that is written piece by piece
    /// ([`Replacement::write_with`]) does not come here.
    HalfWritten,
    /// All of it is on the disk, still under its temporary name.
    Written,
    /// The file before it has its previous name, if it is to be kept; nothing has the file's own name then.
    PreviousKept,
    /// The new file has its name, but the folder may not be on the disk yet.
    Renamed,
    /// All is on the disk.
    Synced,
}

/// A file to be replaced, once or again and again: under which name the one before it is kept, and who is told of each
/// [`ReplaceStep`].
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
    /// For this file. The old one is not kept, and nobody is told.
    #[must_use]
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self { path: path.as_ref().to_path_buf(), previous: None, observer: None }
    }

    /// Keeps the old file under this name, in the same folder. Without it the old file lasts until the new one has its name;
    /// with it there is a moment at which only the previous name is taken.
    #[must_use]
    pub fn keep_previous(self, previous: impl AsRef<Path>) -> Self {
        Self { previous: Some(previous.as_ref().to_path_buf()), ..self }
    }

    /// Calls `observer` at each step, on the thread that writes: for tests that look at the folder, or stop the program, there.
    #[must_use]
    pub fn observe(self, observer: impl Fn(ReplaceStep) + Send + Sync + 'static) -> Self {
        Self { observer: Some(Arc::new(observer)), ..self }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name under which the old file is kept, if it is.
    #[must_use]
    pub fn previous(&self) -> Option<&Path> {
        self.previous.as_deref()
    }

    /// Writes the file: under a temporary name, to the disk, renamed, the folder to the disk. At every step the old file is
    /// whole under one of both names, or the new one is, or both are.
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

    /// As [`Replacement::write`], for a writer that produces its bytes piece by piece. It should flush what it buffers itself.
    ///
    /// # Errors
    /// As [`Replacement::write`], or if `write` fails.
    pub fn write_with(
        &self,
        write: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> Result<(), WriteError> {
        let fail = |reason| WriteError { path: self.path.clone(), reason };
        let (temporary, file) = create_beside(&self.path).map_err(fail)?;
        self.steps(&temporary, file, write).map_err(|reason| {
            // The first error is the one to report, whether or not the temporary file can be removed.
            drop(fs::remove_file(&temporary));
            fail(reason)
        })
    }

    fn steps(
        &self,
        temporary: &Path,
        mut file: File,
        write: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> io::Result<()> {
        write(&mut file)?;
        // Before the renames: otherwise a name may reach the disk before the bytes that it stands for.
        file.sync_all()?;
        drop(file);
        self.reached(ReplaceStep::Written);
        if let Some(previous) = &self.previous {
            match rename(&self.path, previous) {
                // The first of its name.
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

/// Renames a file, with patience on Windows: a virus scanner, an indexer or a viewer may hold a file open
/// for a moment, and Windows then refuses to rename or replace it.
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    // Access denied and sharing violation, by their numbers: std has a kind for the first only.
    let in_use = |error: &io::Error| cfg!(windows) && matches!(error.raw_os_error(), Some(5 | 32));
    patiently(in_use, || fs::rename(from, to))
}

/// Calls `attempt` until it succeeds, fails for another reason than a passing one, or has failed ten times. The
/// pauses between add up to less than half a second.
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

/// Creates a new file in the folder of `path`, with a name that no other thread or process uses: hidden, so that nobody
/// takes half a file for a whole one, and ending in `.part`.
fn create_beside(path: &Path) -> io::Result<(PathBuf, File)> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let Some(name) = path.file_name() else {
        return Err(io::Error::new(ErrorKind::InvalidInput, "the path names no file"));
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
            // What a killed process of the same id left behind, or one of another machine uses: the next number.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

/// Names live in the folder: it has to reach the disk as well. Only Unix lets a folder be opened for that.
fn sync_folder(file: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let synced = File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all());
    match synced.as_ref().map_err(io::Error::kind) {
        // A folder that may be written but not read, and file systems that sync no folders: the file is there, and no more
        // can be done.
        Err(ErrorKind::PermissionDenied | ErrorKind::InvalidInput | ErrorKind::Unsupported) => {
            Ok(())
        }
        _ => synced,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often an attempt is made that fails `failures` times with `error` and then succeeds, and what comes of it.
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
    fn a_passing_reason_is_waited_out_and_another_one_is_not() {
        let (passing, lasting) = (ErrorKind::PermissionDenied, ErrorKind::StorageFull);
        assert_eq!(attempts(0, passing), (1, Ok(())));
        assert_eq!(attempts(3, passing), (4, Ok(())));
        assert_eq!(attempts(3, lasting), (1, Err(lasting)));
        assert_eq!(attempts(100, passing), (10, Err(passing)));
    }
}
