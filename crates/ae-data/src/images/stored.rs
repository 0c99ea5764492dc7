//! Images that stay in a file.

use super::{ImageSet, Label, Values};
use crate::cache::Cache;
use crate::folder::Decoded;
use crate::{DataError, Extents};
use ae_files::{RowFile, StoredRows};
use std::path::Path;
use std::sync::Arc;

impl ImageSet {
    /// Images that are these rows of a file. Each row has the length of an image, and each index is
    /// below the number of rows.
    pub(crate) fn stored(
        extents: Extents,
        file: Arc<RowFile>,
        rows: Vec<u32>,
        labels: Option<Vec<Label>>,
    ) -> Self {
        let count = rows.len();
        Self { extents, images: Values::Stored(file, rows), labels, files: None, count }
    }

    /// Moves images from memory to a file in this folder for decoded images, from which they are
    /// read when they are needed, if they take more than this many bytes. The file has the name of
    /// the images' checksum, so processes of one machine share it. Vectors stay in memory.
    ///
    /// # Errors
    /// If the file cannot be written, or is damaged. The images then stay in memory.
    pub fn keep_in(&mut self, cache: &Path, most_bytes: u64) -> Result<(), DataError> {
        let (len, count) = (self.extents.len(), self.count);
        let Values::Memory(values) = &mut self.images else { return Ok(()) };
        if values.len() as u64 <= most_bytes {
            return Ok(());
        }
        let cache = Cache::of_images(cache, values, len);
        let file = match cache.open(count, len) {
            Some(found) => found,
            None => {
                let decoded = Decoded { values: std::mem::take(values), failed: vec![None; count] };
                let written = cache.write(&decoded);
                *values = decoded.values;
                written?;
                cache.open_written(count, len)?
            }
        };
        let rows = (0..count).map(|i| u32::try_from(i).expect("as many as a file of rows has"));
        self.images = Values::Stored(Arc::new(file.values), rows.collect());
        Ok(())
    }
}

/// The images as rows, wherever they are. Vectors have no rows of bytes: reading them panics.
impl StoredRows for ImageSet {
    fn count(&self) -> usize {
        self.count
    }

    fn row_len(&self) -> usize {
        self.extents.len()
    }

    fn read(&self, indices: &[usize], out: &mut [u8]) {
        match &self.images {
            Values::Memory(_) | Values::Numbers(_) => {
                assert!(out.len() == indices.len() * self.extents.len(), "whole images");
                for (out, &i) in out.chunks_exact_mut(self.extents.len()).zip(indices) {
                    out.copy_from_slice(&self.image(i));
                }
            }
            Values::Stored(file, rows) => {
                file.read_rows(indices.iter().map(|&i| rows[i] as usize), out);
            }
        }
    }

    fn fault(&self) -> Option<String> {
        match &self.images {
            Values::Memory(_) | Values::Numbers(_) => None,
            Values::Stored(file, _) => file.fault(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::four;
    use super::*;

    /// The images of [`four`], as the rows of a file in another order.
    fn stored(folder: &std::path::Path) -> ImageSet {
        let path = folder.join("rows");
        std::fs::write(&path, [9, 9, 9, 3, 4, 7, 8, 1, 2, 0, 0, 5, 6]).unwrap();
        let file = Arc::new(RowFile::open(path, 3, 2, 5).unwrap());
        ImageSet::stored(Extents::gray(1, 2), file, vec![2, 0, 4, 1], Some(vec![5, 0, 5, 1]))
    }

    #[test]
    fn images_in_a_file_are_those_in_memory() {
        let folder = tempfile::tempdir().unwrap();
        let same = |stored: &ImageSet, memory: &ImageSet| {
            assert_eq!((stored.count(), stored.labels()), (memory.count(), memory.labels()));
            assert_eq!((stored.in_memory(), memory.fault()), (None, None));
            let all: Vec<usize> = (0..memory.count()).rev().collect();
            let [mut found, mut expected] = [vec![9; all.len() * 2], vec![9; all.len() * 2]];
            stored.read(&all, &mut found);
            memory.read(&all, &mut expected);
            assert_eq!((&found, stored.fault()), (&expected, None));
            all.iter().for_each(|&i| assert_eq!(stored.image(i), memory.image(i)));
        };
        let (mut all, mut memory) = (stored(folder.path()), four());
        assert_eq!(all, all.clone());
        assert_ne!(all, memory);
        same(&all, &memory);
        for classes in [&[0, 1, 5][..], &[5, 1], &[5]] {
            all.retain(classes);
            memory.retain(classes);
            same(&all, &memory);
        }
        let [chosen, expected] = [all.select(&[1, 0]), memory.select(&[1, 0])];
        same(&chosen, &expected);
        assert_eq!((expected.images(), expected.labels()), (&[5, 6, 1, 2][..], Some(&[5, 5][..])));
        all.truncate(1);
        memory.truncate(1);
        same(&all, &memory);
    }

    #[test]
    fn images_are_moved_to_a_file_once() {
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("new");
        let files = || std::fs::read_dir(&cache).unwrap().map(|entry| entry.unwrap().path());
        let (mut moved, mut again, memory) = (four(), four(), four());
        moved.keep_in(&cache, 0).unwrap();
        // An old time, which another writing would change.
        let old = std::time::SystemTime::now() - std::time::Duration::from_secs(1000);
        let path = files().next().unwrap();
        std::fs::File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
        again.keep_in(&cache, 0).unwrap();
        let modified = std::fs::metadata(path).unwrap().modified().unwrap();
        assert_eq!(
            (files().count(), modified < old + std::time::Duration::from_secs(1)),
            (1, true)
        );
        for moved in [&moved, &again] {
            assert_eq!((moved.in_memory(), moved.labels()), (None, memory.labels()));
            (0..4).for_each(|i| assert_eq!(moved.image(i), memory.image(i)));
        }
        // The same bytes as images of another size are another file; so are other images.
        let mut tall = ImageSet::new(Extents::gray(4, 1), memory.images().to_vec(), None).unwrap();
        tall.keep_in(&cache, 0).unwrap();
        again.truncate(3);
        let mut three = memory.select(&[0, 1, 2]);
        three.keep_in(&cache, 0).unwrap();
        assert_eq!((files().count(), three.image(2)), (3, again.image(2)));
        // A damaged file is written again.
        files().for_each(|path| std::fs::write(path, "damaged").unwrap());
        let mut mended = four();
        mended.keep_in(&cache, 0).unwrap();
        assert_eq!(*mended.image(3), [7, 8]);
    }

    #[test]
    fn images_that_cannot_be_moved_stay_in_memory() {
        let folder = tempfile::tempdir().unwrap();
        let no_folder = folder.path().join("file");
        std::fs::write(&no_folder, "").unwrap();
        let mut images = four();
        assert!(images.keep_in(&no_folder, 7).is_err());
        assert_eq!(images, four());
        images.keep_in(&no_folder, 8).unwrap();
        assert_eq!(images, four());
        let mut rows = ImageSet::from_numbers(1, vec![0.5], None).unwrap();
        rows.keep_in(folder.path(), 0).unwrap();
        assert_eq!(rows.numbers(), Some(&[0.5][..]));
    }
}
