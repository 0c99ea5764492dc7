//! MNIST's profile on top of IDX: gray images in one file, their labels in another.

use crate::array::{IdxArray, IdxData};
use crate::element::ElementType;
use crate::error::{IdxError, ShapeError};
use crate::reader::{Limits, Wanted, open_and_read};
use std::path::Path;

/// Images of one size with one label each, in file order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelledImages {
    rows: usize,
    cols: usize,
    images: Vec<u8>,
    labels: Vec<u8>,
}

impl LabelledImages {
    /// Combines pixels and labels. An empty set of images is allowed here, because a selection may
    /// be empty; [`LabelledImages::read_files`] refuses files without images.
    ///
    /// # Errors
    /// [`ShapeError`] when `rows` or `cols` is zero, when the product overflows, or when `images`
    /// does not hold `labels.len() * rows * cols` pixels.
    pub fn new(
        rows: usize,
        cols: usize,
        images: Vec<u8>,
        labels: Vec<u8>,
    ) -> Result<Self, ShapeError> {
        if let Some(axis) = [rows, cols].iter().position(|&d| d == 0) {
            return Err(ShapeError::ZeroDimension { axis: axis + 1 });
        }
        let expected = rows
            .checked_mul(cols)
            .and_then(|pixels| pixels.checked_mul(labels.len()))
            .ok_or(ShapeError::Overflow)?;
        if images.len() != expected {
            return Err(ShapeError::LengthDiffers {
                expected: expected as u64,
                found: images.len(),
            });
        }
        Ok(Self { rows, cols, images, labels })
    }

    /// Reads an images file and its labels file. If `classes` is given, every label must be below
    /// it.
    ///
    /// # Errors
    /// An [`IdxError`] when either file is damaged, is not of type `u8`, is not of rank 3 (images)
    /// or 1 (labels), when the counts differ, or when a label is out of range.
    pub fn read_files(
        images: impl AsRef<Path>,
        labels: impl AsRef<Path>,
        classes: Option<usize>,
        limits: &Limits,
    ) -> Result<Self, IdxError> {
        let (images, labels) = (images.as_ref(), labels.as_ref());
        let (image_array, _) = open_and_read(images, limits, Wanted::Images, false)?;
        let (label_array, _) = open_and_read(labels, limits, Wanted::Labels, false)?;
        Self::join((images, image_array), (labels, label_array), classes)
    }

    /// Makes labelled images of an array that was read as images, all of class 0.
    pub(crate) fn unlabelled((path, images): (&Path, IdxArray)) -> Result<Self, IdxError> {
        let ([count, rows, cols], pixels) = pixels(path, images)?;
        Ok(Self::new(rows, cols, pixels, vec![0; count])?)
    }

    /// Combines two arrays that were read as images and as labels.
    pub(crate) fn join(
        (images_path, images): (&Path, IdxArray),
        (labels_path, labels): (&Path, IdxArray),
        classes: Option<usize>,
    ) -> Result<Self, IdxError> {
        let ([count, rows, cols], pixels) = pixels(images_path, images)?;
        let labels = label_bytes(labels, labels_path)?;
        if labels.len() != count {
            return Err(IdxError::CountsDiffer {
                images_path: images_path.into(),
                labels_path: labels_path.into(),
                images: count,
                labels: labels.len(),
            });
        }
        if let Some(classes) = classes
            && let Some(index) = labels.iter().position(|&l| usize::from(l) >= classes)
        {
            return Err(IdxError::LabelOutOfRange {
                path: labels_path.into(),
                index,
                label: labels[index],
                classes,
            });
        }
        Ok(Self::new(rows, cols, pixels, labels)?)
    }

    /// The number of images.
    #[must_use]
    pub fn count(&self) -> usize {
        self.labels.len()
    }

    /// The height of an image.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The width of an image.
    #[must_use]
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// The pixels of image `i`, row by row; 0 is the background in MNIST and Fashion-MNIST.
    ///
    /// # Panics
    /// When `i` is not below [`count`](Self::count).
    #[must_use]
    pub fn image(&self, i: usize) -> &[u8] {
        assert!(i < self.count(), "image {i} of {}", self.count());
        let pixels = self.rows * self.cols;
        &self.images[i * pixels..][..pixels]
    }

    /// All pixels, one image after another.
    #[must_use]
    pub fn images(&self) -> &[u8] {
        &self.images
    }

    /// The labels, one for each image.
    #[must_use]
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// Takes the images and the labels apart without copying them: all pixels, one image after
    /// another, and one label for each image.
    #[must_use]
    pub fn into_parts(self) -> (Vec<u8>, Vec<u8>) {
        (self.images, self.labels)
    }

    /// Returns the labels that occur, in ascending order.
    #[must_use]
    pub fn classes(&self) -> Vec<u8> {
        let counts = self.class_counts();
        counts
            .iter()
            .zip(0..=255)
            .filter(|(count, _)| **count > 0)
            .map(|(_, class)| class)
            .collect()
    }

    /// Selects the images whose label is among `classes`, in file order.
    ///
    /// The list is taken literally: an empty one selects nothing (it does not mean "all"), its
    /// order and repetitions have no effect, and a class without images adds none. To refuse such
    /// requests, use [`Dataset::select`](crate::Dataset::select).
    #[must_use]
    pub fn select(&self, classes: &[u8]) -> Self {
        let mut selected = self.clone();
        selected.retain(classes);
        selected
    }

    /// Drops the images that [`select`](Self::select) does not select. No image is copied
    /// elsewhere: the others move up, and the memory of the dropped ones is freed.
    pub fn retain(&mut self, classes: &[u8]) {
        let pixels = self.rows * self.cols;
        let mut kept = 0;
        for i in 0..self.labels.len() {
            if classes.contains(&self.labels[i]) {
                if kept < i {
                    self.labels[kept] = self.labels[i];
                    self.images.copy_within(i * pixels..(i + 1) * pixels, kept * pixels);
                }
                kept += 1;
            }
        }
        self.truncate(kept);
    }

    /// Keeps the first `count` images and drops the others; does nothing if there are at most
    /// `count`.
    pub fn truncate(&mut self, count: usize) {
        if count < self.count() {
            self.labels.truncate(count);
            self.images.truncate(count * self.rows * self.cols);
            self.labels.shrink_to_fit();
            self.images.shrink_to_fit();
        }
    }

    /// The number of images of each label, for every possible value of a label: index it by the
    /// label itself.
    #[must_use]
    pub fn class_counts(&self) -> [usize; 256] {
        let mut counts = [0; 256];
        for &label in &self.labels {
            counts[usize::from(label)] += 1;
        }
        counts
    }
}

/// The number, height and width of images, and their pixels.
fn pixels(path: &Path, images: IdxArray) -> Result<([usize; 3], Vec<u8>), IdxError> {
    let (size, pixels) = unsigned_bytes(images, path, Wanted::Images)?;
    // `Wanted::Images` has checked that there are three dimensions; the pattern avoids an index
    // that could fail.
    let &[count, rows, cols] = size.as_slice() else {
        return Err(wrong_rank(path, size.len()));
    };
    Ok(([count, rows, cols].map(|dim| dim as usize), pixels))
}

/// The labels of an array that the reader has checked: bytes, or QMNIST's table, a row of `i32` for
/// each image, whose first column is the class.
fn label_bytes(labels: IdxArray, path: &Path) -> Result<Vec<u8>, IdxError> {
    let (&[_, columns], IdxData::I32(table)) = (labels.dims(), labels.data()) else {
        return Ok(unsigned_bytes(labels, path, Wanted::Labels)?.1);
    };
    let rows = table.chunks_exact(columns as usize).enumerate();
    let class = |(index, row): (usize, &[i32])| {
        let label = row[0];
        let path = path.to_path_buf();
        u8::try_from(label).map_err(|_| IdxError::NotAClass { path, index, label })
    };
    rows.map(class).collect()
}

/// The bytes of an array whose type the reader has already checked.
fn unsigned_bytes(
    array: IdxArray,
    path: &Path,
    wanted: Wanted,
) -> Result<(Vec<u32>, Vec<u8>), IdxError> {
    let found = array.element_type();
    match array.into_parts() {
        (dims, IdxData::U8(bytes)) => Ok((dims, bytes)),
        _ => Err(IdxError::WrongType {
            path: path.into(),
            wanted: if wanted == Wanted::Images { "images" } else { "labels" },
            expected: ElementType::U8,
            found,
        }),
    }
}

fn wrong_rank(path: &Path, found: usize) -> IdxError {
    IdxError::WrongRank { path: path.into(), wanted: "images", expected: 3, found }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn four() -> LabelledImages {
        LabelledImages::new(1, 2, vec![1, 2, 3, 4, 5, 6, 7, 8], vec![5, 0, 5, 1]).unwrap()
    }

    #[test]
    fn what_has_another_type_is_named() {
        for (wanted, name) in [(Wanted::Images, "images"), (Wanted::Labels, "labels")] {
            let array = IdxArray::new(vec![1], IdxData::F32(vec![1.0])).unwrap();
            let error = unsigned_bytes(array, Path::new("file"), wanted).unwrap_err().to_string();
            assert!(error.starts_with("file: ") && error.contains(name), "{error}");
        }
    }

    #[test]
    fn the_first_images_stay_whole() {
        let mut images = LabelledImages::new(2, 3, (0..18).collect(), vec![5, 0, 1]).unwrap();
        images.truncate(2);
        assert_eq!((images.count(), images.labels()), (2, &[5, 0][..]));
        assert!(images.images().iter().copied().eq(0..12));
        images.truncate(7);
        assert_eq!(images.count(), 2);
    }

    #[test]
    fn an_image_is_its_own_slice() {
        // Not the second: 2 * 2 is 2 + 2 as well.
        assert_eq!((four().image(0), four().image(3)), (&[1, 2][..], &[7, 8][..]));
        assert_eq!((four().count(), four().rows(), four().cols()), (4, 1, 2));
    }

    #[test]
    #[should_panic(expected = "image 4 of 4")]
    fn an_image_beyond_the_last_panics() {
        let _ = four().image(4);
    }

    #[test]
    fn a_selection_keeps_file_order() {
        let chosen = four().select(&[1, 5, 5]);
        assert_eq!(chosen.labels(), [5, 5, 1]);
        assert_eq!(chosen.images(), [1, 2, 5, 6, 7, 8]);
    }

    #[test]
    fn images_are_dropped_in_place() {
        let mut all = four();
        let at = all.images().as_ptr();
        all.retain(&[0, 1, 5]);
        assert_eq!((all.images().as_ptr(), &all), (at, &four()));
        all.retain(&[5]);
        assert_eq!((all.labels(), all.images()), (&[5, 5][..], &[1, 2, 5, 6][..]));
        assert_eq!((all.images.capacity(), all.labels.capacity()), (4, 2));
        assert_eq!(four().classes(), [0, 1, 5]);
    }

    #[test]
    fn a_table_of_labels_gives_its_first_column() {
        let table = |numbers: Vec<i32>| IdxArray::new(vec![2, 3], IdxData::I32(numbers)).unwrap();
        let labels = label_bytes(table(vec![7, -1, 900, 0, 2, 3]), Path::new("file")).unwrap();
        assert_eq!(labels, [7, 0]);
        for wrong in [-1, 256] {
            let error = label_bytes(table(vec![7, 0, 0, wrong, 0, 0]), Path::new("file"));
            let expected =
                format!("file: expected classes from 0 to 255, found {wrong} at position 1");
            assert_eq!(error.unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn an_empty_list_selects_nothing() {
        let none = four().select(&[]);
        assert_eq!((none.count(), none.rows(), none.cols()), (0, 1, 2));
        assert_eq!(four().select(&[9]), none);
    }

    #[test]
    fn the_first_images_stay_with_their_labels() {
        for count in [4, 5, usize::MAX] {
            let mut all = four();
            all.truncate(count);
            assert_eq!(all, four());
        }
        let mut first = four();
        first.truncate(3);
        assert_eq!((first.labels(), first.images()), (&[5, 0, 5][..], &[1, 2, 3, 4, 5, 6][..]));
        first.truncate(0);
        assert_eq!(first.count(), 0);
    }

    #[test]
    fn classes_are_counted() {
        let counts = four().class_counts();
        assert_eq!((counts[0], counts[1], counts[5]), (1, 1, 2));
        assert_eq!(counts.iter().sum::<usize>(), 4);
    }

    #[test]
    fn pixels_and_labels_must_fit() {
        assert_eq!(
            LabelledImages::new(2, 2, vec![0; 7], vec![0; 2]),
            Err(ShapeError::LengthDiffers { expected: 8, found: 7 })
        );
        assert_eq!(
            LabelledImages::new(2, 0, vec![], vec![0; 2]),
            Err(ShapeError::ZeroDimension { axis: 2 })
        );
        assert_eq!(LabelledImages::new(usize::MAX, 2, vec![], vec![]), Err(ShapeError::Overflow));
    }
}
