//! The part that the commands using a trained model share.

use super::shared::environment;
use crate::cli::ModelArgs;
use crate::report::Output;
use crate::run::Environment;
use ae_run::{Job, ModelFile};
use anyhow::Result;

/// A model, the job that trained it with the requested changes, and the environment.
pub(super) struct TrainedModel {
    pub(super) file: ModelFile,
    pub(super) job: Job,
    pub(super) environment: Environment,
}

impl TrainedModel {
    pub(super) fn load(args: &ModelArgs, output: Output) -> Result<Self> {
        let file = ModelFile::load(&args.model)?;
        let mut job = file.job()?;
        args.apply(job.training_mut());
        let environment = environment(args.work.clone(), args.data.data_dir.clone(), output);
        Ok(Self { file, job, environment })
    }
}
