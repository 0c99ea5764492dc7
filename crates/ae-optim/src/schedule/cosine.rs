//! A rate that falls along half a cosine.

use super::{Schedule, Step};
use std::f64::consts::PI;

/// From the base rate to `alpha` times it (I. Loshchilov and F. Hutter, "SGDR: stochastic gradient
/// descent with warm restarts", arXiv:1608.03983, without the restarts), as Keras's `CosineDecay`
/// has it with all steps of the training as its `decay_steps`:
///
/// ```text
/// rate = base_rate ((1 - alpha) (1 + cos(pi step / steps)) / 2 + alpha)        step = 0, 1, ..
/// ```
///
/// It changes in each step. The first step has the base rate, and the one after the last would have
/// the least. The rate depends on the number of epochs asked for: a training that goes on for more
/// of them than were first asked for has other rates.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CosineDecay {
    /// Where it ends, as a part of the base rate: from 0 to 1.
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
