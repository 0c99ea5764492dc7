//! Schedules: the learning rate over the course of training.

mod cosine;
mod named;
mod plateau;
mod step_decay;
mod warmup;

pub use cosine::CosineDecay;
pub use named::{Decay, NamedSchedule, ScheduleError};
pub use plateau::ReduceOnPlateau;
pub use step_decay::StepDecay;
pub use warmup::Warmup;

use std::fmt;

/// A learning rate for each step of a training run.
///
/// The rate is a function only of the step's position and of the validation losses before it. So
/// there is no state to store: training resumed from a checkpoint has the same rates as training
/// without the interruption.
///
/// ```
/// use ae_optim::{Schedule, Step};
///
/// /// The rate divided by the square root of the step's number.
/// #[derive(Debug)]
/// struct InverseRoot;
///
/// impl Schedule for InverseRoot {
///     fn learning_rate(&self, step: &Step<'_>) -> f64 {
///         step.base_rate / ((step.index() + 1) as f64).sqrt()
///     }
/// }
/// let first = Step::new(0.1, [0, 10], [3, 25], &[]);
/// assert_eq!(InverseRoot.learning_rate(&first), 0.05);
/// ```
pub trait Schedule: fmt::Debug + Send + Sync {
    /// Returns the learning rate of this step: finite and at least 0.
    fn learning_rate(&self, step: &Step<'_>) -> f64;

    /// How often the rate is requested.
    fn cadence(&self) -> Cadence {
        Cadence::Step
    }
}

/// How often a [`Schedule`] changes the learning rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cadence {
    /// Never: the optimizer keeps its rate, and the schedule is not called.
    Never,
    /// Before the first step of each epoch.
    Epoch,
    /// Before each step.
    Step,
}

/// The position of a step in a training run.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Step<'a> {
    /// The optimizer's learning rate before the first step.
    pub base_rate: f64,
    /// The epoch of the step, counted from 0.
    pub epoch: usize,
    /// The number of epochs of the training run.
    pub epochs: usize,
    /// The index of the step in its epoch, counted from 0.
    pub batch: usize,
    /// The number of steps per epoch.
    pub batches: usize,
    /// The validation losses of the epochs before this one, in order.
    pub val_losses: &'a [f64],
}

impl<'a> Step<'a> {
    /// Creates the step `batch` of `batches` in the epoch `epoch` of `epochs`; the first of each
    /// pair is counted from 0.
    #[must_use]
    pub fn new(
        base_rate: f64,
        [epoch, epochs]: [usize; 2],
        [batch, batches]: [usize; 2],
        val_losses: &'a [f64],
    ) -> Self {
        Self { base_rate, epoch, epochs, batch, batches, val_losses }
    }

    /// The number of steps before this one.
    #[must_use]
    pub fn index(&self) -> usize {
        self.epoch.saturating_mul(self.batches).saturating_add(self.batch)
    }

    /// The number of steps of the whole training run.
    #[must_use]
    pub fn count(&self) -> usize {
        self.epochs.saturating_mul(self.batches)
    }
}

/// The optimizer's own rate. The cadence is [`Cadence::Never`]: the optimizer is not changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Constant;

impl Schedule for Constant {
    fn learning_rate(&self, step: &Step<'_>) -> f64 {
        step.base_rate
    }

    fn cadence(&self) -> Cadence {
        Cadence::Never
    }
}

#[cfg(test)]
mod tests;
