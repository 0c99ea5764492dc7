//! The mean binary cross-entropy of logits and targets: Keras's `binary_crossentropy` after a sigmoid.
//!
//! The derivation of the stable form is in [`ae_tensor::kernels::bce`]. Since the loss and its gradient
//! share an exponential, the forward pass keeps the gradient, and the backward pass has only to scale it.

use ae_tensor::kernels::bce::{bce_sum, bce_sum_and_gradient};

/// The mean over all elements.
#[must_use]
pub fn forward(logits: &[f32], targets: &[f32]) -> f32 {
    (bce_sum(logits, targets) / logits.len() as f64) as f32
}

/// [`forward`], and with it `dz = (sigmoid(z) - t) / n`, the gradient of the mean by the logits.
#[must_use]
pub fn forward_with_gradient(logits: &[f32], targets: &[f32], dz: &mut [f32]) -> f32 {
    let n = logits.len() as f64;
    (bce_sum_and_gradient(logits, targets, (1.0 / n) as f32, dz) / n) as f32
}

/// The gradient by the logits for `dy`, the gradient by the mean: `dy` times what the forward pass kept.
pub fn backward(dy: f32, dz: &mut [f32]) {
    // The loss itself is what one usually differentiates: then dy is 1 and nothing is to be done.
    if dy != 1.0 {
        dz.iter_mut().for_each(|d| *d *= dy);
    }
}
