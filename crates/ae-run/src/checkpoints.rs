//! Finds the checkpoints in a folder: the newest valid one, and the one from which a run is
//! extended.

use crate::files::{CHECKPOINT, PREVIOUS_CHECKPOINT};
use crate::{RunError, RunFolder};
use ae_checkpoint::{Archive, CheckpointError};
use std::fs;

/// The newest valid checkpoint of a run.
#[derive(Debug)]
pub struct NewestCheckpoint {
    /// The checkpoint.
    pub archive: Archive,
    /// The error of a newer checkpoint. That file has been removed, so that it cannot become the
    /// previous one.
    pub damaged: Option<CheckpointError>,
}

/// Reads the newest valid checkpoint in the folder. Returns `None` if the folder has none.
///
/// # Errors
/// [`RunError::Checkpoint`] or [`RunError::BothCheckpoints`] if none can be read, [`RunError::Io`]
/// if a damaged one cannot be removed.
pub fn newest_checkpoint(folder: &RunFolder) -> Result<Option<NewestCheckpoint>, RunError> {
    let (path, previous) = (folder.file(CHECKPOINT), folder.file(PREVIOUS_CHECKPOINT));
    let error = match Archive::read(&path) {
        Ok(archive) => return Ok(Some(NewestCheckpoint { archive, damaged: None })),
        Err(error) if error.is_absent() || error.is_damage() => error,
        Err(error) => return Err(error.into()),
    };
    match Archive::read(&previous) {
        Ok(archive) if error.is_damage() => {
            fs::remove_file(&path).map_err(RunError::io("remove", path))?;
            Ok(Some(NewestCheckpoint { archive, damaged: Some(error) }))
        }
        Ok(archive) => Ok(Some(NewestCheckpoint { archive, damaged: None })),
        Err(older) if older.is_absent() && error.is_absent() => Ok(None),
        Err(older) if older.is_absent() => Err(error.into()),
        Err(older) if error.is_absent() => Err(older.into()),
        Err(older) => {
            let (newest, previous) = (Box::new(error), Box::new(older));
            Err(RunError::BothCheckpoints { newest, previous })
        }
    }
}

/// Returns the checkpoint from which a run is to be continued to another number of `epochs`, with a
/// checkpoint after `every` epochs: the newest one, if any, that a run of that many epochs would
/// have written as well. The last checkpoint of a run may fall between two of the others; continued
/// from it, the files would differ from those of the longer run.
///
/// # Errors
/// [`RunError::Checkpoint`] if a checkpoint's metadata are not numbers.
pub fn checkpoint_to_extend(
    folder: &RunFolder,
    newest: Archive,
    epochs: usize,
    every: usize,
) -> Result<Archive, RunError> {
    let is_common = |archive: &Archive| -> Result<bool, CheckpointError> {
        let epoch: usize = archive.number("epoch")?;
        let stopped: bool = archive.number("stopped_early")?;
        Ok(epoch < epochs && epoch.is_multiple_of(every) && !stopped)
    };
    if !is_common(&newest)? {
        match Archive::read(&folder.file(PREVIOUS_CHECKPOINT)) {
            Ok(previous) if is_common(&previous)? => return Ok(previous),
            _ => {}
        }
    }
    Ok(newest)
}
