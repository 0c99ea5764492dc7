//! IDX files, which `ae-idx` reads.

use crate::arrays::{NamedArray, Origin, Role, assemble};
use crate::finish::apply;
use crate::source::{Loading, Source};
use crate::{DataError, Dataset, ImageSet, Options};
use ae_files::printable_path;
use ae_idx::{FILE_NAMES, IdxArray, IdxData, IdxError, KnownDataset, Remark};
use ae_npy::NpyData;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The four files of a data set in MNIST's layout.
#[derive(Clone, Debug)]
pub(crate) struct IdxSource {
    place: PathBuf,
}

/// IDX files of any names, whose ranks tell images from labels.
#[derive(Clone, Debug)]
pub(crate) struct IdxFiles {
    place: PathBuf,
    files: Vec<PathBuf>,
}

impl IdxSource {
    pub(crate) fn new(place: &Path) -> Self {
        Self { place: place.to_path_buf() }
    }

    /// The same files, whatever their types and ranks.
    fn as_files(&self) -> IdxFiles {
        let file = |name: &str| ae_idx::Dataset::file_at(&self.place, name);
        let files =
            FILE_NAMES.iter().map(|name| file(name)).filter(|path| path.is_file()).collect();
        IdxFiles { place: self.place.clone(), files }
    }
}

impl Source for IdxSource {
    fn kind(&self) -> String {
        "IDX files".into()
    }

    fn checksums(&self) -> Result<BTreeMap<String, String>, DataError> {
        match ae_idx::Dataset::load_folder(&self.place) {
            Ok(dataset) => Ok(dataset.checksums),
            Err(error) if other_images(&error) => self.as_files().checksums(),
            Err(error) => Err(error.into()),
        }
    }

    fn load(&self, loading: &Loading<'_>) -> Result<Dataset, DataError> {
        match ae_idx::Dataset::load_folder(&self.place) {
            Ok(dataset) => apply(of_idx(dataset, &self.place), &self.place, loading.options),
            // Color, or floats.
            Err(error) if other_images(&error) => self.as_files().load(loading),
            Err(error) => Err(error.into()),
        }
    }
}

/// Returns whether images are of a type or rank that `ae-idx` does not take for images.
fn other_images(error: &IdxError) -> bool {
    match error {
        IdxError::WrongType { wanted, .. } => *wanted == "images",
        IdxError::WrongRank { wanted, found, .. } => *wanted == "images" && *found == 4,
        _ => false,
    }
}

impl IdxFiles {
    pub(crate) fn new(place: &Path, files: Vec<PathBuf>) -> Self {
        Self { place: place.to_path_buf(), files }
    }
}

/// The key of a file's checksum.
fn key(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    name.strip_suffix(".gz").map_or(name.clone(), str::to_owned)
}

impl Source for IdxFiles {
    fn kind(&self) -> String {
        "IDX files".into()
    }

    fn checksums(&self) -> Result<BTreeMap<String, String>, DataError> {
        let limits = ae_idx::Limits::default();
        let one = |path: &PathBuf| Ok((key(path), ae_idx::read_file_with_sha256(path, &limits)?.1));
        self.files.iter().map(one).collect()
    }

    fn load(&self, loading: &Loading<'_>) -> Result<Dataset, DataError> {
        let max_bytes = loading.limits.max_bytes;
        let (mut arrays, mut checksums, mut files) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        for path in &self.files {
            let limits = ae_idx::Limits { max_bytes };
            let (array, sum) = ae_idx::read_file_with_sha256(path, &limits)?;
            let name = key(path);
            checksums.insert(name.clone(), sum);
            files.insert(name.clone(), path.clone());
            let shape: Vec<usize> = array.dims().iter().map(|&dim| dim as usize).collect();
            let role = Role::by_rank(&name, shape.len());
            let (shape, data) = numbers(array, shape);
            arrays.push(NamedArray { name, path: path.clone(), role, shape, data });
        }
        let (names, remarks) = (Vec::new(), Vec::new());
        let origin = Origin { place: &self.place, names, checksums, files, remarks };
        assemble(arrays, origin, loading)
    }
}

/// The numbers of an array. Of QMNIST's table of labels, the first column.
fn numbers(array: IdxArray, shape: Vec<usize>) -> (Vec<usize>, NpyData) {
    let integers = |values: Vec<i64>| NpyData::Integers(values);
    let data = match array.into_parts().1 {
        IdxData::U8(values) => NpyData::Bytes(values),
        IdxData::I8(values) => integers(values.into_iter().map(i64::from).collect()),
        IdxData::I16(values) => integers(values.into_iter().map(i64::from).collect()),
        IdxData::I32(values) => {
            if let [count, columns] = *shape.as_slice() {
                let first = values.chunks_exact(columns).map(|row| row[0].into());
                return (vec![count], integers(first.collect()));
            }
            integers(values.into_iter().map(i64::from).collect())
        }
        IdxData::F32(values) => NpyData::Floats(values),
        IdxData::F64(values) => NpyData::Floats(values.into_iter().map(|v| v as f32).collect()),
    };
    (shape, data)
}

/// Loads a known data set from the folder that holds its four files, and compares their checksums
/// with the published ones.
///
/// # Errors
/// As for [`ae_idx::Dataset::load_known`], and if the options do not suit the data.
pub fn load_known(
    known: &KnownDataset,
    folder: &Path,
    options: &Options,
) -> Result<Dataset, DataError> {
    let dataset = of_idx(ae_idx::Dataset::load_known(known, folder)?, folder);
    apply(dataset, folder, options)
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
