//! The folder of a run: new, or one that is to go on, never another run's, and one process's alone.

use crate::exit::{DataError, UsageError};
use crate::session::CHECKPOINT;
use anyhow::{Context, Result, anyhow};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Stands in a folder while a run works in it, and is locked for as long. One that is not locked is what a killed process has
/// left: the system takes its locks away.
const CLAIM: &str = ".running";

/// What a run writes before it has learnt anything.
const BEGINNING: [&str; 2] = ["config.toml", CHECKPOINT];

/// A folder that this run has for itself.
#[derive(Debug)]
pub(crate) struct RunFolder {
    traces: Traces,
    // The lock lasts as long as this is open.
    _claim: File,
}

/// What a run leaves behind if it ends without a result.
#[derive(Clone, Debug)]
pub(crate) struct Traces {
    path: PathBuf,
    /// The folders that were made for this run, the outermost first.
    made: Vec<PathBuf>,
    /// Whether there is something worth keeping.
    kept: Arc<AtomicBool>,
}

impl Traces {
    /// Takes away the claim and, unless there is something to keep, what stands at each run's beginning and the folders that
    /// were made, if they are empty then.
    pub(crate) fn remove(&self) {
        if !self.kept.load(Ordering::Relaxed) {
            for name in BEGINNING {
                drop(fs::remove_file(self.path.join(name)));
            }
        }
        drop(fs::remove_file(self.path.join(CLAIM)));
        if !self.kept.load(Ordering::Relaxed) {
            for folder in self.made.iter().rev() {
                // Removes an empty folder only: something of another's may have come in.
                drop(fs::remove_dir(folder));
            }
        }
    }
}

impl RunFolder {
    /// The folder asked for, which must be new or empty; else `runs/<name>`, or `runs/<name>-2` and so on,
    /// the first that does not exist.
    pub(crate) fn create(asked: Option<&Path>, name: &str) -> Result<Self> {
        let (path, made) = match asked {
            Some(path) => (path.to_path_buf(), make_or_take(path)?),
            None => numbered(Path::new("runs"), name)?,
        };
        // Whoever creates the file has the folder, should two runs have found it empty at once.
        let claimed = File::create_new(path.join(CLAIM)).and_then(|claim| {
            claim.try_lock()?;
            Ok(claim)
        });
        match claimed {
            Ok(claim) => {
                let traces = Traces { path, made, kept: Arc::default() };
                Ok(Self { traces, _claim: claim })
            }
            Err(error) => {
                // What is there is the other run's; but if nobody's is, the folders are to go.
                made.iter().rev().for_each(|folder| drop(fs::remove_dir(folder)));
                Err(error).with_context(|| cannot_use(&path))
            }
        }
    }

    /// The folder of a run that was begun before, if no other process works in it. Whatever happens, it is kept.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        if !path.is_dir() {
            let found = if path.exists() { "a file" } else { "nothing there" };
            let path = path.display();
            return Err(
                DataError(format!("{path}: expected the folder of a run, found {found}")).into()
            );
        }
        let claim = path.join(CLAIM);
        loop {
            let file = OpenOptions::new().create(true).truncate(false).write(true).open(&claim);
            let file = file.with_context(|| cannot_use(path))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(anyhow!(
                        "{}: another process works in this folder",
                        path.display()
                    ));
                }
                Err(TryLockError::Error(error)) => {
                    return Err(error).with_context(|| cannot_use(path));
                }
            }
            // A run that ended in between has taken away the file that this is a lock of.
            if is_at(&file, &claim) {
                remove_unfinished(path).with_context(|| cannot_use(path))?;
                let (path, made, kept) = (path.to_path_buf(), Vec::new(), Arc::new(true.into()));
                return Ok(Self { traces: Traces { path, made, kept }, _claim: file });
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.traces.path
    }

    /// What to remove if the program ends without dropping this.
    pub(crate) fn traces(&self) -> Traces {
        self.traces.clone()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// The names of the files in it, in order, without hidden ones.
    pub(crate) fn names(&self) -> Result<Vec<String>> {
        let names = || -> io::Result<Vec<String>> {
            let mut names = Vec::new();
            for entry in fs::read_dir(self.path())? {
                let entry = entry?;
                let name = entry.file_name().to_string_lossy().into_owned();
                if !name.starts_with('.') && entry.file_type()?.is_file() {
                    names.push(name);
                }
            }
            names.sort_unstable();
            Ok(names)
        };
        names().with_context(|| format!("cannot read {}", self.path().display()))
    }

    /// Writes a file whole or not at all: under another name first, then renamed.
    pub(crate) fn write(&self, name: &str, content: &str) -> Result<()> {
        let path = self.file(name);
        let temporary = self.file(&format!(".{name}.part"));
        File::create(&temporary)
            .and_then(|mut file| {
                file.write_all(content.as_bytes())?;
                file.sync_all()
            })
            .and_then(|()| fs::rename(&temporary, &path))
            .inspect_err(|_| drop(fs::remove_file(&temporary)))
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Keeps the folder even if the run fails from here on.
    pub(crate) fn keep(&self) {
        self.traces.kept.store(true, Ordering::Relaxed);
    }

    /// Whether it will be kept.
    pub(crate) fn kept(&self) -> bool {
        self.traces.kept.load(Ordering::Relaxed)
    }
}

/// A run that failed before it wrote anything leaves no folder behind that was not there before.
impl Drop for RunFolder {
    fn drop(&mut self) {
        self.traces.remove();
    }
}

/// Removes what a killed process has left half-written under its other name: hidden files that end in `.part` (ours) or
/// `.tmp` (a picture's).
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

/// Whether the open file is the one of this name.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let [open, named] = [file.metadata(), fs::metadata(path)];
    let id = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    open.ok().map(id) == named.ok().map(id)
}

/// Elsewhere an open file keeps its name.
#[cfg(not(unix))]
fn is_at(_file: &File, _path: &Path) -> bool {
    true
}

fn cannot_use(path: &Path) -> String {
    format!("cannot use {} for the results", path.display())
}

/// Makes the folder, or takes it as it is if it is empty; returns what was made.
fn make_or_take(path: &Path) -> Result<Vec<PathBuf>> {
    match fs::read_dir(path) {
        Ok(mut entries) => {
            if entries.next().is_none() {
                return Ok(Vec::new());
            }
            let path = path.display();
            let message = "not empty; name a new folder, nothing is overwritten";
            Err(UsageError(format!("--out {path}: {message}")).into())
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            make_with_parents(path).with_context(|| cannot_use(path))
        }
        Err(error) => Err(error).with_context(|| cannot_use(path)),
    }
}

/// Makes the folder and those above it that do not exist; returns what was made, the outermost first.
fn make_with_parents(path: &Path) -> io::Result<Vec<PathBuf>> {
    let missing: Vec<&Path> = path
        .ancestors()
        .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
        .collect();
    let mut made = Vec::new();
    for folder in missing.into_iter().rev() {
        match fs::create_dir(folder) {
            Ok(()) => made.push(folder.to_path_buf()),
            // Another process was faster; that it is not ours shows in the list.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Ok(made)
}

/// The first of `parent/name`, `parent/name-2`, ... that does not exist, made, with the list of what was made.
fn numbered(parent: &Path, name: &str) -> Result<(PathBuf, Vec<PathBuf>)> {
    let cannot = |path: &Path| format!("cannot create {}", path.display());
    let mut made = make_with_parents(parent).with_context(|| cannot(parent))?;
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
            Err(error) => return Err(error).with_context(|| cannot(&path)),
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
    fn a_failed_run_takes_away_what_it_made_and_no_more() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("a/b");
        drop(RunFolder::create(Some(&path), "").unwrap());
        assert!(!parent.path().join("a").exists());
        fs::create_dir(parent.path().join("a")).unwrap();
        drop(RunFolder::create(Some(&path), "").unwrap());
        assert!(parent.path().join("a").exists() && !path.exists());
        fs::create_dir(&path).unwrap();
        drop(RunFolder::create(Some(&path), "").unwrap());
        assert!(path.exists());
        let kept = parent.path().join("kept");
        let folder = RunFolder::create(Some(&kept), "").unwrap();
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
        // Nobody else's, and no lock.
        let mut left: Vec<_> =
            fs::read_dir(parent.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, [".notes", "part.tmp"]);
    }

    #[test]
    fn a_folder_has_one_run_at_a_time() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("run");
        let first = RunFolder::create(Some(&path), "").unwrap();
        let error = RunFolder::create(Some(&path), "").unwrap_err();
        assert!(error.is::<UsageError>(), "{error}");
        assert!(first.file(CLAIM).exists(), "the second took the first one's claim away");
    }
}
