//! The training loop.

mod check;
mod options;
mod progress;
mod run;
mod stepwise;

pub use options::FitOptions;
pub use stepwise::StepwiseFit;

pub(crate) use check::check_objective;

use crate::lane::Objective;
use crate::{EarlyStopping, Event, Examples, FitError, History, TrainingState};
use ae_autodiff::Params;
use ae_layers::Sequential;
use ae_optim::Optimizer;
use check::check;
use progress::Progress;
use run::Run;
use std::ops::ControlFlow;

/// The result of a training.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Fitted {
    /// The losses of all complete epochs.
    pub history: History,
    /// The time of the steps in seconds, without validation and callbacks.
    pub train_seconds: f64,
    /// The number of samples in all steps, each counted as often as it was seen.
    pub samples_seen: usize,
    /// Where training was interrupted; `None` if it ran to its end.
    pub stopped: Option<Stopped>,
    /// Whether early stopping ended it before the last epoch.
    pub stopped_early: bool,
    /// The epoch, counted from 1, whose weights were restored, if the best weights were to be
    /// restored.
    pub restored: Option<usize>,
}

/// The values that training changes.
#[derive(Debug)]
pub struct Training<'a> {
    /// The weights.
    pub params: &'a mut Params,
    /// The optimizer and its state.
    pub optimizer: &'a mut dyn Optimizer,
    /// The progress so far.
    pub state: TrainingState,
}

/// The last batch before an interruption, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Stopped {
    /// Its epoch.
    pub epoch: usize,
    /// Its number in the epoch.
    pub batch: usize,
    /// The number of batches in an epoch.
    pub batches: usize,
}

/// Trains an auto-encoder to reproduce the clean samples: each step lowers the loss between the
/// model's outputs and the targets of one batch.
///
/// As in Keras's `fit`, all samples are shuffled in each epoch, the last, smaller batch is kept,
/// the epoch's loss is the sample-weighted mean of its batches' losses, and the validation loss is
/// computed at the epoch's end. The binary cross-entropy is computed from the logits before the
/// model's last sigmoid. The penalties of layers, for sparse or random codes, are part of the loss
/// in training and in validation, as in Keras.
///
/// The schedule sets the optimizer's learning rate for each step or epoch; afterwards the optimizer
/// has its original rate again. A [constant](ae_optim::Constant) schedule does not change the
/// optimizer.
///
/// A batch is processed in shards whose size depends only on the model's size, as many at a time as
/// there are threads. Their gradients are averaged in the order of the shards, so the result is the
/// same for any number of threads.
///
/// `on_event` is called after each batch and after each epoch. If it returns `Break`, training ends
/// there: after a batch, without the rest of the epoch and its validation. In a team, the processes
/// agree on it in their next step, and all stop after that one. This is not an error; `params`
/// holds the weights reached so far.
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

/// [`fit`] from the state of `training` to the last epoch, or until [`EarlyStopping`] ends it. The
/// training continues exactly as it would have without the interruption: the weights are the same
/// bit by bit.
///
/// The time, the number of samples and the events are those of this call; the history is that of
/// all epochs.
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
    let Training { params, optimizer, state } = training;
    let mut progress = Progress::new(model, params, optimizer, &options, state);
    let run = Run { learning, validation, options, params, optimizer, progress: &mut progress };
    let stopped = run.run(&mut on_event)?;
    Ok(progress.finish(stopped, options.epochs))
}

#[cfg(test)]
mod tests;
