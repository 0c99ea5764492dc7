//! A rate that falls when the validation loss does not.

use super::{Cadence, Schedule, Step};

/// Keras's `ReduceLROnPlateau` on the validation loss, following its source (version 3.15,
/// `keras/src/callbacks/reduce_lr_on_plateau.py`), in f64.
///
/// An epoch is an improvement if `val_loss + min_delta < best`, and the first one always is. The
/// `patience`-th consecutive epoch without an improvement multiplies the rate by `factor`, down to
/// `min_rate`; the `cooldown` epochs after that are not counted. The rate changes at most once per
/// epoch.
///
/// No state is kept: the losses of all earlier epochs are processed again for each epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReduceOnPlateau {
    /// The number of epochs without an improvement before a reduction; 0 counts as 1.
    pub patience: usize,
    /// The factor of the rate, below 1.
    pub factor: f64,
    /// The minimum decrease of the loss that counts as an improvement. A negative value counts as
    /// its absolute value.
    pub min_delta: f64,
    /// The number of epochs after a reduction that are not counted.
    pub cooldown: usize,
    /// The minimum rate.
    pub min_rate: f64,
}

impl Default for ReduceOnPlateau {
    /// The defaults of Keras: 10 epochs, 0.1, 1e-4, no cooldown, 0.
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
