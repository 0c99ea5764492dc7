//! The folder of a run during training: where training begins, the checkpoints at the ends of
//! epochs, and the model at the end.

use crate::files::{CHECKPOINT, CHECKSUMS, CONFIG, MODEL, PATHS, PREVIOUS_CHECKPOINT};
use crate::metadata::{ARCHITECTURE, Epochs, check_same, metadata};
use crate::{Config, DataPlaces, RunError, RunFolder};
use ae_autodiff::Params;
use ae_checkpoint::{Archive, Saver};
use ae_files::{ReplaceStep, Replacement};
use ae_optim::Optimizer;
use ae_train::{AutoEncoder, EpochReport, TrainingState, snapshot};
use std::sync::Arc;

/// The starting point of a run.
#[derive(Debug)]
pub enum Start {
    /// Before the first epoch: a new folder, or that of a run that was killed before its first
    /// checkpoint.
    New(RunFolder),
    /// The folder of an earlier run, continued from one of its checkpoints.
    Resumed {
        /// The folder, locked.
        folder: RunFolder,
        /// The newest valid checkpoint.
        checkpoint: Archive,
    },
    /// The folder of an earlier run, continued to another number of epochs. Its files become those
    /// of a run that had this number from its beginning.
    Extended {
        /// The folder, locked.
        folder: RunFolder,
        /// The checkpoint that [`checkpoint_to_extend`](crate::checkpoint_to_extend) returns.
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
    /// Begins a run. A new folder gets the configuration and a checkpoint of the initial state. An
    /// extended run loses its checksums, and both files are written again. The weights and the
    /// optimizer's state of an earlier run are restored; `config` gets the number of completed
    /// epochs and, if the data have moved, their recorded folder. Also returns how far training has
    /// come. `on_step` is called at each step of writing a checkpoint.
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
        let seed = config.seed();
        let (folder, state, beginning) = restore(start, config, model, optimizer)?;
        let replacement = Replacement::new(folder.file(CHECKPOINT)).observe(on_step);
        let previous = folder.file(PREVIOUS_CHECKPOINT);
        let mut session = Self {
            saver: Saver::new(replacement.clone().keep_previous(previous)),
            folder: Arc::new(folder),
            every: config.checkpoint_every(),
            seed,
            architecture: config.model().architecture.clone(),
            metadata: metadata(config)?,
        };
        match beginning {
            Beginning::Continued => session.write_places(config)?,
            // From the first step on the run can be resumed. A full disk is noticed now, not after
            // an epoch.
            Beginning::New => {
                session.folder.provisional(CONFIG);
                session.folder.provisional(CHECKPOINT);
                session.folder.write_toml(CONFIG, config)?;
                session.folder.provisional(PATHS);
                session.write_places(config)?;
                session.save(model.params(), optimizer, &state)?;
                session.saver.wait()?;
            }
            // The order matters if the program is killed in between. Without `config.toml`, the
            // checkpoint defines the run: first with the old number of epochs, then with the new
            // one. It does not become the previous checkpoint, so it exists at every moment.
            Beginning::Extended => {
                session.folder.remove(CHECKSUMS)?;
                session.folder.remove(CONFIG)?;
                let archive = session.checkpoint(model.params(), optimizer, &state);
                let mut saver = Saver::new(replacement);
                saver.save(&archive)?;
                saver.wait()?;
                session.folder.write_toml(CONFIG, config)?;
                session.write_places(config)?;
            }
        }
        Ok((session, state))
    }

    /// Writes where the data are, if this is known and not yet recorded in the folder. The run can
    /// be resumed without this file, so it is written after `config.toml`.
    fn write_places(&self, config: &Config) -> Result<(), RunError> {
        let Some(places) = config.places(self.folder.path()) else { return Ok(()) };
        let written = DataPlaces::read(self.folder.path());
        let same =
            |written: DataPlaces| written.folder == places.folder && written.masks == places.masks;
        if written.is_some_and(same) {
            return Ok(());
        }
        self.folder.write(PATHS, &places.to_toml())
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
        // From here on the folder has results to keep.
        self.folder.keep();
        if epoch.is_multiple_of(self.every) || epoch == epochs || state.monitor.has_stopped() {
            self.save(params, optimizer, state)?;
        }
        Ok(())
    }

    fn save(
        &mut self,
        params: &Params,
        optimizer: &dyn Optimizer,
        state: &TrainingState,
    ) -> Result<(), RunError> {
        let archive = self.checkpoint(params, optimizer, state);
        Ok(self.saver.save(&archive)?)
    }

    fn checkpoint(
        &self,
        params: &Params,
        optimizer: &dyn Optimizer,
        state: &TrainingState,
    ) -> Archive {
        let mut archive = snapshot(self.seed, params, optimizer, state);
        archive.set_metadata("kind", "checkpoint");
        archive.set_metadata(ARCHITECTURE, &self.architecture);
        self.describe(&mut archive);
        archive
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

/// The files that a session must write before the first step.
enum Beginning {
    New,
    Continued,
    Extended,
}

/// Restores the weights, the optimizer's state and the state of training from the checkpoint, if
/// there is one.
fn restore(
    start: Start,
    config: &mut Config,
    model: &mut AutoEncoder,
    optimizer: &mut dyn Optimizer,
) -> Result<(RunFolder, TrainingState, Beginning), RunError> {
    let (rule, seed) = (config.early_stopping(), config.seed());
    let (folder, mut checkpoint, epochs, beginning) = match start {
        Start::New(folder) => return Ok((folder, TrainingState::new(rule), Beginning::New)),
        Start::Resumed { folder, checkpoint } => {
            (folder, checkpoint, Epochs::Same, Beginning::Continued)
        }
        Start::Extended { folder, checkpoint } => {
            (folder, checkpoint, Epochs::Any, Beginning::Extended)
        }
    };
    check_same(&checkpoint, config, epochs)?;
    let state = model.restore(&mut checkpoint, seed, optimizer, rule)?;
    config.finished(state.epoch());
    Ok((folder, state, beginning))
}
