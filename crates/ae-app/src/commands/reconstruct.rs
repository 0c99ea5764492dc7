//! `ae-app reconstruct`: a trained model's reconstructions of test images.

use super::trained_model::TrainedModel;
use crate::cli::ModelArgs;
use crate::jobs::dense::{self, Work};
use crate::jobs::{anomaly, denoise};
use crate::report::Output;
use crate::run::Ending;
use ae_run::Job;
use anyhow::Result;

/// Draws test images above their reconstructions.
pub(super) fn run(args: ModelArgs, output: Output) -> Result<Ending> {
    let TrainedModel { file, job, environment } = TrainedModel::load(&args, output)?;
    environment.on_threads(|| match &job {
        Job::Dense(_) => dense::use_model(&job, &environment, &file, Work::Reconstruct),
        Job::Anomaly(_) => anomaly::reconstruct(&job, &environment, &file),
        Job::Denoise(spec) => denoise::reconstruct(&job, spec, &environment, &file),
    })
}
