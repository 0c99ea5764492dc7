//! A rate that falls by the same factor again and again.

use super::{Cadence, Schedule, Step};

/// The rate times `factor` after every `every` epochs:
///
/// ```text
/// rate = base_rate factor^floor(epoch / every)                epoch = 0, 1, ..
/// ```
///
/// Keras's `ExponentialDecay` with `staircase=True`, counted in epochs; PyTorch's `StepLR`. It
/// changes once an epoch at most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepDecay {
    /// How many epochs have the same rate; 0 counts as 1.
    pub every: usize,
    /// What the rate is multiplied by.
    pub factor: f64,
}

impl Schedule for StepDecay {
    fn learning_rate(&self, step: &Step<'_>) -> f64 {
        let times = step.epoch / self.every.max(1);
        step.base_rate * self.factor.powi(i32::try_from(times).unwrap_or(i32::MAX))
    }

    fn cadence(&self) -> Cadence {
        Cadence::Epoch
    }
}
