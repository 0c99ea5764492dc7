//! What training tells of itself while it runs.

use crate::{EpochLosses, History, TrainingState};
use ae_autodiff::Params;
use ae_optim::Optimizer;

/// Something that has just happened in [`fit`](crate::fit).
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A step was taken.
    Batch(BatchReport),
    /// An epoch has ended, its validation included.
    Epoch(EpochReport<'a>),
}

/// Where training stands after a step. Everything is counted from 1.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct BatchReport {
    /// The epoch.
    pub epoch: usize,
    /// How many there will be.
    pub epochs: usize,
    /// The batch of this epoch that was learnt from.
    pub batch: usize,
    /// How many an epoch has.
    pub batches: usize,
    /// The mean over the epoch's samples so far of their loss.
    pub loss: f64,
}

/// Where training stands at the end of an epoch.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct EpochReport<'a> {
    /// The epoch that has ended, counted from 1.
    pub epoch: usize,
    /// How many there will be.
    pub epochs: usize,
    /// Its losses.
    pub losses: EpochLosses,
    /// What its steps took, without validation and without what was done on events.
    pub train_seconds: f64,
    /// The parameters as they are now.
    pub params: &'a Params,
    /// The losses of all epochs so far, this one's being the last.
    pub history: &'a History,
    /// The same and what else is remembered: with the parameters and the optimizer what [`snapshot`](crate::snapshot) keeps.
    pub state: &'a TrainingState,
    /// The optimizer as it is now.
    pub optimizer: &'a dyn Optimizer,
}
