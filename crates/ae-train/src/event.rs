//! What is reported while a training runs.

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

/// Reported after each step. Epochs and batches are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct BatchReport {
    /// The epoch.
    pub epoch: usize,
    /// The number of epochs.
    pub epochs: usize,
    /// The batch of this epoch that was learnt from.
    pub batch: usize,
    /// The number of batches in an epoch.
    pub batches: usize,
    /// The mean loss of the epoch's samples so far.
    pub loss: f64,
}

/// Reported at the end of each epoch, after its validation.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct EpochReport<'a> {
    /// The epoch that has ended, counted from 1.
    pub epoch: usize,
    /// The number of epochs.
    pub epochs: usize,
    /// Its losses.
    pub losses: EpochLosses,
    /// The seconds of its steps, without validation and without the time spent in callbacks.
    pub train_seconds: f64,
    /// The weights after its last step.
    pub params: &'a Params,
    /// The losses of all epochs so far; the last ones are those of this epoch.
    pub history: &'a History,
    /// History, number of steps and early stopping: together with `params` and `optimizer` it is
    /// what [`snapshot`](crate::snapshot) writes.
    pub state: &'a TrainingState,
    /// The optimizer after its last step, with the learning rate of that step.
    pub optimizer: &'a dyn Optimizer,
}
