//! A rate that falls when the validation loss does not.

use super::{Cadence, Schedule, Step};

/// Keras's `ReduceLROnPlateau` on the validation loss, as its source has it (version 3.15,
/// `keras/src/callbacks/reduce_lr_on_plateau.py`), in f64.
///
/// An epoch is an improvement if `val_loss + min_delta < best`, and the first one always is. The
/// `patience`-th epoch in a row without one multiplies the rate by `factor`, down to `min_rate`;
/// the `cooldown` epochs after that are not counted. It changes once an epoch at most.
///
/// Nothing is remembered: the losses of all epochs before are gone through anew for each epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReduceOnPlateau {
    /// How many epochs without an improvement it takes; 0 counts as 1.
    pub patience: usize,
    /// What the rate is multiplied by: below 1.
    pub factor: f64,
    /// By how much, at least, the loss must fall for an improvement. A negative one counts as its
    /// absolute value.
    pub min_delta: f64,
    /// How many epochs after a reduction are not counted.
    pub cooldown: usize,
    /// The least rate.
    pub min_rate: f64,
}

impl Default for ReduceOnPlateau {
    /// The constants of Keras: 10 epochs, 0.1, 1e-4, no cooldown, 0.
    fn default() -> Self {
        Self { patience: 10, factor: 0.1, min_delta: 1e-4, cooldown: 0, min_rate: 0.0 }
    }
}

impl Schedule for ReduceOnPlateau {
    fn learning_rate(&self, step: &Step<'_>) -> f64 {
        let mut rate = step.base_rate;
        let (mut best, mut wait, mut cooldown) = (f64::INFINITY, 0, 0_usize);
        for (epoch, &loss) in step.val_losses.iter().enumerate() {
            if cooldown > 0 {
                cooldown -= 1;
                wait = 0;
            }
            if epoch == 0 || loss + self.min_delta.abs() < best {
                best = loss;
                wait = 0;
            } else if cooldown == 0 {
                wait += 1;
                if wait >= self.patience && rate > self.min_rate {
                    rate = (rate * self.factor).max(self.min_rate);
                    cooldown = self.cooldown;
                    wait = 0;
                }
            }
        }
        rate
    }

    fn cadence(&self) -> Cadence {
        Cadence::Epoch
    }
}
