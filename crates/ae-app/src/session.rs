//! A run from its folder's point of view: where training begins, what is kept at each epoch's end, what is there in the end.

use crate::cli::KeepArgs;
use crate::faults;
use crate::job::Job;
use crate::model_file;
use crate::record::Config;
use crate::report::{Report, counted};
use crate::run_folder::RunFolder;
use ae_autodiff::Params;
use ae_checkpoint::{Archive, Saver};
use ae_files::Replacement;
use ae_optim::Optimizer;
use ae_train::{EpochReport, TrainingState, restore, snapshot};
use anyhow::Result;
use std::sync::Arc;

/// The newest checkpoint, and the one before it.
pub(crate) const CHECKPOINT: &str = "checkpoint.safetensors";
pub(crate) const PREVIOUS: &str = "checkpoint-previous.safetensors";

/// A run that is to go on: its folder, locked, and its newest sound checkpoint.
pub(crate) struct Resumed {
    pub(crate) folder: RunFolder,
    pub(crate) archive: Archive,
}

/// The folder of a run while the run goes on.
pub(crate) struct Session {
    // Before the folder: what is being written is written before the lock is given up.
    saver: Saver,
    pub(crate) folder: Arc<RunFolder>,
    every: usize,
    seed: u64,
    /// Goes into every checkpoint and into the model: architecture, configuration, checksums, build.
    about: Vec<(String, String)>,
}

impl Session {
    /// A new folder with the configuration and a checkpoint of the beginning in it, or the one that is to go on with the weights
    /// and the optimizer as they were; and how far training has come.
    pub(crate) fn begin(
        job: &Job<'_>,
        keep: &KeepArgs,
        config: &mut Config,
        params: &mut Params,
        optimizer: &mut dyn Optimizer,
        resumed: Option<Resumed>,
    ) -> Result<(Self, TrainingState)> {
        let (rule, seed) = (keep.early_stopping(), job.common.seed);
        let (folder, state) = match resumed {
            None => (job.folder()?, TrainingState::new(rule)),
            Some(Resumed { folder, mut archive }) => {
                model_file::check_same(&archive, job, config)?;
                let state = restore(&mut archive, seed, params, optimizer, rule)?;
                config.finished(state.epoch());
                (folder, state)
            }
        };
        let about = model_file::about(job, config)?;
        let replacement =
            Replacement::new(folder.file(CHECKPOINT)).keep_previous(folder.file(PREVIOUS));
        let saver = Saver::new(replacement.observe(faults::step));
        let folder = Arc::new(folder);
        let mut session = Self { saver, folder, every: keep.checkpoint_every, seed, about };
        if !session.folder.kept() {
            session.folder.write("config.toml", &toml::to_string(config)?)?;
            session.save(params, optimizer, &state)?;
            // From the first step on there is a run that can go on; and if the disk is full, it shows now.
            session.saver.wait()?;
        }
        Ok((session, state))
    }

    /// Writes a checkpoint if one is due: after every so many epochs, and after the last.
    pub(crate) fn at_epoch(&mut self, report: &EpochReport<'_>) -> Result<()> {
        let &EpochReport { epoch, epochs, params, optimizer, state, .. } = report;
        if epoch.is_multiple_of(self.every) || epoch == epochs || state.monitor.has_stopped() {
            self.save(params, optimizer, state)?;
            // From here on there is something to lose.
            self.folder.keep();
        }
        Ok(())
    }

    fn save(
        &mut self,
        params: &Params,
        optimizer: &dyn Optimizer,
        state: &TrainingState,
    ) -> Result<()> {
        let mut archive = snapshot(self.seed, params, optimizer, state);
        self.tell(&mut archive, "checkpoint");
        Ok(self.saver.save(&archive)?)
    }

    /// Waits until the last checkpoint is on the disk, and keeps the folder whatever comes.
    pub(crate) fn trained(&mut self) -> Result<()> {
        self.saver.wait()?;
        self.folder.keep();
        Ok(())
    }

    /// Writes the model as it is now; `trained` says, for a picture's title, how far it was trained.
    pub(crate) fn write_model(&self, params: &Params, trained: &str) -> Result<()> {
        let mut archive = Archive::new();
        ae_train::put_weights(&mut archive, params);
        self.tell(&mut archive, "model");
        archive.set_metadata("trained", trained);
        Ok(archive.write(self.folder.file(model_file::NAME))?)
    }

    fn tell(&self, archive: &mut Archive, kind: &str) {
        archive.set_metadata("kind", kind);
        for (key, word) in &self.about {
            archive.set_metadata(key, word);
        }
    }
}

/// Says where a run goes on.
pub(crate) fn announce_resumed(report: &Report, state: &TrainingState) {
    if state.epoch() > 0 {
        report.item("resumed", format_args!("after {}", counted(state.epoch(), "epoch")));
    }
}
