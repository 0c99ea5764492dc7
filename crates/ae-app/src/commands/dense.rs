//! `ae-app dense`.

use super::config_file::other_job;
use super::shared::environment;
use crate::cli::DenseArgs;
use crate::report::Output;
use crate::run::{Ending, Processes};
use ae_run::{DenseSpec, Job};
use anyhow::Result;

/// Trains a dense auto-encoder. `recorded` is the job of an earlier run, which the options change.
pub(super) fn run(
    args: DenseArgs,
    recorded: Option<Job>,
    output: Output,
    processes: &Processes,
) -> Result<Ending> {
    let environment =
        environment(args.work.clone(), args.data.data_dir.clone(), output).led(processes);
    let mut spec = match recorded {
        None => DenseSpec::default(),
        Some(Job::Dense(spec)) => spec,
        Some(job) => return Err(other_job("dense", &job).into()),
    };
    args.apply(&mut spec);
    crate::jobs::run(&Job::Dense(spec), &environment, None)
}
