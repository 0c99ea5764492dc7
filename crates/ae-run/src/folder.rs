//! The folder of a run, new or to be continued. It belongs to one run, and to one process at a
//! time.

use crate::RunError;
use crate::files::{CHECKPOINT, CONFIG, PATHS};
use same_file::Handle;
use serde::Serialize;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The file that claims a folder while a run works in it. The file is locked. If it is not, its
/// process was killed: the operating system releases the locks of a process that ends.
const CLAIM: &str = ".running";

/// The files that a run writes before its first training step.
const BEGINNING: [&str; 3] = [PATHS, CONFIG, CHECKPOINT];

/// A folder that this process has claimed for one run.
#[derive(Debug)]
pub struct RunFolder {
    traces: Traces,
    // The lock lasts as long as this is open.
    _claim: File,
}

/// The files and folders that a run leaves behind if it ends without a result.
#[derive(Clone, Debug)]
pub struct Traces {
    path: PathBuf,
    /// The folders that were created for this run, the outermost first.
    made: Vec<PathBuf>,
    /// Whether the folder holds results worth keeping.
    kept: Arc<AtomicBool>,
}

impl Traces {
    /// Removes the claim. Unless the folder is to be kept, it also removes the files that every run
    /// writes at its beginning, and the folders that were created, if they are empty by then.
    pub fn remove(&self) {
        if !self.kept.load(Ordering::Relaxed) {
            for name in BEGINNING {
                drop(fs::remove_file(self.path.join(name)));
            }
        }
        drop(fs::remove_file(self.path.join(CLAIM)));
        if !self.kept.load(Ordering::Relaxed) {
            for folder in self.made.iter().rev() {
                // This removes an empty folder only: another process may have put files into it.
                drop(fs::remove_dir(folder));
            }
        }
    }
}

impl RunFolder {
    /// Claims a folder that is new or empty. Missing parent folders are created.
    ///
    /// # Errors
    /// [`RunError::NotEmpty`] if the folder is not empty, [`RunError::Unusable`] if it cannot be
    /// created or claimed.
    pub fn create(path: &Path) -> Result<Self, RunError> {
        let made = make_or_take(path)?;
        Self::claim(path.to_path_buf(), made)
    }

    /// Creates `parent/name`, or `parent/name-2` and so on: the first that does not exist.
    ///
    /// # Errors
    /// [`RunError::Io`] or [`RunError::Unusable`] if it cannot be created or claimed.
    pub fn create_numbered(parent: &Path, name: &str) -> Result<Self, RunError> {
        let (path, made) = numbered(parent, name)?;
        Self::claim(path, made)
    }

    fn claim(path: PathBuf, made: Vec<PathBuf>) -> Result<Self, RunError> {
        // If two runs have found the folder empty at once, it belongs to the one that creates the
        // file.
        let claimed = File::create_new(path.join(CLAIM)).and_then(|claim| {
            claim.try_lock()?;
            Ok(claim)
        });
        match claimed {
            Ok(claim) => {
                let traces = Traces { path, made, kept: Arc::default() };
                Ok(Self { traces, _claim: claim })
            }
            Err(reason) => {
                // The content of the folder is the other run's. The folders created for this run
                // are removed if they are empty.
                made.iter().rev().for_each(|folder| drop(fs::remove_dir(folder)));
                Err(RunError::Unusable { path, reason })
            }
        }
    }

    /// Opens the folder of an earlier run, if no other process works in it. The folder is kept,
    /// whatever happens. Files that a killed process has left half-written are removed.
    ///
    /// # Errors
    /// [`RunError::NotARun`] if there is no folder at this path, [`RunError::Busy`] if it is
    /// locked, [`RunError::Unusable`] if it cannot be locked.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        if !path.is_dir() {
            let found = if path.exists() { "a file" } else { "nothing there" }.into();
            let expected = "the folder of a run";
            return Err(RunError::NotARun { path: path.to_path_buf(), expected, found });
        }
        let unusable = |reason| RunError::Unusable { path: path.to_path_buf(), reason };
        let claim = path.join(CLAIM);
        loop {
            let file = OpenOptions::new().create(true).truncate(false).write(true).open(&claim);
            let file = file.map_err(unusable)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(RunError::Busy { path: path.to_path_buf() });
                }
                Err(TryLockError::Error(error)) => return Err(unusable(error)),
            }
            // A run that ended in the meantime may have removed the file that is locked here.
            if is_at(&file, &claim).map_err(unusable)? {
                remove_unfinished(path).map_err(unusable)?;
                let (path, made, kept) = (path.to_path_buf(), Vec::new(), Arc::new(true.into()));
                return Ok(Self { traces: Traces { path, made, kept }, _claim: file });
            }
        }
    }

    /// Returns the path of the folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.traces.path
    }

    /// Returns what must be removed if the program ends without dropping this value.
    #[must_use]
    pub fn traces(&self) -> Traces {
        self.traces.clone()
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
        fs::read_to_string(self.file(name)).map_err(|_| {
            let (path, found) = (self.path().to_path_buf(), format!("no {name}"));
            RunError::NotARun { path, expected: "the folder of a run that has ended", found }
        })
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

    /// Keeps the folder even if the run fails later.
    pub fn keep(&self) {
        self.traces.kept.store(true, Ordering::Relaxed);
    }

    /// Returns whether the folder will be kept.
    #[must_use]
    pub fn kept(&self) -> bool {
        self.traces.kept.load(Ordering::Relaxed)
    }
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

/// A run that failed before it wrote a result removes the folders that it created.
impl Drop for RunFolder {
    fn drop(&mut self) {
        self.traces.remove();
    }
}

/// Removes files that a killed process has left half-written under temporary names: hidden files
/// that end in `.part`, or in `.tmp` (pictures of version 0.1.0).
fn remove_unfinished(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        if name.starts_with(b".") && (name.ends_with(b".part") || name.ends_with(b".tmp")) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
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

/// Creates the folder, or accepts it if it is empty. Returns the folders that were created.
fn make_or_take(path: &Path) -> Result<Vec<PathBuf>, RunError> {
    let unusable = |reason| RunError::Unusable { path: path.to_path_buf(), reason };
    match fs::read_dir(path) {
        Ok(mut entries) => match entries.next() {
            None => Ok(Vec::new()),
            Some(_) => Err(RunError::NotEmpty { path: path.to_path_buf() }),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => {
            make_with_parents(path).map_err(unusable)
        }
        Err(error) => Err(unusable(error)),
    }
}

/// Creates the folder and its missing parents. Returns the folders that were created, the outermost
/// first.
fn make_with_parents(path: &Path) -> io::Result<Vec<PathBuf>> {
    let missing: Vec<&Path> = path
        .ancestors()
        .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
        .collect();
    let mut made = Vec::new();
    for folder in missing.into_iter().rev() {
        match fs::create_dir(folder) {
            Ok(()) => made.push(folder.to_path_buf()),
            // Another process created it first, so it is not in the list of ours.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Ok(made)
}

/// Creates the first of `parent/name`, `parent/name-2`, ... that does not exist. Returns it with
/// the folders that were created.
fn numbered(parent: &Path, name: &str) -> Result<(PathBuf, Vec<PathBuf>), RunError> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_up_and_full_folders_are_refused() {
        let parent = tempfile::tempdir().unwrap();
        for name in ["run", "run-2", "run-3"] {
            assert_eq!(numbered(parent.path(), "run").unwrap().0, parent.path().join(name));
        }

        let asked = parent.path().join("run");
        let folder = RunFolder::create(&asked).unwrap();
        folder.write("a.txt", "first").unwrap();
        drop(folder);
        let error = RunFolder::create(&asked).unwrap_err().to_string();
        assert!(
            error.ends_with("run: not empty; name a new folder, nothing is overwritten"),
            "{error}"
        );
        assert_eq!(fs::read_to_string(asked.join("a.txt")).unwrap(), "first");
    }

    #[test]
    fn a_failed_run_takes_away_what_it_made_and_no_more() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("a/b");
        drop(RunFolder::create(&path).unwrap());
        assert!(!parent.path().join("a").exists());
        fs::create_dir(parent.path().join("a")).unwrap();
        drop(RunFolder::create(&path).unwrap());
        assert!(parent.path().join("a").exists() && !path.exists());
        fs::create_dir(&path).unwrap();
        drop(RunFolder::create(&path).unwrap());
        assert!(path.exists());
        let kept = parent.path().join("kept");
        let folder = RunFolder::create(&kept).unwrap();
        folder.keep();
        drop(folder);
        assert_eq!(fs::read_dir(kept).unwrap().count(), 0);
    }

    #[test]
    fn what_a_killed_run_left_half_written_goes_when_it_goes_on() {
        let parent = tempfile::tempdir().unwrap();
        let path = |name| parent.path().join(name);
        for name in [".loss.png.123-1.tmp", ".model.safetensors.part", ".notes", "part.tmp"] {
            fs::write(path(name), "").unwrap();
        }
        let folder = RunFolder::open(parent.path()).unwrap();
        assert!(!path(".loss.png.123-1.tmp").exists() && !path(".model.safetensors.part").exists());
        drop(folder);
        // Files of other programs stay, and the lock does not.
        let mut left: Vec<_> =
            fs::read_dir(parent.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, [".notes", "part.tmp"]);
    }

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
    fn a_folder_has_one_run_at_a_time() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("run");
        let first = RunFolder::create(&path).unwrap();
        let error = RunFolder::create(&path).unwrap_err();
        assert!(matches!(error, RunError::NotEmpty { .. }), "{error}");
        assert!(first.file(CLAIM).exists(), "the second took the first one's claim away");
    }
}
