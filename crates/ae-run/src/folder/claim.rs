//! The file that claims a folder while a run works in it, and the lock on that file.

use same_file::Handle;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::Path;

/// The file that claims a folder while a run works in it. The file is locked. If it is not, its
/// process was killed: the operating system releases the locks of a process that ends.
pub(super) const CLAIM: &str = ".running";

/// A claim on a folder. Its file is removed by [`Traces`](super::Traces), not by dropping this.
#[derive(Debug)]
pub(super) struct Claim {
    // The lock lasts as long as this is open.
    _file: File,
    /// Whether the file existed, because a killed process had left it.
    pub(super) taken_over: bool,
    /// The reason why there is no lock, if the file system has none.
    pub(super) unlocked: Option<io::Error>,
}

/// Why a folder cannot be claimed.
#[derive(Debug)]
pub(super) enum ClaimError {
    /// Another process holds the lock.
    Busy,
    /// The operating system's reason.
    Io(io::Error),
}

impl From<io::Error> for ClaimError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Claim {
    /// Claims a folder. If two processes do so at once, the one that gets the lock wins.
    pub(super) fn take(folder: &Path) -> Result<Self, ClaimError> {
        Self::take_with(folder, File::try_lock)
    }

    fn take_with(
        folder: &Path,
        lock: impl Fn(&File) -> Result<(), TryLockError>,
    ) -> Result<Self, ClaimError> {
        let path = folder.join(CLAIM);
        loop {
            let (file, taken_over) = match File::create_new(&path) {
                Ok(file) => (file, false),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => match reopen(&path)? {
                    Some(file) => (file, true),
                    None => continue,
                },
                Err(error) => return Err(error.into()),
            };
            let unlocked = match lock(&file) {
                Ok(()) => None,
                Err(TryLockError::WouldBlock) => return Err(ClaimError::Busy),
                Err(TryLockError::Error(error)) if is_without_locks(&error) => Some(error),
                Err(TryLockError::Error(error)) => return Err(error.into()),
            };
            // A run that ended in the meantime may have removed the file that is locked here.
            if is_at(&file, &path)? {
                return Ok(Self { _file: file, taken_over, unlocked });
            }
        }
    }
}

/// Returns whether another process works in the folder. Nothing is created or changed, so the
/// folder may be read-only.
pub(super) fn is_busy(folder: &Path) -> bool {
    let path = folder.join(CLAIM);
    if !fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_file()) {
        return false;
    }
    let Ok(file) = File::open(path) else { return false };
    // Shared, because an exclusive lock needs write access on some file systems.
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}

/// Opens a claim that exists; `None` if it has been removed.
fn reopen(path: &Path) -> io::Result<Option<File>> {
    let gone = |error: &io::Error| error.kind() == ErrorKind::NotFound;
    match fs::symlink_metadata(path) {
        // Opening a pipe would wait for its other end.
        Ok(metadata) if !metadata.is_file() => {
            let message = format!("expected a plain file named {CLAIM}, found something else");
            return Err(io::Error::new(ErrorKind::InvalidInput, message));
        }
        Err(error) if gone(&error) => return Ok(None),
        _ => {}
    }
    match OpenOptions::new().write(true).open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if gone(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns whether an error of locking means that the file system has no locks: some network and
/// cluster file systems do not.
fn is_without_locks(error: &io::Error) -> bool {
    // ENOLCK and EOPNOTSUPP, or their equivalents on Windows, by number: std has no kind for them.
    let numbers: &[i32] = if cfg!(any(target_os = "linux", target_os = "android")) {
        &[37, 38, 95]
    } else if cfg!(any(target_os = "macos", target_os = "ios")) {
        &[45, 77, 78, 102]
    } else if cfg!(windows) {
        &[1, 50]
    } else {
        &[]
    };
    error.kind() == ErrorKind::Unsupported
        || error.raw_os_error().is_some_and(|number| numbers.contains(&number))
}

/// Returns whether the open file is still the one at this path. Another process may have removed it
/// and created a new one.
///
/// # Errors
/// If the operating system cannot identify one of the two files.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let open = Handle::from_file(file.try_clone()?)?;
    match Handle::from_path(path) {
        Ok(named) => Ok(open == named),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_file_that_was_removed_is_not_taken_for_the_next_of_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(CLAIM);
        let first = File::create_new(&path).unwrap();
        assert!(is_at(&first, &path).unwrap());
        fs::remove_file(&path).unwrap();
        assert!(!is_at(&first, &path).unwrap());
        let second = File::create_new(&path).unwrap();
        assert!(!is_at(&first, &path).unwrap());
        assert!(is_at(&second, &path).unwrap());
    }

    #[test]
    fn the_lock_decides_and_what_a_killed_process_has_left_does_not_block() {
        let folder = tempfile::tempdir().unwrap();
        let first = Claim::take(folder.path()).unwrap();
        assert!(!first.taken_over && first.unlocked.is_none());
        assert!(is_busy(folder.path()));
        assert!(matches!(Claim::take(folder.path()), Err(ClaimError::Busy)));
        drop(first);
        assert!(!is_busy(folder.path()) && folder.path().join(CLAIM).exists());
        assert!(Claim::take(folder.path()).unwrap().taken_over);
    }

    #[test]
    fn a_file_system_without_locks_is_told_and_another_error_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let failing = |error: fn() -> io::Error| {
            Claim::take_with(folder.path(), move |_| Err(TryLockError::Error(error())))
        };
        let claim = failing(|| ErrorKind::Unsupported.into()).unwrap();
        assert!(claim.unlocked.is_some());
        // The file that is left does not block anybody either.
        let claim = failing(|| ErrorKind::Unsupported.into()).unwrap();
        assert!(claim.taken_over && claim.unlocked.is_some());
        let error = failing(|| ErrorKind::StorageFull.into()).unwrap_err();
        assert!(matches!(error, ClaimError::Io(_)));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_numbers_of_missing_locks_are_known() {
        for number in [37, 38, 95] {
            assert!(is_without_locks(&io::Error::from_raw_os_error(number)), "{number}");
        }
        assert!(!is_without_locks(&io::Error::from_raw_os_error(13)));
    }

    #[test]
    #[cfg(unix)]
    fn a_link_of_that_name_is_neither_followed_nor_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("mine");
        fs::write(&target, "mine").unwrap();
        std::os::unix::fs::symlink(&target, folder.path().join(CLAIM)).unwrap();
        assert!(matches!(Claim::take(folder.path()), Err(ClaimError::Io(_))));
        assert!(!is_busy(folder.path()));
        assert_eq!(fs::read_to_string(target).unwrap(), "mine");
    }
}
