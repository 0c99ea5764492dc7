//! The folder of a run during training: where training begins, the checkpoints at the ends of
//! epochs, and the model at the end.

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

/// The starting point of a run.
#[derive(Debug)]
pub enum Start {
    /// A new folder, before the first epoch.
    New(RunFolder),
    /// The folder of an earlier run, continued from one of its checkpoints.
    Resumed {
        /// The folder, locked.
        folder: RunFolder,
        /// The newest valid checkpoint.
        checkpoint: Archive,
    },
}

/// The folder of a run during training.
#[derive(Debug)]
pub struct Session {
    // This field comes before the folder, so that a write in progress ends before the lock is
    // released.
    saver: Saver,
    folder: Arc<RunFolder>,
    every: usize,
    seed: u64,
    architecture: String,
    /// The metadata of every checkpoint and of the model: configuration, checksums, build.
    metadata: Vec<(String, String)>,
}

impl Session {
    /// Begins a run. A new folder gets the configuration and a checkpoint of the initial state.
    /// From an earlier run the weights and the optimizer's state are restored; `config` gets the
    /// number of epochs that have ended and, if a data set has moved, its recorded folder. Also
    /// returns how far training has come. `on_step` is called at each step of writing a checkpoint.
    ///
    /// # Errors
    /// [`RunError::Checkpoint`] if the checkpoint does not belong to this configuration and this
    /// model. [`RunError::Write`] or [`RunError::Checkpoint`] if the folder cannot be written to.
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
            // From the first step on the run can be resumed. A full disk is noticed now, not after
            // an epoch.
            session.saver.wait()?;
        }
        Ok((session, state))
    }

    /// Returns the folder.
    #[must_use]
    pub fn folder(&self) -> &Arc<RunFolder> {
        &self.folder
    }

    /// Writes a checkpoint if one is due: after every `checkpoint_every` epochs, and after the
    /// last. It is on the disk when the next one is begun.
    ///
    /// # Errors
    /// [`RunError::Checkpoint`] if this one or the one before it cannot be written.
    pub fn at_epoch(&mut self, report: &EpochReport<'_>) -> Result<(), RunError> {
        let &EpochReport { epoch, epochs, params, optimizer, state, .. } = report;
        if epoch.is_multiple_of(self.every) || epoch == epochs || state.monitor.has_stopped() {
            self.save(params, optimizer, state)?;
            // From here on there are results to keep.
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

    /// Waits until the last checkpoint is on the disk. The folder is kept from then on.
    ///
    /// # Errors
    /// [`RunError::Checkpoint`] if it cannot be written.
    pub fn trained(&mut self) -> Result<(), RunError> {
        self.saver.wait()?;
        self.folder.keep();
        Ok(())
    }

    /// Writes the model in its current state. `trained` describes how far it was trained, for
    /// example "epoch 3 of 5".
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

/// The newest valid checkpoint of a run.
#[derive(Debug)]
pub struct NewestCheckpoint {
    /// The checkpoint.
    pub archive: Archive,
    /// The error of a newer checkpoint. That file has been removed, so that it cannot become the
    /// previous one.
    pub damaged: Option<CheckpointError>,
}

/// Reads the newest valid checkpoint in the folder.
///
/// # Errors
/// [`RunError::NotARun`] if the folder has no checkpoint, [`RunError::Checkpoint`] or
/// [`RunError::BothCheckpoints`] if none can be read, [`RunError::Io`] if a damaged one cannot be
/// removed.
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
