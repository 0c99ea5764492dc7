//! What is taken of a folder, by the headers of its files: which images, in which size, and with
//! how many channels.

use super::layout::{Entry, Listing};
use super::look::Look;
use crate::hash::Sum;
use crate::picture::Treatment;
use crate::{DataError, Extents, Options, Skipped};
use ae_files::printable_path;
use std::collections::BTreeMap;
use std::path::Path;

/// A file with an image, by its header.
pub(super) struct Usable {
    pub(super) entry: Entry,
    pub(super) sum: Sum,
    extents: Extents,
}

/// Separates the images from the rest, which is listed.
pub(super) fn usable(listing: &mut Listing, looks: Vec<Look>) -> Vec<Usable> {
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
pub(super) fn check_skipped(
    listing: &Listing,
    kept: usize,
    options: &Options,
) -> Result<(), DataError> {
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
pub(super) fn treatment(
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
