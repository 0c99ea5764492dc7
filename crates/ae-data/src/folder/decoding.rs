//! From files to pixels: in memory, or in a file of the cache.

use super::IMAGES;
use super::layout::Listing;
use super::look::read_image;
use super::usable::Usable;
use crate::cache::Cache;
use crate::decode;
use crate::hash::sum;
use crate::picture::Treatment;
use crate::source::Loading;
use crate::{DataError, Skipped};
use ae_files::RowFile;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The images of a folder, those that failed included.
#[derive(Debug)]
pub(crate) struct Decoded<V = Values> {
    /// All images; those that failed are black.
    pub(crate) values: V,
    /// For each image why it failed, if it did.
    pub(crate) failed: Vec<Option<String>>,
}

/// Where the images are.
#[derive(Debug)]
pub(crate) enum Values {
    Memory(Vec<u8>),
    /// In the cache.
    File(Arc<RowFile>),
}

impl Decoded<Vec<u8>> {
    fn in_memory(self) -> Decoded {
        Decoded { values: Values::Memory(self.values), failed: self.failed }
    }
}

impl Decoded<RowFile> {
    fn in_file(self) -> Decoded {
        Decoded { values: Values::File(Arc::new(self.values)), failed: self.failed }
    }
}

impl Decoded {
    pub(super) fn iter_kept(&self) -> impl Iterator<Item = usize> {
        self.failed.iter().enumerate().filter(|(_, failed)| failed.is_none()).map(|(i, _)| i)
    }
}

/// Decodes all images, or takes them from the cache.
pub(super) fn decode_all(
    listing: &mut Listing,
    usable: &[Usable],
    treatment: Treatment,
    checksums: &BTreeMap<String, String>,
    loading: &Loading<'_>,
) -> Result<Decoded, DataError> {
    let len = treatment.extents().len();
    let bytes = len as u128 * usable.len() as u128;
    let cache = loading.cache.map(|folder| Cache::new(folder, &checksums[IMAGES], treatment));
    let decoded = match cache {
        Some(cache) if bytes > u128::from(loading.limits.in_memory) => {
            decode_to_file(&cache, usable, treatment, loading)?.in_file()
        }
        cache => {
            check_memory(&listing.folder, bytes, loading)?;
            decode_to_memory(cache, listing, usable, treatment, loading).in_memory()
        }
    };
    for (image, failed) in usable.iter().zip(&decoded.failed) {
        if let Some(reason) = failed {
            let path = listing.relative(&image.entry.path).to_path_buf();
            listing.skipped.push(Skipped { path, reason: reason.clone(), lost: true });
        }
    }
    Ok(decoded)
}

/// Refuses images that take more memory than is allowed.
fn check_memory(folder: &Path, bytes: u128, loading: &Loading<'_>) -> Result<(), DataError> {
    let most = loading.limits.max_bytes;
    if bytes <= u128::from(most) {
        return Ok(());
    }
    let expected = format!("at most {most} bytes of images in memory");
    let found = format!("{bytes}; a smaller --size takes fewer");
    Err(DataError::content(folder, expected, found))
}

fn decode_to_memory(
    cache: Option<Cache>,
    listing: &mut Listing,
    usable: &[Usable],
    treatment: Treatment,
    loading: &Loading<'_>,
) -> Decoded<Vec<u8>> {
    let len = treatment.extents().len();
    if let Some(found) = cache.as_ref().and_then(|cache| cache.read(usable.len(), len)) {
        return found;
    }
    let mut values = vec![0; len * usable.len()];
    let failed = Decoder::new(usable, treatment, loading).decode(usable, &mut values);
    let decoded = Decoded { values, failed };
    // Only the next start is slower without it.
    if let Some(Err(error)) = cache.map(|cache| cache.write(&decoded)) {
        listing.remarks.push(format!("decoded images are not kept: {error}"));
    }
    decoded
}

/// The size of the pieces in which decoded images are written.
const PIECE: usize = 16 << 20;

/// Decodes images into the cache, a piece at a time, unless they are there.
fn decode_to_file(
    cache: &Cache,
    usable: &[Usable],
    treatment: Treatment,
    loading: &Loading<'_>,
) -> Result<Decoded<RowFile>, DataError> {
    let len = treatment.extents().len();
    if let Some(found) = cache.open(usable.len(), len) {
        return Ok(found);
    }
    let decoder = Decoder::new(usable, treatment, loading);
    let at_a_time = (PIECE / len).max(1);
    cache.write_with(usable.len(), len, |write| {
        let mut failed = Vec::with_capacity(usable.len());
        let mut piece = Vec::new();
        for usable in usable.chunks(at_a_time) {
            piece.clear();
            // Images that fail are black.
            piece.resize(len * usable.len(), 0);
            failed.extend(decoder.decode(usable, &mut piece));
            write(&piece)?;
        }
        Ok(failed)
    })?;
    cache.open_written(usable.len(), len)
}

/// Decodes images on all threads, and counts them.
struct Decoder<'a> {
    treatment: Treatment,
    loading: &'a Loading<'a>,
    done: AtomicUsize,
    of: usize,
}

impl<'a> Decoder<'a> {
    fn new(usable: &[Usable], treatment: Treatment, loading: &'a Loading<'a>) -> Self {
        Self { treatment, loading, done: AtomicUsize::new(0), of: usable.len() }
    }

    /// Decodes these images to `values`, and returns for each why it failed, if it did.
    fn decode(&self, usable: &[Usable], values: &mut [u8]) -> Vec<Option<String>> {
        let places = values.par_chunks_exact_mut(self.treatment.extents().len());
        places.zip(usable).map(|(place, image)| self.decode_one(image, place).err()).collect()
    }

    fn decode_one(&self, image: &Usable, place: &mut [u8]) -> Result<(), String> {
        let decoded = decode_one(image, self.treatment, self.loading.limits.max_pixels);
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        self.loading.progress.decoded(done, self.of);
        place.copy_from_slice(&decoded?);
        Ok(())
    }
}

fn decode_one(image: &Usable, treatment: Treatment, most_pixels: u64) -> Result<Vec<u8>, String> {
    let bytes =
        read_image(&image.entry.path).map_err(|error| format!("cannot be read: {error}"))?;
    let bytes = bytes.filter(|bytes| sum(bytes) == image.sum).ok_or("changed while it was read")?;
    let picture = treatment.apply(decode::decode(&bytes, most_pixels)?);
    match picture.extents == treatment.extents() {
        true => Ok(picture.values),
        false => Err("turned by a tag after its pixels, so of another size".into()),
    }
}
