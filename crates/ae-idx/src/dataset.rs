//! A complete data set: training and test part, class names, checksums.

use crate::array::IdxArray;
use crate::catalog::{ClassName, FILE_NAMES, KnownDataset, class_index};
use crate::error::IdxError;
use crate::labelled::LabelledImages;
use crate::layout::{Layout, Remark, files_at, holds_data};
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
    /// can be repeated on exactly the same data. The names are MNIST's, whatever the files are
    /// called.
    pub checksums: BTreeMap<String, String>,
    /// Whether the images have labels. Without labels they all belong to one class.
    pub labelled: bool,
    /// Remarks for the user of the folder.
    pub remarks: Vec<Remark>,
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
        let layout = Layout::of(folder.as_ref())?;
        let classes = known.class_names.len();
        let [train, test] = load_parts(&layout)?;
        if let Some(name) = missing_labels(&train, &test) {
            return Err(layout.missing(name));
        }
        let found = files(&train, &test)
            .into_iter()
            .map(|(_, file)| (file.path.clone(), file.sha256.clone()))
            .collect::<Vec<_>>();
        let (checksums, remarks) = (checksums(&train, &test), remarks(&train, &test));
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
            labelled: true,
            remarks,
        })
    }

    /// Loads a user's own folder with the same four files ([`FILE_NAMES`]), each plain or `.gz` as
    /// for [`Dataset::load_known`].
    ///
    /// The names may also be those of EMNIST and QMNIST, or have a dot before `idx`. If a folder
    /// has several parts of EMNIST, `folder` must be the path of the folder and the beginning of
    /// the files' names: `gzip/emnist-letters`.
    ///
    /// The images may have any size and the labels any values: the number of classes is the largest
    /// label in both parts, plus one. Without both files of labels, all images are of one class,
    /// "unlabelled".
    ///
    /// If the files are those of a known data set, the result has its name and its classes: data
    /// are identified by their content.
    ///
    /// # Errors
    /// An [`IdxError`] for the first file that is missing or damaged, and when training and test
    /// images differ in size.
    pub fn load_folder(folder: impl AsRef<Path>) -> Result<Self, IdxError> {
        let folder = folder.as_ref();
        let layout = Layout::of(folder)?;
        let [train, test] = load_parts(&layout)?;
        let labelled = train.labels.is_some() || test.labels.is_some();
        if let Some(name) = missing_labels(&train, &test).filter(|_| labelled) {
            return Err(layout.missing(name));
        }
        let (checksums, remarks) = (checksums(&train, &test), remarks(&train, &test));
        let (train, test) = (train.join(None)?, test.join(None)?);
        let sizes = [&train, &test].map(|part| (part.rows(), part.cols()));
        if sizes[0] != sizes[1] {
            return Err(IdxError::SizesDiffer {
                folder: folder.into(),
                train: sizes[0],
                test: sizes[1],
            });
        }
        if let Some(known) = KnownDataset::of_checksums(&checksums) {
            let (name, class_names) = (known.name.into(), known.class_names.to_vec());
            let classes = class_names.len();
            return Ok(Self {
                name,
                train,
                test,
                classes,
                class_names,
                checksums,
                labelled,
                remarks,
            });
        }
        let largest = train.labels().iter().chain(test.labels()).max();
        let classes = largest.map_or(0, |&label| usize::from(label) + 1);
        let class_names = match labelled {
            true => (0..classes).map(ClassName::number).collect(),
            false => vec![ClassName::UNLABELLED],
        };
        let name = folder_name(folder);
        Ok(Self { name, train, test, classes, class_names, checksums, labelled, remarks })
    }

    /// Names the classes by their numbers alone.
    pub fn number_classes(&mut self) {
        self.class_names = (0..self.classes).map(ClassName::number).collect();
    }

    /// Returns whether this place has a file of a data set: a folder, or the path of a folder and
    /// the beginning of the files' names. No file is opened.
    #[must_use]
    pub fn is_at(place: impl AsRef<Path>) -> bool {
        holds_data(place.as_ref())
    }

    /// Returns the files in this place whose names are those of a data set's files, of every data
    /// set there. No file is opened.
    #[must_use]
    pub fn files_at(place: impl AsRef<Path>) -> Vec<PathBuf> {
        files_at(place.as_ref())
    }

    /// Returns the path of the file that is read in this place for a name in [`FILE_NAMES`]: it may
    /// be packed, or have another publisher's name. If there is none, returns where it is expected.
    /// No file is opened.
    #[must_use]
    pub fn file_at(place: impl AsRef<Path>, name: &str) -> PathBuf {
        let place = place.as_ref();
        Layout::of(place).map_or_else(|_| place.join(name), |layout| layout.path(name))
    }

    /// Returns the known data set that this is, by its checksums.
    #[must_use]
    pub fn known(&self) -> Option<&'static KnownDataset> {
        KnownDataset::of_checksums(&self.checksums)
    }

    /// The label of the class with the name `text`, by the rules of [`KnownDataset::class_index`].
    #[must_use]
    pub fn class_index(&self, text: &str) -> Option<u8> {
        class_index(&self.class_names, text).and_then(|class| u8::try_from(class).ok())
    }

    /// Reduces both parts to `classes` with [`LabelledImages::select`]; names, number of classes
    /// and checksums stay, because the labels keep their meaning.
    ///
    /// # Errors
    /// [`IdxError::NoClassGiven`] for an empty list, [`IdxError::NoImagesOfClass`] when one of the
    /// classes has no image in the training or in the test part.
    pub fn select(&self, classes: &[u8]) -> Result<Self, IdxError> {
        self.check_classes(classes)?;
        let mut selected = self.clone();
        selected.retain(classes);
        Ok(selected)
    }

    /// Checks that each of the classes has images in both parts.
    ///
    /// # Errors
    /// As for [`Dataset::select`].
    pub fn check_classes(&self, classes: &[u8]) -> Result<(), IdxError> {
        if classes.is_empty() {
            return Err(IdxError::NoClassGiven { dataset: self.name.clone() });
        }
        for (part, images) in [("training", &self.train), ("test", &self.test)] {
            let counts = images.class_counts();
            if let Some(&class) = classes.iter().find(|&&c| counts[usize::from(c)] == 0) {
                let present = images.classes();
                let dataset = self.name.clone();
                return Err(IdxError::NoImagesOfClass { dataset, part, class, present });
            }
        }
        Ok(())
    }

    /// Reduces both parts to `classes` as [`Dataset::select`] does, but in place: the images are
    /// not copied, and a class without images is not an error.
    pub fn retain(&mut self, classes: &[u8]) {
        self.train.retain(classes);
        self.test.retain(classes);
    }
}

/// A file with its path and checksum.
struct ReadFile {
    path: PathBuf,
    array: IdxArray,
    sha256: String,
    remark: Option<Remark>,
}

/// An images file, and its labels file if it has one.
struct Part {
    images: ReadFile,
    labels: Option<ReadFile>,
}

impl Part {
    fn join(self, classes: Option<usize>) -> Result<LabelledImages, IdxError> {
        let images = (self.images.path.as_path(), self.images.array);
        match self.labels {
            Some(labels) => LabelledImages::join(images, (&labels.path, labels.array), classes),
            None => LabelledImages::unlabelled(images),
        }
    }
}

/// Reads the files, the training part on a second thread: unpacking is the longest single step at
/// program start.
fn load_parts(layout: &Layout) -> Result<[Part; 2], IdxError> {
    let [train_images, train_labels, test_images, test_labels] = FILE_NAMES;
    let load = move |images, labels| -> Result<Part, IdxError> {
        let found = load_file(layout, images, Wanted::Images)?;
        let images = found.ok_or_else(|| layout.missing(images))?;
        Ok(Part { images, labels: load_file(layout, labels, Wanted::Labels)? })
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

/// Reads the file that has this name in MNIST, if there is one.
fn load_file(layout: &Layout, name: &str, wanted: Wanted) -> Result<Option<ReadFile>, IdxError> {
    let Some((path, remark)) = layout.find(name) else { return Ok(None) };
    let (array, sha256) = open_and_read(&path, &Limits::default(), wanted, true)?;
    Ok(Some(ReadFile { path, array, sha256, remark }))
}

/// Returns the files that exist, with their names in MNIST, in the order of [`FILE_NAMES`].
fn files<'a>(train: &'a Part, test: &'a Part) -> Vec<(&'static str, &'a ReadFile)> {
    let all =
        [Some(&train.images), train.labels.as_ref(), Some(&test.images), test.labels.as_ref()];
    FILE_NAMES.into_iter().zip(all).filter_map(|(name, file)| Some((name, file?))).collect()
}

/// Returns the name of the first missing file of labels.
fn missing_labels(train: &Part, test: &Part) -> Option<&'static str> {
    let [_, train_labels, _, test_labels] = FILE_NAMES;
    let missing = |part: &Part, name| part.labels.is_none().then_some(name);
    missing(train, train_labels).or_else(|| missing(test, test_labels))
}

fn checksums(train: &Part, test: &Part) -> BTreeMap<String, String> {
    files(train, test).into_iter().map(|(name, file)| (name.into(), file.sha256.clone())).collect()
}

fn remarks(train: &Part, test: &Part) -> Vec<Remark> {
    files(train, test).into_iter().filter_map(|(_, file)| file.remark.clone()).collect()
}

fn folder_name(folder: &Path) -> String {
    // `.` and `..` have no name until they are resolved.
    let resolved = folder.canonicalize().unwrap_or_else(|_| folder.into());
    resolved.file_name().map_or_else(
        || resolved.to_string_lossy().into_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}
