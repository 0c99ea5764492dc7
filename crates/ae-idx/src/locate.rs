//! The places where a known data set is searched for.

use crate::catalog::{FILE_NAMES, KnownDataset};
use crate::error::IdxError;
use crate::layout::Layout;
use std::env;
use std::path::{Path, PathBuf};

/// The environment variable that names the data's folder.
pub const DATA_DIR_VARIABLE: &str = "AE_DATA_DIR";

/// The name of the folder that holds data sets.
const COLLECTION: &str = "datasets";

/// The places to search, given by the caller so that tests do not depend on the environment.
///
/// In this order:
///
/// 1. `data_dir`, else `environment`. If one of them is given, it is the only place searched: a
///    user who names a folder does not want other data. It may be the folder of the four files, or
///    contain the data set's folder (`mnist/`), which is tried first.
/// 2. `datasets/` in the working folder and in each folder above it.
/// 3. `workspace`, a collection like `datasets/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// The value of `--data-dir`.
    pub data_dir: Option<PathBuf>,
    /// The value of [`DATA_DIR_VARIABLE`]; an empty one counts as not set.
    pub environment: Option<PathBuf>,
    /// The working folder.
    pub working_dir: PathBuf,
    /// The collection that belongs to the workspace the program was built in.
    pub workspace: PathBuf,
}

impl Search {
    /// Reads the environment variable and the working folder of the process.
    pub fn from_process(data_dir: Option<PathBuf>, workspace: impl Into<PathBuf>) -> Self {
        Self {
            data_dir,
            environment: env::var_os(DATA_DIR_VARIABLE).map(PathBuf::from),
            // A deleted working folder has no path; `.` then finds nothing, which is correct.
            working_dir: env::current_dir().unwrap_or_else(|_| ".".into()),
            workspace: workspace.into(),
        }
    }

    /// Finds the folder that holds the four files of `known`.
    ///
    /// The first folder with *any* of the files is used: if another of them is missing there, that
    /// is reported rather than silently skipped.
    ///
    /// # Errors
    /// [`IdxError::DatasetNotFound`] with the missing files and the folders searched.
    pub fn find(&self, known: &KnownDataset) -> Result<PathBuf, IdxError> {
        let mut looked_in = Vec::new();
        for folder in self.candidates(known) {
            let missing = missing_files(&folder);
            if missing.is_empty() {
                return Ok(folder);
            }
            if missing.len() < FILE_NAMES.len() {
                return Err(not_found(known, missing, vec![folder]));
            }
            looked_in.push(folder);
        }
        Err(not_found(known, FILE_NAMES.to_vec(), looked_in))
    }

    /// Every folder that [`find`](Self::find) searches, in order.
    #[must_use]
    pub fn candidates(&self, known: &KnownDataset) -> Vec<PathBuf> {
        let environment = self.environment.as_ref().filter(|path| !path.as_os_str().is_empty());
        if let Some(named) = self.data_dir.as_ref().or(environment) {
            return vec![named.join(known.folder), named.clone()];
        }
        let upward = self.working_dir.ancestors().map(|folder| folder.join(COLLECTION));
        upward
            .chain([self.workspace.clone()])
            .map(|collection| collection.join(known.folder))
            .collect()
    }
}

fn missing_files(folder: &Path) -> Vec<&'static str> {
    // Several data sets in one folder are parts of EMNIST.
    let Ok(layout) = Layout::of(folder) else { return FILE_NAMES.to_vec() };
    FILE_NAMES.into_iter().filter(|name| layout.find(name).is_none()).collect()
}

fn not_found(known: &KnownDataset, missing: Vec<&str>, looked_in: Vec<PathBuf>) -> IdxError {
    IdxError::DatasetNotFound {
        dataset: known.name.into(),
        missing: missing.into_iter().map(String::from).collect(),
        looked_in,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::MNIST;
    use std::fs;
    use tempfile::TempDir;

    /// A folder tree with empty files: the search opens no file.
    fn tree(folders: &[&str]) -> TempDir {
        let root = tempfile::tempdir().unwrap();
        for folder in folders {
            let folder = root.path().join(folder);
            fs::create_dir_all(&folder).unwrap();
            for name in FILE_NAMES {
                fs::write(folder.join(format!("{name}.gz")), "").unwrap();
            }
        }
        root
    }

    fn search(root: &TempDir) -> Search {
        Search {
            data_dir: None,
            environment: None,
            working_dir: root.path().join("project/a/b"),
            workspace: root.path().join("built/datasets"),
        }
    }

    #[test]
    fn each_place_has_its_turn() {
        let root = tree(&[
            "flag/mnist",
            "flag",
            "variable",
            "project/a/datasets/mnist",
            "project/datasets/mnist",
            "built/datasets/mnist",
        ]);
        let at = |folder: &str| root.path().join(folder);
        let mut search = search(&root);
        search.data_dir = Some(at("flag"));
        search.environment = Some(at("variable"));
        assert_eq!(search.find(&MNIST).unwrap(), at("flag/mnist"));
        search.data_dir = Some(at("flag/mnist"));
        assert_eq!(search.find(&MNIST).unwrap(), at("flag/mnist"));
        search.data_dir = None;
        assert_eq!(search.find(&MNIST).unwrap(), at("variable"));
        search.environment = Some(PathBuf::new());
        assert_eq!(search.find(&MNIST).unwrap(), at("project/a/datasets/mnist"));
        fs::remove_dir_all(at("project/a")).unwrap();
        assert_eq!(search.find(&MNIST).unwrap(), at("project/datasets/mnist"));
        fs::remove_dir_all(at("project")).unwrap();
        assert_eq!(search.find(&MNIST).unwrap(), at("built/datasets/mnist"));
    }

    #[test]
    fn a_named_folder_without_the_files_is_an_error() {
        let root = tree(&["built/datasets/mnist"]);
        let empty = root.path().join("empty");
        for (data_dir, environment) in [(Some(empty.clone()), None), (None, Some(empty.clone()))] {
            let search = Search { data_dir, environment, ..search(&root) };
            match search.find(&MNIST).unwrap_err() {
                IdxError::DatasetNotFound { missing, looked_in, .. } => {
                    assert_eq!(missing, FILE_NAMES);
                    assert_eq!(looked_in, [empty.join("mnist"), empty.clone()]);
                }
                other => panic!("{other}"),
            }
        }
    }

    #[test]
    fn an_incomplete_folder_is_reported_not_passed_over() {
        let root = tree(&["project/datasets/mnist", "built/datasets/mnist"]);
        let folder = root.path().join("project/datasets/mnist");
        fs::remove_file(folder.join("t10k-labels-idx1-ubyte.gz")).unwrap();
        match search(&root).find(&MNIST).unwrap_err() {
            IdxError::DatasetNotFound { missing, looked_in, .. } => {
                assert_eq!(missing, ["t10k-labels-idx1-ubyte"]);
                assert_eq!(looked_in, [folder]);
            }
            other => panic!("{other}"),
        }
    }

    #[test]
    fn the_message_names_every_file_and_folder_on_one_line() {
        let root = tree(&[]);
        let search = search(&root);
        let message = search.find(&MNIST).unwrap_err().to_string();
        assert_eq!(message.lines().count(), 1);
        for name in FILE_NAMES {
            assert!(message.contains(name), "{message}");
        }
        for folder in search.candidates(&MNIST) {
            assert!(message.contains(folder.to_str().unwrap()), "{message}");
        }
    }
}
