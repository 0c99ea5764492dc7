//! `.npz` files, and folders of `.npy` files.

use crate::arrays::{Kind, NamedArray, Origin, Part, Role, assemble};
use crate::hash::sum_of_reader;
use crate::source::{Loading, Source, unique};
use crate::{DataError, Dataset};
use ae_files::ReadError;
use ae_npy::{NpzError, NpzReader, read_npy};
use std::collections::BTreeMap;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// The key of an archive's checksum.
const ARCHIVE: &str = "npz";

/// One `.npz` file.
#[derive(Clone, Debug)]
pub(crate) struct Npz {
    path: PathBuf,
}

/// `.npy` files, one array each.
#[derive(Clone, Debug)]
pub(crate) struct NpyFiles {
    place: PathBuf,
    files: Vec<PathBuf>,
}

impl Npz {
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_path_buf() }
    }

    fn refuse(&self, error: NpzError) -> DataError {
        refused(&self.path, &error.to_string())
    }
}

/// Puts what a reader expected and found behind the path.
fn refused(path: &Path, message: &str) -> DataError {
    // One that is cut says so first, and is quoted whole.
    match message.split_once(", found").filter(|_| !message.contains("truncated: ")) {
        Some((expected, found)) => {
            let expected = expected.replacen("expected ", "", 1);
            DataError::content(path, expected, found.trim_start_matches([':', ' ']))
        }
        None => DataError::content(path, "an array of numbers", message),
    }
}

fn checksum(path: &Path) -> Result<String, DataError> {
    let file = ae_files::open(path)?;
    Ok(sum_of_reader(file).map_err(|reason| ReadError::new(path, reason))?)
}

impl Source for Npz {
    fn kind(&self) -> String {
        "an .npz file of NumPy".into()
    }

    fn checksums(&self) -> Result<BTreeMap<String, String>, DataError> {
        Ok(BTreeMap::from([(ARCHIVE.to_owned(), checksum(&self.path)?)]))
    }

    fn load(&self, loading: &Loading<'_>) -> Result<Dataset, DataError> {
        let checksums = self.checksums()?;
        let file = BufReader::new(ae_files::open(&self.path)?);
        let mut archive = NpzReader::new(file).map_err(|error| self.refuse(error))?;
        let (wanted, mut remarks) = wanted(archive.names());
        let mut left = loading.limits.max_bytes;
        let mut arrays = Vec::new();
        for (name, role) in wanted {
            let array = archive.read(&name, left).map_err(|error| self.refuse(error))?;
            left = left.saturating_sub(array.data.len() as u64);
            let (path, shape, data) = (self.path.clone(), array.shape, array.data);
            arrays.push(NamedArray { name, path, role, shape, data });
        }
        remarks.iter_mut().for_each(|name| name.push_str(": an array that is not used"));
        let files = BTreeMap::from([(ARCHIVE.to_owned(), self.path.clone())]);
        let origin = Origin { place: &self.path, names: Vec::new(), checksums, files, remarks };
        assemble(arrays, origin, loading)
    }
}

/// The arrays that are read, and those that are not: without training images those whose names say
/// nothing are read, and validation images only if there are no test images.
fn wanted(names: &[String]) -> (Vec<(String, Role)>, Vec<String>) {
    let mut roles: Vec<(String, Role)> =
        names.iter().filter_map(|name| Some((name.clone(), Role::of(name)?))).collect();
    let has = |roles: &[(String, Role)], part| {
        roles.iter().any(|(_, role)| *role == Role { part, kind: Kind::Images })
    };
    if has(&roles, Part::Test) {
        roles.retain(|(_, role)| role.part != Part::Validation);
    }
    if !has(&roles, Part::Train) && !has(&roles, Part::All) {
        // `np.savez(file, images, labels)` names its arrays by their position.
        let unnamed = ["arr_0", "arr_1"].into_iter().zip([Kind::Images, Kind::Labels]);
        let unnamed = unnamed.filter(|(name, _)| names.iter().any(|other| other == name));
        roles.extend(unnamed.map(|(name, kind)| (name.into(), Role { part: Part::All, kind })));
    }
    let unused = names.iter().filter(|name| !roles.iter().any(|(other, _)| other == *name));
    let unused = unused.cloned().collect();
    (roles, unused)
}

impl NpyFiles {
    pub(crate) fn new(place: &Path, files: Vec<PathBuf>) -> Self {
        Self { place: place.to_path_buf(), files }
    }

    fn wanted(&self) -> (Vec<(PathBuf, Role)>, Vec<String>) {
        let stem =
            |path: &PathBuf| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if let [only] = self.files.as_slice() {
            return (
                vec![(only.clone(), Role { part: Part::All, kind: Kind::Images })],
                Vec::new(),
            );
        }
        let names: Vec<String> = self.files.iter().map(stem).collect();
        let (roles, unused) = wanted(&names);
        let path = |name: &String| self.files.iter().find(|path| stem(path) == *name).cloned();
        let roles =
            roles.into_iter().filter_map(|(name, role)| Some((path(&name)?, role))).collect();
        (roles, unused)
    }
}

/// The key of an array's checksum: what it is, whatever the file is called.
fn key(role: Role) -> String {
    format!("{:?}-{:?}", role.part, role.kind).to_lowercase()
}

fn keys(wanted: &[(PathBuf, Role)]) -> Vec<String> {
    let keys: Vec<String> = wanted.iter().map(|(_, role)| key(*role)).collect();
    let paths: Vec<PathBuf> = wanted.iter().map(|(path, _)| path.clone()).collect();
    unique(keys.iter().map(String::as_str), &paths)
}

impl Source for NpyFiles {
    fn kind(&self) -> String {
        ".npy files of NumPy".into()
    }

    fn checksums(&self) -> Result<BTreeMap<String, String>, DataError> {
        let wanted = self.wanted().0;
        let sums = wanted.iter().map(|(path, _)| checksum(path)).collect::<Result<Vec<_>, _>>()?;
        Ok(keys(&wanted).into_iter().zip(sums).collect())
    }

    fn load(&self, loading: &Loading<'_>) -> Result<Dataset, DataError> {
        let checksums = self.checksums()?;
        let (wanted, mut remarks) = self.wanted();
        remarks.iter_mut().for_each(|name| name.push_str(".npy: a file that is not used"));
        let mut left = loading.limits.max_bytes;
        let (mut arrays, mut files) = (Vec::new(), BTreeMap::new());
        for (key, (path, role)) in keys(&wanted).into_iter().zip(wanted) {
            let file = BufReader::with_capacity(1 << 16, ae_files::open(&path)?);
            let refuse = |error: ae_npy::NpyError| refused(&path, &error.to_string());
            let array = read_npy(file, left).map_err(refuse)?;
            left = left.saturating_sub(array.data.len() as u64);
            files.insert(key, path.clone());
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            arrays.push(NamedArray { name, path, role, shape: array.shape, data: array.data });
        }
        let origin = Origin { place: &self.place, names: Vec::new(), checksums, files, remarks };
        assemble(arrays, origin, loading)
    }
}
