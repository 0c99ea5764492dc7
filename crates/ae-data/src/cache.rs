//! Decoded images, kept for the next start.
//!
//! A file of the cache has the name of a checksum: of the folder's checksum and of everything that
//! decides what comes out. So a file is never wrong, only unused, and all of them may be removed at
//! any time. It holds, with all numbers little-endian in eight bytes,
//!
//! ```text
//! AEIMAGES  format  images  bytes of an image  bytes of reasons
//! the reasons, one line for each image, empty if it was decoded
//! the images
//! the SHA-256 of all bytes above
//! ```

use crate::folder::Decoded;
use crate::hash::{hex, sum_of_list};
use crate::picture::Treatment;
use ae_files::WriteError;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The first bytes of a file.
const MAGIC: &[u8; 8] = b"AEIMAGES";
/// Changes with the layout, and whenever the same files would give other images.
const FORMAT: u64 = 1;
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
        Self { path: folder.join(format!("{}.{END}", hex(key))) }
    }

    /// Reads images of `len` bytes. Returns `None` if they are not here, or damaged.
    pub(crate) fn read(&self, count: usize, len: usize) -> Option<Decoded> {
        let mut file = File::open(&self.path).ok()?;
        let mut head = [0; 40];
        file.read_exact(&mut head).ok()?;
        let (words, _) = head.as_chunks::<8>();
        let [format, images, bytes, reasons] = [1, 2, 3, 4].map(|i| u64::from_le_bytes(words[i]));
        let values = count.checked_mul(len)?;
        let length = (40 + values as u64 + 32).checked_add(reasons)?;
        let expected = (words[0], format, images, bytes);
        if expected != (*MAGIC, FORMAT, count as u64, len as u64)
            || file.metadata().ok()?.len() != length
        {
            return None;
        }
        let mut lines = vec![0; usize::try_from(reasons).ok()?];
        file.read_exact(&mut lines).ok()?;
        let mut images = vec![0; values];
        file.read_exact(&mut images).ok()?;
        let mut sum = [0; 32];
        file.read_exact(&mut sum).ok()?;
        if sum != whole_sum(&head, &lines, &images) {
            return None;
        }
        let lines = String::from_utf8(lines).ok()?;
        let failed: Vec<Option<String>> = lines
            .lines()
            .map(|line| Some(line.to_owned()).filter(|line| !line.is_empty()))
            .collect();
        (failed.len() == count).then_some(Decoded { values: images, failed })
    }

    /// Keeps images: the file appears whole or not at all.
    pub(crate) fn write(&self, decoded: &Decoded) -> Result<(), WriteError> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let failed = |reason| WriteError { path: self.path.clone(), reason };
        fs::create_dir_all(folder).map_err(failed)?;
        let lines: String = decoded
            .failed
            .iter()
            .map(|failed| format!("{}\n", failed.as_deref().unwrap_or_default().replace('\n', " ")))
            .collect();
        let count = decoded.failed.len();
        let len = decoded.values.len().checked_div(count).unwrap_or(0);
        let numbers = [FORMAT, count as u64, len as u64, lines.len() as u64];
        let head = [MAGIC.as_slice(), numbers.map(u64::to_le_bytes).as_flattened()].concat();
        let sum = whole_sum(&head, lines.as_bytes(), &decoded.values);
        ae_files::replace_with(&self.path, |file| {
            file.write_all(&head)?;
            file.write_all(lines.as_bytes())?;
            file.write_all(&decoded.values)?;
            file.write_all(&sum)
        })?;
        remove_oldest(folder, MOST_BYTES, &self.path);
        Ok(())
    }
}

fn whole_sum(head: &[u8], lines: &[u8], images: &[u8]) -> [u8; 32] {
    let hash = Sha256::new().chain_update(head).chain_update(lines).chain_update(images);
    hash.finalize().into()
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

    fn decoded() -> Decoded {
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
        assert!(cache.read(2, 3).is_none() && cache.read(6, 1).is_none());
        // Each byte counts.
        let whole = fs::read(&cache.path).unwrap();
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(&cache.path, &bytes).unwrap();
            assert!(cache.read(3, 2).is_none(), "byte {at}");
        }
        fs::write(&cache.path, &whole[..whole.len() - 1]).unwrap();
        assert!(cache.read(3, 2).is_none());
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
