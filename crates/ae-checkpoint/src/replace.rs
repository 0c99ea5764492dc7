//! Putting a new file in an old one's place, so that at every instant a whole one is there.

use crate::CheckpointError;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// A moment at which the program may be killed, or the machine switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Half of the new file is written, under another name.
    HalfWritten,
    /// All of it is on the disk, still under another name.
    Written,
    /// The file before it has its new name, and nothing has the file's own.
    PreviousKept,
    /// The new file has its name, but the folder may not be on the disk yet.
    Renamed,
    /// All is on the disk.
    Synced,
}

/// Which file to write, and under which name the one before it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replace {
    /// The file.
    pub path: PathBuf,
    /// In the same folder; none if the old file need not be kept.
    pub previous: Option<PathBuf>,
}

impl Replace {
    /// Writes the file: to another name first, then to the disk, then renamed, then the folder to the disk. `at` is called at
    /// each [`Step`]. At every one of them the old file is whole under one of both names, or the new one is, or both are.
    ///
    /// # Errors
    /// [`CheckpointError::Io`] if a step fails: the old file is then still there.
    pub fn write(&self, bytes: &[u8], at: &dyn Fn(Step)) -> Result<(), CheckpointError> {
        self.steps(bytes, at).map_err(|reason| {
            drop(fs::remove_file(self.temporary()));
            CheckpointError::Io { path: self.path.clone(), doing: "write", reason }
        })
    }

    /// The other name: hidden, so that nobody takes half a file for a whole one.
    #[must_use]
    pub fn temporary(&self) -> PathBuf {
        let mut name = std::ffi::OsString::from(".");
        name.push(self.path.file_name().unwrap_or_default());
        name.push(".part");
        self.path.with_file_name(name)
    }

    fn steps(&self, bytes: &[u8], at: &dyn Fn(Step)) -> io::Result<()> {
        let temporary = self.temporary();
        let mut file = File::create(&temporary)?;
        let (half, rest) = bytes.split_at(bytes.len() / 2);
        file.write_all(half)?;
        at(Step::HalfWritten);
        file.write_all(rest)?;
        file.sync_all()?;
        drop(file);
        at(Step::Written);
        if let Some(previous) = &self.previous {
            match fs::rename(&self.path, previous) {
                // The first of its name.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                result => result?,
            }
        }
        at(Step::PreviousKept);
        fs::rename(&temporary, &self.path)?;
        at(Step::Renamed);
        sync_folder(&self.path)?;
        at(Step::Synced);
        Ok(())
    }
}

/// Names live in the folder: it has to reach the disk as well. Only Unix lets a folder be opened for that.
fn sync_folder(file: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
