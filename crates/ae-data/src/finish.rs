//! What all sources have in common after their files are read.

use crate::hash::{Sum, sum};
use crate::picture::{Picture, Treatment};
use crate::split::is_test;
use crate::{Channels, DataError, Dataset, Extents, ImageSet, Label, Options};
use ae_files::printable;
use ae_idx::ClassName;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A part of a data set as its file has it.
#[derive(Clone, Debug)]
pub(crate) struct RawPart {
    pub(crate) extents: Extents,
    pub(crate) values: Vec<u8>,
    pub(crate) labels: Option<Vec<Label>>,
}

/// A data set as its files have it.
#[derive(Clone, Debug)]
pub(crate) struct Raw {
    pub(crate) train: RawPart,
    /// `None` where the source has one part only.
    pub(crate) test: Option<RawPart>,
    /// The names of the classes that the source gives; if empty, their numbers.
    pub(crate) names: Vec<String>,
    pub(crate) checksums: BTreeMap<String, String>,
    pub(crate) files: BTreeMap<String, PathBuf>,
    pub(crate) remarks: Vec<String>,
}

/// Applies the options and makes a data set of it.
pub(crate) fn finish(raw: Raw, place: &Path, options: &Options) -> Result<Dataset, DataError> {
    crate::vectors::refuse(place, options)?;
    let Raw { train, test, names, checksums, files, mut remarks } = raw;
    let (train, test) = match test {
        Some(test) => {
            remarks.extend(own_test_part(options));
            (train, test)
        }
        None => divide(train, options),
    };
    check_parts(place, &train, &test, options)?;
    // A gray part of a color set becomes color as well.
    let color = train.extents.is_color() || test.extents.is_color();
    let channels = options.channels.or(color.then_some(Channels::Rgb));
    let treated_as = Options { channels, ..options.clone() };
    let (train, test) = (treated(train, &treated_as)?, treated(test, &treated_as)?);
    let labels = [&train, &test].into_iter().filter_map(ImageSet::labels).flatten();
    let count = labels.max().map_or(0, |&label| usize::from(label) + 1);
    let count = if train.labels().is_some() { count.max(names.len()) } else { 0 };
    let given = if options.class_names.is_empty() { &names } else { &options.class_names };
    let class_names = class_names(place, given, count)?;
    let name = place_name(place);
    let skipped = Vec::new();
    Ok(Dataset { name, train, test, class_names, checksums, files, remarks, skipped })
}

/// Applies the options to a data set that its source has divided and named.
pub(crate) fn apply(
    dataset: Dataset,
    place: &Path,
    options: &Options,
) -> Result<Dataset, DataError> {
    crate::vectors::refuse(place, options)?;
    let extents = dataset.extents();
    let treatment = Treatment::new(options, turned(extents, options));
    let mut dataset = match treatment.keeps(extents) {
        true => dataset,
        false => {
            let raw = |images: &ImageSet| RawPart {
                extents,
                values: images.images().to_vec(),
                labels: images.labels().map(<[Label]>::to_vec),
            };
            let (train, test) = (raw(&dataset.train), raw(&dataset.test));
            Dataset { train: treated(train, options)?, test: treated(test, options)?, ..dataset }
        }
    };
    if !options.class_names.is_empty() && dataset.labelled() {
        dataset.class_names = class_names(place, &options.class_names, dataset.classes())?;
    }
    dataset.remarks.extend(own_test_part(options));
    Ok(dataset)
}

/// Says that a share was asked for in vain.
pub(crate) fn own_test_part(options: &Options) -> Option<String> {
    options.test_share.map(|_| "--test-share has no effect: the data have a test part".to_owned())
}

fn turned(extents: Extents, options: &Options) -> Extents {
    match options.transpose {
        true => Extents { height: extents.width, width: extents.height, ..extents },
        false => extents,
    }
}

fn check_parts(
    place: &Path,
    train: &RawPart,
    test: &RawPart,
    options: &Options,
) -> Result<(), DataError> {
    if train.extents.size() != test.extents.size() && options.size.is_none() {
        let expected = format!("test images of {} like the training images", train.extents);
        return Err(DataError::content(place, expected, test.extents.to_string()));
    }
    if train.labels.is_some() != test.labels.is_some() {
        let (has, lacks) =
            if train.labels.is_some() { ("training", "test") } else { ("test", "training") };
        let expected = format!("labels of the {lacks} images as of the {has} images");
        return Err(DataError::content(place, expected, "none"));
    }
    Ok(())
}

/// Divides images into those for training and those for testing, by their content.
fn divide(all: RawPart, options: &Options) -> (RawPart, RawPart) {
    let RawPart { extents, values, labels } = all;
    let class = |i: usize| labels.as_ref().map_or(0, |labels| labels[i]);
    let images: Vec<&[u8]> = values.chunks_exact(extents.len()).collect();
    let contents: Vec<(Label, Sum)> =
        images.par_iter().enumerate().map(|(i, image)| (class(i), sum(image))).collect();
    let test = is_test(&contents, options.test_share.unwrap_or(Options::TEST_SHARE));
    let part = |wanted: bool| {
        let chosen: Vec<usize> = (0..test.len()).filter(|&i| test[i] == wanted).collect();
        RawPart {
            extents,
            values: chosen.iter().flat_map(|&i| images[i]).copied().collect(),
            labels: labels.as_ref().map(|labels| chosen.iter().map(|&i| labels[i]).collect()),
        }
    };
    (part(false), part(true))
}

/// Transposes, converts and resizes images as the options say.
fn treated(part: RawPart, options: &Options) -> Result<ImageSet, DataError> {
    let RawPart { extents, values, labels } = part;
    let treatment = Treatment::new(options, turned(extents, options));
    if treatment.keeps(extents) {
        return ImageSet::new(extents, values, labels);
    }
    let to = treatment.extents();
    let count = values.len() / extents.len();
    let mut treated = vec![0; to.len() * count];
    let places = treated.par_chunks_exact_mut(to.len());
    places.zip(values.par_chunks_exact(extents.len())).for_each(|(place, image)| {
        let picture = Picture { extents, values: image.to_vec() };
        place.copy_from_slice(&treatment.apply(picture).values);
    });
    ImageSet::new(to, treated, labels)
}

/// The names of `count` classes, by number where no names are given; with 0 classes, that of images
/// without labels. `place` is for the message.
pub(crate) fn class_names(
    place: &Path,
    names: &[String],
    count: usize,
) -> Result<Vec<ClassName>, DataError> {
    if count == 0 {
        return Ok(vec![ClassName::UNLABELLED]);
    }
    if names.is_empty() {
        return Ok((0..count).map(ClassName::number).collect());
    }
    if names.len() < count {
        let found = format!("{}: {}", names.len(), printable(&names.join(", ")));
        return Err(DataError::content(place, format!("names of {count} classes"), found));
    }
    let same = |i: usize| names[..i].iter().any(|name| name.eq_ignore_ascii_case(&names[i]));
    if let Some(i) = (0..names.len()).find(|&i| same(i)) {
        let found = format!("{} twice", printable(&names[i]));
        return Err(DataError::content(place, "different names of classes", found));
    }
    // A folder's name may have a line break in it.
    Ok(names.iter().map(|name| ClassName::given(&printable(name))).collect())
}

/// The name of a data set: that of its folder, or of its file without the extension.
pub(crate) fn place_name(place: &Path) -> String {
    // `.` and `..` have no name until they are resolved.
    let resolved = place.canonicalize().unwrap_or_else(|_| place.into());
    let name = if resolved.is_file() { resolved.file_stem() } else { resolved.file_name() };
    let whole = resolved.as_os_str();
    name.unwrap_or(whole).to_string_lossy().into_owned()
}
