//! How long to train, in what portions, and towards what.

use crate::{BinaryCrossentropy, Loss};
use ae_optim::{Constant, Schedule};

/// How long to train, in what portions, and towards what.
///
/// ```
/// use ae_optim::CosineDecay;
/// use ae_train::{FitOptions, MeanSquaredError};
/// let cosine = CosineDecay::default();
/// let options = FitOptions::new(200, 250, 1)
///     .with_loss(&MeanSquaredError)
///     .with_schedule(&cosine)
///     .with_clip_norm(1.0);
/// assert_eq!((options.epochs, options.batch, options.seed), (200, 250, 1));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct FitOptions<'a> {
    /// How often each sample is seen.
    pub epochs: usize,
    /// Samples in a step.
    pub batch: usize,
    /// Decides the order of the samples in each epoch, and the codes that a variational model
    /// draws.
    pub seed: u64,
    /// What is made small.
    pub loss: &'a dyn Loss,
    /// How the learning rate changes.
    pub schedule: &'a dyn Schedule,
    /// The greatest norm of all gradients together: longer ones are scaled down to it.
    pub clip_norm: Option<f64>,
}

impl<'a> FitOptions<'a> {
    /// The binary cross-entropy, a constant learning rate, and gradients as they are.
    #[must_use]
    pub const fn new(epochs: usize, batch: usize, seed: u64) -> Self {
        let (loss, schedule) = (&BinaryCrossentropy, &Constant);
        Self { epochs, batch, seed, loss, schedule, clip_norm: None }
    }

    /// The same with this loss.
    #[must_use]
    pub const fn with_loss(self, loss: &'a dyn Loss) -> Self {
        Self { loss, ..self }
    }

    /// The same with this schedule of the learning rate.
    #[must_use]
    pub const fn with_schedule(self, schedule: &'a dyn Schedule) -> Self {
        Self { schedule, ..self }
    }

    /// The same with gradients of at most this norm, which must be above 0.
    #[must_use]
    pub const fn with_clip_norm(self, norm: f64) -> Self {
        Self { clip_norm: Some(norm), ..self }
    }
}
