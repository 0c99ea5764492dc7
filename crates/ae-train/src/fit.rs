//! The training loop.

mod check;
mod options;
mod run;

pub use options::FitOptions;

pub(crate) use check::check_objective;

use crate::lane::Objective;
use crate::{EarlyStopping, Event, Examples, FitError, History, TrainingState};
use ae_autodiff::Params;
use ae_layers::Sequential;
use ae_optim::Optimizer;
use check::check;
use run::Run;
use std::ops::ControlFlow;

/// What became of a training.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Fitted {
    /// The losses of all whole epochs.
    pub history: History,
    /// What the steps took, without validation and without what was done on events.
    pub train_seconds: f64,
    /// How many samples were learnt from, each counted as often as it was seen.
    pub samples_seen: usize,
    /// Where training was broken off; `None` if it ran to its end.
    pub stopped: Option<Stopped>,
    /// Whether it ended before the last epoch because it no longer improved.
    pub stopped_early: bool,
    /// The epoch, counted from 1, whose weights training ended with, if those of the best were to
    /// be restored.
    pub restored: Option<usize>,
}

/// What training changes.
#[derive(Debug)]
pub struct Training<'a> {
    /// The weights.
    pub params: &'a mut Params,
    /// The optimizer that moves them, and what it remembers.
    pub optimizer: &'a mut dyn Optimizer,
    /// How far it has come.
    pub state: TrainingState,
}

/// The last batch that was learnt from, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Stopped {
    /// Its epoch.
    pub epoch: usize,
    /// Its place in the epoch.
    pub batch: usize,
    /// How many batches an epoch has.
    pub batches: usize,
}

/// Teaches an auto-encoder to give back the clean samples behind those it is given: each step
/// lowers the loss between the model's output and the targets of one batch.
///
/// As in Keras's `fit`, all samples are shuffled in each epoch, the last, smaller batch is kept,
/// the epoch's loss is the sample-weighted mean of its batches' losses, and the validation loss is
/// taken at the epoch's end. The binary cross-entropy is computed from the logits before the
/// model's last sigmoid. What layers add to the loss, for sparse or random codes, is part of it, in
/// training and in validation, as in Keras.
///
/// The schedule gives the optimizer its learning rate for each step or epoch; afterwards the
/// optimizer has the rate that it had before. A [constant](ae_optim::Constant) one does not touch
/// the optimizer.
///
/// A batch goes through the model in shards whose size depends on the model's alone, as many at a
/// time as there are threads; their gradients are averaged in the order of the shards. So the
/// result is the same for any number of threads.
///
/// `on_event` is called after each batch and after each epoch. If it breaks off, training ends
/// there: after a batch without the rest of the epoch and its validation. That is not an error;
/// what was learnt stays in `params`.
///
/// # Errors
/// See [`FitError`].
pub fn fit(
    model: &Sequential,
    params: &mut Params,
    optimizer: &mut dyn Optimizer,
    train: Examples<'_>,
    validation: Examples<'_>,
    options: FitOptions<'_>,
    on_event: impl FnMut(&Event<'_>) -> ControlFlow<()>,
) -> Result<Fitted, FitError> {
    let state = TrainingState::new(EarlyStopping::default());
    let training = Training { params, optimizer, state };
    fit_from(model, training, train, validation, options, on_event)
}

/// [`fit`] from wherever `training` stands, to the last epoch or until [`EarlyStopping`] ends it.
/// It goes on exactly as it would have without the break: the same weights, bit by bit.
///
/// The seconds and samples of the result, and its events, are those of this call; its history is
/// that of all epochs.
///
/// # Errors
/// See [`FitError`].
pub fn fit_from(
    model: &Sequential,
    training: Training<'_>,
    train: Examples<'_>,
    validation: Examples<'_>,
    options: FitOptions<'_>,
    mut on_event: impl FnMut(&Event<'_>) -> ControlFlow<()>,
) -> Result<Fitted, FitError> {
    let loss = options.loss;
    let learning = Objective { model, examples: train, loss };
    let validation = Objective { model, examples: validation, loss };
    check(&learning, &validation, &options)?;
    Run::new(learning, validation, options, training).run(&mut on_event)
}

#[cfg(test)]
mod tests;
