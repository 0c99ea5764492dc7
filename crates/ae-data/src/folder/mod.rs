//! A folder of image files: a sub-folder for each class, or none; parts for training and testing,
//! or none.

mod decoding;
mod files;
mod layout;
mod load;
mod look;
mod parts;
mod usable;

pub(crate) use decoding::Decoded;
pub(crate) use files::{begins_as_image, below, entries, looks_like_image};
pub(crate) use layout::MASKS;
pub(crate) use look::read_image;

use crate::source::{Loading, Source};
use crate::{DataError, Dataset};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The key of the folder's checksum.
pub(crate) const IMAGES: &str = "images";

/// A folder of PNG and JPEG images.
#[derive(Clone, Debug)]
pub(crate) struct ImageFolder {
    folder: PathBuf,
}

impl ImageFolder {
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf() }
    }
}

impl Source for ImageFolder {
    fn kind(&self) -> String {
        "a folder of images".into()
    }

    fn checksums(&self) -> Result<BTreeMap<String, String>, DataError> {
        let listing = layout::Listing::of(&self.folder)?;
        Ok(look::checksums(&listing, &look::look_at_all(&listing, u64::MAX)))
    }

    fn load(&self, loading: &Loading<'_>) -> Result<Dataset, DataError> {
        load::load(&self.folder, loading)
    }
}

/// Returns whether a folder has an image somewhere, looking at a few hundred files at most.
pub(crate) fn has_images(folder: &Path) -> bool {
    files::first_image(folder).is_some()
}
