//! Finds the point from which a run continues: its newest valid checkpoint, or its beginning.

use crate::exit::{Refusal, usage, warn};
use crate::run::{ResumePoint, Resumed, claim};
use ae_checkpoint::Archive;
use ae_run::{
    CONFIG, Config, NewestCheckpoint, PREVIOUS_CHECKPOINT, RunError, RunFolder,
    checkpoint_to_extend, is_untouched, newest_checkpoint,
};
use anyhow::{Context, Result};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// Opens a run that has not ended, or that is to be trained to another number of epochs. Returns
/// the configuration that it began with, and the point from which it continues.
pub(super) fn open(run: &Path, epochs: Option<usize>) -> Result<(Config, Resumed)> {
    of_folder(claim(|| RunFolder::open(run))?, epochs)
}

/// As [`open`], for a folder that is claimed.
pub(super) fn of_folder(folder: RunFolder, epochs: Option<usize>) -> Result<(Config, Resumed)> {
    let run = folder.path();
    let path = folder.file(CONFIG);
    let text = match fs::read_to_string(&path) {
        Ok(text) => Some(text),
        // The checkpoint also contains the configuration.
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", path.display()));
        }
    };
    let (config, from) = match (newest(&folder)?, text) {
        // A run that has lost its checkpoints still has results, which must not be overwritten.
        (None, Some(text)) if is_untouched(run)? => {
            (Config::parse(&text, &path)?, ResumePoint::Beginning(text))
        }
        (None, _) => return Err(without_checkpoint(&folder).into()),
        (Some(checkpoint), text) => {
            let begun = Config::from_archive(&checkpoint)?;
            if let Some(text) = text {
                // The file must be a valid configuration before its values are compared.
                Config::parse(&text, &path)?;
                Config::check_unedited(&text, &path, &checkpoint, epochs.is_some())?;
            }
            let from = match epochs.filter(|&epochs| epochs != begun.epochs()) {
                Some(epochs) => extended(&folder, &begun, checkpoint, epochs)?,
                None => ResumePoint::Checkpoint(checkpoint),
            };
            (begun, from)
        }
    };
    if let Some(was) = config.other_build() {
        let run = folder.path().display();
        warn(&format!("{run}: begun by {was}: the last digits may differ from now on"));
    }
    Ok((config, Resumed { folder, from }))
}

/// Reads the newest checkpoint, if there is one. Warns if the one after it is damaged.
fn newest(folder: &RunFolder) -> Result<Option<Archive>, RunError> {
    let Some(NewestCheckpoint { archive, damaged }) = newest_checkpoint(folder)? else {
        return Ok(None);
    };
    if let Some(damaged) = damaged {
        let previous = folder.file(PREVIOUS_CHECKPOINT);
        warn(&format!("{damaged}; continuing from {}", previous.display()));
    }
    Ok(Some(archive))
}

fn without_checkpoint(folder: &RunFolder) -> RunError {
    let (path, found) = (folder.path().to_path_buf(), "none".into());
    RunError::NotARun { path, expected: "the folder of a run with a checkpoint", found }
}

/// Returns the point from which a run continues to another number of epochs.
fn extended(
    folder: &RunFolder,
    begun: &Config,
    newest: Archive,
    epochs: usize,
) -> Result<ResumePoint> {
    check_epochs(begun, newest.number("epoch")?, epochs)?;
    let every = begun.checkpoint_every();
    Ok(ResumePoint::Extended(checkpoint_to_extend(folder, newest, epochs, every)?))
}

/// Checks that a run trained for this many epochs can become one of `epochs`.
fn check_epochs(begun: &Config, trained: usize, epochs: usize) -> Result<(), Refusal> {
    if epochs < trained {
        return Err(usage(format!(
            "--epochs {epochs}: expected at least {trained}, the epochs that the run has been trained for"
        )));
    }
    let schedule = begun.schedule();
    if schedule.depends_on_epochs() {
        return Err(usage(format!(
            "--epochs {epochs}: the schedule {schedule} depends on the number of epochs, {} so far: training on would not \
             equal a run of {epochs} epochs; begin one with --config and the run's {CONFIG}",
            begun.epochs()
        )));
    }
    Ok(())
}
