//! An order to train: what another process needs in order to begin the same training.

use super::Task;
use ae_checkpoint::{Archive, CheckpointError};
use ae_data::InMemory;
use ae_optim::Optimizer;
use ae_run::{Config, ModelRecord, Plan};
use ae_train::{AutoEncoder, TrainingState, snapshot};
use anyhow::Result;
use std::path::{Path, PathBuf};

/// The configuration as in `config.toml`, which identifies the data by their checksums.
const CONFIG: &str = "order.config";
/// The folder in which the leader has found the data.
const FOLDER: &str = "order.folder";
/// Whether the images are kept in memory, as the leader was asked to do.
const IN_MEMORY: &str = "order.in_memory";
/// The number of threads that was asked for.
const THREADS: &str = "order.threads";

/// An order to train: a checkpoint, which holds the configuration as well. The weights come from
/// the leader, so a process begins with them whether the run is new or resumed.
pub(super) struct Order(Archive);

impl Order {
    /// The training that begins with these weights, this optimizer and this state.
    pub(super) fn new(
        task: &Task<'_>,
        plan: &Plan,
        model: &AutoEncoder,
        optimizer: &dyn Optimizer,
        state: &TrainingState,
    ) -> Self {
        let record = ModelRecord::new("the-leaders", model);
        let config = Config::new(task.job, task.data.record(), record, plan, optimizer);
        let mut archive = snapshot(task.seed, model.params(), optimizer, state);
        archive.set_metadata(CONFIG, toml::to_string(&config).expect("a configuration is TOML"));
        let folder = std::path::absolute(&task.data.folder);
        let folder = folder.unwrap_or_else(|_| task.data.folder.clone());
        archive.set_metadata(FOLDER, folder.to_string_lossy());
        archive.set_metadata(IN_MEMORY, task.job.training().data.in_memory);
        archive.set_metadata(THREADS, task.environment.threads.unwrap_or(0));
        Self(archive)
    }

    /// The message that gives this order. It is not empty.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes()
    }

    /// Reads the message of an order.
    pub(super) fn read(message: &[u8]) -> Result<Self, CheckpointError> {
        Archive::from_bytes(Path::new("the order of process 0"), message).map(Self)
    }

    /// Returns the configuration.
    pub(super) fn config(&self) -> Result<Config> {
        Ok(Config::parse(self.0.metadata(CONFIG)?, self.0.path())?)
    }

    /// Returns the folder in which the leader has found the data.
    pub(super) fn folder(&self) -> Result<PathBuf> {
        Ok(self.0.metadata(FOLDER)?.into())
    }

    /// Returns whether the images are kept in memory.
    pub(super) fn in_memory(&self) -> Result<InMemory, CheckpointError> {
        self.0.number(IN_MEMORY)
    }

    /// Returns the number of threads that was asked for.
    pub(super) fn threads(&self) -> Option<usize> {
        self.0.number(THREADS).ok().filter(|&threads| threads > 0)
    }

    /// Restores the weights and the optimizer's memory. Returns how far training has come.
    pub(super) fn restore(
        mut self,
        config: &Config,
        model: &mut AutoEncoder,
        optimizer: &mut dyn Optimizer,
    ) -> Result<TrainingState> {
        let (seed, rule) = (config.seed(), config.early_stopping());
        Ok(model.restore(&mut self.0, seed, optimizer, rule)?)
    }
}
