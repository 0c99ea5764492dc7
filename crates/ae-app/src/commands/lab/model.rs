//! The models of a laboratory: the job that trains one, and one that has been trained.

use crate::cli::LabArgs;
use ae_run::{DataSpec, DenseSpec, Job, KeepSpec, ModelFile, ModelSpec, PlanSpec, TrainingSpec};
use std::path::Path;

/// A model to be scored.
pub(super) struct Trained {
    pub(super) name: String,
    pub(super) seed: u64,
    pub(super) file: ModelFile,
}

/// Returns the job that trains this model with this seed.
pub(super) fn job(args: &LabArgs, data: &DataSpec, model: &Path, seed: u64) -> Job {
    let training = TrainingSpec {
        data: data.clone(),
        augmentation: None,
        model: ModelSpec {
            model: Some(model.to_path_buf()),
            latent: args.latent,
            ..ModelSpec::default()
        },
        plan: PlanSpec { epochs: args.epochs, batch: args.batch, ..PlanSpec::default() },
        // Models are trained in minutes. For small models, checkpoints at each epoch would take
        // most of the time.
        keep: KeepSpec { checkpoint_every: 50, ..KeepSpec::default() },
        seed,
        samples: args.gallery.count(),
    };
    Job::Dense(DenseSpec { training })
}
