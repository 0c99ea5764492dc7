//! The mean binary cross-entropy of logits and targets: Keras's `binary_crossentropy` after a
//! sigmoid.
//!
//! The derivation of the stable form is in [`ae_tensor::kernels::bce`]. Since the loss and its
//! gradient share an exponential, the forward pass keeps the gradient, and the backward pass only
//! scales it.

use crate::{Backward, BackwardPass, Buffers, Tape, Var};
use ae_tensor::kernels::bce::{bce_sum, bce_sum_and_gradient};

/// The mean over all elements.
#[must_use]
pub fn forward(logits: &[f32], targets: &[f32]) -> f32 {
    (bce_sum(logits, targets) / logits.len() as f64) as f32
}

/// Returns the result of [`forward`] and writes `dz = (sigmoid(z) - t) / n`, the gradient of the
/// mean by the logits.
#[must_use]
pub fn forward_with_gradient(logits: &[f32], targets: &[f32], dz: &mut [f32]) -> f32 {
    let n = logits.len() as f64;
    (bce_sum_and_gradient(logits, targets, (1.0 / n) as f32, dz) / n) as f32
}

/// Scales `dz`, which the forward pass kept, by `dy`, the gradient by the mean: this is the
/// gradient by the logits.
pub fn backward(dy: f32, dz: &mut [f32]) {
    // Usually the mean is the loss itself: then dy is 1 and there is nothing to do.
    if dy != 1.0 {
        dz.iter_mut().for_each(|d| *d *= dy);
    }
}

impl Tape<'_> {
    /// The mean binary cross-entropy of `sigmoid(logits)` and `targets` in [0, 1], a scalar.
    ///
    /// # Panics
    /// If the shapes differ, or if the targets depend on a parameter: the gradient by the targets
    /// is not implemented.
    #[track_caller]
    pub fn bce_with_logits(&mut self, logits: Var, targets: Var) -> Var {
        let shape = self.shape(logits);
        assert!(
            shape == self.shape(targets),
            "bce_with_logits: logits {shape}, targets {}",
            self.shape(targets)
        );
        assert!(!self.requires_gradient(targets), "bce_with_logits: the targets must be constant");
        let (loss, gradient) = if self.requires_gradient(logits) {
            let mut dz = self.buffer(shape.len());
            let (z, t) = (self.value(logits).data(), self.value(targets).data());
            (forward_with_gradient(z, t, &mut dz), dz)
        } else {
            (forward(self.value(logits).data(), self.value(targets).data()), Vec::new())
        };
        let loss = self.scalar(loss);
        self.custom(&[logits], loss, Bce { logits, gradient })
    }
}

struct Bce {
    logits: Var,
    /// The gradient of the mean by the logits, from the forward pass; empty if it is not needed.
    gradient: Vec<f32>,
}

impl Backward for Bce {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        let mut dz = std::mem::take(&mut self.gradient);
        backward(dy[0], &mut dz);
        pass.accumulate_buffer(self.logits, dz);
    }

    fn release(&mut self, buffers: &mut Buffers) {
        buffers.give(std::mem::take(&mut self.gradient));
    }
}
