//! A run from its folder's point of view: where training begins, what is kept at each epoch's end, what is there in the end.

use crate::files::{CHECKPOINT, CONFIG, MODEL, PREVIOUS_CHECKPOINT};
use crate::metadata::{ARCHITECTURE, check_same, metadata};
use crate::{Config, RunError, RunFolder};
use ae_autodiff::Params;
use ae_checkpoint::{Archive, CheckpointError, Saver};
use ae_files::{ReplaceStep, Replacement};
use ae_optim::Optimizer;
use ae_train::{AutoEncoder, EpochReport, TrainingState, snapshot};
use std::fs;
use std::sync::Arc;

/// Where a run begins.
#[derive(Debug)]
pub enum Start {
    /// In a new folder, before the first epoch.
    New(RunFolder),
    /// In the folder of a run that was begun before, from a checkpoint of it.
    Resumed {
        /// The folder, locked.
        folder: RunFolder,
        /// Its newest sound checkpoint.
        checkpoint: Archive,
    },
}

/// The folder of a run while the run goes on.
#[derive(Debug)]
pub struct Session {
    // Before the folder: what is being written is written before the lock is given up.
    saver: Saver,
    folder: Arc<RunFolder>,
    every: usize,
    seed: u64,
    architecture: String,
    /// Goes into every checkpoint and into the model: configuration, checksums, build.
    metadata: Vec<(String, String)>,
}

impl Session {
    /// Begins a run. A new folder gets the configuration and a checkpoint of the beginning. In the folder of an earlier run the weights
    /// and the optimizer become what they were, and `config` says how many epochs have ended and, of a data set that has moved,
    /// where it was. Also returns how far training has come. `on_step` is called at each step of writing a checkpoint.
    ///
    /// # Errors
    /// [`RunError::Checkpoint`] if the checkpoint is not of this configuration and this model. [`RunError::Write`] or
    /// [`RunError::Checkpoint`] if the folder cannot be written to.
    pub fn begin(
        start: Start,
        config: &mut Config,
        model: &mut AutoEncoder,
        optimizer: &mut dyn Optimizer,
        on_step: impl Fn(ReplaceStep) + Send + Sync + 'static,
    ) -> Result<(Self, TrainingState), RunError> {
        let (rule, seed) = (config.early_stopping(), config.seed());
        let (folder, state) = match start {
            Start::New(folder) => (folder, TrainingState::new(rule)),
            Start::Resumed { folder, mut checkpoint } => {
                check_same(&checkpoint, config)?;
                let state = model.restore(&mut checkpoint, seed, optimizer, rule)?;
                config.finished(state.epoch());
                (folder, state)
            }
        };
        let replacement = Replacement::new(folder.file(CHECKPOINT))
            .keep_previous(folder.file(PREVIOUS_CHECKPOINT))
            .observe(on_step);
        let mut session = Self {
            saver: Saver::new(replacement),
            folder: Arc::new(folder),
            every: config.checkpoint_every(),
            seed,
            architecture: config.model().architecture.clone(),
            metadata: metadata(config)?,
        };
        if !session.folder.kept() {
            session.folder.write_toml(CONFIG, config)?;
            session.save(model.params(), optimizer, &state)?;
            // From the first step on there is a run that can go on; and if the disk is full, it shows now.
            session.saver.wait()?;
        }
        Ok((session, state))
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Arc<RunFolder> {
        &self.folder
    }

    /// Writes a checkpoint if one is due: after as many epochs as the configuration says, and after the last. It is on the disk
    /// when the next one is begun.
    ///
    /// # Errors
    /// [`RunError::Checkpoint`] if this one or the one before it cannot be written.
    pub fn at_epoch(&mut self, report: &EpochReport<'_>) -> Result<(), RunError> {
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
    ) -> Result<(), RunError> {
        let mut archive = snapshot(self.seed, params, optimizer, state);
        archive.set_metadata("kind", "checkpoint");
        archive.set_metadata(ARCHITECTURE, &self.architecture);
        self.describe(&mut archive);
        Ok(self.saver.save(&archive)?)
    }

    /// Waits until the last checkpoint is on the disk, and keeps the folder from here on.
    ///
    /// # Errors
    /// [`RunError::Checkpoint`] if it cannot be written.
    pub fn trained(&mut self) -> Result<(), RunError> {
        self.saver.wait()?;
        self.folder.keep();
        Ok(())
    }

    /// Writes the model as it is now. `trained` tells a reader how far it was trained, as in "epoch 3 of 5".
    ///
    /// # Errors
    /// [`RunError::Checkpoint`] if it cannot be written.
    pub fn write_model(&self, model: &AutoEncoder, trained: &str) -> Result<(), RunError> {
        let mut archive = model.to_archive();
        self.describe(&mut archive);
        archive.set_metadata("trained", trained);
        Ok(archive.write(self.folder.file(MODEL))?)
    }

    fn describe(&self, archive: &mut Archive) {
        for (key, value) in &self.metadata {
            archive.set_metadata(key, value);
        }
    }
}

/// The newest sound checkpoint of a run.
#[derive(Debug)]
pub struct NewestCheckpoint {
    /// The checkpoint.
    pub archive: Archive,
    /// What was wrong with a newer one. It has been removed, so that it cannot become the previous one.
    pub damaged: Option<CheckpointError>,
}

/// Reads the newest sound checkpoint in the folder.
///
/// # Errors
/// [`RunError::NotARun`] if there is none, [`RunError::Checkpoint`] or [`RunError::BothCheckpoints`] if none can be read,
/// [`RunError::Io`] if a damaged one cannot be removed.
pub fn newest_checkpoint(folder: &RunFolder) -> Result<NewestCheckpoint, RunError> {
    let (path, previous) = (folder.file(CHECKPOINT), folder.file(PREVIOUS_CHECKPOINT));
    let error = match Archive::read(&path) {
        Ok(archive) => return Ok(NewestCheckpoint { archive, damaged: None }),
        Err(error) if error.is_absent() || error.is_damage() => error,
        Err(error) => return Err(error.into()),
    };
    match Archive::read(&previous) {
        Ok(archive) if error.is_damage() => {
            fs::remove_file(&path).map_err(RunError::io("remove", path))?;
            Ok(NewestCheckpoint { archive, damaged: Some(error) })
        }
        Ok(archive) => Ok(NewestCheckpoint { archive, damaged: None }),
        Err(older) if older.is_absent() && error.is_absent() => {
            let (path, found) = (folder.path().to_path_buf(), "none".into());
            Err(RunError::NotARun {
                path,
                expected: "the folder of a run with a checkpoint",
                found,
            })
        }
        Err(older) if older.is_absent() => Err(error.into()),
        Err(older) if error.is_absent() => Err(older.into()),
        Err(older) => {
            let (newest, previous) = (Box::new(error), Box::new(older));
            Err(RunError::BothCheckpoints { newest, previous })
        }
    }
}
