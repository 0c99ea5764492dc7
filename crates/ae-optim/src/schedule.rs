//! How the learning rate changes while a model is trained.

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

/// A learning rate for each step of a training.
///
/// The rate is a function of the step's place and of the validation losses before it, and of
/// nothing else. So there is no state to keep: a training that goes on from a checkpoint has the
/// rates that it would have had without the break.
///
/// ```
/// use ae_optim::{Schedule, Step};
///
/// /// The rate divided by the square root of the number of the step.
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
    /// The learning rate of this step: finite and at least 0.
    fn learning_rate(&self, step: &Step<'_>) -> f64;

    /// How often the rate is asked for.
    fn cadence(&self) -> Cadence {
        Cadence::Step
    }
}

/// How often a [`Schedule`] changes the learning rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cadence {
    /// Never: the optimizer keeps the rate that it has, and the schedule is not asked.
    Never,
    /// Before the first step of each epoch.
    Epoch,
    /// Before each step.
    Step,
}

/// The place of a step in a training.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Step<'a> {
    /// The optimizer's learning rate before the first step.
    pub base_rate: f64,
    /// The epoch of the step, counted from 0.
    pub epoch: usize,
    /// How many epochs the training has.
    pub epochs: usize,
    /// The place of the step in its epoch, counted from 0.
    pub batch: usize,
    /// How many steps each epoch has.
    pub batches: usize,
    /// The validation loss of each epoch before this one, first to last.
    pub val_losses: &'a [f64],
}

impl<'a> Step<'a> {
    /// The step `batch` of `batches` in the epoch `epoch` of `epochs`, the first of each pair
    /// counted from 0.
    #[must_use]
    pub fn new(
        base_rate: f64,
        [epoch, epochs]: [usize; 2],
        [batch, batches]: [usize; 2],
        val_losses: &'a [f64],
    ) -> Self {
        Self { base_rate, epoch, epochs, batch, batches, val_losses }
    }

    /// How many steps were taken before this one.
    #[must_use]
    pub fn index(&self) -> usize {
        self.epoch.saturating_mul(self.batches).saturating_add(self.batch)
    }

    /// How many steps the whole training has.
    #[must_use]
    pub fn count(&self) -> usize {
        self.epochs.saturating_mul(self.batches)
    }
}

/// The rate that the optimizer has. [`Cadence::Never`]: the optimizer is not touched.
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
