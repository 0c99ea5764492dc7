//! The options of a training.

use crate::{Alone, BinaryCrossentropy, Loss, Summation, Team};
use ae_optim::{Constant, Schedule};

/// The options of a training: its length, batches, seed, loss, schedule, clipping and team.
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
    /// The number of samples in a step.
    pub batch: usize,
    /// The seed, which determines the order of the samples in each epoch, and the codes that a
    /// variational model draws.
    pub seed: u64,
    /// The loss to minimize.
    pub loss: &'a dyn Loss,
    /// The schedule of the learning rate.
    pub schedule: &'a dyn Schedule,
    /// The maximum norm of all gradients together: longer ones are scaled down to it.
    pub clip_norm: Option<f64>,
    /// The order in which the gradients of the shards of a batch are added.
    pub summation: Summation,
    /// The processes that train the model together.
    pub team: &'a dyn Team,
}

impl<'a> FitOptions<'a> {
    /// Options with the binary cross-entropy, a constant learning rate, no clipping, and one
    /// process.
    #[must_use]
    pub const fn new(epochs: usize, batch: usize, seed: u64) -> Self {
        let (loss, schedule) = (&BinaryCrossentropy, &Constant);
        let (summation, team) = (Summation::InOrder, &Alone);
        Self { epochs, batch, seed, loss, schedule, clip_norm: None, summation, team }
    }

    /// The same options with this loss.
    #[must_use]
    pub const fn with_loss(self, loss: &'a dyn Loss) -> Self {
        Self { loss, ..self }
    }

    /// The same options with this schedule of the learning rate.
    #[must_use]
    pub const fn with_schedule(self, schedule: &'a dyn Schedule) -> Self {
        Self { schedule, ..self }
    }

    /// The same options with gradients clipped to this norm, which must be above 0.
    #[must_use]
    pub const fn with_clip_norm(self, norm: f64) -> Self {
        Self { clip_norm: Some(norm), ..self }
    }

    /// The same options with gradients added in this order.
    #[must_use]
    pub const fn with_summation(self, summation: Summation) -> Self {
        Self { summation, ..self }
    }

    /// The same options for a training together with other processes. Each of them calls
    /// [`fit`](fn@crate::fit) with the same model, weights, data and options, and ends with the
    /// same weights, those of a training in one process. If `on_event` returns `Break` in any of
    /// them, all end after the next batch.
    #[must_use]
    pub const fn with_team(self, team: &'a dyn Team) -> Self {
        Self { team, ..self }
    }
}
