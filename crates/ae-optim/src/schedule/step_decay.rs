//! A rate that falls by the same factor at regular intervals.

use super::{Cadence, Schedule, Step};

/// The rate is multiplied by `factor` after every `every` epochs:
///
/// ```text
/// rate = base_rate factor^floor(epoch / every)                epoch = 0, 1, ..
/// ```
///
/// This is Keras's `ExponentialDecay` with `staircase=True`, counted in epochs, and PyTorch's
/// `StepLR`. The rate changes at most once per epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepDecay {
    /// The number of epochs with the same rate; 0 counts as 1.
    pub every: usize,
    /// The factor of the rate.
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
