//! `ae-app generate`: new images from a trained model, or a map of its latent space.

use super::trained_model::TrainedModel;
use crate::cli::GenerateArgs;
use crate::exit::usage;
use crate::jobs::dense::{self, Work};
use crate::report::Output;
use crate::run::Ending;
use ae_run::Job;
use anyhow::Result;

/// Decodes new codes and draws the images.
pub(super) fn run(args: GenerateArgs, output: Output) -> Result<Ending> {
    let TrainedModel { file, job, environment } = TrainedModel::load(&args.model, output)?;
    let work = args.grid.map_or(Work::Generate, Work::Map);
    match &job {
        Job::Dense(_) | Job::Anomaly(_) => {
            environment.on_threads(|| dense::use_model(&job, &environment, &file, work))
        }
        Job::Denoise(_) => {
            let message =
                "generate: a denoising model has no codes to generate from; expected one of dense";
            Err(usage(message).into())
        }
    }
}
