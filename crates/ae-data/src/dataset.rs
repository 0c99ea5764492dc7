//! A complete data set: training and test part, class names, checksums.

use crate::{DataError, Extents, ImageSet, Label};
use ae_idx::{ClassName, KnownDataset, class_index};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A training part and a test part of images of one size.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// The name of the known data set, or of the folder or file.
    pub name: String,
    /// The training images.
    pub train: ImageSet,
    /// The test images.
    pub test: ImageSet,
    /// One name per class, by number; every label is below their number.
    pub class_names: Vec<ClassName>,
    /// SHA-256 of what identifies the data: of each file's unpacked content, or of all names and
    /// contents of a folder. A run that records them, and the options, can be repeated on exactly
    /// the same data. The keys do not depend on how the files are called.
    pub checksums: BTreeMap<String, String>,
    /// The file or folder that was read for each key of `checksums`.
    pub files: BTreeMap<String, PathBuf>,
    /// Remarks for the user, a line each.
    pub remarks: Vec<String>,
    /// Files that were not used.
    pub skipped: Vec<Skipped>,
}

/// A file that was not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The file, relative to the folder.
    pub path: PathBuf,
    /// The reason, in one line.
    pub reason: String,
    /// Whether it has the content or the name of an image, and so counts as lost.
    pub lost: bool,
}

impl Dataset {
    /// The size of every image.
    #[must_use]
    pub fn extents(&self) -> Extents {
        self.train.extents()
    }

    /// Whether the images have labels. Without labels they all belong to one class.
    #[must_use]
    pub fn labelled(&self) -> bool {
        self.train.labels().is_some() || self.test.labels().is_some()
    }

    /// The number of classes.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.class_names.len()
    }

    /// Names the classes by their numbers alone.
    pub fn number_classes(&mut self) {
        self.class_names = (0..self.classes()).map(ClassName::number).collect();
    }

    /// Returns the known data set that this is, by its checksums.
    #[must_use]
    pub fn known(&self) -> Option<&'static KnownDataset> {
        KnownDataset::of_checksums(&self.checksums)
    }

    /// The number of the class with the name `text`, by the rules of [`class_index`].
    #[must_use]
    pub fn class_index(&self, text: &str) -> Option<Label> {
        class_index(&self.class_names, text).and_then(|class| Label::try_from(class).ok())
    }

    /// Returns what was read for this key of the checksums, or else the place itself.
    #[must_use]
    pub fn file<'a>(&'a self, key: &str, place: &'a Path) -> &'a Path {
        self.files.get(key).map_or(place, PathBuf::as_path)
    }

    /// Checks that each of the classes has images in both parts.
    ///
    /// # Errors
    /// [`DataError::NoClassGiven`] for an empty list, [`DataError::NoImagesOfClass`] if one of the
    /// classes has no image in the training or in the test part.
    pub fn check_classes(&self, classes: &[Label]) -> Result<(), DataError> {
        if classes.is_empty() {
            return Err(DataError::NoClassGiven { dataset: self.name.clone() });
        }
        for (part, images) in [("training", &self.train), ("test", &self.test)] {
            let present = images.classes();
            if let Some(&class) = classes.iter().find(|class| !present.contains(class)) {
                let dataset = self.name.clone();
                return Err(DataError::NoImagesOfClass { dataset, part, class, present });
            }
        }
        Ok(())
    }

    /// Reduces both parts to `classes`, in place. Names and checksums stay, because the labels keep
    /// their meaning. A class without images is not an error.
    pub fn retain(&mut self, classes: &[Label]) {
        self.train.retain(classes);
        self.test.retain(classes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Dataset {
        let images = |labels: Vec<Label>| {
            let values = labels.iter().map(|&label| u8::try_from(label).unwrap()).collect();
            ImageSet::new(Extents::gray(1, 1), values, Some(labels)).unwrap()
        };
        Dataset {
            name: "small".into(),
            train: images(vec![0, 1, 2, 1]),
            test: images(vec![1, 0]),
            class_names: (0..3).map(ClassName::number).collect(),
            checksums: BTreeMap::new(),
            files: BTreeMap::new(),
            remarks: Vec::new(),
            skipped: Vec::new(),
        }
    }

    #[test]
    fn a_class_must_be_in_both_parts() {
        let small = small();
        small.check_classes(&[0, 1]).unwrap();
        let message = |classes: &[Label]| small.check_classes(classes).unwrap_err().to_string();
        assert_eq!(
            message(&[1, 2]),
            "data set small: expected images of class 2 among the test images, found those of 0, 1"
        );
        assert!(message(&[]).contains("at least one class"));
        assert!(message(&[7]).contains("among the training images, found those of 0, 1, 2"));
    }

    #[test]
    fn both_parts_are_reduced() {
        let mut small = small();
        small.retain(&[1]);
        assert_eq!((small.train.images(), small.test.images()), (&[1, 1][..], &[1][..]));
        assert_eq!((small.classes(), small.class_index("2")), (3, Some(2)));
    }
}
