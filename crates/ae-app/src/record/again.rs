//! From a configuration back to the arguments that made it.

use super::{Config, DenoiseRecord};
use crate::cli::{
    Command, CommonArgs, DataArgs, DenoiseArgs, DenseArgs, KeepArgs, RunArgs, StepArgs,
};
use crate::exit::DataError;
use crate::show::ShowArgs;
use ae_idx::KnownDataset;
use std::path::PathBuf;

/// What a configuration does not say: where things are, and how many threads there are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    pub(crate) dataset: Option<PathBuf>,
    pub(crate) data_dir: Option<PathBuf>,
    pub(crate) threads: Option<usize>,
    pub(crate) out: Option<PathBuf>,
    pub(crate) quiet: bool,
    pub(crate) show: ShowArgs,
}

impl Place {
    pub(crate) fn of(args: &RunArgs) -> Self {
        let RunArgs { dataset, data_dir, threads, quiet, .. } = args;
        let (dataset, data_dir) = (dataset.clone(), data_dir.clone());
        Self {
            dataset,
            data_dir,
            threads: *threads,
            out: None,
            quiet: *quiet,
            show: ShowArgs::default(),
        }
    }
}

impl Config {
    /// The job with the arguments that make a run of this configuration.
    pub(crate) fn command(&self, place: &Place) -> Result<Command, DataError> {
        let Self { job, seed, samples, denoise, data, model, training, .. } = self;
        let no_job =
            || DataError(format!("a configuration of job {job:?}: expected dense or denoise"));
        let dataset = place.dataset.clone().unwrap_or_else(|| {
            data.folder.as_ref().map_or_else(|| data.dataset.clone().into(), PathBuf::from)
        });
        // The line on what to run next is easier to read with it.
        let known = KnownDataset::find(&data.dataset).filter(|_| data.folder.is_none());
        let all = known.is_some_and(|known| known.class_names.len() == data.classes.len());
        let classes = match all {
            true => vec!["all".into()],
            false => data.classes.iter().map(ToString::to_string).collect(),
        };
        let data = DataArgs { dataset, classes, data_dir: place.data_dir.clone() };
        let steps = StepArgs {
            batch: training.batch,
            optimizer: training.rule,
            lr: training.learning_rate,
            samples: *samples,
        };
        let keep = KeepArgs {
            checkpoint_every: training.checkpoint_every,
            keep_best: training.keep_best,
            patience: training.patience,
            min_delta: training.min_delta,
        };
        let Place { threads, out, quiet, show, .. } = place.clone();
        let common = CommonArgs { seed: *seed, threads, out, quiet, show };
        let epochs = training.epochs;
        match (job.as_str(), model.latent, denoise) {
            ("dense", Some(latent), None) => {
                Ok(Command::Dense(DenseArgs { data, latent, epochs, steps, keep, common }))
            }
            ("denoise", None, &Some(DenoiseRecord { noise, fresh_noise, sweep, quick, limit })) => {
                let (limit, epochs) = (DenoiseArgs::limit_for(quick, limit), Some(epochs));
                Ok(Command::Denoise(DenoiseArgs {
                    data,
                    limit,
                    quick,
                    noise,
                    fresh_noise,
                    epochs,
                    steps,
                    keep,
                    sweep,
                    common,
                }))
            }
            _ => Err(no_job()),
        }
    }
}
