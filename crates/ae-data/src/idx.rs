//! IDX files, which `ae-idx` reads.

use crate::source::{Loading, Source};
use crate::{DataError, Dataset, ImageSet};
use ae_files::printable_path;
use ae_idx::{FILE_NAMES, KnownDataset, Remark};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The four files of a data set in MNIST's layout.
#[derive(Clone, Debug)]
pub(crate) struct IdxSource {
    place: PathBuf,
}

impl IdxSource {
    pub(crate) fn new(place: &Path) -> Self {
        Self { place: place.to_path_buf() }
    }
}

impl Source for IdxSource {
    fn kind(&self) -> String {
        "IDX files".into()
    }

    fn checksums(&self) -> Result<BTreeMap<String, String>, DataError> {
        Ok(ae_idx::Dataset::load_folder(&self.place)?.checksums)
    }

    fn load(&self, _loading: &Loading<'_>) -> Result<Dataset, DataError> {
        Ok(of_idx(ae_idx::Dataset::load_folder(&self.place)?, &self.place))
    }
}

/// Loads a known data set from the folder that holds its four files, and compares their checksums
/// with the published ones.
///
/// # Errors
/// As for [`ae_idx::Dataset::load_known`].
pub fn load_known(known: &KnownDataset, folder: &Path) -> Result<Dataset, DataError> {
    Ok(of_idx(ae_idx::Dataset::load_known(known, folder)?, folder))
}

fn of_idx(dataset: ae_idx::Dataset, place: &Path) -> Dataset {
    let ae_idx::Dataset { name, train, test, class_names, checksums, labelled, remarks, .. } =
        dataset;
    let file = |name: &str| (name.to_owned(), ae_idx::Dataset::file_at(place, name));
    Dataset {
        name,
        train: ImageSet::of_idx(train, labelled),
        test: ImageSet::of_idx(test, labelled),
        class_names,
        checksums,
        files: FILE_NAMES.into_iter().map(file).collect(),
        remarks: remarks.iter().map(remark).collect(),
        skipped: Vec::new(),
    }
}

fn remark(remark: &Remark) -> String {
    match remark {
        Remark::Stale { read, newer } => {
            let (read, newer) = (printable_path(read), printable_path(newer));
            format!("{read}: read, although {newer} is newer; remove the wrong one")
        }
        other => format!("{other:?}"),
    }
}
