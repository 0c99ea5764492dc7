//! When to stop before the last epoch, and which epoch's weights to keep.

use ae_autodiff::Params;

/// Keras's `EarlyStopping` on the validation loss, where smaller is better.
///
/// An epoch is an improvement if `val_loss + min_delta < best`: strictly, and in f64. Keras calls
/// this `monitor_op(current - min_delta, best)`, with `less` and a negative `min_delta`. Training
/// ends with the `patience`-th epoch in a row without an improvement. A patience of 0 counts as 1.
/// The first epoch is always an improvement.
///
/// At the end, early or not, the weights of the best epoch are restored if `restore_best` is set
/// (as in Keras 3; Keras 2.2 did so only if it stopped early). If training is interrupted, the
/// weights do not change.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EarlyStopping {
    /// The number of epochs in a row without an improvement that ends the training; `None` if it
    /// never ends early.
    pub patience: Option<usize>,
    /// The minimum decrease of the loss that is an improvement. A negative value counts as its
    /// absolute value.
    pub min_delta: f64,
    /// Whether the weights of the best epoch are restored at the end.
    pub restore_best: bool,
}

/// The state of [`EarlyStopping`] between epochs.
#[derive(Clone, Debug, PartialEq)]
pub struct Monitor {
    pub(crate) rule: EarlyStopping,
    pub(crate) best: f64,
    /// The best epoch, counted from 1; 0 before the first epoch.
    pub(crate) best_epoch: usize,
    pub(crate) wait: usize,
    pub(crate) stopped: bool,
    /// The best epoch's weights, if they are to be restored.
    pub(crate) weights: Option<Params>,
}

impl Monitor {
    /// The state before the first epoch.
    #[must_use]
    pub fn new(rule: EarlyStopping) -> Self {
        let best = f64::INFINITY;
        Self { rule, best, best_epoch: 0, wait: 0, stopped: false, weights: None }
    }

    /// Records that an epoch, counted from 1, has ended with this validation loss and these
    /// parameters.
    pub(crate) fn observe(&mut self, epoch: usize, val_loss: f64, params: &Params) {
        self.wait += 1;
        if val_loss + self.rule.min_delta.abs() < self.best {
            self.best = val_loss;
            self.best_epoch = epoch;
            self.wait = 0;
            if self.rule.restore_best {
                self.weights = Some(params.clone());
            }
        } else if self.rule.patience.is_some_and(|patience| self.wait >= patience) && epoch > 1 {
            self.stopped = true;
        }
    }

    /// The lowest validation loss so far; infinite before the first epoch.
    #[must_use]
    pub fn best(&self) -> f64 {
        self.best
    }

    /// The epoch of the lowest validation loss, counted from 1; `None` before the first epoch.
    #[must_use]
    pub fn best_epoch(&self) -> Option<usize> {
        (self.best_epoch > 0).then_some(self.best_epoch)
    }

    /// Whether the patience has run out: training ends with the last epoch.
    #[must_use]
    pub fn has_stopped(&self) -> bool {
        self.stopped
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_tensor::Tensor;

    /// Returns the epoch, counted from 1, that ends the training, the best epoch, and the epoch
    /// whose weights are kept.
    fn run(rule: EarlyStopping, losses: &[f64]) -> (Option<usize>, usize, Option<f32>) {
        let mut monitor = Monitor::new(rule);
        let mut params = Params::new();
        let id = params.add("w", Tensor::zeros([1]));
        let mut ended = None;
        for (epoch, &loss) in (1..).zip(losses) {
            params.get_mut(id).data_mut()[0] = epoch as f32;
            monitor.observe(epoch, loss, &params);
            if monitor.has_stopped() {
                ended = Some(epoch);
                break;
            }
        }
        let kept = monitor.weights.as_ref().map(|weights| weights.get(id).item());
        (ended, monitor.best_epoch().unwrap(), kept)
    }

    fn patient(patience: usize, min_delta: f64) -> EarlyStopping {
        EarlyStopping { patience: Some(patience), min_delta, restore_best: true }
    }

    /// Tests the behavior of Keras's callback for these losses, derived from its source (version 3,
    /// `on_epoch_end`).
    #[test]
    fn it_stops_where_keras_does() {
        let losses = [5.0, 4.0, 4.5, 4.0, 3.9, 4.1, 4.2, 4.3, 1.0];
        assert_eq!(run(patient(0, 0.0), &losses), (Some(3), 2, Some(2.0)));
        assert_eq!(run(patient(1, 0.0), &losses), (Some(3), 2, Some(2.0)));
        // An equal loss is not an improvement.
        assert_eq!(run(patient(2, 0.0), &losses), (Some(4), 2, Some(2.0)));
        assert_eq!(run(patient(3, 0.0), &losses), (Some(8), 5, Some(5.0)));
        assert_eq!(run(patient(4, 0.0), &losses), (None, 9, Some(9.0)));
        // 3.9 is not far enough below 4.0.
        assert_eq!(run(patient(3, 0.5), &losses), (Some(5), 2, Some(2.0)));
        assert_eq!(run(patient(3, -0.5), &losses), (Some(5), 2, Some(2.0)));
        // A decrease equal to the minimum is not an improvement.
        assert_eq!(run(patient(2, 0.5), &[2.0, 1.5, 1.5]), (Some(3), 1, Some(1.0)));
    }

    #[test]
    fn many_small_steps_may_be_an_improvement_together() {
        // The best stays at 1.0 until a loss is below 0.9.
        assert_eq!(run(patient(3, 0.1), &[1.0, 0.95, 0.91, 0.89, 0.88]), (None, 4, Some(4.0)));
    }

    #[test]
    fn without_patience_only_the_best_is_kept() {
        let rule = EarlyStopping { restore_best: true, ..EarlyStopping::default() };
        assert_eq!(run(rule, &[3.0, 1.0, 2.0, 1.0, 5.0]), (None, 2, Some(2.0)));
        assert_eq!(run(EarlyStopping::default(), &[3.0, 1.0, 2.0]), (None, 2, None));
    }
}
