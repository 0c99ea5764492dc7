//! The stages of every run that trains: what is the same in all jobs. A job prints, draws and
//! measures its own between them.

use super::conclusion::{Conclusion, Files, write_history};
use super::page::RunPage;
use super::training::{Resumed, Trained, announce_resumed, begin, train};
use super::{Ending, Environment, FittedModel, Interrupt, Suggestion, Task};
use crate::input::Data;
use crate::report::Report;
use ae_optim::Optimizer;
use ae_run::{CONFIG, Config, Job, ModelRecord, Plan, RunFolder, Session, TIMES};
use ae_train::{AutoEncoder, EpochReport, TrainingState};
use anyhow::Result;
use std::sync::Arc;

/// A run with its folder, before its first epoch or the first one after those of an earlier
/// process.
pub(crate) struct BegunRun<'a> {
    pub(crate) task: Task<'a>,
    fitted: FittedModel,
    config: Config,
    interrupt: Interrupt,
    optimizer: Box<dyn Optimizer>,
    state: TrainingState,
    // If an error ends the run, the page says so before the folder is given back.
    page: RunPage,
    session: Session,
}

/// A run whose training has ended, by itself or by a signal.
pub(crate) struct TrainedRun<'a> {
    pub(crate) task: Task<'a>,
    pub(crate) model: AutoEncoder,
    /// The name of the model.
    pub(crate) name: String,
    pub(crate) plan: Plan,
    pub(crate) trained: Trained,
    pub(crate) interrupt: Interrupt,
    config: Config,
    // If an error ends the run, the page says so before the folder is given back.
    page: RunPage,
    session: Session,
}

impl<'a> BegunRun<'a> {
    /// Begins a run in a new folder, or continues an earlier one, and writes its first page: it is
    /// there before a line of the report names the folder. `latent` is the length of a code, if the
    /// record is to have it. `redrawn` are the pictures that are drawn at each epoch's end.
    pub(crate) fn new(
        job: &'a Job,
        data: &'a Data,
        mut fitted: FittedModel,
        latent: Option<usize>,
        environment: &'a Environment,
        resumed: Option<Resumed>,
        redrawn: &'static Files,
    ) -> Result<Self> {
        let FittedModel { name, model, plan, .. } = &mut fitted;
        let mut optimizer = plan.optimizer.build(plan.lr);
        let task = Task::new(job, data, model, environment);
        let record = ModelRecord { latent, ..ModelRecord::new(name, model) };
        let mut config = Config::new(job, data.record(), record, plan, &*optimizer);
        if let (Some(sibling), Some(out)) = (&environment.sibling, &environment.out) {
            let (folder, other) = &**sibling;
            config.check_data_of(other, out, folder)?;
        }
        let interrupt = environment.interrupt()?;
        let (session, state) = begin(&task, &mut config, model, &mut *optimizer, resumed)?;
        let page = RunPage::begin(&task, session.folder(), &config, &state, redrawn);
        Ok(Self { task, fitted, config, interrupt, optimizer, state, page, session })
    }

    /// Prints the job, with its data, constants, notes and machine.
    pub(crate) fn announce(&self, report: &Report) {
        self.task.announce(report, &self.fitted, &*self.optimizer);
    }

    pub(crate) fn folder(&self) -> &Arc<RunFolder> {
        self.session.folder()
    }

    /// Trains until the last epoch or a signal, and prints how that went. `at_epoch` draws at each
    /// epoch's end, before the checkpoint.
    pub(crate) fn train(
        self,
        report: &Report,
        mut at_epoch: impl FnMut(&Task<'_>, &Config, &EpochReport<'_>) -> Result<()>,
    ) -> Result<TrainedRun<'a>> {
        let Self { task, fitted, mut config, interrupt, mut optimizer, state, .. } = self;
        // The page is dropped first, as the fields are.
        let (mut session, mut page) = (self.session, self.page);
        let FittedModel { name, mut model, plan, .. } = fitted;
        announce_resumed(report, &state);
        let work = |epoch: &EpochReport<'_>| {
            config.finished(epoch.epoch);
            at_epoch(&task, &config, epoch)?;
            session.at_epoch(epoch)?;
            page.at_epoch(epoch);
            Ok(())
        };
        let trained = train(&task, plan, &mut model, &mut *optimizer, state, &interrupt, work)?;
        trained.report(report, task.data.sample());
        session.trained()?;
        config.ended(&trained.fitted);
        Ok(TrainedRun { task, model, name, plan, trained, interrupt, config, page, session })
    }
}

impl TrainedRun<'_> {
    pub(crate) fn folder(&self) -> &Arc<RunFolder> {
        self.session.folder()
    }

    /// Writes the configuration, the times, and the losses under this title.
    pub(crate) fn write_records(&self, title: &str) -> Result<()> {
        let folder = self.folder();
        folder.write_toml(CONFIG, &self.config)?;
        folder.write_toml(TIMES, &self.trained.times())?;
        write_history(folder, title, &self.trained.fitted.history)
    }

    /// Writes the model.
    pub(crate) fn write_model(&self) -> Result<()> {
        Ok(self.session.write_model(&self.model, &self.trained.how_far())?)
    }

    /// Returns the suggestion to go on with this run, with another command.
    pub(crate) fn with_run(&self, command: &'static str, options: &[&str]) -> Suggestion {
        let Task { data, environment, .. } = self.task;
        Suggestion::with_run(command, self.folder().path(), data, environment, options)
    }

    /// Ends the run. `stopped` is the point at which a signal stopped it, if one did; otherwise
    /// `next` is the command to suggest, and `others` are those of the page.
    pub(crate) fn conclude(
        self,
        report: &Report,
        files: &Files,
        stopped: Option<String>,
        next: impl FnOnce(&Self) -> Suggestion,
        others: Vec<(&'static str, Suggestion)>,
    ) -> Result<Ending> {
        let Task { data, environment, .. } = self.task;
        let next = match stopped {
            None => next(&self),
            Some(_) => Suggestion::resume(self.folder().path(), data, environment),
        };
        let Self { page, config, session, .. } = self;
        Conclusion { files, stopped, next, others, page: (page, &config) }
            .report(report, session.folder())
    }
}
