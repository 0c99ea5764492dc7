//! `ae-app resume`: continues a run from its newest valid checkpoint, or a laboratory.

use super::shared::{run_environment, run_job};
use super::{continuation, lab, sweep};
use crate::cli::ResumeArgs;
use crate::exit::usage;
use crate::report::{Output, Report};
use crate::run::{Ending, Processes};
use ae_checkpoint::Archive;
use ae_files::printable_path;
use ae_run::sweep::PLAN;
use ae_run::{CHECKPOINT, CONFIG, Config, is_complete, read_file};
use anyhow::Result;
use std::path::Path;

/// Continues a run, or a laboratory.
pub(super) fn run(args: ResumeArgs, output: Output, processes: &Processes) -> Result<Ending> {
    let ResumeArgs { run: args, epochs } = args;
    if args.run.join(lab::LAB).is_file() {
        if epochs.is_some() {
            let message = "--epochs: a lab trains several models; expected the folder of a run";
            return Err(usage(message).into());
        }
        return lab::resume(args, output, processes);
    }
    if args.run.join(PLAN).is_file() {
        if epochs.is_some() || args.dataset.is_some() {
            let message = "a sweep goes on as its plan says; expected no --epochs and no --dataset";
            return Err(usage(message).into());
        }
        return sweep::resume(args, output, processes);
    }
    if is_complete(&args.run) && !asks_for_more(&args.run, epochs)? {
        return nothing_left(&args.run, output);
    }
    let (config, resumed) = continuation::open(&args.run, epochs)?;
    let mut job = run_job(&config, &args)?;
    let plan = &mut job.training_mut().plan;
    plan.epochs = epochs.or(plan.epochs);
    let environment = run_environment(args.data_dir, args.threads, output).led(processes);
    crate::jobs::run(&job, &environment, Some(resumed))
}

/// Returns whether a complete run is to be trained to another number of epochs.
fn asks_for_more(run: &Path, epochs: Option<usize>) -> Result<bool> {
    let Some(epochs) = epochs else { return Ok(false) };
    let config = Config::parse(&read_file(run, CONFIG)?, &run.join(CONFIG))?;
    Ok(epochs != config.epochs())
}

/// Ends without work for a complete run. Its folder may be read-only, because it is only read.
fn nothing_left(run: &Path, output: Output) -> Result<Ending> {
    let path = run.join(CONFIG);
    let text = read_file(run, CONFIG)?;
    // Without its checkpoint, a complete run has nothing to compare the file with but its checksum,
    // which is for `verify`.
    if let Ok(checkpoint) = Archive::read(&run.join(CHECKPOINT)) {
        Config::check_unedited(&text, &path, &checkpoint, false)?;
    }
    let report = Report::new(output);
    report.line(format_args!("{} is complete: nothing is left to do", printable_path(run)));
    report.end_in("complete", run, None)?;
    Ok(Ending::Done)
}
