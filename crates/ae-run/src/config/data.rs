//! The data of a run, and how others differ from them.

use ae_data::{Dataset, Extents, Label, Options};
use ae_idx::KnownDataset;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The data of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataRecord {
    /// The data set's name.
    pub dataset: String,
    /// The folder of the data, in the records of version 0.1.0. Later ones keep it in `paths.toml`,
    /// because a path does not decide a result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// The numbers of the selected classes.
    pub classes: Vec<Label>,
    /// The names of the selected classes.
    pub class_names: Vec<String>,
    /// The number of training images.
    pub train_images: usize,
    /// The number of test images.
    pub test_images: usize,
    /// The size of an image.
    pub image: Extents,
    /// The SHA-256 of each file's unpacked content, or of all names and contents of a folder.
    pub sha256: BTreeMap<String, String>,
    /// How the images are taken from the files.
    #[serde(default, skip_serializing_if = "Options::is_default")]
    pub options: Options,
}

impl DataRecord {
    /// Returns a record with this name. All other fields are empty, to be filled in.
    #[must_use]
    pub fn named(dataset: &str) -> Self {
        Self {
            dataset: dataset.into(),
            folder: None,
            classes: Vec::new(),
            class_names: Vec::new(),
            train_images: 0,
            test_images: 0,
            image: Extents::gray(0, 0),
            sha256: BTreeMap::new(),
            options: Options::default(),
        }
    }

    /// Returns the record of these classes of `dataset`, whose images were taken with these
    /// options.
    ///
    /// # Panics
    /// If the data set does not have one of the classes.
    #[must_use]
    pub fn new(dataset: &Dataset, classes: &[Label], options: &Options) -> Self {
        let name = |&class: &Label| dataset.class_names[usize::from(class)].english.to_string();
        Self {
            dataset: dataset.name.clone(),
            folder: None,
            classes: classes.to_vec(),
            class_names: classes.iter().map(name).collect(),
            train_images: dataset.train.count(),
            test_images: dataset.test.count(),
            image: dataset.extents(),
            sha256: dataset.checksums.clone(),
            options: options.clone(),
        }
    }

    /// The same without the names that data may have in one place and another.
    pub(super) fn without_names(&self) -> Self {
        let (dataset, folder, class_names) = (String::new(), None, Vec::new());
        Self { dataset, folder, class_names, ..self.clone() }
    }

    /// Returns the known data set with these checksums, if there is one.
    #[must_use]
    pub fn known(&self) -> Option<&'static KnownDataset> {
        KnownDataset::of_checksums(&self.sha256)
    }

    /// Returns the first file whose content differs, in the order of [`ae_idx::FILE_NAMES`].
    /// `found` has the checksums of other data.
    #[must_use]
    pub fn difference(&self, found: &BTreeMap<String, String>) -> Option<DataDifference> {
        let all = [&self.sha256, found].into_iter().flat_map(BTreeMap::keys);
        let names = ae_idx::FILE_NAMES.into_iter().chain(all.map(String::as_str));
        let sums = names.map(|name| (name, self.sha256.get(name), found.get(name)));
        let mut differing = sums.filter(|(_, recorded, found)| recorded != found);
        let (file, recorded, found) = differing.next()?;
        let sum = |sum: Option<&String>| {
            sum.map_or_else(|| "no such file".into(), |sum| format!("SHA-256 {sum}"))
        };
        Some(DataDifference { file: file.into(), expected: sum(recorded), found: sum(found) })
    }
}

/// A file of a data set whose content is not the recorded one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataDifference {
    /// The file's name without `.gz`, as in MNIST.
    pub file: String,
    /// The recorded checksum of the unpacked content, or "no such file".
    pub expected: String,
    /// The checksum found, or "no such file".
    pub found: String,
}

/// `expected SHA-256 .., found SHA-256 ..`.
impl std::fmt::Display for DataDifference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "expected {}, found {}", self.expected, self.found)
    }
}
