//! Removes what a run leaves behind if it ends without a result.

use super::claim::CLAIM;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The traces of a claimed folder: the claim itself, the folders that were created for it, and the
/// files that are worthless without a result.
#[derive(Clone, Debug)]
pub struct Traces(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    /// The folders that were created for this run, the outermost first.
    made: Vec<PathBuf>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Whether the folder holds results worth keeping.
    kept: bool,
    /// The files that are removed if the folder is not kept.
    provisional: Vec<String>,
    /// Whether the claim has been released: the folder may belong to another process now.
    released: bool,
}

impl Traces {
    pub(super) fn new(path: PathBuf, made: Vec<PathBuf>, kept: bool) -> Self {
        let state = Mutex::new(State { kept, ..State::default() });
        Self(Arc::new(Shared { path, made, state }))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0.path
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn keep(&self) {
        self.state().kept = true;
    }

    pub(super) fn kept(&self) -> bool {
        self.state().kept
    }

    pub(super) fn provisional(&self, name: &str) {
        self.state().provisional.push(name.to_owned());
    }

    /// Releases the folder, for a program that is about to end: removes the claim, and the created
    /// folders if they are empty. Every other file stays, as if the program had been killed, so the
    /// run can be resumed.
    pub fn release(&self) {
        self.give_up(false);
    }

    /// Releases the folder after a failure: also removes the provisional files, unless the folder
    /// is to be kept.
    pub(super) fn remove(&self) {
        self.give_up(true);
    }

    fn give_up(&self, with_provisional: bool) {
        let Shared { path, made, .. } = &*self.0;
        let mut state = self.state();
        if std::mem::replace(&mut state.released, true) {
            return;
        }
        if with_provisional && !state.kept {
            for name in &state.provisional {
                drop(fs::remove_file(path.join(name)));
            }
        }
        drop(fs::remove_file(path.join(CLAIM)));
        if !state.kept {
            for folder in made.iter().rev() {
                // This removes only an empty folder: another process may have put files into it.
                drop(fs::remove_dir(folder));
            }
        }
    }
}
