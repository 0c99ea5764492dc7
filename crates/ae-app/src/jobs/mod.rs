//! The jobs: what is trained, in the order of the notebook, and what is drawn and measured of it. Knows no command.

pub(crate) mod denoise;
pub(crate) mod dense;
mod latent_map;
mod sweep;

use crate::run::{Ending, Environment, Resumed};
use ae_run::Job;
use anyhow::Result;

/// Does a job, or goes on with a run of it.
pub(crate) fn run(
    job: &Job,
    environment: &Environment,
    resumed: Option<Resumed>,
) -> Result<Ending> {
    environment.on_threads(|| match job {
        Job::Dense(_) => dense::run(job, environment, resumed),
        Job::Denoise(spec) => denoise::run(job, spec, environment, resumed),
    })
}
