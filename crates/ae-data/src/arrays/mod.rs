//! Arrays of numbers, from whatever files, become images and labels.

mod roles;
mod values;

pub(crate) use roles::{Kind, Part, Role};
pub(crate) use values::labels;

use crate::finish::{Raw, RawPart, finish};
use crate::source::Loading;
use crate::vectors;
use crate::{DataError, Dataset, Extents, Label};
use ae_npy::NpyData;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use values::Scale;

/// An array with its name: that of an entry, or of a file.
#[derive(Clone, Debug)]
pub(crate) struct NamedArray {
    pub(crate) name: String,
    /// The file, for messages.
    pub(crate) path: PathBuf,
    pub(crate) role: Role,
    pub(crate) shape: Vec<usize>,
    pub(crate) data: NpyData,
}

/// Where arrays come from.
#[derive(Clone, Debug)]
pub(crate) struct Origin<'a> {
    pub(crate) place: &'a Path,
    pub(crate) names: Vec<String>,
    pub(crate) checksums: BTreeMap<String, String>,
    pub(crate) files: BTreeMap<String, PathBuf>,
    pub(crate) remarks: Vec<String>,
}

/// If there are images of one part alone, such as a file of test images, they are the whole set.
fn take_only_part_as_whole(arrays: &mut [NamedArray]) {
    let images = arrays.iter().filter(|array| array.role.kind == Kind::Images);
    let mut parts: Vec<Part> = images.map(|array| array.role.part).collect();
    parts.dedup();
    let [only @ (Part::Test | Part::Validation)] = parts[..] else { return };
    for array in arrays.iter_mut().filter(|array| array.role.part == only) {
        array.role.part = Part::All;
    }
}

/// Makes a data set of arrays by their roles.
pub(crate) fn assemble(
    mut arrays: Vec<NamedArray>,
    origin: Origin<'_>,
    loading: &Loading<'_>,
) -> Result<Dataset, DataError> {
    let Origin { place, names, checksums, files, mut remarks } = origin;
    take_only_part_as_whole(&mut arrays);
    let mut take = |part, kind| {
        let at = arrays.iter().position(|array| array.role == Role { part, kind });
        // The others keep their order: the first images belong to the first labels.
        at.map(|at| arrays.remove(at))
    };
    let whole = take(Part::All, Kind::Images);
    let first = if whole.is_none() { Part::Train } else { Part::All };
    let Some(train) = whole.or_else(|| take(Part::Train, Kind::Images)) else {
        let expected = "an array of images, named such as x_train or train_images";
        let found = list(&arrays);
        return Err(DataError::content(place, expected, found));
    };
    let train_labels = take(first, Kind::Labels);
    let tested = if first == Part::All { Part::All } else { Part::Test };
    let mut test = take(tested, Kind::Images).map(|images| (images, take(tested, Kind::Labels)));
    if test.is_none() && first == Part::Train {
        test = take(Part::Validation, Kind::Images)
            .map(|images| (images, take(Part::Validation, Kind::Labels)));
    }
    if train_labels.is_some() && test.as_ref().is_some_and(|(_, labels)| labels.is_none()) {
        // Kaggle keeps the labels of its test images.
        let name = test.take().map(|(images, _)| images.name).unwrap_or_default();
        remarks.push(format!(
            "{name}: not used, as it has no labels; some training images are for testing"
        ));
    }
    if test.is_some() && loading.options.test_share.is_some() && loading.options.vectors {
        remarks.extend(crate::finish::own_test_part(loading.options));
    }
    let unused: BTreeSet<&str> = arrays.iter().map(|array| array.name.as_str()).collect();
    remarks.extend(unused.iter().map(|name| format!("{name}: not used")));
    if loading.options.vectors {
        let train = vectors::rows(train, train_labels)?;
        let test = test.map(|(rows, labels)| vectors::rows(rows, labels)).transpose()?;
        let raw = vectors::Raw { train, test, names, checksums, files, remarks };
        return vectors::finish(raw, place, loading);
    }
    let scale = Scale::of(&train)?;
    remarks.extend(scale.remark(&train));
    let train = part(train, train_labels, scale)?;
    let test = test.map(|(images, labels)| part(images, labels, scale)).transpose()?;
    finish(Raw { train, test, names, checksums, files, remarks }, place, loading.options)
}

fn list(arrays: &[NamedArray]) -> String {
    let names: Vec<String> =
        arrays.iter().take(6).map(|array| format!("{} {:?}", array.name, array.shape)).collect();
    if names.is_empty() { "none".into() } else { names.join(", ") }
}

fn part(
    images: NamedArray,
    labels: Option<NamedArray>,
    scale: Scale,
) -> Result<RawPart, DataError> {
    let (path, name) = (images.path.clone(), images.name.clone());
    let layout = Layout::of(&images)?;
    let values = layout.in_order(scale.bytes(images)?);
    let count = values.len() / layout.extents().len();
    let labels = labels.map(values::labels).transpose()?;
    if let Some(found) = labels.as_ref().map(Vec::len).filter(|&found| found != count) {
        let expected = format!("{count} labels, one for each image of {name}");
        return Err(DataError::content(path, expected, found.to_string()));
    }
    if count == 0 {
        return Err(DataError::content(path, format!("images in {name}"), "none"));
    }
    Ok(RawPart { extents: layout.extents(), values, labels })
}

/// How the axes of an array are arranged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// `[n, h, w]`, `[n, h, w, c]`, or rows of that length.
    Pixels(Extents),
    /// `[n, c, h, w]`, as PyTorch has it.
    Planes(Extents),
}

impl Layout {
    fn of(array: &NamedArray) -> Result<Self, DataError> {
        let refuse = || {
            let expected = format!(
                "{} to be images of shape (n, h, w), (n, h, w, 1) or (n, h, w, 3)",
                array.name
            );
            DataError::content(&array.path, expected, format!("{:?}", array.shape))
        };
        let layout = match *array.shape.as_slice() {
            [_, pixels] => Self::Pixels(flat_extents(pixels).ok_or_else(refuse)?),
            [_, height, width] => Self::Pixels(Extents::gray(height, width)),
            [_, height, width, channels @ (1 | 3)] => {
                Self::Pixels(Extents { height, width, channels })
            }
            [_, channels @ (1 | 3), height, width] => {
                Self::Planes(Extents { height, width, channels })
            }
            _ => return Err(refuse()),
        };
        let extents = layout.extents();
        if extents.checked_len().is_none_or(|len| len == 0) { Err(refuse()) } else { Ok(layout) }
    }

    fn extents(self) -> Extents {
        match self {
            Self::Pixels(extents) | Self::Planes(extents) => extents,
        }
    }

    /// The values with the channels of a pixel beside one another.
    fn in_order(self, values: Vec<u8>) -> Vec<u8> {
        match self {
            Self::Planes(extents) if extents.is_color() => planes_to_pixels(&values, extents),
            _ => values,
        }
    }
}

/// Converts images whose channels follow one another to images whose channels are beside one
/// another.
pub(crate) fn planes_to_pixels(values: &[u8], extents: Extents) -> Vec<u8> {
    let pixels = extents.pixels();
    let mut out = Vec::with_capacity(values.len());
    for image in values.chunks_exact(extents.len()) {
        for at in 0..pixels {
            out.extend([image[at], image[pixels + at], image[2 * pixels + at]]);
        }
    }
    out
}

/// The size of images that are rows of this many numbers: square, gray or color.
pub(crate) fn flat_extents(numbers: usize) -> Option<Extents> {
    let side =
        |pixels: usize| Some(pixels.isqrt()).filter(|side| side * side == pixels && *side > 0);
    if let Some(side) = side(numbers) {
        return Some(Extents::gray(side, side));
    }
    let side = numbers.is_multiple_of(3).then(|| side(numbers / 3)).flatten()?;
    Some(Extents::color(side, side))
}

/// Labels by their names, where a table has words: the names in order, and the number of each.
pub(crate) fn numbered(words: &[String]) -> (Vec<String>, Vec<Label>) {
    let mut names: Vec<String> = words.to_vec();
    names.sort_unstable();
    names.dedup();
    let number =
        |word: &String| names.binary_search(word).ok().and_then(|i| Label::try_from(i).ok());
    let labels = words.iter().map(|word| number(word).unwrap_or(Label::MAX)).collect();
    (names, labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_numbers_are_square_images() {
        assert_eq!(flat_extents(784), Some(Extents::gray(28, 28)));
        assert_eq!(flat_extents(2352), Some(Extents::color(28, 28)));
        for other in [0, 2, 785, 5] {
            assert_eq!(flat_extents(other), None);
        }
    }

    #[test]
    fn planes_become_pixels() {
        let planes = [1, 2, 11, 12, 21, 22, 3, 4, 13, 14, 23, 24];
        let pixels = planes_to_pixels(&planes, Extents::color(1, 2));
        assert_eq!(pixels, [1, 11, 21, 2, 12, 22, 3, 13, 23, 4, 14, 24]);
    }

    #[test]
    fn words_are_numbered_in_their_order() {
        let words = ["cat", "ant", "cat", "bee"].map(String::from);
        let (names, labels) = numbered(&words);
        assert_eq!(
            (names, labels),
            (["ant", "bee", "cat"].map(String::from).to_vec(), vec![2, 0, 2, 1])
        );
    }
}
