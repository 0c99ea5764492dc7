//! Why training cannot begin or go on.

use crate::{Divergence, TeamError};
use ae_tensor::Shape;

/// Why training cannot begin or go on.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FitError {
    /// No samples for training or for validation.
    #[error("there are no {0} samples")]
    NoSamples(&'static str),
    /// A batch size of 0, or one larger than the number of samples.
    #[error(
        "a batch of {batch} is not possible with {samples} training samples: give 1 to {samples}"
    )]
    Batch {
        /// The requested batch size.
        batch: usize,
        /// The number of samples.
        samples: usize,
    },
    /// The model's output does not have the shape of its input.
    #[error(
        "the model maps {input} to {output}: an auto-encoder's output has the shape of its input"
    )]
    NoAutoEncoder {
        /// The model's input, without the batch.
        input: Shape,
        /// The model's output, without the batch.
        output: Shape,
    },
    /// The model was built for other samples.
    #[error("the model takes samples of shape {model}, the {part} samples have shape {samples}")]
    Shape {
        /// Which samples.
        part: &'static str,
        /// The model's input.
        model: Shape,
        /// The samples' shape.
        samples: Shape,
    },
    /// The loss is computed from logits, and the model does not end with a sigmoid.
    #[error("the loss {loss} needs a model that ends with a sigmoid, this one ends with {found}")]
    NoSigmoid {
        /// The loss's name.
        loss: String,
        /// The activation of the last layer.
        found: String,
    },
    /// A sample for which the loss cannot be computed.
    #[error("the loss {loss} needs {expected}, the {part} samples contain {found}")]
    Target {
        /// Which samples.
        part: &'static str,
        /// The loss's name.
        loss: String,
        /// The numbers for which it can be computed.
        expected: &'static str,
        /// The first number that is not one of these.
        found: f32,
    },
    /// Samples that could not be read: see [`Samples::fault`](crate::Samples::fault).
    #[error("{0}")]
    Data(String),
    /// Another process of the [`Team`](crate::Team) does not answer.
    #[error(transparent)]
    Team(#[from] TeamError),
    /// A norm to which gradients cannot be scaled.
    #[error("gradients cannot be clipped to a norm of {0}: give a number above 0")]
    ClipNorm(f64),
    /// A learning rate that is negative or not finite.
    #[error(
        "the schedule gives a learning rate of {rate} in epoch {epoch}, batch {batch}: expected a number of at least 0"
    )]
    LearningRate {
        /// The rate.
        rate: f64,
        /// Counted from 1.
        epoch: usize,
        /// Counted from 1.
        batch: usize,
    },
    /// A number in the computation is NaN, infinite, or far above the initial loss. The parameters
    /// are those before the step that would have used it; for the losses of an epoch, those after
    /// the epoch's last step.
    #[error(
        "training diverged: the {what} {how} in epoch {epoch}, batch {batch} (try a smaller learning rate)"
    )]
    Diverged {
        /// The loss, a gradient, the validation loss, or both losses of an epoch.
        what: &'static str,
        /// Why it shows divergence.
        how: Divergence,
        /// Counted from 1.
        epoch: usize,
        /// Counted from 1.
        batch: usize,
    },
}

/// A text that is not the name of a loss, a corruption or an order of summation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found {found:?}")]
pub struct NameError {
    /// What was expected.
    pub expected: &'static str,
    /// What was found.
    pub found: String,
}
