//! The files below a folder.

use crate::decode::Format;
use crate::{DataError, Skipped};
use ae_files::ReadError;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

/// The maximum number of files of a data set.
pub(crate) const MOST_FILES: usize = 10_000_000;
/// The number of folders within one another.
const MOST_DEEP: usize = 32;

/// Ends of names of images, decoded or not: a file with such a name that cannot be read counts as a
/// lost image.
const ENDS: [&str; 12] =
    ["png", "jpg", "jpeg", "jpe", "jfif", "gif", "bmp", "webp", "tif", "tiff", "heic", "avif"];
/// Files that systems put into folders.
const SYSTEM: [&str; 2] = ["thumbs.db", "desktop.ini"];

/// Returns whether the name is that of an image.
pub(crate) fn looks_like_image(path: &Path) -> bool {
    let end = path.extension().map(|end| end.to_string_lossy().to_lowercase());
    end.is_some_and(|end| ENDS.contains(&end.as_str()))
}

/// Returns whether a file or folder is hidden or the system's, and not data.
pub(crate) fn is_hidden(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_lowercase();
    name.starts_with('.') || name == "__macosx" || SYSTEM.contains(&name.as_str())
}

/// The entries of a folder by name, without hidden ones: folders and files.
pub(crate) fn entries(folder: &Path) -> Result<[Vec<PathBuf>; 2], DataError> {
    let failed = |reason| ReadError::new(folder, reason);
    let (mut folders, mut files) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if is_hidden(&entry.file_name()) {
            continue;
        }
        let path = entry.path();
        if path.is_dir() { folders.push(path) } else { files.push(path) }
    }
    folders.sort_unstable();
    files.sort_unstable();
    Ok([folders, files])
}

/// Collects all files below `folder`, those of sub-folders included. A folder that leads back to
/// one above it is not followed.
pub(crate) fn below(
    folder: &Path,
    above: &mut BTreeSet<PathBuf>,
    depth: usize,
    found: &mut Vec<PathBuf>,
    skipped: &mut Vec<Skipped>,
) -> Result<(), DataError> {
    let skip = |reason: &str| {
        let reason = reason.into();
        Skipped { path: folder.to_path_buf(), reason, lost: false }
    };
    let resolved = folder.canonicalize().map_err(|reason| ReadError::new(folder, reason))?;
    if depth > MOST_DEEP {
        skipped.push(skip("a folder within more than 32 others"));
        return Ok(());
    }
    // The folders above, and those above the folder of the class.
    if above.iter().any(|path| path.starts_with(&resolved)) {
        skipped.push(skip("a link to a folder above it"));
        return Ok(());
    }
    above.insert(resolved.clone());
    let [folders, files] = entries(folder)?;
    found.extend(files);
    if found.len() > MOST_FILES {
        let expected = format!("at most {MOST_FILES} files");
        return Err(DataError::content(folder, expected, "more"));
    }
    for inner in folders {
        below(&inner, above, depth + 1, found, skipped)?;
    }
    above.remove(&resolved);
    Ok(())
}

/// Returns the first file below `folder` that begins as an image does.
pub(crate) fn first_image(folder: &Path) -> Option<PathBuf> {
    let mut left = 500;
    first_within(folder, 4, &mut left)
}

fn first_within(folder: &Path, depth: usize, left: &mut usize) -> Option<PathBuf> {
    let [folders, files] = entries(folder).ok()?;
    for file in files {
        *left = left.checked_sub(1)?;
        if begins_as_image(&file) {
            return Some(file);
        }
    }
    if depth == 0 {
        return None;
    }
    folders.iter().find_map(|folder| first_within(folder, depth - 1, left))
}

/// Returns whether a file begins as PNG or JPEG.
pub(crate) fn begins_as_image(path: &Path) -> bool {
    let mut start = [0; 8];
    // A pipe is not opened, which would wait.
    path.is_file()
        && File::open(path).is_ok_and(|mut file| file.read_exact(&mut start).is_ok())
        && Format::of(&start).is_some()
}
