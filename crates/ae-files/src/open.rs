//! Opening a file for reading.

use crate::ReadError;
use std::fs::{self, File};
use std::path::Path;

/// Opens a file for reading. A folder is refused, with the same message on every system.
///
/// # Errors
/// [`ReadError`] if it does not exist, is a folder, or cannot be opened.
pub fn open(path: impl AsRef<Path>) -> Result<File, ReadError> {
    let path = path.as_ref();
    let fail = |reason| ReadError::new(path, reason);
    // Checked before opening: Unix opens a folder and fails at the first read, Windows reports that
    // access is denied.
    if fs::metadata(path).map_err(fail)?.is_dir() {
        return Err(ReadError::Directory { path: path.to_path_buf() });
    }
    File::open(path).map_err(fail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_opened_and_what_is_not_a_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(open(folder.path()), Err(ReadError::Directory { .. })));
        let path = folder.path().join("a");
        assert!(matches!(open(&path), Err(ReadError::NotFound { .. })));
        fs::write(&path, "a").unwrap();
        assert!(open(&path).is_ok());
        // A path that runs through a file is refused even to the administrator.
        let error = open(path.join("beneath")).unwrap_err();
        assert!(error.to_string().contains("beneath"), "{error}");
        assert!(matches!(error, ReadError::Unreadable { .. } | ReadError::NotFound { .. }));
    }
}
