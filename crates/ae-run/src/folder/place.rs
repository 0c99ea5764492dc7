//! Prepares the place of a new run: a folder that is created, or an empty one.

use super::claim;
use crate::files::{CHECKSUMS, CONFIG};
use crate::{Config, RunError};
use std::ffi::OsStr;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Creates the folder, or accepts it if it is empty. Returns the folders that were created.
pub(super) fn make_or_take(path: &Path) -> Result<Vec<PathBuf>, RunError> {
    match is_empty(path) {
        Ok(true) => Ok(Vec::new()),
        Ok(false) if claim::is_busy(path) => Err(RunError::Busy { path: path.to_path_buf() }),
        Ok(false) => Err(taken(path)),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            make_with_parents(path).map_err(unusable(path))
        }
        Err(error) => Err(unusable(path)(error)),
    }
}

/// Checks again, now that the folder is claimed: another run may have begun and ended in between.
pub(super) fn check_empty(path: &Path) -> Result<(), RunError> {
    match is_empty(path) {
        Ok(true) => Ok(()),
        Ok(false) => Err(taken(path)),
        Err(error) => Err(unusable(path)(error)),
    }
}

/// Makes the error of a folder that cannot be used, for `map_err`.
pub(super) fn unusable(path: &Path) -> impl FnOnce(io::Error) -> RunError {
    let path = path.to_path_buf();
    move |reason| RunError::Unusable { path, reason }
}

/// Describes a folder that is not empty.
fn taken(path: &Path) -> RunError {
    let path = path.to_path_buf();
    let config = path.join(CONFIG);
    // Other programs also use a file of this name.
    let is_run =
        fs::read_to_string(&config).is_ok_and(|text| Config::parse(&text, &config).is_ok());
    match is_run && !path.join(CHECKSUMS).exists() {
        true => RunError::Unfinished { path },
        false => RunError::NotEmpty { path },
    }
}

/// Returns whether a folder holds nothing that belongs to a user. Hidden files come from the
/// desktop, from version control or from a run that was killed before it wrote anything;
/// `lost+found` comes from the file system.
fn is_empty(path: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(path)? {
        if !is_nobodys(&entry?.file_name()) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn is_nobodys(name: &OsStr) -> bool {
    name == "lost+found" || name.as_encoded_bytes().starts_with(b".")
}

/// Creates the folder and its missing parents. Returns the folders that were created, the outermost
/// first.
pub(super) fn make_with_parents(path: &Path) -> io::Result<Vec<PathBuf>> {
    let missing: Vec<&Path> = path
        .ancestors()
        .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
        .collect();
    let mut made = Vec::new();
    for folder in missing.into_iter().rev() {
        match fs::create_dir(folder) {
            Ok(()) => made.push(folder.to_path_buf()),
            // Another process created it first, so it is not in our list.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Ok(made)
}

/// Creates the first of `parent/name`, `parent/name-2`, ... that does not exist. Returns it with
/// the folders that were created.
pub(super) fn numbered(parent: &Path, name: &str) -> Result<(PathBuf, Vec<PathBuf>), RunError> {
    let mut made = make_with_parents(parent).map_err(RunError::io("create", parent))?;
    let mut path = parent.join(name);
    for number in 2.. {
        match fs::create_dir(&path) {
            Ok(()) => {
                made.push(path.clone());
                return Ok((path, made));
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                path = parent.join(format!("{name}-{number}"));
            }
            Err(error) => return Err(RunError::io("create", path)(error)),
        }
    }
    unreachable!("some number is free")
}
