//! Finds out what a place holds, by its content.

use crate::cifar::{Batches, Cifar};
use crate::folder::{ImageFolder, begins_as_image, entries, has_images};
use crate::idx::{IdxFiles, IdxSource};
use crate::numpy::{NpyFiles, Npz};
use crate::source::Source;
use crate::table::{Tables, is_table};
use crate::{DataError, decode};
use ae_files::{ReadError, printable_path};
use flate2::read::MultiGzDecoder;
use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The number of a file's first bytes that are looked at.
const START: usize = 512;
/// The number of files of a folder that are looked at.
const MOST_LOOKED_AT: usize = 1000;

/// What a file is by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Npz,
    Npy,
    Idx,
    Cifar(Cifar),
    Image,
    Table,
    Pickle,
    Other,
}

impl Kind {
    /// Looks at a file. One that cannot be read is nothing known; opening it gives the reason.
    fn of(path: &Path) -> Self {
        if !path.is_file() {
            return Self::Other;
        }
        let (start, length) = start(path).unwrap_or_default();
        match start.as_slice() {
            _ if start.starts_with(b"\x93NUMPY") => Self::Npy,
            // The first entry of an archive of arrays has the name of an array.
            [b'P', b'K', 3, 4, ..] if start.get(30..).is_some_and(is_npy_name) => Self::Npz,
            [0x1f, 0x8b, ..] if is_idx(&unpacked_start(path)) => Self::Idx,
            _ if is_idx(&start) => Self::Idx,
            _ if begins_as_image(path) => Self::Image,
            [0x80, 2..=5, ..] => Self::Pickle,
            _ => match Cifar::of(length, &start) {
                Some(set) => Self::Cifar(set),
                None if is_table(path) => Self::Table,
                None => Self::Other,
            },
        }
    }
}

fn start(path: &Path) -> Option<(Vec<u8>, u64)> {
    let file = File::open(path).ok()?;
    let length = file.metadata().ok()?.len();
    let mut start = Vec::new();
    file.take(START as u64).read_to_end(&mut start).ok()?;
    Some((start, length))
}

fn unpacked_start(path: &Path) -> Vec<u8> {
    let mut start = Vec::new();
    if let Ok(file) = File::open(path) {
        drop(MultiGzDecoder::new(file).take(4).read_to_end(&mut start));
    }
    start
}

fn is_idx(start: &[u8]) -> bool {
    matches!(start, [0, 0, 8 | 9 | 11 | 12 | 13 | 14, 1..=4, ..])
}

fn is_npy_name(name: &[u8]) -> bool {
    name.windows(4).any(|end| end == b".npy")
}

/// Finds out what this place holds, by its content.
///
/// `place` is a folder, a file, or for the files of EMNIST a folder and the beginning of their
/// names.
///
/// # Errors
/// [`DataError::Content`] if it holds nothing that is known, or several data sets.
pub fn recognize(place: &Path) -> Result<Box<dyn Source>, DataError> {
    if ae_idx::Dataset::is_at(place) {
        return Ok(match images_of_other_names(place) {
            Some(files) => Box::new(IdxFiles::new(place, files)),
            None => Box::new(IdxSource::new(place)),
        });
    }
    if place.is_dir() {
        return of_folder(place);
    }
    of_file(place)
}

/// Returns the IDX files of a folder with labels in MNIST's names and images in others, such as
/// `train-images.idx4-ubyte` of color images.
fn images_of_other_names(folder: &Path) -> Option<Vec<PathBuf>> {
    let known = ae_idx::Dataset::files_at(folder);
    let name = |path: &PathBuf| path.file_name().is_some_and(has_images_in_name);
    if known.iter().any(name) {
        return None;
    }
    let [_, files] = entries(folder).ok()?;
    let files: Vec<PathBuf> =
        files.into_iter().take(MOST_LOOKED_AT).filter(|path| Kind::of(path) == Kind::Idx).collect();
    let has_images = files.iter().any(|path| idx_rank(path).is_some_and(|rank| rank > 1));
    has_images.then_some(files)
}

fn has_images_in_name(name: &OsStr) -> bool {
    name.to_string_lossy().contains("images")
}

/// The number of dimensions of an IDX file, packed or not.
fn idx_rank(path: &Path) -> Option<u8> {
    let (plain, _) = start(path)?;
    let start = if plain.starts_with(&[0x1f, 0x8b]) { unpacked_start(path) } else { plain };
    start.get(3).copied()
}

fn of_file(path: &Path) -> Result<Box<dyn Source>, DataError> {
    let files = vec![path.to_path_buf()];
    match Kind::of(path) {
        Kind::Npz => Ok(Box::new(Npz::new(path))),
        Kind::Npy => Ok(Box::new(NpyFiles::new(path, files))),
        Kind::Idx => Ok(Box::new(IdxFiles::new(path, files))),
        Kind::Cifar(set) => Ok(Box::new(Batches::new(path, set, files))),
        Kind::Table => Ok(Box::new(Tables::new(path, files))),
        kind => {
            let expected = "a folder of images, .npz, .npy, .csv, IDX or CIFAR's binary files";
            Err(DataError::content(path, expected, described(path, kind)?))
        }
    }
}

/// Says what a file is that is not data.
fn described(path: &Path, kind: Kind) -> Result<String, DataError> {
    if kind == Kind::Image {
        return Ok("a single image".into());
    }
    if kind == Kind::Pickle {
        return Ok(
            "a Python pickle, which could execute code: take the binary version of CIFAR".into()
        );
    }
    ae_files::open(path).map_err(DataError::from)?;
    let (start, _) =
        start(path).ok_or_else(|| ReadError::new(path, std::io::ErrorKind::Other.into()))?;
    let reason = decode::another_kind(&start);
    let found = reason.split_once("found ").map_or(reason.as_str(), |(_, found)| found);
    let packed = matches!(start.as_slice(), [0x1f, 0x8b, ..] | [b'P', b'K', ..]);
    Ok(if packed { format!("{found}: unpack it first") } else { found.to_owned() })
}

fn of_folder(folder: &Path) -> Result<Box<dyn Source>, DataError> {
    let [_, files] = entries(folder)?;
    // A folder of very many files is one of images; the first ones tell.
    let kinds: Vec<(Kind, PathBuf)> =
        files.into_iter().take(MOST_LOOKED_AT).map(|path| (Kind::of(&path), path)).collect();
    let of = |wanted: Kind| -> Vec<PathBuf> {
        kinds.iter().filter(|(kind, _)| *kind == wanted).map(|(_, path)| path.clone()).collect()
    };
    let [archives, arrays, idx] = [Kind::Npz, Kind::Npy, Kind::Idx].map(of);
    match archives.as_slice() {
        [] => {}
        [only] => return Ok(Box::new(Npz::new(only))),
        several => {
            let first = printable_path(&several[0]);
            let found = format!("{}; name one of them, as in {first}", several.len());
            return Err(DataError::content(folder, "one .npz file", found));
        }
    }
    if !arrays.is_empty() {
        return Ok(Box::new(NpyFiles::new(folder, arrays)));
    }
    for set in [Cifar::Ten, Cifar::Hundred] {
        let batches = of(Kind::Cifar(set));
        if !batches.is_empty() {
            return Ok(Box::new(Batches::new(folder, set, batches)));
        }
    }
    if !idx.is_empty() {
        return Ok(Box::new(IdxFiles::new(folder, idx)));
    }
    if has_images(folder) {
        return Ok(Box::new(ImageFolder::new(folder)));
    }
    let tables = of(Kind::Table);
    if !tables.is_empty() {
        return Ok(Box::new(Tables::new(folder, tables)));
    }
    let expected = "IDX files, PNG or JPEG images, .npz, .npy, .csv or CIFAR's binary files";
    let found = match of(Kind::Pickle).first() {
        Some(path) => {
            format!("Python pickles such as {}, which could execute code", printable_path(path))
        }
        None => "none of them".into(),
    };
    Err(DataError::content(folder, expected, found))
}

/// Returns whether this place has data that [`recognize`] takes. No file is read whole.
#[must_use]
pub fn is_at(place: &Path) -> bool {
    recognize(place).is_ok()
}

/// Returns the files in this place that may be those of a data set: the file itself, or those of a
/// folder.
#[must_use]
pub fn files_at(place: &Path) -> Vec<PathBuf> {
    if place.is_file() {
        return vec![place.to_path_buf()];
    }
    let known = ae_idx::Dataset::files_at(place);
    if !known.is_empty() || !is_at(place) {
        return known;
    }
    entries(place).map(|[_, files]| files).unwrap_or_default()
}
