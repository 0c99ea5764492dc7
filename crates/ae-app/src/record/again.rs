//! From a configuration back to the arguments that made it.

use super::{Config, DenoiseRecord, ModelRecord};
use crate::cli::{
    Command, CommonArgs, ConfigArgs, DataArgs, DenoiseArgs, DenseArgs, KeepArgs, ModelOptions,
    Output, Recorded, RunArgs, StepArgs,
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
    pub(crate) output: Output,
    pub(crate) show: ShowArgs,
}

impl Place {
    pub(crate) fn of(args: &RunArgs) -> Self {
        let RunArgs { dataset, data_dir, threads, output, .. } = args;
        let (dataset, data_dir) = (dataset.clone(), data_dir.clone());
        let (threads, output, show) = (*threads, *output, ShowArgs::default());
        Self { dataset, data_dir, threads, out: None, output, show }
    }
}

impl Config {
    /// The job with the arguments that make a run of this configuration.
    pub(crate) fn command(&self, place: &Place) -> Result<Command, DataError> {
        let Self { job, seed, samples, limit, denoise, data, model, training, .. } = self;
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
            batch: Some(training.batch),
            optimizer: Some(training.rule),
            lr: training.learning_rate,
            samples: *samples,
        };
        let keep = KeepArgs {
            checkpoint_every: training.checkpoint_every,
            keep_best: training.keep_best,
            patience: training.patience,
            min_delta: training.min_delta,
        };
        let Place { threads, out, output, show, .. } = place.clone();
        let common = CommonArgs { seed: *seed, threads, out, output, show };
        let config = ConfigArgs::default();
        let epochs = Some(training.epochs);
        let ModelRecord { name, architecture, .. } = model.clone();
        let recorded = Some(Recorded { name, words: architecture });
        let model = ModelOptions { recorded, ..ModelOptions::default() };
        match (job.as_str(), denoise) {
            ("dense", None) => {
                let limit = limit.map(|[train, _]| train);
                Ok(Command::Dense(DenseArgs {
                    data,
                    limit,
                    model,
                    epochs,
                    steps,
                    keep,
                    config,
                    common,
                }))
            }
            ("denoise", &Some(DenoiseRecord { noise, fresh_noise, sweep, quick })) => {
                let limit = DenoiseArgs::limit_for(quick, *limit);
                Ok(Command::Denoise(DenoiseArgs {
                    data,
                    limit,
                    quick,
                    model,
                    noise,
                    fresh_noise,
                    epochs,
                    steps,
                    keep,
                    sweep,
                    config,
                    common,
                }))
            }
            _ => Err(no_job()),
        }
    }
}
