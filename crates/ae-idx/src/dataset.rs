//! A complete data set: training and test part, class names, checksums.

use crate::array::IdxArray;
use crate::catalog::{ClassName, FILE_NAMES, KnownDataset, class_index};
use crate::error::IdxError;
use crate::labelled::LabelledImages;
use crate::reader::{Limits, Wanted, open_and_read};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::thread;

/// A training part and a test part of the same kind of images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// The name of the known data set, or of the folder.
    pub name: String,
    /// The training images.
    pub train: LabelledImages,
    /// The test images.
    pub test: LabelledImages,
    /// The number of classes; every label is below it.
    pub classes: usize,
    /// One name per class; the number itself for a user's own folder.
    pub class_names: Vec<ClassName>,
    /// SHA-256 of each file's unpacked content, by file name without `.gz`: a run that records them
    /// can be repeated on exactly the same data.
    pub checksums: BTreeMap<String, String>,
}

impl Dataset {
    /// Loads a known data set from the folder that holds its four files, and compares their
    /// checksums with the published ones.
    ///
    /// Each file may be plain or `.gz`. If both exist, the plain one is read: its name is the one
    /// asked for, and it needs no unpacking.
    ///
    /// # Errors
    /// An [`IdxError`] for the first of the four files that is missing or damaged, for a label that
    /// is not below 10, and for a valid file that is not the published one.
    pub fn load_known(known: &KnownDataset, folder: impl AsRef<Path>) -> Result<Self, IdxError> {
        let folder = folder.as_ref();
        let classes = known.class_names.len();
        let [train, test] = load_parts(folder)?;
        let found = [&train, &test]
            .into_iter()
            .flat_map(|part| [&part.images, &part.labels])
            .map(|file| (file.path.clone(), file.sha256.clone()))
            .collect::<Vec<_>>();
        let checksums = checksums(&train, &test);
        let (train, test) = (train.join(Some(classes))?, test.join(Some(classes))?);
        // Checked last, because the other checks describe the problem more precisely.
        for ((path, sha256), file) in found.into_iter().zip(&known.files) {
            if sha256 != file.sha256 {
                return Err(IdxError::ChecksumMismatch {
                    path,
                    dataset: known.name.into(),
                    expected: file.sha256.into(),
                    found: sha256,
                });
            }
        }
        Ok(Self {
            name: known.name.into(),
            train,
            test,
            classes,
            class_names: known.class_names.to_vec(),
            checksums,
        })
    }

    /// Loads a user's own folder with the same four file names ([`FILE_NAMES`]), each plain or
    /// `.gz` as for [`Dataset::load_known`].
    ///
    /// The images may have any size and the labels any values: the number of classes is the largest
    /// label in both parts, plus one.
    ///
    /// # Errors
    /// An [`IdxError`] for the first file that is missing or damaged, and when training and test
    /// images differ in size.
    pub fn load_folder(folder: impl AsRef<Path>) -> Result<Self, IdxError> {
        let folder = folder.as_ref();
        let [train, test] = load_parts(folder)?;
        let checksums = checksums(&train, &test);
        let (train, test) = (train.join(None)?, test.join(None)?);
        let sizes = [&train, &test].map(|part| (part.rows(), part.cols()));
        if sizes[0] != sizes[1] {
            return Err(IdxError::SizesDiffer {
                folder: folder.into(),
                train: sizes[0],
                test: sizes[1],
            });
        }
        let largest = train.labels().iter().chain(test.labels()).max();
        let classes = largest.map_or(0, |&label| usize::from(label) + 1);
        Ok(Self {
            name: folder_name(folder),
            train,
            test,
            classes,
            class_names: (0..classes).map(ClassName::number).collect(),
            checksums,
        })
    }

    /// The label of the class with the name `text`, by the rules of [`KnownDataset::class_index`].
    #[must_use]
    pub fn class_index(&self, text: &str) -> Option<u8> {
        class_index(&self.class_names, text)
    }

    /// Reduces both parts to `classes` with [`LabelledImages::select`]; names, number of classes
    /// and checksums stay, because the labels keep their meaning.
    ///
    /// # Errors
    /// [`IdxError::NoClassGiven`] for an empty list, [`IdxError::NoImagesOfClass`] when one of the
    /// classes has no image in the training or in the test part.
    pub fn select(&self, classes: &[u8]) -> Result<Self, IdxError> {
        if classes.is_empty() {
            return Err(IdxError::NoClassGiven { dataset: self.name.clone() });
        }
        for (part, images) in [("training", &self.train), ("test", &self.test)] {
            let counts = images.class_counts();
            if let Some(&class) = classes.iter().find(|&&c| counts[usize::from(c)] == 0) {
                return Err(IdxError::NoImagesOfClass { dataset: self.name.clone(), part, class });
            }
        }
        Ok(Self {
            name: self.name.clone(),
            train: self.train.select(classes),
            test: self.test.select(classes),
            classes: self.classes,
            class_names: self.class_names.clone(),
            checksums: self.checksums.clone(),
        })
    }
}

/// A file with its path and checksum.
struct ReadFile {
    path: PathBuf,
    array: IdxArray,
    sha256: String,
}

/// An images file and its labels file.
struct Part {
    images: ReadFile,
    labels: ReadFile,
}

impl Part {
    fn join(self, classes: Option<usize>) -> Result<LabelledImages, IdxError> {
        LabelledImages::join(
            (&self.images.path, self.images.array),
            (&self.labels.path, self.labels.array),
            classes,
        )
    }
}

/// Reads the four files, the training part on a second thread: unpacking is the longest single step
/// at program start.
fn load_parts(folder: &Path) -> Result<[Part; 2], IdxError> {
    let [train_images, train_labels, test_images, test_labels] = FILE_NAMES;
    let load = move |images, labels| -> Result<Part, IdxError> {
        Ok(Part {
            images: load_file(folder, images, Wanted::Images)?,
            labels: load_file(folder, labels, Wanted::Labels)?,
        })
    };
    let load_train = move || load(train_images, train_labels);
    let (train, test) = thread::scope(|scope| {
        let second = thread::Builder::new().spawn_scoped(scope, load_train);
        let test = load(test_images, test_labels);
        let train = match second {
            Ok(handle) => handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            // Without a second thread it also works, but takes longer.
            Err(_) => load_train(),
        };
        (train, test)
    });
    // In this order, whichever thread finished first, so that two faults always give the same
    // message.
    Ok([train?, test?])
}

fn load_file(folder: &Path, name: &str, wanted: Wanted) -> Result<ReadFile, IdxError> {
    let path = find_file(folder, name)
        .ok_or_else(|| IdxError::FileMissing { folder: folder.into(), file: name.into() })?;
    let (array, sha256) = open_and_read(&path, &Limits::default(), wanted, true)?;
    Ok(ReadFile { path, array, sha256 })
}

/// The path of `name`, or else of `name.gz`, whichever exists first in this order.
pub(crate) fn find_file(folder: &Path, name: &str) -> Option<PathBuf> {
    [folder.join(name), folder.join(format!("{name}.gz"))]
        .into_iter()
        // A file whose existence cannot be checked is used, so that opening it gives the reason.
        .find(|path| path.try_exists().unwrap_or(true))
}

fn checksums(train: &Part, test: &Part) -> BTreeMap<String, String> {
    [&train.images, &train.labels, &test.images, &test.labels]
        .into_iter()
        .zip(FILE_NAMES)
        .map(|(file, name)| (name.into(), file.sha256.clone()))
        .collect()
}

fn folder_name(folder: &Path) -> String {
    // `.` and `..` have no name until they are resolved.
    let resolved = folder.canonicalize().unwrap_or_else(|_| folder.into());
    resolved.file_name().map_or_else(
        || resolved.to_string_lossy().into_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}
