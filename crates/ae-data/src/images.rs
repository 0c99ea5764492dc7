//! Images of one size, or vectors of one length, and their labels.

use crate::{DataError, Extents};
use ae_files::StoredRows;
use ae_idx::LabelledImages;
use std::borrow::Cow;
use std::path::PathBuf;

mod numbers;
mod stored;
mod values;

use values::{Values, shorten};

/// The number of a class.
pub type Label = u16;

/// Images of one size in a fixed order, with one label each if they have labels.
///
/// The values are bytes, 0 to 255. Image `i` is an array `[height, width, channels]`, row by row,
/// and the images follow one another.
///
/// A large set is not in memory: its images are in a file, and are read when they are needed
/// ([`StoredRows`]). Copies share the file.
///
/// A set may hold vectors instead: rows of finite `f32` numbers in their units, of extents 1 x
/// columns x 1 ([`ImageSet::from_numbers`]). They are not images, and have no bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageSet {
    extents: Extents,
    images: Values,
    labels: Option<Vec<Label>>,
    /// The file of each image, relative to the folder of the data set.
    files: Option<Vec<PathBuf>>,
    count: usize,
}

impl ImageSet {
    /// Combines values and labels. A set may have no images: a selection may be empty.
    ///
    /// # Errors
    /// [`DataError::Shape`] if an extent is zero or the channels are neither 1 nor 3, if `images`
    /// is not a whole number of images, or if `labels` has another number of them.
    pub fn new(
        extents: Extents,
        images: Vec<u8>,
        labels: Option<Vec<Label>>,
    ) -> Result<Self, DataError> {
        let len = extents.checked_len().filter(|&len| len > 0);
        let Some(len) = len.filter(|_| matches!(extents.channels, 1 | 3)) else {
            let found = format!("images of {extents}");
            return Err(DataError::Shape {
                expected: "images of at least 1x1, gray or color",
                found,
            });
        };
        if !images.len().is_multiple_of(len) {
            let found = format!("{} values for images of {extents}", images.len());
            return Err(DataError::Shape { expected: "whole images", found });
        }
        let count = images.len() / len;
        if let Some(labels) = labels.as_ref().filter(|labels| labels.len() != count) {
            let found = format!("{} labels for {count} images", labels.len());
            return Err(DataError::Shape { expected: "a label for each image", found });
        }
        Ok(Self { extents, images: Values::Memory(images), labels, files: None, count })
    }

    /// The same images with the file of each, relative to the folder of the data set.
    ///
    /// # Errors
    /// [`DataError::Shape`] if there is not one file for each image.
    pub fn with_files(self, files: Vec<PathBuf>) -> Result<Self, DataError> {
        if files.len() != self.count {
            let found = format!("{} files for {} images", files.len(), self.count);
            return Err(DataError::Shape { expected: "a file for each image", found });
        }
        Ok(Self { files: Some(files), ..self })
    }

    /// Takes over gray images and, if they have any, their labels. Nothing is copied.
    pub(crate) fn of_idx(images: LabelledImages, labelled: bool) -> Self {
        let extents = Extents::gray(images.rows(), images.cols());
        let (images, labels) = images.into_parts();
        let count = labels.len();
        let labels = labelled.then(|| labels.into_iter().map(Label::from).collect());
        Self { extents, images: Values::Memory(images), labels, files: None, count }
    }

    /// The number of images.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// The size of every image.
    #[must_use]
    pub fn extents(&self) -> Extents {
        self.extents
    }

    /// The values of image `i`, an array `[height, width, channels]`. If it is in a file and cannot
    /// be read, it is black, and [`StoredRows::fault`] says so.
    ///
    /// # Panics
    /// If `i` is not below [`count`](Self::count), or if these are vectors.
    #[must_use]
    pub fn image(&self, i: usize) -> Cow<'_, [u8]> {
        assert!(i < self.count, "image {i} of {}", self.count);
        let len = self.extents.len();
        match &self.images {
            Values::Memory(values) => Cow::Borrowed(&values[i * len..][..len]),
            Values::Numbers(_) => panic!("an image of a set of vectors"),
            Values::Stored(..) => {
                let mut values = vec![0; len];
                self.read(&[i], &mut values);
                Cow::Owned(values)
            }
        }
    }

    /// All values, one image after another, if they are bytes in memory.
    #[must_use]
    pub fn in_memory(&self) -> Option<&[u8]> {
        match &self.images {
            Values::Memory(values) => Some(values),
            Values::Numbers(_) | Values::Stored(..) => None,
        }
    }

    /// All values, one image after another.
    ///
    /// # Panics
    /// If these are vectors, or not in memory: [`ImageSet::in_memory`] tells, and the trait
    /// [`StoredRows`] reads images wherever they are.
    #[must_use]
    pub fn images(&self) -> &[u8] {
        self.in_memory().expect("images that are in memory")
    }

    /// The labels, one for each image, if the images have labels.
    #[must_use]
    pub fn labels(&self) -> Option<&[Label]> {
        self.labels.as_deref()
    }

    /// The file of each image, relative to the folder of the data set. Only a folder of images that
    /// is loaded with [`Loading::files`](crate::Loading::files) has them.
    #[must_use]
    pub fn files(&self) -> Option<&[PathBuf]> {
        self.files.as_deref()
    }

    /// The number of the class of image `i`. Images without labels are all of class 0.
    ///
    /// # Panics
    /// If `i` is not below [`count`](Self::count).
    #[must_use]
    pub fn class(&self, i: usize) -> Label {
        assert!(i < self.count, "image {i} of {}", self.count);
        self.labels.as_ref().map_or(0, |labels| labels[i])
    }

    /// The number of the class of each image, as [`ImageSet::class`] gives it.
    pub fn class_of_each(&self) -> impl Iterator<Item = Label> {
        (0..self.count).map(|i| self.class(i))
    }

    /// Returns the classes that have images, in ascending order.
    #[must_use]
    pub fn classes(&self) -> Vec<Label> {
        let counts = self.class_counts();
        (0..=Label::MAX)
            .zip(counts)
            .filter(|(_, count)| *count > 0)
            .map(|(class, _)| class)
            .collect()
    }

    /// The number of images of each class, up to the largest class that has any.
    #[must_use]
    pub fn class_counts(&self) -> Vec<usize> {
        let mut counts = Vec::new();
        for class in self.class_of_each().map(usize::from) {
            if counts.len() <= class {
                counts.resize(class + 1, 0);
            }
            counts[class] += 1;
        }
        counts
    }

    /// The number of images of this class.
    #[must_use]
    pub fn count_of(&self, class: Label) -> usize {
        self.class_of_each().filter(|&other| other == class).count()
    }

    /// Drops the images of other classes. No image is copied elsewhere: the others move up, and the
    /// memory of the dropped ones is freed.
    pub fn retain(&mut self, classes: &[Label]) {
        let len = self.extents.len();
        let mut kept = 0;
        for i in 0..self.count {
            if classes.contains(&self.class(i)) {
                if kept < i {
                    if let Some(labels) = &mut self.labels {
                        labels[kept] = labels[i];
                    }
                    if let Some(files) = &mut self.files {
                        files.swap(kept, i);
                    }
                    self.images.move_row(i, kept, len);
                }
                kept += 1;
            }
        }
        self.truncate(kept);
    }

    /// Returns the images with these indices, in this order, with their labels.
    ///
    /// # Panics
    /// If an index is not below [`count`](Self::count).
    #[must_use]
    pub fn select(&self, indices: &[usize]) -> Self {
        let images = self.images.select(indices, self.extents.len());
        let labels = self.labels.as_ref();
        let labels = labels.map(|labels| indices.iter().map(|&i| labels[i]).collect());
        let files = self.files.as_ref();
        let files = files.map(|files| indices.iter().map(|&i| files[i].clone()).collect());
        Self { extents: self.extents, images, labels, files, count: indices.len() }
    }

    /// Keeps the first `count` images and drops the others; does nothing if there are at most
    /// `count`.
    pub fn truncate(&mut self, count: usize) {
        if count < self.count {
            self.count = count;
            if let Some(labels) = &mut self.labels {
                shorten(labels, count);
            }
            if let Some(files) = &mut self.files {
                shorten(files, count);
            }
            self.images.truncate(count, self.extents.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn four() -> ImageSet {
        let labels = Some(vec![5, 0, 5, 1]);
        ImageSet::new(Extents::gray(1, 2), vec![1, 2, 3, 4, 5, 6, 7, 8], labels).unwrap()
    }

    #[test]
    fn an_image_is_its_own_slice() {
        assert_eq!(*four().image(0), [1, 2]);
        assert_eq!(*four().image(3), [7, 8]);
        let color = ImageSet::new(Extents::color(1, 2), (0..12).collect(), None).unwrap();
        assert_eq!(*color.image(1), [6, 7, 8, 9, 10, 11]);
        assert_eq!(color.count(), 2);
    }

    #[test]
    #[should_panic(expected = "image 4 of 4")]
    fn an_image_beyond_the_last_panics() {
        let _ = four().image(4);
    }

    #[test]
    fn images_are_dropped_in_place() {
        let mut all = four();
        let at = all.images().as_ptr();
        all.retain(&[0, 1, 5]);
        assert_eq!((all.images().as_ptr(), &all), (at, &four()));
        all.retain(&[5]);
        assert_eq!((all.labels(), all.images()), (Some(&[5, 5][..]), &[1, 2, 5, 6][..]));
        let Values::Memory(values) = &all.images else { panic!("moved") };
        assert_eq!(values.capacity(), 4);
        all.retain(&[]);
        assert_eq!((all.count(), all.extents()), (0, Extents::gray(1, 2)));
    }

    #[test]
    fn images_without_labels_are_of_class_0() {
        let mut images = ImageSet::new(Extents::gray(1, 2), vec![0; 8], None).unwrap();
        assert_eq!((images.classes(), images.class_counts()), (vec![0], vec![4]));
        images.retain(&[0]);
        assert_eq!((images.count(), images.labels()), (4, None));
        images.truncate(3);
        assert_eq!(images.count(), 3);
        images.retain(&[1]);
        assert_eq!((images.count(), images.classes()), (0, vec![]));
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
        let expected = (Some(&[5, 0, 5][..]), &[1, 2, 3, 4, 5, 6][..]);
        assert_eq!((first.labels(), first.images()), expected);
    }

    #[test]
    fn classes_are_counted() {
        assert_eq!(four().class_counts(), [1, 1, 0, 0, 0, 2]);
        assert_eq!(
            (four().classes(), four().count_of(5), four().count_of(9)),
            (vec![0, 1, 5], 2, 0)
        );
    }

    #[test]
    fn values_and_labels_must_fit() {
        let two = Extents::gray(2, 2);
        for (extents, values, labels) in [
            (two, 7, None),
            (two, 8, Some(3)),
            (Extents::gray(2, 0), 0, None),
            (Extents { channels: 2, ..two }, 8, None),
            (Extents::gray(usize::MAX, 2), 0, None),
        ] {
            let labels = labels.map(|count| vec![0; count]);
            let error = ImageSet::new(extents, vec![0; values], labels).unwrap_err();
            assert!(matches!(error, DataError::Shape { .. }), "{error}");
        }
    }
}
