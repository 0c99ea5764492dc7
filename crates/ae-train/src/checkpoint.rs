//! The state of a training between two epochs, written to a file and read back.

use crate::{EarlyStopping, EpochLosses, History, Monitor};
use ae_autodiff::Params;
use ae_checkpoint::{Archive, CheckpointError};
use ae_optim::Optimizer;
use ae_tensor::Tensor;

/// The progress of a training. Together with the weights and the optimizer's state this is
/// everything that later epochs depend on, because their random numbers are keyed by the epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingState {
    /// The losses of all epochs so far.
    pub history: History,
    /// The number of steps in these epochs.
    pub steps: u64,
    /// The best epoch so far.
    pub monitor: Monitor,
    /// The loss of the first batch, before the first step.
    pub first_loss: Option<f64>,
}

impl TrainingState {
    /// The state before the first epoch.
    #[must_use]
    pub fn new(rule: EarlyStopping) -> Self {
        let (history, monitor) = (History::default(), Monitor::new(rule));
        Self { history, steps: 0, monitor, first_loss: None }
    }

    /// Returns the loss at the beginning, with which [`Divergence`](crate::Divergence) compares.
    /// Earlier versions did not store the loss of the first batch; then it is the lower loss of the
    /// first epoch.
    pub(crate) fn began(&self) -> f64 {
        let first_epoch =
            || self.history.epochs.first().map(|first| first.loss.min(first.val_loss));
        self.first_loss.or_else(first_epoch).unwrap_or(0.0)
    }

    /// The number of epochs that have ended.
    #[must_use]
    pub fn epoch(&self) -> usize {
        self.history.epochs.len()
    }
}

/// The name of the first batch's loss.
const FIRST_LOSS: &str = "history/first_loss";

/// Adds the weights to the archive, by name.
pub fn put_weights(archive: &mut Archive, params: &Params) {
    for id in params.ids() {
        archive.put(params.name(id), params.get(id));
    }
}

/// An archive with everything that [`restore`] needs. Numbers that must be restored exactly are
/// stored as f64 tensors or as decimal digits.
#[must_use]
pub fn snapshot(
    seed: u64,
    params: &Params,
    optimizer: &dyn Optimizer,
    state: &TrainingState,
) -> Archive {
    let TrainingState { history, steps, monitor, first_loss } = state;
    let mut archive = Archive::new();
    put_weights(&mut archive, params);
    for (name, tensors) in optimizer.state() {
        for (id, tensor) in params.ids().zip(tensors) {
            archive.put(in_optimizer(name, params.name(id)), tensor);
        }
    }
    if let Some(weights) = &monitor.weights {
        for id in weights.ids() {
            archive.put(in_best(weights.name(id)), weights.get(id));
        }
    }
    archive.put_f64("history/loss", &history.losses());
    archive.put_f64("history/val_loss", &history.val_losses());
    if let Some(loss) = first_loss {
        archive.put_f64(FIRST_LOSS, &[*loss]);
    }
    archive.put_f64("best/val_loss", &[monitor.best]);
    archive.set_metadata("epoch", state.epoch());
    archive.set_metadata("step", steps);
    archive.set_metadata("seed", seed);
    archive.set_metadata("optimizer", optimizer.name());
    archive.set_metadata("best_epoch", monitor.best_epoch);
    archive.set_metadata("epochs_waited", monitor.wait);
    archive.set_metadata("stopped_early", monitor.stopped);
    archive
}

/// Restores the parameters and the optimizer, which must be of the same kind, from an archive that
/// [`snapshot`] made, and returns the state of the training.
///
/// # Errors
/// [`CheckpointError::Tensor`] or [`CheckpointError::Metadata`] for the first entry that is missing
/// or different: another seed, another optimizer, weights of another shape. `params` may then hold
/// some of the weights.
pub fn restore(
    archive: &mut Archive,
    seed: u64,
    params: &mut Params,
    optimizer: &mut dyn Optimizer,
    rule: EarlyStopping,
) -> Result<TrainingState, CheckpointError> {
    expect(archive, "seed", &seed.to_string())?;
    expect(archive, "optimizer", optimizer.name())?;
    let steps: u64 = archive.number("step")?;
    let losses = archive.take_f64("history/loss", None)?;
    let val_losses = archive.take_f64("history/val_loss", Some(losses.len()))?;
    expect(archive, "epoch", &losses.len().to_string())?;
    let first_loss = match archive.has(FIRST_LOSS) {
        true => archive.take_f64(FIRST_LOSS, Some(1))?.pop(),
        // Before the first step, or from an earlier version.
        false => None,
    };
    let epochs = losses.into_iter().zip(val_losses);
    let epochs = epochs.map(|(loss, val_loss)| EpochLosses { loss, val_loss }).collect();

    let mut weights = params.clone();
    for id in params.ids() {
        *weights.get_mut(id) = archive.take(params.name(id), params.get(id).shape())?;
    }
    let names: Vec<&str> = optimizer.state().into_iter().map(|(name, _)| name).collect();
    let mut memory = Vec::with_capacity(names.len());
    for name in names {
        let of_each =
            |id| archive.take(&in_optimizer(name, params.name(id)), params.get(id).shape());
        // Before the first step the optimizer has no state.
        let none_yet = steps == 0;
        let tensors: Result<Vec<Tensor>, _> =
            if none_yet { Ok(Vec::new()) } else { params.ids().map(of_each).collect() };
        memory.push(tensors?);
    }
    let best_epoch: usize = archive.number("best_epoch")?;
    let mut best_weights = None;
    if rule.restore_best && best_epoch > 0 {
        let mut best = params.clone();
        for id in params.ids() {
            *best.get_mut(id) = archive.take(&in_best(params.name(id)), params.get(id).shape())?;
        }
        best_weights = Some(best);
    }
    let best = archive.take_f64("best/val_loss", Some(1))?[0];
    let (wait, stopped) = (archive.number("epochs_waited")?, archive.number("stopped_early")?);
    archive.finish()?;

    *params = weights;
    optimizer.restore(steps, memory);
    let monitor = Monitor { rule, best, best_epoch, wait, stopped, weights: best_weights };
    Ok(TrainingState { history: History { epochs }, steps, monitor, first_loss })
}

fn in_optimizer(state: &str, param: &str) -> String {
    format!("optimizer/{state}/{param}")
}

fn in_best(param: &str) -> String {
    format!("best/{param}")
}

fn expect(archive: &Archive, key: &str, expected: &str) -> Result<(), CheckpointError> {
    match archive.metadata(key)? {
        found if found == expected => Ok(()),
        found => Err(archive.metadata_mismatch(key, expected, found)),
    }
}

#[cfg(test)]
mod tests;
