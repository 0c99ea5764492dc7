//! The reports of a running training.

use crate::{EpochLosses, History, TrainingState};
use ae_autodiff::Params;
use ae_optim::Optimizer;

/// An event in [`fit`](crate::fit).
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A step was taken.
    Batch(BatchReport),
    /// An epoch, including its validation, has ended.
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
    /// The batch of this epoch that the step used.
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
    /// The time of its steps in seconds, without validation and callbacks.
    pub train_seconds: f64,
    /// The weights after its last step.
    pub params: &'a Params,
    /// The losses of all epochs so far, including this epoch.
    pub history: &'a History,
    /// The history, the number of steps and the state of early stopping. Together with `params` and
    /// `optimizer`, [`snapshot`](crate::snapshot) stores it.
    pub state: &'a TrainingState,
    /// The optimizer after its last step, with the learning rate of that step.
    pub optimizer: &'a dyn Optimizer,
}
