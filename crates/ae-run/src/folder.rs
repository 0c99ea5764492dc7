//! The folder of a run, new or to be continued. It belongs to one run, and to one process at a
//! time.

mod claim;
mod place;
mod reading;
mod traces;

#[cfg(test)]
mod tests;

pub(crate) use reading::results;
pub use reading::{check_idle, file_names, is_complete, is_part_of_run, is_untouched, read_file};
pub use traces::Traces;

use crate::RunError;
use claim::{Claim, ClaimError};
use serde::Serialize;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// A folder that this process has claimed for one run.
#[derive(Debug)]
pub struct RunFolder {
    traces: Traces,
    claim: Claim,
}

impl RunFolder {
    /// Claims a folder that is new or empty. Missing parent folders are created. A folder that
    /// holds only hidden files or `lost+found` counts as empty.
    ///
    /// # Errors
    /// [`RunError::NotEmpty`] if the folder is not empty, [`RunError::Unfinished`] if it holds a
    /// run that can be resumed, [`RunError::Busy`] if another process works in it,
    /// [`RunError::Unusable`] if it cannot be created or claimed.
    pub fn create(path: &Path) -> Result<Self, RunError> {
        let made = place::make_or_take(path)?;
        Self::claim_new(path, made)
    }

    /// Creates `parent/name`, or `parent/name-2` and so on: the first that does not exist.
    ///
    /// # Errors
    /// [`RunError::Io`] or [`RunError::Unusable`] if it cannot be created or claimed.
    pub fn create_numbered(parent: &Path, name: &str) -> Result<Self, RunError> {
        let (path, made) = place::numbered(parent, name)?;
        Self::claim_new(&path, made)
    }

    fn claim_new(path: &Path, made: Vec<PathBuf>) -> Result<Self, RunError> {
        let claim = match Claim::take(path) {
            Ok(claim) => claim,
            Err(error) => {
                // The content of the folder is the other run's. The folders created for this run
                // are removed if they are empty.
                made.iter().rev().for_each(|folder| drop(fs::remove_dir(folder)));
                return Err(refused(path, error));
            }
        };
        let taken_over = claim.taken_over;
        let folder = Self { traces: Traces::new(path.to_path_buf(), made, false), claim };
        place::check_empty(path)?;
        if taken_over {
            remove_unfinished(path).map_err(place::unusable(path))?;
        }
        Ok(folder)
    }

    /// Opens the folder of an earlier run, if no other process works in it. The folder is kept,
    /// whatever happens. Files that a killed process has left half-written are removed.
    ///
    /// # Errors
    /// [`RunError::NotARun`] if there is no folder at this path, [`RunError::Busy`] if it is
    /// locked, [`RunError::Unusable`] if it cannot be locked, [`RunError::Write`] if one of its
    /// files is a link, a pipe or a device, which a run does not replace.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        let folder = Self::claim_existing(path)?;
        remove_unfinished(path).map_err(place::unusable(path))?;
        Ok(folder)
    }

    /// Claims a folder that several processes use in turn, and creates it if it does not exist. The
    /// folder is kept, whatever happens. Files that a process has left half-written are removed if
    /// its claim shows that it was killed; without one they may be those of a user.
    ///
    /// # Errors
    /// Those of [`RunFolder::open`], and [`RunError::Unusable`] if it cannot be created.
    pub fn share(path: &Path) -> Result<Self, RunError> {
        place::make_with_parents(path).map_err(place::unusable(path))?;
        let folder = Self::claim_existing(path)?;
        if folder.claim.taken_over {
            remove_unfinished(path).map_err(place::unusable(path))?;
        }
        Ok(folder)
    }

    fn claim_existing(path: &Path) -> Result<Self, RunError> {
        reading::check_folder(path)?;
        let claim = Claim::take(path).map_err(|error| refused(path, error))?;
        let folder = Self { traces: Traces::new(path.to_path_buf(), Vec::new(), true), claim };
        // Checked now, not after hours of training.
        for path in reading::results(path)? {
            ae_files::check_replaceable(path)?;
        }
        Ok(folder)
    }

    /// Checks that the folder holds nothing that belongs to a user.
    ///
    /// # Errors
    /// [`RunError::NotEmpty`] or [`RunError::Unfinished`] if it does.
    pub fn check_empty(&self) -> Result<(), RunError> {
        place::check_empty(self.path())
    }

    /// Returns the path of the folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.traces.path()
    }

    /// Returns what must be removed if the program ends without dropping this value.
    #[must_use]
    pub fn traces(&self) -> Traces {
        self.traces.clone()
    }

    /// Returns the reason why the folder is not locked, if its file system has no locks. Then
    /// nothing keeps other processes out of the folder.
    #[must_use]
    pub fn unlocked(&self) -> Option<&io::Error> {
        self.claim.unlocked.as_ref()
    }

    /// Returns the path of a file in the folder.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Reads a file that every completed run has.
    ///
    /// # Errors
    /// [`RunError::NotARun`] if the file does not exist or is not text.
    pub fn read(&self, name: &str) -> Result<String, RunError> {
        read_file(self.path(), name)
    }

    /// Writes a file, either whole or not at all.
    ///
    /// # Errors
    /// [`RunError::Write`] if it cannot be written.
    pub fn write(&self, name: &str, content: &str) -> Result<(), RunError> {
        Ok(ae_files::replace(self.file(name), content.as_bytes())?)
    }

    /// Writes a value as a TOML file, either whole or not at all.
    ///
    /// # Errors
    /// [`RunError::Write`] if it cannot be written, [`RunError::Toml`] if TOML cannot represent it.
    pub fn write_toml(&self, name: &str, content: &impl Serialize) -> Result<(), RunError> {
        self.write(name, &toml::to_string(content)?)
    }

    /// Removes a file, if it exists.
    ///
    /// # Errors
    /// [`RunError::Io`] if it cannot be removed.
    pub fn remove(&self, name: &str) -> Result<(), RunError> {
        let path = self.file(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(RunError::io("remove", path)(error))
            }
            _ => Ok(()),
        }
    }

    /// Marks a file as worthless without a result. If this process fails before there is one, the
    /// file is removed.
    pub fn provisional(&self, name: &str) {
        self.traces.provisional(name);
    }

    /// Keeps the folder even if the run fails later.
    pub fn keep(&self) {
        self.traces.keep();
    }

    /// Returns whether the folder will be kept.
    #[must_use]
    pub fn kept(&self) -> bool {
        self.traces.kept()
    }
}

/// A run that failed before it wrote a result removes the folders that it created.
impl Drop for RunFolder {
    fn drop(&mut self) {
        self.traces.remove();
    }
}

fn refused(path: &Path, error: ClaimError) -> RunError {
    match error {
        ClaimError::Busy => RunError::Busy { path: path.to_path_buf() },
        ClaimError::Io(reason) => place::unusable(path)(reason),
    }
}

/// Removes files that a killed process has left half-written under temporary names: hidden files
/// that end in `.part`, or in `.tmp` (pictures of version 0.1.0).
fn remove_unfinished(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        let unfinished = name.ends_with(b".part") || name.ends_with(b".tmp");
        if name.starts_with(b".") && unfinished && entry.file_type()?.is_file() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
