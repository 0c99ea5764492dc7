//! `ae-app dense`, `ae-app denoise` and `ae-app anomaly`: the commands that train.

use super::shared::environment;
use crate::cli::{AnomalyArgs, Command, DenoiseArgs, DenseArgs};
use crate::exit::{Refusal, usage};
use crate::report::Output;
use crate::run::{Ending, Processes};
use ae_run::{AnomalySpec, DenoiseSpec, DenseSpec, Job};
use anyhow::Result;

/// The arguments of a command that trains.
pub(super) enum JobArgs {
    Dense(DenseArgs),
    Denoise(DenoiseArgs),
    Anomaly(AnomalyArgs),
}

impl JobArgs {
    /// Returns the job of these arguments. `recorded` is the job of an earlier run, which they
    /// change.
    pub(super) fn job(self, recorded: Option<Job>) -> Result<Job, Refusal> {
        let mut job = recorded.unwrap_or_else(|| self.usual_job());
        match (self, &mut job) {
            (Self::Dense(args), Job::Dense(spec)) => args.apply(spec),
            (Self::Denoise(args), Job::Denoise(spec)) => args.apply(spec),
            (Self::Anomaly(args), Job::Anomaly(spec)) => args.apply(spec),
            (args @ (Self::Dense(_) | Self::Denoise(_) | Self::Anomaly(_)), job) => {
                return Err(other_job(args.usual_job().name(), job));
            }
        }
        Ok(job)
    }

    fn usual_job(&self) -> Job {
        match self {
            Self::Dense(_) => Job::Dense(DenseSpec::default()),
            Self::Denoise(_) => Job::Denoise(DenoiseSpec::default()),
            Self::Anomaly(_) => Job::Anomaly(AnomalySpec::default()),
        }
    }
}

/// The arguments of a command, if it trains; otherwise the command.
impl TryFrom<Command> for JobArgs {
    type Error = Command;

    fn try_from(command: Command) -> Result<Self, Command> {
        match command {
            Command::Dense(args) => Ok(Self::Dense(args)),
            Command::Denoise(args) => Ok(Self::Denoise(args)),
            Command::Anomaly(args) => Ok(Self::Anomaly(args)),
            other => Err(other),
        }
    }
}

/// Trains. `recorded` is the job of an earlier run, which the options change.
pub(super) fn run(
    args: JobArgs,
    recorded: Option<Job>,
    output: Output,
    processes: &Processes,
) -> Result<Ending> {
    let (work, data) = match &args {
        JobArgs::Dense(args) => (&args.work, &args.data),
        JobArgs::Denoise(args) => (&args.work, &args.data),
        JobArgs::Anomaly(args) => (&args.work, &args.data),
    };
    let environment = environment(work.clone(), data.data_dir.clone(), output).led(processes);
    crate::jobs::run(&args.job(recorded)?, &environment, None)
}

/// Returns the refusal of a configuration of another job.
fn other_job(expected: &str, found: &Job) -> Refusal {
    usage(format!("--config: expected job = \"{expected}\", found \"{}\"", found.name()))
}
