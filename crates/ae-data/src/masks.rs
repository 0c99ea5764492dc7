//! Which pixels of test images are defects: images of their own, one for each.

use crate::decode;
use crate::folder::{MASKS, below, looks_like_image, read_image};
use crate::hash::{Sum, hex, sum, sum_of_list};
use crate::picture::{Picture, Treatment};
use crate::{Channels, DataError, Dataset, Extents, ImageSet, Label, Limits, Options};
use ae_files::{ReadError, printable_path};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What follows the name of an image in that of its mask, as in MVTec's sets.
const END: &str = "_mask";

/// The masks of the images of a folder.
///
/// The mask of `test/scratch/007.png` is `scratch/007_mask.png` or `scratch/007.png` in the folder
/// of the masks, in the size of the image. A pixel is a defect if it is brighter than half of the
/// brightest one of its mask.
///
/// ```text
/// parts/train/good/*.png            images of sound parts
/// parts/test/good/*.png             more of them
/// parts/test/scratch/*.png          parts with a defect
/// parts/ground_truth/scratch/*.png  where it is
/// ```
#[derive(Clone, Debug)]
pub struct Masks {
    folder: PathBuf,
    /// The SHA-256 of all names and contents.
    checksum: String,
    /// The size of the masks after the treatment of the images.
    extents: Extents,
    /// 255 where the defect is, else 0, by the name of the image without its end.
    of: BTreeMap<PathBuf, Vec<u8>>,
}

impl Masks {
    /// The key of the masks among the checksums of a data set.
    pub const KEY: &str = "masks";

    /// Returns the folder `ground_truth` of a data set, if it has one beside `train`.
    #[must_use]
    pub fn beside(data: &Path) -> Option<PathBuf> {
        let folder = data.join(MASKS);
        let divided = ["train", "training"].iter().any(|name| data.join(name).is_dir());
        (divided && folder.is_dir()).then_some(folder)
    }

    /// Reads the masks in `folder` for the images of `data`, a folder that was loaded with these
    /// `options` and with the names of its files ([`Loading::files`](crate::Loading::files)). The
    /// masks are resized like the images.
    ///
    /// # Errors
    /// [`DataError::Content`] if the data are not a folder of images, and for a mask without an
    /// image, of another size than its image, or that cannot be decoded.
    pub fn read(folder: &Path, data: &Dataset, options: &Options) -> Result<Self, DataError> {
        let images = Images::of(data).ok_or_else(|| {
            DataError::content(folder, "masks of a folder of images", "other data")
        })?;
        let (mut paths, mut skipped) = (Vec::new(), Vec::new());
        below(folder, &mut BTreeSet::new(), 0, &mut paths, &mut skipped)?;
        paths.retain(|path| looks_like_image(path));
        paths.sort_unstable();
        let own = data.extents();
        let extents = Extents::gray(own.height, own.width);
        check_memory(folder, paths.len(), extents)?;
        let treatment = Treatment::new(
            &Options {
                size: Some(extents.size()),
                channels: Some(Channels::Gray),
                ..options.clone()
            },
            extents,
        );
        let read = |path: &PathBuf| read_one(path, folder, &images, treatment);
        let masks: Vec<Mask> = paths.par_iter().map(read).collect::<Result<_, _>>()?;
        let mut list: Vec<&[u8]> = Vec::new();
        for (path, mask) in paths.iter().zip(&masks) {
            let inner = path.strip_prefix(folder).unwrap_or(path);
            list.extend(inner.components().map(|part| part.as_os_str().as_encoded_bytes()));
            list.push(&mask.sum);
        }
        let checksum = hex(sum_of_list(list));
        let mut of = BTreeMap::new();
        for (path, mask) in paths.iter().zip(masks) {
            if of.insert(mask.image, mask.values).is_some() {
                let found = "a second one; rename or remove one of them";
                return Err(DataError::content(path, "one mask for an image", found));
            }
        }
        Ok(Self { folder: folder.to_path_buf(), checksum, extents, of })
    }

    /// The SHA-256 of the names and contents of all masks.
    #[must_use]
    pub fn checksum(&self) -> &str {
        &self.checksum
    }

    /// The masks of these images in their order, of one channel: 255 where a defect is, else 0.
    /// Images of the `normal` classes need none.
    ///
    /// # Errors
    /// [`DataError::Content`] for an image of another class without a mask.
    pub fn of(&self, images: &ImageSet, normal: &[Label]) -> Result<ImageSet, DataError> {
        let files = images.files().unwrap_or_default();
        let len = self.extents.len();
        let mut values = vec![0; files.len() * len];
        for ((i, file), values) in files.iter().enumerate().zip(values.chunks_exact_mut(len)) {
            let mask = names(file).find_map(|name| self.of.get(&name));
            match mask {
                Some(mask) => values.copy_from_slice(mask),
                None if normal.contains(&images.class(i)) => {}
                None => {
                    let expected = format!("a mask of {}", printable_path(file));
                    let found = format!("none; call it {}", printable_path(&usual_name(file)));
                    return Err(DataError::content(&self.folder, expected, found));
                }
            }
        }
        ImageSet::new(self.extents, values, None)
    }
}

/// A mask that was read.
struct Mask {
    /// The name of its image without its end.
    image: PathBuf,
    sum: Sum,
    values: Vec<u8>,
}

/// The files of a data set by their names without ends; and where they are.
struct Images<'a> {
    files: BTreeMap<PathBuf, &'a Path>,
    folder: &'a Path,
}

impl<'a> Images<'a> {
    /// Files that could not be read have masks, too.
    fn of(data: &'a Dataset) -> Option<Self> {
        let folder = data.files.get(crate::folder::IMAGES)?;
        let files = data.train.files()?.iter().chain(data.test.files()?);
        let skipped = data.skipped.iter().filter(|skipped| skipped.lost).map(|s| &s.path);
        let mut by_name = BTreeMap::new();
        for file in files.chain(skipped) {
            names(file).for_each(|name| {
                by_name.insert(name, file.as_path());
            });
        }
        Some(Self { files: by_name, folder })
    }
}

/// The names under which a file is known in the folder of the masks, without its end: its path, and
/// the path within its part, `test`.
fn names(file: &Path) -> impl Iterator<Item = PathBuf> {
    let whole = file.with_extension("");
    let inner: PathBuf = whole.components().skip(1).collect();
    [whole, inner].into_iter().filter(|name| !name.as_os_str().is_empty())
}

/// The name that the mask of an image usually has: without its part, but with its class.
fn usual_name(file: &Path) -> PathBuf {
    let with_class = names(file).filter(|name| name.components().count() > 1).last();
    let mut name = with_class.unwrap_or_else(|| file.with_extension("")).into_os_string();
    name.push(format!("{END}.png"));
    name.into()
}

fn read_one(
    path: &Path,
    folder: &Path,
    images: &Images<'_>,
    treatment: Treatment,
) -> Result<Mask, DataError> {
    let inner = path.strip_prefix(folder).unwrap_or(path).with_extension("");
    let stem = inner.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let short = stem.strip_suffix(END).map(|stem| inner.with_file_name(stem));
    let candidates = short.into_iter().chain([inner]);
    let found = candidates.into_iter().find_map(|name| Some((*images.files.get(&name)?, name)));
    let Some((file, image)) = found else {
        let expected = "a mask of an image of the data";
        let found = "none of that name; rename or remove it";
        return Err(DataError::content(path, expected, found));
    };
    let bytes = read(path)?;
    let most = Limits::default().max_pixels;
    let picture = decode::decode(&bytes, most).map_err(|reason| {
        let (expected, found) = reason.split_once(", found ").unwrap_or(("an image", &reason));
        DataError::content(path, expected.trim_start_matches("expected "), found)
    })?;
    // An image that could not be read has no size.
    if let Ok(size) = decode::extents(&read(&images.folder.join(file))?, most) {
        let [expected, found] = [size.size(), picture.extents.size()];
        if expected != found {
            let [expected, found] = [expected, found].map(|[h, w]| format!("{w}x{h}"));
            let expected = format!("{expected}, the size of {}", printable_path(file));
            return Err(DataError::content(path, expected, found));
        }
    }
    let marked = marked(picture.with_channels(Channels::Gray));
    let values = black_and_white(treatment.apply(marked).values, 127);
    Ok(Mask { image, sum: sum(&bytes), values })
}

/// The mask in black and white, whatever levels it has: 0 and 1, or 0 and 255.
fn marked(picture: Picture) -> Picture {
    let brightest = picture.values.iter().copied().max().unwrap_or_default();
    Picture { values: black_and_white(picture.values, brightest / 2), ..picture }
}

fn black_and_white(mut values: Vec<u8>, limit: u8) -> Vec<u8> {
    values.iter_mut().for_each(|value| *value = if *value > limit { 255 } else { 0 });
    values
}

fn read(path: &Path) -> Result<Vec<u8>, DataError> {
    let bytes = read_image(path).map_err(|reason| ReadError::new(path, reason))?;
    // A file that is neither named as an image nor begins as one has nothing to decode.
    Ok(bytes.unwrap_or_default())
}

fn check_memory(folder: &Path, count: usize, extents: Extents) -> Result<(), DataError> {
    let (bytes, most) = (extents.len() as u128 * count as u128, Limits::default().max_bytes);
    match bytes <= u128::from(most) {
        true => Ok(()),
        false => {
            let found = format!("{bytes}; a smaller --size takes fewer");
            Err(DataError::content(folder, format!("at most {most} bytes of masks"), found))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_that_is_asked_for_has_the_class() {
        for (file, mask) in [
            ("test/scratch/007.png", "scratch/007_mask.png"),
            // A folder without parts: 007_mask.png would be that of each class.
            ("scratch/007.jpeg", "scratch/007_mask.png"),
            ("007.a.png", "007.a_mask.png"),
        ] {
            assert_eq!(usual_name(Path::new(file)), Path::new(mask));
        }
    }
}
