//! Reads the folder of a run without claiming it, because it may be read-only.

use super::claim;
use crate::files::{
    CHECKPOINT, CHECKSUMS, CONFIG, METRICS, MODEL, PATHS, PREVIOUS_CHECKPOINT, REPORT, TIMES,
};
use crate::{Checksums, RunError};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Checks that there is a folder at this path.
pub(super) fn check_folder(path: &Path) -> Result<(), RunError> {
    if path.is_dir() {
        return Ok(());
    }
    let found = if path.exists() { "a file" } else { "nothing there" }.into();
    let expected = "the folder of a run";
    Err(RunError::NotARun { path: path.to_path_buf(), expected, found })
}

/// Checks that there is a folder at this path, and that no process works in it. Nothing is created
/// or locked.
///
/// # Errors
/// [`RunError::NotARun`] if there is no folder, [`RunError::Busy`] if a process works in it.
pub fn check_idle(path: &Path) -> Result<(), RunError> {
    check_folder(path)?;
    if claim::is_busy(path) {
        return Err(RunError::Busy { path: path.to_path_buf() });
    }
    Ok(())
}

/// Returns whether a run is complete: `SHA256SUMS` is written last.
#[must_use]
pub fn is_complete(folder: &Path) -> bool {
    folder.join(CHECKSUMS).is_file()
}

/// Reads a file that every completed run has.
///
/// # Errors
/// [`RunError::NotARun`] if the file does not exist or is not text.
pub fn read_file(folder: &Path, name: &str) -> Result<String, RunError> {
    fs::read_to_string(folder.join(name)).map_err(|_| {
        let (path, found) = (folder.to_path_buf(), format!("no {name}"));
        RunError::NotARun { path, expected: "the folder of a run that has ended", found }
    })
}

/// Returns the names of the files in a folder, sorted, without hidden files.
///
/// # Errors
/// [`RunError::Io`] if the folder cannot be read.
pub fn file_names(folder: &Path) -> Result<Vec<String>, RunError> {
    let names = || -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.starts_with('.') && entry.file_type()?.is_file() {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    };
    names().map_err(RunError::io("read", folder))
}

/// Returns whether a run has no results yet: it was killed before its first checkpoint, and began
/// with nothing but its configuration.
///
/// # Errors
/// [`RunError::Io`] if the folder cannot be read.
pub fn is_untouched(folder: &Path) -> Result<bool, RunError> {
    let beginning = [CONFIG, PATHS].map(|name| folder.join(name));
    Ok(results(folder)?.iter().all(|path| beginning.contains(path)))
}

/// Returns all names of results of a run, whether they are plain files or not.
pub(crate) fn results(folder: &Path) -> Result<Vec<PathBuf>, RunError> {
    let cannot = || RunError::io("read", folder);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(cannot())? {
        let path = entry.map_err(cannot())?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let result =
            [".toml", ".csv", ".png", ".safetensors"].iter().any(|end| name.ends_with(end));
        if !name.starts_with('.') && (result || name == CHECKSUMS) {
            found.push(path);
        }
    }
    Ok(found)
}

/// Returns whether a path names a file of a run: one that the run lists in `SHA256SUMS`, or one
/// that it is resumed from. A file that somebody has put beside them does not count.
#[must_use]
pub fn is_part_of_run(path: &Path) -> bool {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let own =
        [CONFIG, TIMES, PATHS, METRICS, MODEL, CHECKPOINT, PREVIOUS_CHECKPOINT, CHECKSUMS, REPORT];
    let listed = Checksums::read(folder).map(|(listed, _)| listed.names());
    folder.join(CONFIG).exists()
        && own.into_iter().map(String::from).chain(listed.unwrap_or_default()).any(|name| {
            // By identity, because some file systems ignore case.
            ae_files::is_same_place(folder.join(name), path)
        })
}
