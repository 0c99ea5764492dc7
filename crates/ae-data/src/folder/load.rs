//! From the files of a folder to a data set: a look at each file, what is usable, the pixels, the
//! parts.

use super::decoding::decode_all;
use super::layout::Listing;
use super::look::{checksums, look_at_all};
use super::parts::assemble;
use super::usable::{check_skipped, treatment, usable};
use crate::source::Loading;
use crate::{DataError, Dataset};
use std::path::Path;

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
