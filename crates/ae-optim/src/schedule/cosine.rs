//! A rate that falls along half a cosine.

use super::{Schedule, Step};
use std::f64::consts::PI;

/// Falls from the base rate to `alpha` times it (I. Loshchilov and F. Hutter, "SGDR: stochastic
/// gradient descent with warm restarts", arXiv:1608.03983, without the restarts), as Keras's
/// `CosineDecay` does with `decay_steps` set to all steps of the training:
///
/// ```text
/// rate = base_rate ((1 - alpha) (1 + cos(pi step / steps)) / 2 + alpha)        step = 0, 1, ..
/// ```
///
/// It changes in each step. The first step has the base rate, and the one after the last would have
/// the minimum. The rate depends on the requested number of epochs: if training is continued for
/// more epochs than were first requested, the rates differ.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CosineDecay {
    /// The final rate as a fraction of the base rate: from 0 to 1.
    pub alpha: f64,
}

impl Schedule for CosineDecay {
    fn learning_rate(&self, step: &Step<'_>) -> f64 {
        let steps = step.count().max(1);
        let done = step.index().min(steps) as f64 / steps as f64;
        let cosine = 0.5 * (1.0 + (PI * done).cos());
        step.base_rate * ((1.0 - self.alpha) * cosine + self.alpha)
    }
}
