//! From a configuration back to the job.

use super::Config;
use super::denoise::DenoiseRecord;
use crate::{
    AnomalySpec, Chosen, DataSpec, DenoiseSpec, DenseSpec, Job, KeepSpec, Limits, MaskSpec,
    ModelSpec, PlanSpec, RecordedData, RecordedModel, RunError, TrainingSpec,
};
use ae_data::InMemory;
use ae_train::NamedCorruption;
use std::path::{Path, PathBuf};

impl Config {
    /// Returns the job that produces a run with this configuration. `run` is the folder of the run,
    /// or the file of its model: the search for its data starts there.
    ///
    /// # Errors
    /// [`RunError::UnknownJob`] if the job is unknown, or a setting that it needs is missing,
    /// [`RunError::Setting`] if a number is not one that a command line would take.
    pub fn job_of(&self, run: &Path) -> Result<Job, RunError> {
        let mut job = self.job()?;
        let recorded = RecordedData { limits: job.limits(), ..RecordedData::new(&self.data, run) };
        if let Job::Anomaly(AnomalySpec { masks: MaskSpec::Recorded { place, .. }, .. }) = &mut job
        {
            place.clone_from(&recorded.masks);
        }
        job.training_mut().data.recorded = Some(recorded);
        Ok(job)
    }

    /// Returns the job that produces a run with this configuration. Its data are found by their
    /// name, and their content may differ.
    ///
    /// # Errors
    /// As for [`Config::job_of`].
    pub fn job(&self) -> Result<Job, RunError> {
        self.check()?;
        let unknown = || RunError::UnknownJob { job: self.job.clone() };
        let limit = self.limit.map(|[train, test]| Limits { train, test });
        match (self.job.as_str(), &self.denoise, &self.anomaly) {
            ("dense", None, None) => {
                let training = self.training_spec(limit.map(|limits| limits.train));
                Ok(Job::Dense(DenseSpec { training }))
            }
            (
                "denoise",
                &Some(DenoiseRecord { noise, corruption, fresh_noise, sweep, quick }),
                None,
            ) => {
                let gaussian = noise.map(|factor| NamedCorruption::Gaussian { factor });
                let corruption = corruption.or(gaussian).ok_or_else(unknown)?;
                // The default limits of a quick run were not asked for.
                let asked = limit.filter(|limits| !quick || *limits != DenoiseSpec::QUICK_LIMITS);
                let training = self.training_spec(asked.map(|limits| limits.train));
                Ok(Job::Denoise(DenoiseSpec { training, corruption, fresh_noise, sweep, quick }))
            }
            ("anomaly", None, Some(anomaly)) => {
                let training = self.training_spec(limit.map(|limits| limits.train));
                Ok(Job::Anomaly(anomaly.spec(training)?))
            }
            _ => Err(unknown()),
        }
    }

    fn training_spec(&self, limit: Option<usize>) -> TrainingSpec {
        let training = &self.training;
        let recorded = RecordedModel {
            name: self.model.name.clone(),
            architecture: self.model.architecture.clone(),
            latent: self.model.latent,
        };
        TrainingSpec {
            data: DataSpec { limit, ..self.data_spec() },
            augmentation: self.augment,
            model: ModelSpec { recorded: Some(recorded), ..ModelSpec::default() },
            plan: PlanSpec {
                epochs: Some(training.epochs),
                batch: Some(training.batch),
                optimizer: Some(training.rule),
                lr: training.learning_rate,
                loss: Some(training.loss),
                schedule: Some(training.schedule.unwrap_or_default()),
                clip_norm: training.clip_norm,
                summation: training.summation,
            },
            keep: KeepSpec {
                checkpoint_every: training.checkpoint_every,
                early_stopping: self.early_stopping(),
            },
            seed: self.seed,
            samples: self.samples,
        }
    }

    fn data_spec(&self) -> DataSpec {
        let data = &self.data;
        let dataset = data.folder.as_ref().unwrap_or(&data.dataset);
        // In the report "all" is shorter than a list of all classes.
        let known = data.known();
        let all = known.is_some_and(|known| known.class_names.len() == data.classes.len());
        let classes = match all {
            true => vec!["all".into()],
            false => data.classes.iter().map(ToString::to_string).collect(),
        };
        let dataset = PathBuf::from(dataset);
        let options = data.options.clone();
        DataSpec {
            dataset,
            options,
            in_memory: InMemory::default(),
            classes,
            chosen: Chosen::ByRun,
            limit: None,
            recorded: None,
        }
    }
}
