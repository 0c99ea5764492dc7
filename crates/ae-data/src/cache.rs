//! Images in files that may be removed at any time: decoded ones, for the next start, and those
//! that are not to be in memory.
//!
//! A file of the cache has the name of a checksum: of a folder's checksum and of everything that
//! decides what comes out, or else of the images themselves. So a file is never wrong, only unused,
//! and all of them may be removed at any time. It holds, with all numbers little-endian in eight
//! bytes,
//!
//! ```text
//! AEIMAGES  format  images  bytes of an image
//! the images
//! the reasons, one line for each image, empty if it was decoded
//! bytes of reasons
//! the SHA-256 of all bytes above
//! ```
//!
//! The images come first, because it is not known before they are decoded which ones fail, and a
//! large set is written while it is decoded. It then stays in the file: its rows are read when they
//! are needed.

use crate::DataError;
use crate::folder::Decoded;
use crate::hash::{Sum, hex, sum_of_list};
use crate::picture::Treatment;
use ae_files::{RowFile, WriteError};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The first bytes of a file.
const MAGIC: &[u8; 8] = b"AEIMAGES";
/// Changes with the layout, and whenever the same files would give other images.
const FORMAT: u64 = 2;
/// The number of bytes before the images.
const HEAD: usize = 32;
/// The number of bytes behind the reasons.
const TAIL: usize = 8 + 32;
/// The number of bytes that are checked at a time.
const PIECE: usize = 1 << 20;
/// The size of all files together above which the oldest are removed.
const MOST_BYTES: u64 = 8 << 30;
/// The end of the files' names.
const END: &str = "images";

/// A place in the cache.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    path: PathBuf,
}

impl Cache {
    /// The place of the images of a folder with this checksum, treated in this way.
    pub(crate) fn new(folder: &Path, checksum: &str, treatment: Treatment) -> Self {
        let treatment = format!("{treatment:?}");
        let key = sum_of_list([checksum.as_bytes(), treatment.as_bytes(), &FORMAT.to_le_bytes()]);
        Self::at(folder, key)
    }

    /// The place of these images of `len` bytes, wherever they come from.
    pub(crate) fn of_images(folder: &Path, images: &[u8], len: usize) -> Self {
        let [format, len] = [FORMAT, len as u64].map(u64::to_le_bytes);
        Self::at(folder, sum_of_list([&b"images"[..], images, &len, &format]))
    }

    fn at(folder: &Path, key: Sum) -> Self {
        Self { path: folder.join(format!("{}.{END}", hex(key))) }
    }

    /// Reads images of `len` bytes into memory. Returns `None` if they are not here, or damaged.
    pub(crate) fn read(&self, count: usize, len: usize) -> Option<Decoded<Vec<u8>>> {
        let mut file = File::open(&self.path).ok()?;
        let mut values = Vec::new();
        let failed = check(&mut file, count, len, |images| values.extend_from_slice(images))?;
        Some(Decoded { values, failed })
    }

    /// As [`Cache::read`], but the images stay in the file. All of it is read once, for its
    /// checksum.
    pub(crate) fn open(&self, count: usize, len: usize) -> Option<Decoded<RowFile>> {
        let mut file = File::open(&self.path).ok()?;
        let failed = check(&mut file, count, len, |_| {})?;
        let values = RowFile::new(file, &self.path, HEAD as u64, len, count).ok()?;
        Some(Decoded { values, failed })
    }

    /// [`Cache::open`] after [`Cache::write_with`].
    ///
    /// # Errors
    /// If it cannot be read, or is not what was written.
    pub(crate) fn open_written(
        &self,
        count: usize,
        len: usize,
    ) -> Result<Decoded<RowFile>, DataError> {
        self.open(count, len).ok_or_else(|| {
            DataError::content(&self.path, "the images that were written to it", "others")
        })
    }

    /// Keeps images: the file appears whole or not at all.
    pub(crate) fn write(&self, decoded: &Decoded<Vec<u8>>) -> Result<(), WriteError> {
        let count = decoded.failed.len();
        let len = decoded.values.len().checked_div(count).unwrap_or(0);
        self.write_with(count, len, |write| {
            write(&decoded.values)?;
            Ok(decoded.failed.clone())
        })
    }

    /// Keeps `count` images of `len` bytes. `fill` writes them with the function that it is given,
    /// and returns for each why it failed, if it did.
    pub(crate) fn write_with(
        &self,
        count: usize,
        len: usize,
        fill: impl FnOnce(&mut Write<'_>) -> io::Result<Vec<Option<String>>>,
    ) -> Result<(), WriteError> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let failed = |reason| WriteError { path: self.path.clone(), reason };
        fs::create_dir_all(folder).map_err(failed)?;
        ae_files::replace_with(&self.path, |file| {
            let mut hash = Sha256::new();
            let mut write = |bytes: &[u8]| {
                hash.update(bytes);
                file.write_all(bytes)
            };
            write(&head(count, len))?;
            let failed = fill(&mut write)?;
            let lines: String = failed.iter().map(|failed| line(failed.as_deref())).collect();
            write(lines.as_bytes())?;
            write(&(lines.len() as u64).to_le_bytes())?;
            file.write_all(&hash.finalize())
        })?;
        remove_oldest(folder, MOST_BYTES, &self.path);
        Ok(())
    }
}

/// Writes bytes.
type Write<'a> = dyn FnMut(&[u8]) -> io::Result<()> + 'a;

fn head(count: usize, len: usize) -> [u8; HEAD] {
    let mut head = [0; HEAD];
    let (words, _) = head.as_chunks_mut::<8>();
    let numbers = [FORMAT, count as u64, len as u64].map(u64::to_le_bytes);
    words.copy_from_slice(&[*MAGIC, numbers[0], numbers[1], numbers[2]]);
    head
}

fn line(failed: Option<&str>) -> String {
    format!("{}\n", failed.unwrap_or_default().replace('\n', " "))
}

/// Reads a whole file, piece by piece, and checks it. Returns for each image why it failed, if it
/// did; or `None` if the file does not have `count` images of `len` bytes, or is damaged.
fn check(
    file: &mut File,
    count: usize,
    len: usize,
    mut images: impl FnMut(&[u8]),
) -> Option<Vec<Option<String>>> {
    let values = (count as u64).checked_mul(len as u64)?;
    let length = file.metadata().ok()?.len();
    let reasons = length.checked_sub(values)?.checked_sub((HEAD + TAIL) as u64)?;
    let mut hash = Sha256::new();
    let mut found = [0; HEAD];
    file.read_exact(&mut found).ok()?;
    if found != head(count, len) {
        return None;
    }
    hash.update(found);
    let mut piece = vec![0; PIECE.min(usize::try_from(values).unwrap_or(PIECE))];
    let mut left = values;
    while left > 0 {
        let now = piece.len().min(usize::try_from(left).unwrap_or(piece.len()));
        let piece = &mut piece[..now];
        file.read_exact(piece).ok()?;
        hash.update(&*piece);
        images(piece);
        left -= now as u64;
    }
    let mut lines = Vec::new();
    // No more than there is, even if the file grows meanwhile.
    file.take(reasons).read_to_end(&mut lines).ok()?;
    hash.update(&lines);
    let mut tail = [0; TAIL];
    file.read_exact(&mut tail).ok()?;
    let (told, sum) = tail.split_at(8);
    hash.update(told);
    if told != reasons.to_le_bytes() || *sum != *hash.finalize() {
        return None;
    }
    let lines = String::from_utf8(lines).ok()?;
    let failed = lines.lines().map(|line| Some(line.to_owned()).filter(|line| !line.is_empty()));
    Some(failed.collect()).filter(|failed: &Vec<_>| failed.len() == count)
}

/// Removes the oldest files until the rest is no larger than `most`. `newest` stays.
fn remove_oldest(folder: &Path, most: u64, newest: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<(SystemTime, u64, PathBuf)> = entries
        .filter(|entry| entry.path().extension().is_some_and(|end| end == END))
        .filter_map(|entry| {
            let data = entry.metadata().ok().filter(|data| data.is_file())?;
            Some((data.modified().ok()?, data.len(), entry.path()))
        })
        .collect();
    files.sort_unstable();
    let mut all: u64 = files.iter().map(|(_, length, _)| length).sum();
    for (_, length, path) in files {
        if all <= most {
            return;
        }
        if path != newest && fs::remove_file(&path).is_ok() {
            all -= length;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Extents, Options};
    use ae_files::StoredRows;

    fn decoded() -> Decoded<Vec<u8>> {
        let failed = vec![None, Some("a damaged\nPNG image".into()), None];
        Decoded { values: vec![1, 2, 0, 0, 5, 6], failed }
    }

    fn place(folder: &Path) -> Cache {
        Cache::new(folder, "sum", Treatment::new(&Options::default(), Extents::gray(1, 2)))
    }

    #[test]
    fn what_was_kept_comes_back_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let cache = place(&folder.path().join("new"));
        assert!(cache.read(3, 2).is_none());
        cache.write(&decoded()).unwrap();
        let found = cache.read(3, 2).unwrap();
        assert_eq!(found.values, decoded().values);
        assert_eq!(found.failed, [None, Some("a damaged PNG image".into()), None]);
        let opened = cache.open(3, 2).unwrap();
        let mut values = [9; 6];
        opened.values.read(&[0, 1, 2], &mut values);
        assert_eq!((&values[..], opened.failed), (&*found.values, found.failed));
        assert!(cache.read(2, 3).is_none() && cache.read(6, 1).is_none());
        // Each byte counts.
        let whole = fs::read(&cache.path).unwrap();
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(&cache.path, &bytes).unwrap();
            assert!(cache.read(3, 2).is_none() && cache.open(3, 2).is_none(), "byte {at}");
        }
        fs::write(&cache.path, &whole[..whole.len() - 1]).unwrap();
        assert!(cache.read(3, 2).is_none());
        assert!(cache.open_written(3, 2).unwrap_err().to_string().contains("found others"));
    }

    #[test]
    fn other_options_have_another_place() {
        let folder = Path::new("cache");
        let color = Treatment::new(&Options::default(), Extents::color(1, 2));
        let turned = Options { transpose: true, ..Options::default() };
        let turned = Treatment::new(&turned, Extents::gray(1, 2));
        let other = [Cache::new(folder, "sum", color), Cache::new(folder, "sum", turned)];
        let other = other.into_iter().chain([Cache::new(folder, "other", color)]);
        assert!(other.map(|cache| cache.path).all(|path| path != place(folder).path));
    }

    #[test]
    fn the_oldest_files_go_first_and_the_newest_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for (age, name) in [(3, "a.images"), (2, "b.images"), (1, "c.images"), (9, "other")] {
            fs::write(path(name), [0; 10]).unwrap();
            let written = SystemTime::now() - std::time::Duration::from_secs(100 * age);
            File::options().write(true).open(path(name)).unwrap().set_modified(written).unwrap();
        }
        remove_oldest(folder.path(), 20, &path("c.images"));
        assert!(!path("a.images").exists() && path("b.images").exists());
        remove_oldest(folder.path(), 0, &path("c.images"));
        assert!(!path("b.images").exists() && path("c.images").exists() && path("other").exists());
    }
}
