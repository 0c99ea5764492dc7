//! From decoded images to a data set: its parts, its labels and the names of its classes.

use super::IMAGES;
use super::decoding::{Decoded, Values};
use super::layout::{CLASSES, Listing, Part};
use super::usable::Usable;
use crate::finish::{class_names, own_test_part, place_name};
use crate::hash::Sum;
use crate::source::Loading;
use crate::split::is_test;
use crate::{DataError, Dataset, Extents, ImageSet, Label, Options, Skipped};
use ae_files::{ReadError, printable, printable_path};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::{fs, io};

/// Divides the images into parts, and names the classes.
pub(super) fn assemble(
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
