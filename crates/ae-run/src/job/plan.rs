//! The settings of training: those that a job asks for, and those in effect.

use crate::OptimizerName;
use ae_optim::{Decay, NamedSchedule};
use ae_train::{NamedLoss, Summation};

/// The training settings that a job asks for. `None` means the model's own value, or else the job's
/// default.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PlanSpec {
    /// The number of epochs.
    pub epochs: Option<usize>,
    /// The number of images in a batch.
    pub batch: Option<usize>,
    /// The optimizer.
    pub optimizer: Option<OptimizerName>,
    /// The learning rate.
    pub lr: Option<f64>,
    /// The loss to minimize.
    pub loss: Option<NamedLoss>,
    /// The schedule of the learning rate.
    pub schedule: Option<NamedSchedule>,
    /// The maximum norm of all gradients together.
    pub clip_norm: Option<f64>,
    /// The order in which gradients are added.
    pub summation: Option<Summation>,
}

/// The training settings in effect, after defaults are filled in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// The number of epochs.
    pub epochs: usize,
    /// The number of images in a batch.
    pub batch: usize,
    /// The optimizer.
    pub optimizer: OptimizerName,
    /// The learning rate; `None` for the optimizer's default.
    pub lr: Option<f64>,
    /// The loss to minimize.
    pub loss: NamedLoss,
    /// The schedule of the learning rate.
    pub schedule: NamedSchedule,
    /// The maximum norm of all gradients together; `None` leaves the gradients as they are.
    pub clip_norm: Option<f64>,
    /// The order in which the gradients of the shards of a batch are added.
    pub summation: Summation,
}

impl Plan {
    /// Returns a plan with the optimizer's default learning rate, a constant schedule, binary
    /// cross-entropy and no clipping of gradients.
    #[must_use]
    pub const fn new(epochs: usize, batch: usize, optimizer: OptimizerName) -> Self {
        Self {
            epochs,
            batch,
            optimizer,
            lr: None,
            loss: NamedLoss::BinaryCrossentropy,
            schedule: NamedSchedule { warmup_epochs: 0, decay: Decay::Constant },
            clip_norm: None,
            summation: Summation::InOrder,
        }
    }
}
