//! The folder of a run: new, never an earlier run's.

use crate::exit::UsageError;
use anyhow::{Context, Result};
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// A folder that this run has for itself.
#[derive(Debug)]
pub(crate) struct RunFolder {
    path: PathBuf,
    kept: bool,
}

impl RunFolder {
    /// The folder asked for, which must be new or empty; else `runs/<name>`, or `runs/<name>-2` and so on,
    /// the first that does not exist.
    pub(crate) fn create(asked: Option<&Path>, name: &str) -> Result<Self> {
        let path = match asked {
            Some(path) => {
                claim(path)?;
                path.to_path_buf()
            }
            None => numbered(Path::new("runs"), name)?,
        };
        Ok(Self { path, kept: false })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a file whole or not at all: under another name first, then renamed.
    pub(crate) fn write(&self, name: &str, content: &str) -> Result<()> {
        let path = self.file(name);
        let temporary = self.file(&format!(".{name}.part"));
        fs::File::create(&temporary)
            .and_then(|mut file| file.write_all(content.as_bytes()))
            .and_then(|()| fs::rename(&temporary, &path))
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Keeps the folder even if it is empty.
    pub(crate) fn keep(&mut self) {
        self.kept = true;
    }
}

/// A run that failed before it wrote anything leaves no folder behind.
impl Drop for RunFolder {
    fn drop(&mut self) {
        if !self.kept {
            // Removes an empty folder only, which is what is wanted.
            drop(fs::remove_dir(&self.path));
        }
    }
}

fn claim(path: &Path) -> Result<()> {
    let cannot = || format!("cannot use {} for the results", path.display());
    match fs::read_dir(path) {
        Ok(mut entries) => {
            if entries.next().is_none() {
                return Ok(());
            }
            let path = path.display();
            Err(UsageError(format!(
                "--out {path}: not empty; name a new folder, nothing is overwritten"
            )))?
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            fs::create_dir_all(path).with_context(cannot)
        }
        Err(error) => Err(error).with_context(cannot),
    }
}

fn numbered(parent: &Path, name: &str) -> Result<PathBuf> {
    fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
    let mut path = parent.join(name);
    for number in 2.. {
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                path = parent.join(format!("{name}-{number}"));
            }
            Err(error) => {
                return Err(error).with_context(|| format!("cannot create {}", path.display()));
            }
        }
    }
    unreachable!("some number is free")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_up_and_full_folders_are_refused() {
        let parent = tempfile::tempdir().unwrap();
        assert_eq!(numbered(parent.path(), "run").unwrap(), parent.path().join("run"));
        assert_eq!(numbered(parent.path(), "run").unwrap(), parent.path().join("run-2"));
        assert_eq!(numbered(parent.path(), "run").unwrap(), parent.path().join("run-3"));

        let asked = parent.path().join("run");
        let folder = RunFolder::create(Some(&asked), "").unwrap();
        folder.write("a.txt", "first").unwrap();
        drop(folder);
        let error = RunFolder::create(Some(&asked), "").unwrap_err().to_string();
        assert!(
            error.ends_with("run: not empty; name a new folder, nothing is overwritten"),
            "{error}"
        );
        assert_eq!(fs::read_to_string(asked.join("a.txt")).unwrap(), "first");
    }

    #[test]
    fn a_failed_run_leaves_no_empty_folder() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("a/b");
        drop(RunFolder::create(Some(&path), "").unwrap());
        assert!(!path.exists());
        let mut folder = RunFolder::create(Some(&path), "").unwrap();
        folder.keep();
        drop(folder);
        assert!(path.exists());
    }
}
