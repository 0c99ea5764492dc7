//! The first look at each file: its checksum, and the size of its image. Nothing is decoded yet.

use super::IMAGES;
use super::files::looks_like_image;
use super::layout::{CLASSES, Entry, Listing};
use crate::Extents;
use crate::decode::{self, Format};
use crate::hash::{Sum, hex, sum, sum_of_list};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// The maximum size of an image file.
const MOST_BYTES: u64 = 1 << 30;

/// What a file is by its first look: its checksum and the size of its image.
#[derive(Clone, Debug)]
pub(super) enum Look {
    Image {
        sum: Sum,
        extents: Extents,
    },
    /// Not an image that can be decoded. The content is still a part of the data's identity if it
    /// begins or is named as an image.
    Unusable {
        sum: Option<Sum>,
        reason: String,
        lost: bool,
    },
}

/// Reads each file once: its checksum, and the size of its image.
pub(super) fn look_at_all(listing: &Listing, most_pixels: u64) -> Vec<Look> {
    listing.entries.par_iter().map(|entry| look_at(entry, most_pixels)).collect()
}

fn look_at(entry: &Entry, most_pixels: u64) -> Look {
    let lost = looks_like_image(&entry.path);
    let unusable = |sum, reason: String, lost| Look::Unusable { sum, reason, lost };
    match read_image(&entry.path) {
        Err(error) => unusable(None, format!("cannot be read: {error}"), lost),
        Ok(None) => unusable(None, "not an image".into(), false),
        Ok(Some(bytes)) => {
            let sum = sum(&bytes);
            match decode::extents(&bytes, most_pixels) {
                Ok(extents) => Look::Image { sum, extents },
                Err(reason) => unusable(Some(sum), reason, true),
            }
        }
    }
}

/// Reads a file whole if it begins or is named as an image. One of more than 1 GiB is refused.
pub(crate) fn read_image(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut bytes = Vec::new();
    file.by_ref().take(16).read_to_end(&mut bytes)?;
    if Format::of(&bytes).is_none() && !looks_like_image(path) {
        return Ok(None);
    }
    if length > MOST_BYTES {
        return Err(io::Error::other(format!(
            "expected at most {MOST_BYTES} bytes, found {length}"
        )));
    }
    file.take(MOST_BYTES).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// The checksum of a folder: of the names and contents of all files that are or should be images.
pub(super) fn checksums(listing: &Listing, looks: &[Look]) -> BTreeMap<String, String> {
    let mut list = Vec::new();
    for (entry, look) in listing.entries.iter().zip(looks) {
        let (Look::Image { sum, .. } | Look::Unusable { sum: Some(sum), .. }) = look else {
            continue;
        };
        // The same on every system, whatever separates the parts of a path.
        for part in listing.relative(&entry.path).components() {
            list.push(part.as_os_str().as_encoded_bytes());
        }
        list.push(sum.as_slice());
    }
    let names = fs::read(listing.folder.join(CLASSES)).unwrap_or_default();
    list.push(&names);
    BTreeMap::from([(IMAGES.to_owned(), hex(sum_of_list(list)))])
}
