//! `ae-app resume`: a run goes on from its newest sound checkpoint.

use crate::cli::{Command, RunArgs};
use crate::exit::{DataError, warn};
use crate::interrupt::Ending;
use crate::model_file::config_of;
use crate::record::{Config, Place};
use crate::report::{Report, shown};
use crate::run_folder::RunFolder;
use crate::session::{CHECKPOINT, PREVIOUS, Resumed};
use crate::verify::SUMS;
use ae_checkpoint::Archive;
use anyhow::{Context, Result};
use std::fs;
use std::io::ErrorKind;

pub(crate) fn run(args: &RunArgs) -> Result<Ending> {
    let folder = RunFolder::open(&args.run)?;
    let archive = newest(&folder)?;
    let begun = config_of(&archive)?;
    let config = match fs::read_to_string(folder.file("config.toml")) {
        Ok(text) => parse(&folder, &text)?,
        // The checkpoint knows it as well.
        Err(error) if error.kind() == ErrorKind::NotFound => config_of(&archive)?,
        Err(error) => {
            let path = folder.file("config.toml");
            return Err(error).with_context(|| format!("cannot read {}", path.display()));
        }
    };
    if folder.file(SUMS).exists() {
        let report = Report::new(args.output);
        report.line(format_args!("{} is complete: nothing is left to do", shown(folder.path())));
        report.end_in("complete", &folder, None)?;
        return Ok(Ending::Done);
    }
    if let Some(was) = begun.other_build() {
        warn(&format!(
            "{}: begun by {was}: the last digits may differ from now on",
            args.run.display()
        ));
    }
    let resumed = Resumed { folder, archive };
    match config.command(&Place::of(args))? {
        Command::Dense(args) => crate::dense::resume(args, resumed),
        Command::Denoise(args) => crate::denoise::resume(args, resumed),
        _ => unreachable!("these are the jobs"),
    }
}

/// A configuration that somebody may have edited.
pub(crate) fn parse(folder: &RunFolder, text: &str) -> Result<Config, DataError> {
    toml::from_str(text).map_err(|error: toml::de::Error| {
        let path = folder.file("config.toml");
        let found = error.message().lines().next().unwrap_or_default();
        DataError(format!("{}: expected a run's configuration, found: {found}", path.display()))
    })
}

/// The newest checkpoint that is sound. A damaged one is taken away, and this is said, once the one before it has been read:
/// it shall not become the previous one.
fn newest(folder: &RunFolder) -> Result<Archive> {
    let (path, previous) = (folder.file(CHECKPOINT), folder.file(PREVIOUS));
    let error = match Archive::read(&path) {
        Ok(archive) => return Ok(archive),
        Err(error) if error.is_absent() || error.is_damage() => error,
        Err(error) => return Err(error.into()),
    };
    match Archive::read(&previous) {
        Ok(archive) => {
            if error.is_damage() {
                warn(&format!("{error}; going on from {}", previous.display()));
                fs::remove_file(&path)
                    .with_context(|| format!("cannot remove {}", path.display()))?;
            }
            Ok(archive)
        }
        Err(older) if older.is_absent() && error.is_absent() => {
            let folder = folder.path().display();
            let message = "expected the folder of a run with a checkpoint, found none";
            Err(DataError(format!("{folder}: {message}")).into())
        }
        Err(older) if older.is_absent() => Err(error.into()),
        Err(older) if error.is_absent() => Err(older.into()),
        Err(older) => Err(DataError(format!("{error}; and {older}")).into()),
    }
}
