//! `ae-app resume`: continues a run from its newest valid checkpoint.

use super::shared::{run_environment, run_job};
use crate::cli::RunArgs;
use crate::exit::warn;
use crate::report::{Output, Report};
use crate::run::{Ending, Resumed};
use ae_files::printable_path;
use ae_run::{
    CHECKSUMS, CONFIG, Config, NewestCheckpoint, PREVIOUS_CHECKPOINT, RunFolder, newest_checkpoint,
};
use anyhow::{Context, Result};
use std::fs;
use std::io::ErrorKind;

/// Continues a run.
pub(super) fn run(args: RunArgs, output: Output) -> Result<Ending> {
    let folder = RunFolder::open(&args.run)?;
    let NewestCheckpoint { archive: checkpoint, damaged } = newest_checkpoint(&folder)?;
    if let Some(damaged) = damaged {
        let previous = folder.file(PREVIOUS_CHECKPOINT);
        warn(&format!("{damaged}; going on from {}", previous.display()));
    }
    let begun = Config::from_archive(&checkpoint)?;
    let path = folder.file(CONFIG);
    let config = match fs::read_to_string(&path) {
        Ok(text) => Config::parse(&text, &path)?,
        // The checkpoint has the configuration as well.
        Err(error) if error.kind() == ErrorKind::NotFound => begun.clone(),
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", path.display()));
        }
    };
    if folder.file(CHECKSUMS).exists() {
        let report = Report::new(output);
        report.line(format_args!(
            "{} is complete: nothing is left to do",
            printable_path(folder.path())
        ));
        report.end_in("complete", folder.path(), None)?;
        return Ok(Ending::Done);
    }
    if let Some(was) = begun.other_build() {
        let run = args.run.display();
        warn(&format!("{run}: begun by {was}: the last digits may differ from now on"));
    }
    let job = run_job(&config, &args)?;
    crate::jobs::run(&job, &run_environment(args, output), Some(Resumed { folder, checkpoint }))
}
