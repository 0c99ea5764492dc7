//! The training loop.

use crate::evaluate::mean_loss;
use crate::gradient::BatchGradient;
use crate::lane::Lane;
use crate::order::Order;
use crate::{
    BatchReport, EarlyStopping, EpochLosses, EpochReport, Event, Examples, FitError, History,
    TrainingState, shards,
};
use ae_autodiff::Params;
use ae_layers::Sequential;
use ae_optim::Optimizer;
use std::ops::ControlFlow;
use std::time::Instant;

/// How long to train, and in what portions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FitOptions {
    /// How often each sample is seen.
    pub epochs: usize,
    /// Samples to a step.
    pub batch: usize,
    /// Decides the order of the samples in each epoch, and the codes that a variational model draws.
    pub seed: u64,
}

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
    /// Where training was broken off; none if it ran to its end.
    pub stopped: Option<Stopped>,
    /// Whether it ended before the last epoch because it no longer improved.
    pub stopped_early: bool,
    /// The epoch, counted from 1, whose weights training ended with, if those of the best were to be restored.
    pub restored: Option<usize>,
}

/// What training changes.
#[derive(Debug)]
pub struct Training<'a> {
    /// The weights.
    pub params: &'a mut Params,
    /// The rule that moves them, and what it remembers.
    pub optimizer: &'a mut dyn Optimizer,
    /// How far it has come.
    pub state: TrainingState,
}

/// The last batch that was learnt from, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Its epoch.
    pub epoch: usize,
    /// Its place in the epoch.
    pub batch: usize,
    /// How many batches an epoch has.
    pub batches: usize,
}

/// Teaches an auto-encoder to give back the clean images behind those it is given: each step lowers the binary
/// cross-entropy between the model's output and the targets of one batch.
///
/// As in Keras's `fit`, all samples are shuffled in each epoch, the last, smaller batch is kept, the epoch's
/// loss is the sample-weighted mean of its batches' losses, and the validation loss is taken at the epoch's end. The
/// model must end with a sigmoid; the loss is computed from the logits before it. What layers add to the loss, for sparse or
/// random codes, is part of it, in training and in validation, as in Keras.
///
/// A batch goes through the model in shards whose size depends on the model's alone, as many at a time as there are
/// threads; their gradients are averaged in the order of the shards. So the result is the same for any number of
/// threads.
///
/// `on_event` is called after each batch and after each epoch. If it breaks off, training ends there: after a batch
/// without the rest of the epoch and its validation. That is no error; what was learnt stays in `params`.
///
/// # Errors
/// See [`FitError`].
///
/// # Panics
/// If the model does not end with a sigmoid.
pub fn fit(
    model: &Sequential,
    params: &mut Params,
    optimizer: &mut dyn Optimizer,
    train: Examples<'_>,
    validation: Examples<'_>,
    options: FitOptions,
    on_event: impl FnMut(&Event<'_>) -> ControlFlow<()>,
) -> Result<Fitted, FitError> {
    let state = TrainingState::new(EarlyStopping::default());
    let training = Training { params, optimizer, state };
    fit_from(model, training, train, validation, options, on_event)
}

/// [`fit`] from wherever `training` stands, to the last epoch or until [`EarlyStopping`] ends it. It goes on exactly as it
/// would have without the break: the same weights, bit by bit.
///
/// The seconds and samples of the result, and its events, are those of this call; its history is that of all epochs.
///
/// # Errors
/// See [`FitError`].
///
/// # Panics
/// If the model does not end with a sigmoid.
pub fn fit_from(
    model: &Sequential,
    training: Training<'_>,
    train: Examples<'_>,
    validation: Examples<'_>,
    options: FitOptions,
    mut on_event: impl FnMut(&Event<'_>) -> ControlFlow<()>,
) -> Result<Fitted, FitError> {
    let Training { params, optimizer, mut state } = training;
    check("training", model, train)?;
    check("validation", model, validation)?;
    let count = train.samples().count();
    if options.batch == 0 || options.batch > count {
        return Err(FitError::Batch { batch: options.batch, samples: count });
    }
    let epochs = options.epochs;
    let mut order = Order::default();
    let mut lanes = Lane::for_all_threads();
    let shard_len = shards::training_len(model);
    let mut gradient = BatchGradient::new(params, options.batch, shard_len, options.seed);
    let mut fitted = Fitted {
        history: History::default(),
        train_seconds: 0.0,
        samples_seen: 0,
        stopped: None,
        stopped_early: false,
        restored: None,
    };
    for epoch in state.epoch() + 1..=epochs {
        if state.monitor.has_stopped() {
            break;
        }
        let (mut total, mut seen, mut train_seconds) = (0.0, 0, 0.0);
        let start = Instant::now();
        order.shuffle(count, options.seed, epoch - 1);
        train_seconds += start.elapsed().as_secs_f64();
        let batches = order.batches(options.batch).len();
        for (batch, indices) in (1..).zip(order.batches(options.batch)) {
            let diverged = |what| FitError::Diverged { what, epoch, batch };
            let start = Instant::now();
            let (loss, grads) =
                gradient.compute(&mut lanes, model, params, train, indices, epoch - 1);
            if !loss.is_finite() {
                return Err(diverged("loss"));
            }
            if !grads.is_finite() {
                return Err(diverged("gradient"));
            }
            optimizer.step(params, grads);
            state.steps += 1;
            train_seconds += start.elapsed().as_secs_f64();

            total += loss * indices.len() as f64;
            seen += indices.len();
            let report = BatchReport { epoch, epochs, batch, batches, loss: total / seen as f64 };
            if on_event(&Event::Batch(report)).is_break() {
                fitted.train_seconds += train_seconds;
                fitted.samples_seen += seen;
                fitted.stopped = Some(Stopped { epoch, batch, batches });
                fitted.history = state.history;
                return Ok(fitted);
            }
        }
        fitted.train_seconds += train_seconds;
        fitted.samples_seen += seen;

        let val_loss = mean_loss(&mut lanes, model, params, validation);
        if !val_loss.is_finite() {
            return Err(FitError::Diverged { what: "validation loss", epoch, batch: batches });
        }
        let losses = EpochLosses { loss: total / seen as f64, val_loss };
        state.history.epochs.push(losses);
        state.monitor.observe(epoch, val_loss, params);
        let report = EpochReport {
            epoch,
            epochs,
            losses,
            train_seconds,
            params,
            history: &state.history,
            state: &state,
            optimizer,
        };
        let break_off = on_event(&Event::Epoch(report)).is_break();
        if break_off && epoch < epochs && !state.monitor.has_stopped() {
            fitted.stopped = Some(Stopped { epoch, batch: batches, batches });
            fitted.history = state.history;
            return Ok(fitted);
        }
    }
    fitted.stopped_early = state.monitor.has_stopped() && state.epoch() < epochs;
    fitted.restored = state.monitor.best_epoch().filter(|_| state.monitor.weights.is_some());
    if let Some(weights) = state.monitor.weights {
        *params = weights;
    }
    fitted.history = state.history;
    Ok(fitted)
}

fn check(part: &'static str, model: &Sequential, examples: Examples<'_>) -> Result<(), FitError> {
    let samples = examples.samples();
    if samples.count() == 0 {
        return Err(FitError::NoSamples(part));
    }
    let (input, output) = (model.input_shape(), model.output_shape());
    if input != output {
        return Err(FitError::NoAutoEncoder { input, output });
    }
    if samples.shape() != input {
        return Err(FitError::Shape { part, model: input, samples: samples.shape() });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
