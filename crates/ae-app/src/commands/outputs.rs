//! Files whose paths the user gives, and the rules for overwriting them.

use super::lab::is_part_of_lab;
use crate::exit::{Refusal, usage};
use ae_files::{check_replaceable, is_same_place};
use ae_run::{MODEL, is_part_of_run};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The outputs of one call. All are checked before the first is written.
pub(super) struct Outputs<'a> {
    force: bool,
    /// The model that is read: a file, or the folder of a run.
    input: &'a Path,
    /// Files of the data of the run.
    data: Vec<PathBuf>,
    seen: Vec<(&'static str, PathBuf)>,
}

impl<'a> Outputs<'a> {
    /// `data` are the files of the data that the model was trained on, as far as they are known.
    pub(super) fn new(force: bool, input: &'a Path, data: Vec<PathBuf>) -> Self {
        Self { force, input, data, seen: Vec::new() }
    }

    /// Checks that the path may be written to. Its folder must exist. Nothing may have this name,
    /// or, with `--force`, a plain file. The file must not be the model that is read, a file of a
    /// run, of its data or of a lab, or another output of this call under any of its names.
    pub(super) fn check(&mut self, option: &'static str, path: &Path) -> Result<(), Refusal> {
        let shown = path.display();
        let refused = |why: &str| usage(format!("{option} {shown}: {why}"));
        if path.file_name().is_none() || path.is_dir() {
            return Err(refused("expected a file, found a folder"));
        }
        if let Some(found) = instead_of_folder(folder_of(path)) {
            let folder = folder_of(path).display();
            return Err(refused(&format!(
                "expected the folder {folder}, found {found}; create it or name another file"
            )));
        }
        if let Err(error) = check_replaceable(path) {
            return Err(refused(&error.reason.to_string()));
        }
        if let Some((other, _)) = self.seen.iter().find(|(_, seen)| is_same_place(seen, path)) {
            return Err(refused(&format!("the file of {other}; two files need two names")));
        }
        let model = self.input.join(MODEL);
        if is_same_place(self.input, path) || is_same_place(model, path) {
            return Err(refused("the model that is read; name another file"));
        }
        if fs::symlink_metadata(path).is_ok() {
            if is_part_of_run(path) {
                return Err(refused("a file of a run, which is not replaced; name another file"));
            }
            if is_part_of_lab(path) {
                return Err(refused("a file of a lab, which is not replaced; name another file"));
            }
            if self.data.iter().any(|file| is_same_place(file, path)) {
                let why = "a file of the run's data, which is not replaced; name another file";
                return Err(refused(why));
            }
            if !self.force {
                return Err(refused("already exists; --force replaces it"));
            }
        }
        self.seen.push((option, path.to_path_buf()));
        Ok(())
    }

    /// Checks that no output would replace an existing file in the folder of the data, which is
    /// read. An older export there may be replaced.
    pub(super) fn check_beside(&self, data: &Path) -> Result<(), Refusal> {
        let is_export =
            |path: &PathBuf| path.extension().is_some_and(|end| end == "npz" || end == "onnx");
        let is_beside = |path: &PathBuf| is_same_place(folder_of(path), data);
        let mut existing = self.seen.iter().filter(|(_, path)| path.exists() && !is_export(path));
        match existing.find(|(_, path)| is_beside(path)) {
            None => Ok(()),
            Some((option, path)) => Err(usage(format!(
                "{option} {}: a file of the data that are read; name another file",
                path.display()
            ))),
        }
    }
}

/// Returns the folder of a file.
fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Names what has this path, unless it is a folder. If the system cannot tell, a later step fails
/// and gives the reason.
fn instead_of_folder(path: &Path) -> Option<&'static str> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => None,
        Ok(_) => Some("a file"),
        Err(error) if error.kind() == ErrorKind::NotFound => Some("nothing"),
        Err(_) => None,
    }
}
