//! From the files of a folder to images of one size.

use super::IMAGES;
use super::files::looks_like_image;
use super::layout::{CLASSES, Entry, Listing, Part};
use crate::cache::Cache;
use crate::decode::{self, Format};
use crate::finish::{class_names, own_test_part, place_name};
use crate::hash::{Sum, hex, sum, sum_of_list};
use crate::picture::Treatment;
use crate::source::Loading;
use crate::split::is_test;
use crate::{DataError, Dataset, Extents, ImageSet, Label, Options, Skipped};
use ae_files::{ReadError, RowFile, printable, printable_path};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

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

pub(super) fn load(folder: &Path, loading: &Loading<'_>) -> Result<Dataset, DataError> {
    crate::vectors::refuse(folder, loading.options)?;
    let mut listing = Listing::of(folder)?;
    let looks = look_at_all(&listing, loading.limits.max_pixels);
    let checksums = checksums(&listing, &looks);
    let usable = usable(&mut listing, looks);
    check_skipped(&listing, usable.len(), loading.options)?;
    let (treatment, remark) = treatment(folder, &usable, loading.options)?;
    listing.remarks.extend(remark);
    let decoded = decode_all(&mut listing, &usable, treatment, &checksums, loading)?;
    check_skipped(&listing, decoded.iter_kept().count(), loading.options)?;
    assemble(listing, &usable, decoded, treatment.extents(), checksums, loading)
}

/// A file with an image, by its header.
struct Usable {
    entry: Entry,
    sum: Sum,
    extents: Extents,
}

/// Separates the images from the rest, which is listed.
fn usable(listing: &mut Listing, looks: Vec<Look>) -> Vec<Usable> {
    let mut usable = Vec::with_capacity(looks.len());
    for (entry, look) in std::mem::take(&mut listing.entries).into_iter().zip(looks) {
        match look {
            Look::Image { sum, extents } => usable.push(Usable { entry, sum, extents }),
            Look::Unusable { reason, lost, .. } => {
                let path = listing.relative(&entry.path).to_path_buf();
                listing.skipped.push(Skipped { path, reason, lost });
            }
        }
    }
    usable
}

/// Refuses a folder of which more than the stated share is lost.
fn check_skipped(listing: &Listing, kept: usize, options: &Options) -> Result<(), DataError> {
    let mut lost = listing.skipped.iter().filter(|skipped| skipped.lost);
    let share = options.skip_share.unwrap_or(Options::SKIP_SHARE);
    let count = lost.clone().count();
    let first = lost.next();
    let folder = &listing.folder;
    if kept == 0 {
        let found = match first.or(listing.skipped.first()) {
            None => "no file".to_owned(),
            Some(Skipped { path, reason, .. }) => {
                format!("none; {}: {reason}", printable_path(path))
            }
        };
        return Err(DataError::content(folder, "PNG or JPEG images", found));
    }
    let Some(Skipped { path, reason, .. }) = first.filter(|_| count > share.of(kept + count))
    else {
        return Ok(());
    };
    let (all, first) = (kept + count, printable_path(path));
    let expected = format!("at most a share of {share} of the images to be unreadable");
    let found = format!("{count} of {all}, first {first}: {reason}; --skip-share allows more");
    Err(DataError::content(folder, expected, found))
}

/// Decides the size and the channels.
fn treatment(
    folder: &Path,
    usable: &[Usable],
    options: &Options,
) -> Result<(Treatment, Option<String>), DataError> {
    let mut sizes: BTreeMap<[usize; 2], usize> = BTreeMap::new();
    for image in usable {
        *sizes.entry(image.extents.size()).or_default() += 1;
    }
    let (&[height, width], _) =
        sizes.iter().max_by_key(|(_, count)| **count).unwrap_or((&[1, 1], &0));
    if sizes.len() > 1 && options.size.is_none() {
        let mut found: Vec<_> = sizes.iter().collect();
        found.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let list = found.iter().take(3).map(|([h, w], count)| format!("{w}x{h} ({count})"));
        let list = list.collect::<Vec<_>>().join(", ");
        let more = if sizes.len() > 3 {
            format!(" and {} other sizes", sizes.len() - 3)
        } else {
            String::new()
        };
        let found = format!("{list}{more}; --size WIDTHxHEIGHT resizes them");
        return Err(DataError::content(folder, "images of one size", found));
    }
    let gray = usable.iter().filter(|image| !image.extents.is_color()).count();
    let channels = if gray == usable.len() { 1 } else { 3 };
    let mixed = channels == 3 && gray > 0 && options.channels.is_none();
    let remark = mixed.then(|| {
        let (folder, all) = (printable_path(folder), usable.len());
        format!("{folder}: gray images: {gray} of {all}; each gets three equal channels; --channels gray makes all gray")
    });
    let [height, width] = if options.transpose { [width, height] } else { [height, width] };
    Ok((Treatment::new(options, Extents { height, width, channels }), remark))
}

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
    fn iter_kept(&self) -> impl Iterator<Item = usize> {
        self.failed.iter().enumerate().filter(|(_, failed)| failed.is_none()).map(|(i, _)| i)
    }
}

/// Decodes all images, or takes them from the cache.
fn decode_all(
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

/// Divides the images into parts, and names the classes.
fn assemble(
    mut listing: Listing,
    usable: &[Usable],
    decoded: Decoded,
    extents: Extents,
    checksums: BTreeMap<String, String>,
    loading: &Loading<'_>,
) -> Result<Dataset, DataError> {
    let options = loading.options;
    let kept: Vec<usize> = decoded.iter_kept().collect();
    let test: Vec<bool> = match listing.has_test {
        true => {
            listing.remarks.extend(own_test_part(options));
            kept.iter().map(|&i| usable[i].entry.part == Part::Test).collect()
        }
        false => {
            let contents: Vec<(Label, Sum)> =
                kept.iter().map(|&i| (usable[i].entry.class, usable[i].sum)).collect();
            is_test(&contents, options.test_share.unwrap_or(Options::TEST_SHARE))
        }
    };
    let labelled = !listing.classes.is_empty();
    let part = |wanted: bool| {
        let of_part = kept.iter().zip(&test).filter(|(_, test)| **test == wanted);
        let indices: Vec<usize> = of_part.map(|(&i, _)| i).collect();
        let labels = labelled.then(|| indices.iter().map(|&i| usable[i].entry.class).collect());
        let part = match &decoded.values {
            Values::Memory(values) => {
                let len = extents.len();
                let values = indices.iter().flat_map(|&i| &values[i * len..][..len]);
                ImageSet::new(extents, values.copied().collect(), labels)
            }
            Values::File(file) => {
                // There are at most `MOST_FILES`.
                let rows = indices.iter().map(|&i| u32::try_from(i).unwrap_or(u32::MAX)).collect();
                Ok(ImageSet::stored(extents, Arc::clone(file), rows, labels))
            }
        }?;
        let file = |&i: &usize| listing.relative(&usable[i].entry.path).to_path_buf();
        match loading.files {
            true => part.with_files(indices.iter().map(file).collect()),
            false => Ok(part),
        }
    };
    let (train, test) = (part(false)?, part(true)?);
    let Listing { folder, classes, skipped, mut remarks, .. } = listing;
    summarize_skipped(&folder, &skipped, &mut remarks);
    let (count, names) = (classes.len(), file_of_names(&folder)?);
    let class_names = match names {
        Some(names) if options.class_names.is_empty() && labelled => {
            class_names(&folder.join(CLASSES), &names, count)?
        }
        _ if options.class_names.is_empty() => class_names(&folder, &classes, count)?,
        _ => class_names(&folder, &options.class_names, count)?,
    };
    Ok(Dataset {
        name: place_name(&folder),
        train,
        test,
        class_names,
        checksums,
        files: BTreeMap::from([(IMAGES.to_owned(), folder)]),
        remarks,
        skipped,
    })
}

fn summarize_skipped(folder: &Path, skipped: &[Skipped], remarks: &mut Vec<String>) {
    let lost: Vec<&Skipped> = skipped.iter().filter(|skipped| skipped.lost).collect();
    if let [first, rest @ ..] = lost.as_slice() {
        let (folder, path) = (printable_path(folder), printable_path(&first.path));
        let more =
            if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
        let reason = printable(&first.reason);
        remarks
            .push(format!("{folder}: skipped {path} ({reason}){more}; `ae-app data` lists them"));
    }
}

/// Reads the names of the classes, if there is a file of them.
fn file_of_names(folder: &Path) -> Result<Option<Vec<String>>, DataError> {
    let path = folder.join(CLASSES);
    match fs::metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Ok(data) if data.len() > 1 << 20 => {
            return Err(DataError::content(path, "a name to a line, at most 1 MiB", "more"));
        }
        _ => {}
    }
    let text = fs::read_to_string(&path).map_err(|reason| ReadError::new(&path, reason))?;
    Ok(Some(
        text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect(),
    ))
}
