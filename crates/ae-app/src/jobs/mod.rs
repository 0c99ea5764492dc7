//! The jobs: training in the order of the notebook, with the pictures and measurements of each. No
//! module here knows a command.

pub(crate) mod anomaly;
pub(crate) mod denoise;
pub(crate) mod dense;
mod latent_map;
pub(crate) mod own_image;
mod sweep;

use crate::run::{Ending, Environment, Resumed};
use ae_run::Job;
use anyhow::Result;

/// Runs a job, or continues a run of it.
pub(crate) fn run(
    job: &Job,
    environment: &Environment,
    resumed: Option<Resumed>,
) -> Result<Ending> {
    environment.on_threads(|| match job {
        Job::Dense(_) => dense::run(job, environment, resumed),
        Job::Anomaly(spec) => anomaly::run(job, spec, environment, resumed),
        Job::Denoise(spec) => denoise::run(job, spec, environment, resumed),
    })
}
