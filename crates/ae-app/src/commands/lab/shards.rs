//! A laboratory whose models are trained by several processes: each trains what no other one does,
//! and the last one scores.

use super::ending::{REPORT, stopped};
use super::model::job;
use super::record::{LAB, LabRecord, name_of, run_name};
use crate::cli::LabArgs;
use crate::commands::taking::{AT_FIRST, Taken, claim_briefly, is_busy, take};
use crate::exit::{data as data_error, usage};
use crate::input::Data;
use crate::report::{Output, Report, counted};
use crate::run::{Ending, Environment, Interrupt, Suggestion, claim};
use ae_files::printable_path;
use ae_run::sweep::Shard;
use ae_run::{DataPlaces, DataSpec, PATHS, RunError, RunFolder, is_complete};
use anyhow::Result;
use std::path::{Path, PathBuf};

/// The trainings of a laboratory in a folder that several processes share.
pub(super) struct Shards<'a> {
    pub(super) args: &'a LabArgs,
    pub(super) spec: &'a DataSpec,
    pub(super) data: &'a Data,
    pub(super) environment: &'a Environment,
    pub(super) report: &'a Report,
    pub(super) out: PathBuf,
}

/// What is to be done after the trainings of a shard.
pub(super) enum After {
    /// All models are trained, and the folder is claimed for the scores.
    Score(RunFolder),
    /// Nothing.
    End(Ending),
}

/// A model and a seed.
type Training<'a> = (&'a Path, u64);

impl Shards<'_> {
    /// Trains the models of this shard that no other process trains. Those of other processes are
    /// looked at again as long as there was something else to do.
    pub(super) fn train(&self, shard: Shard) -> Result<After> {
        self.report.item("data", self.data.title());
        let mut left = shard.of(&self.trainings());
        loop {
            let (mut busy, mut moved) = (Vec::new(), false);
            for training in left {
                match self.one(training)? {
                    Some(Ending::Interrupted) => return self.stopped(),
                    Some(_) => moved = true,
                    None => busy.push(training),
                }
                if Interrupt::installed()?.asked() {
                    return self.stopped();
                }
            }
            left = busy;
            if left.is_empty() || !moved {
                return self.end();
            }
        }
    }

    /// All trainings, in their order.
    fn trainings(&self) -> Vec<Training<'_>> {
        let seeds = self.args.seeds as u64;
        let models = self.args.models.iter();
        models.flat_map(|model| (1..=seeds).map(move |seed| (model.as_path(), seed))).collect()
    }

    fn folder_of(&self, (model, seed): Training<'_>) -> PathBuf {
        self.out.join(run_name(model, seed))
    }

    /// Writes the arguments, or compares them with those of the laboratory in the folder.
    pub(super) fn begin(&self) -> Result<()> {
        let record = LabRecord::new(self.args, self.data)?;
        if !self.out.join(LAB).is_file() {
            let folder = claim_briefly(&self.out, AT_FIRST)?;
            if !folder.file(LAB).is_file() {
                folder.check_empty().map_err(|error| match error {
                    RunError::NotEmpty { .. } => usage(format!("--out {error}")).into(),
                    error => anyhow::Error::from(error),
                })?;
                // First the record: a process that is killed in between leaves a laboratory.
                record.write(&folder)?;
                let places = DataPlaces::new(&self.data.folder, folder.path());
                return Ok(folder.write(PATHS, &places.to_toml())?);
            }
        }
        if LabRecord::read(&self.out)? != record {
            let out = printable_path(&self.out);
            let message = "holds a lab of other arguments or data; name a new folder";
            return Err(usage(format!("--out {out}: {message}")).into());
        }
        Ok(())
    }

    /// Trains one model, unless it is trained. `None` if another process trains it.
    fn one(&self, training: Training<'_>) -> Result<Option<Ending>> {
        let out = self.folder_of(training);
        let resumed = match take(&out)? {
            Taken::Complete => return Ok(Some(Ending::Done)),
            Taken::Busy => return Ok(None),
            Taken::Failed(line) => {
                return Err(data_error(format!("{}: {line}", printable_path(&out))).into());
            }
            Taken::Ours(resumed) => resumed,
        };
        let (model, seed) = training;
        let name = name_of(model);
        self.report
            .line(format_args!("{name}, seed {seed}: training, see {}", printable_path(&out)));
        // The training is silent; a signal is not.
        Interrupt::wait(self.environment.output.quiet)?;
        let environment = Environment {
            out: Some(out),
            show: false,
            output: Output::silent(),
            ..self.environment.clone()
        };
        let job = job(self.args, self.spec, model, seed);
        crate::jobs::dense::run_on(self.data, &job, &environment, Some(resumed)).map(Some)
    }

    /// Claims the folder for the scores if all models are trained.
    fn end(&self) -> Result<After> {
        let trainings = self.trainings();
        let left = trainings.iter().filter(|training| !is_complete(&self.folder_of(**training)));
        let left = left.count();
        if left > 0 {
            let (left, all) = (counted(left, "training"), trainings.len());
            let line = format_args!("{left} of {all} left to other processes; the last one scores");
            self.report.line(line);
            return self.nothing_more("partly");
        }
        match claim(|| RunFolder::share(&self.out)) {
            Err(error) if is_busy(&error) => {
                self.report.line("all models are trained; another process scores them");
                self.nothing_more("partly")
            }
            Ok(folder) if folder.file(REPORT).is_file() => {
                let out = printable_path(&self.out);
                self.report.line(format_args!("{out} is complete: nothing is left to do"));
                self.nothing_more("complete")
            }
            folder => folder.map(After::Score),
        }
    }

    /// Ends a shard that a signal has stopped.
    fn stopped(&self) -> Result<After> {
        let next = Suggestion::resume(&self.out, self.data, self.environment).line();
        stopped(self.report, &self.out, next).map(After::End)
    }

    fn nothing_more(&self, ended: &'static str) -> Result<After> {
        self.report.end_in(ended, &self.out, None)?;
        Ok(After::End(Ending::Done))
    }
}
