//! The masks of test images, which say where a defect is.

use crate::exit::{Refusal, data as data_error};
use ae_data::{Dataset, ImageSet, Label, Masks, Options};
use ae_files::printable_path;
use ae_run::MaskSpec;
use anyhow::Result;
use std::path::{Path, PathBuf};

/// The masks that a job has found.
pub(crate) struct FoundMasks {
    /// A mask for each test image, of one channel: 255 where a defect is, else 0.
    pub(crate) images: ImageSet,
    /// The SHA-256 of their names and contents.
    pub(crate) sha256: String,
    /// Where they are.
    pub(crate) folder: PathBuf,
}

/// Masks of all images of a data set, some of which a job then chooses.
pub(super) struct AllMasks {
    masks: Masks,
    folder: PathBuf,
}

impl AllMasks {
    /// Reads the masks that a job asks for, for data in this `place`.
    pub(super) fn read(
        spec: &MaskSpec,
        dataset: &Dataset,
        place: &Path,
        options: &Options,
    ) -> Result<Option<Self>> {
        let read = |folder: PathBuf| -> Result<Self> {
            let masks = Masks::read(&folder, dataset, options)?;
            Ok(Self { masks, folder })
        };
        let images = dataset.test.files().is_some();
        match spec {
            MaskSpec::Without => Ok(None),
            MaskSpec::Beside if !images => Ok(None),
            MaskSpec::Beside => Masks::beside(place).map(read).transpose(),
            MaskSpec::In(folder) if !folder.is_dir() => {
                let folder = printable_path(folder);
                let message = format!("--masks {folder}: expected a folder of masks, found none");
                Err(data_error(message).into())
            }
            MaskSpec::In(folder) => read(folder.clone()).map(Some),
            MaskSpec::Recorded { sha256, place: was } => {
                let places = was.clone().into_iter().chain(Masks::beside(place));
                // Copied data may have the run's masks where the original ones were changed.
                let mut found = Err(not_found(was.as_deref(), place).into());
                for folder in places.filter(|folder| folder.is_dir()) {
                    found = read(folder).and_then(|all| check(all, sha256));
                    if found.is_ok() {
                        break;
                    }
                }
                found.map(Some)
            }
        }
    }

    /// Takes those of the test images that a job has chosen. Images of the `normal` classes need
    /// none.
    pub(super) fn of(self, test: &ImageSet, normal: &[Label]) -> Result<FoundMasks> {
        let Self { masks, folder } = self;
        let images = masks.of(test, normal)?;
        Ok(FoundMasks { images, sha256: masks.checksum().into(), folder })
    }
}

fn not_found(was: Option<&Path>, place: &Path) -> Refusal {
    let was = was.map_or_else(String::new, |was| format!("in {} or ", printable_path(was)));
    let place = printable_path(place);
    data_error(format!(
        "{place}: expected the masks of the run {was}in its folder ground_truth, found none there"
    ))
}

/// Returns the masks if they are those of the run.
fn check(all: AllMasks, expected: &str) -> Result<AllMasks> {
    let found = all.masks.checksum();
    if found == expected {
        return Ok(all);
    }
    let folder = printable_path(&all.folder);
    Err(data_error(format!(
        "{folder}: not the masks of the run: expected SHA-256 {expected}, found {found}"
    ))
    .into())
}
