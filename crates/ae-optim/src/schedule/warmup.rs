//! A linear warm-up before another schedule.

use super::{Cadence, Schedule, Step};

/// In the first `epochs` epochs the rate rises linearly, step by step, to the initial rate of the
/// schedule after it (P. Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1
/// hour", arXiv:1706.02677, section 2.2). With `n` steps in these epochs:
///
/// ```text
/// rate = (step + 1) / n  first rate of the schedule                step = 0, 1, .., n - 1
/// ```
///
/// The last of these steps has the full rate. (Keras's `CosineDecay` with a `warmup_target` has
/// `step / n`, so its first step has a rate of 0.) For the schedule after it, training begins with
/// the first epoch after the warm-up: a cosine falls over the remaining epochs, and the losses of
/// the warm-up are ignored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Warmup<S> {
    /// The number of warm-up epochs.
    pub epochs: usize,
    /// The schedule after the warm-up.
    pub then: S,
}

impl<S: Schedule> Schedule for Warmup<S> {
    fn learning_rate(&self, step: &Step<'_>) -> f64 {
        let epochs = step.epochs.saturating_sub(self.epochs);
        match step.epoch.checked_sub(self.epochs) {
            Some(epoch) => {
                let val_losses = step.val_losses.get(self.epochs..).unwrap_or_default();
                self.then.learning_rate(&Step { epoch, epochs, val_losses, ..*step })
            }
            None => {
                let first = Step { epoch: 0, epochs, batch: 0, val_losses: &[], ..*step };
                let steps = self.epochs.saturating_mul(step.batches);
                let done = (step.index() + 1) as f64 / steps as f64;
                self.then.learning_rate(&first) * done
            }
        }
    }

    fn cadence(&self) -> Cadence {
        match self.epochs {
            0 => self.then.cadence(),
            _ => Cadence::Step,
        }
    }
}
