//! Why training cannot begin or go on.

use ae_tensor::Shape;

/// Why training cannot begin or go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
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
    /// The computation broke down. The parameters are those before the step that would have spread it; if it is the
    /// validation loss, those after the epoch's last step.
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
