//! Decides what may be replaced, and whether two paths name one file.

use crate::WriteError;
use std::fs::{self, FileType};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Checks that this path may be written to: nothing has this name, or a plain file has it. No other
/// code decides this; [`Replacement`](crate::Replacement) calls it too.
///
/// A symbolic link is refused and not followed, because the user did not name the file that it
/// points to, and it often belongs to another program. A pipe or a device leads to another program,
/// and a folder contains files.
///
/// # Errors
/// [`WriteError`] if something else has this name, if the path does not name a file, or if the
/// system cannot tell.
pub fn check_replaceable(path: impl AsRef<Path>) -> Result<(), WriteError> {
    let path = path.as_ref();
    check(path).map_err(|reason| WriteError { path: path.to_path_buf(), reason })
}

/// As [`check_replaceable`], without the path in the error.
pub(crate) fn check(path: &Path) -> io::Result<()> {
    if path.file_name().is_none() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "the path does not name a file"));
    }
    let found = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => return Ok(()),
        Ok(metadata) => kind(metadata.file_type()),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let message = format!("expected a plain file or nothing, found {found}");
    Err(io::Error::new(ErrorKind::InvalidInput, message))
}

/// Describes what is not a plain file.
fn kind(file_type: FileType) -> &'static str {
    if file_type.is_symlink() {
        return "a symbolic link";
    }
    if file_type.is_dir() {
        return "a folder";
    }
    special(file_type)
}

#[cfg(unix)]
fn special(file_type: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    if file_type.is_fifo() {
        "a named pipe"
    } else if file_type.is_socket() {
        "a socket"
    } else if file_type.is_char_device() || file_type.is_block_device() {
        "a device"
    } else {
        "something else"
    }
}

#[cfg(not(unix))]
fn special(_file_type: FileType) -> &'static str {
    "something else"
}

/// Returns whether two paths name one file: `x` and `./x`, a link and its target, and on Unix two
/// hard links. Files that do not exist yet are compared by their folder and their name.
#[must_use]
pub fn is_same_place(one: impl AsRef<Path>, other: impl AsRef<Path>) -> bool {
    let (one, other) = (one.as_ref(), other.as_ref());
    match (place(one), place(other)) {
        (Some(one), Some(other)) => one == other || is_same_file(&one, &other),
        _ => one == other,
    }
}

/// Returns the path without links and `..`. The last part need not exist.
fn place(path: &Path) -> Option<PathBuf> {
    if let Ok(place) = path.canonicalize() {
        return Some(place);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new(".")).canonicalize().ok()?;
    let name = path.file_name()?;
    // Most file systems of these two operating systems ignore case.
    if cfg!(any(windows, target_os = "macos")) {
        return Some(folder.join(name.to_string_lossy().to_lowercase()));
    }
    Some(folder.join(name))
}

/// Returns whether two names are hard links of one file.
#[cfg(unix)]
fn is_same_file(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |path: &Path| {
        let metadata = fs::metadata(path).ok()?;
        Some((metadata.dev(), metadata.ino()))
    };
    identity(one).is_some_and(|one| Some(one) == identity(other))
}

/// std cannot tell on this system. Replacing a hard link does not change the file's other names.
#[cfg(not(unix))]
fn is_same_file(_one: &Path, _other: &Path) -> bool {
    false
}
