//! Why training cannot begin or go on.

use ae_tensor::Shape;

/// Why training cannot begin or go on.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FitError {
    /// Nothing to learn from, or to validate on.
    #[error("there are no {0} samples")]
    NoSamples(&'static str),
    /// A batch of 0, or one that even all samples together do not fill.
    #[error(
        "a batch of {batch} cannot be had from {samples} training samples: give 1 to {samples}"
    )]
    Batch {
        /// The batch asked for.
        batch: usize,
        /// How many samples there are.
        samples: usize,
    },
    /// The model gives back something of another shape than it takes.
    #[error("the model takes {input} and gives {output}: an auto-encoder gives what it takes")]
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
    /// The loss is computed from logits, and the model gives something else.
    #[error("the loss {loss} wants a model that ends with a sigmoid, this one ends with {found}")]
    NoSigmoid {
        /// The loss's name.
        loss: String,
        /// The activation of the last layer.
        found: String,
    },
    /// A sample that the loss cannot be computed for.
    #[error("the loss {loss} wants {expected}, the {part} samples hold {found}")]
    Target {
        /// Which samples.
        part: &'static str,
        /// The loss's name.
        loss: String,
        /// The numbers that it can be computed for.
        expected: &'static str,
        /// The first other number.
        found: f32,
    },
    /// A norm that no gradient can be scaled to.
    #[error("gradients cannot be clipped to a norm of {0}: give a number above 0")]
    ClipNorm(f64),
    /// A learning rate that no step can be taken with.
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
    /// The computation broke down. The parameters are those before the step that would have spread
    /// it; if it is the validation loss, those after the epoch's last step.
    #[error(
        "training diverged: the {what} is not finite in epoch {epoch}, batch {batch} (try a smaller learning rate)"
    )]
    Diverged {
        /// The loss, a gradient, or the validation loss.
        what: &'static str,
        /// Counted from 1.
        epoch: usize,
        /// Counted from 1.
        batch: usize,
    },
}

/// A text that names no loss, or no corruption.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found {found:?}")]
pub struct NameError {
    /// What should be there.
    pub expected: &'static str,
    /// What is there.
    pub found: String,
}
