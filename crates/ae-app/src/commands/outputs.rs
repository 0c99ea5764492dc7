//! Files that a command writes where the user says: what may be written over, and what may not.

use crate::exit::{Refusal, usage};
use ae_files::{check_replaceable, is_same_place};
use ae_idx::FILE_NAMES;
use ae_run::is_part_of_run;
use std::fs;
use std::path::{Path, PathBuf};

/// The outputs of one call. Each is checked before the first is written.
pub(super) struct Outputs<'a> {
    force: bool,
    /// The model that is read: a file, or the folder of a run.
    input: &'a Path,
    seen: Vec<(&'static str, PathBuf)>,
}

impl<'a> Outputs<'a> {
    pub(super) fn new(force: bool, input: &'a Path) -> Self {
        Self { force, input, seen: Vec::new() }
    }

    /// Checks that the path names a file that may be written: a plain file or none, which exists
    /// only with `--force`; not the model that is read, not a file of a run, and not another output
    /// of this call under any of its names.
    pub(super) fn check(&mut self, option: &'static str, path: &Path) -> Result<(), Refusal> {
        let shown = path.display();
        let refused = |why: &str| usage(format!("{option} {shown}: {why}"));
        if path.file_name().is_none() || path.is_dir() {
            return Err(refused("expected a file, found a folder"));
        }
        if let Err(error) = check_replaceable(path) {
            return Err(refused(&error.reason.to_string()));
        }
        if let Some((other, _)) = self.seen.iter().find(|(_, seen)| is_same_place(seen, path)) {
            return Err(refused(&format!("the file of {other}; two files need two names")));
        }
        if is_same_place(self.input, path) {
            return Err(refused("the model that is read; name another file"));
        }
        if fs::symlink_metadata(path).is_ok() {
            if is_part_of_run(path) {
                return Err(refused("a file of a run, which is not replaced; name another file"));
            }
            if !self.force {
                return Err(refused("there already; --force replaces it"));
            }
        }
        self.seen.push((option, path.to_path_buf()));
        Ok(())
    }
}

/// Checks that an output is not one of the files of a data set that is read.
pub(super) fn check_no_data(option: &str, path: &Path, data: &Path) -> Result<(), Refusal> {
    let exists = fs::symlink_metadata(path).is_ok();
    let is_input = |name: String| is_same_place(data.join(name), path);
    let spellings = |name: &&str| [name.to_string(), format!("{name}.gz")];
    if exists && FILE_NAMES.iter().flat_map(spellings).any(is_input) {
        let shown = path.display();
        return Err(usage(format!(
            "{option} {shown}: a file of the data that are read; name another file"
        )));
    }
    Ok(())
}
