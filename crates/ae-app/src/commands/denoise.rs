//! `ae-app denoise`.

use super::config_file::other_job;
use super::shared::environment;
use crate::cli::DenoiseArgs;
use crate::report::Output;
use crate::run::{Ending, Processes};
use ae_run::{DenoiseSpec, Job};
use anyhow::Result;

/// Trains a model that removes noise. `recorded` is the job of an earlier run, which the options
/// change.
pub(super) fn run(
    args: DenoiseArgs,
    recorded: Option<Job>,
    output: Output,
    processes: &Processes,
) -> Result<Ending> {
    let environment =
        environment(args.work.clone(), args.data.data_dir.clone(), output).led(processes);
    let mut spec = match recorded {
        None => DenoiseSpec::default(),
        Some(Job::Denoise(spec)) => spec,
        Some(job) => return Err(other_job("denoise", &job).into()),
    };
    args.apply(&mut spec);
    crate::jobs::run(&Job::Denoise(spec), &environment, None)
}
