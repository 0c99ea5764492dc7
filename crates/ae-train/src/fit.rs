//! The training loop.

use crate::{Batches, EpochLosses, History, Samples};
use ae_autodiff::{Buffers, Grads, Params, Tape};
use ae_layers::Sequential;
use ae_optim::Optimizer;
use ae_tensor::{Shape, Tensor};

/// Samples that a model is applied to at a time when nothing is learnt: some MB of memory, whatever the data.
const INFERENCE_BATCH: usize = 1024;

/// How long to train, and in what portions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FitOptions {
    /// How often each sample is seen.
    pub epochs: usize,
    /// Samples to a step.
    pub batch: usize,
    /// Decides the order of the samples in each epoch.
    pub seed: u64,
}

/// Where training stands at the end of an epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpochReport {
    /// The epoch that has ended, counted from 1.
    pub epoch: usize,
    /// How many there will be.
    pub epochs: usize,
    /// Its losses.
    pub losses: EpochLosses,
}

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

/// Teaches an auto-encoder to give back what it is given: each step lowers the binary cross-entropy between the
/// model's output and its input on one batch.
///
/// As in Keras's `fit`, all samples are shuffled in each epoch, the last, smaller batch is kept, the epoch's
/// loss is the sample-weighted mean of its batches' losses, and the validation loss is taken at the epoch's end. The
/// model must end with a sigmoid; the loss is computed from the logits before it.
///
/// `on_epoch` is called at each epoch's end.
///
/// # Errors
/// See [`FitError`].
///
/// # Panics
/// If the model does not end with a sigmoid.
pub fn fit(
    model: &Sequential,
    params: &mut Params,
    optimizer: &mut dyn Optimizer,
    train: Samples<'_>,
    validation: Samples<'_>,
    options: FitOptions,
    mut on_epoch: impl FnMut(&EpochReport),
) -> Result<History, FitError> {
    check("training", model, train)?;
    check("validation", model, validation)?;
    if options.batch == 0 || options.batch > train.count() {
        return Err(FitError::Batch { batch: options.batch, samples: train.count() });
    }
    let mut batches = Batches::new(train, options.batch);
    let mut buffers = Buffers::new();
    let mut grads = Grads::zeros_like(params);
    let mut history = History::default();
    for epoch in 1..=options.epochs {
        let (mut total, mut seen, mut batch) = (0.0, 0, 0);
        batches.start_epoch(options.seed, epoch - 1);
        while let Some(x) = batches.next_batch() {
            batch += 1;
            let diverged = |what| FitError::Diverged { what, epoch, batch };

            let mut tape = Tape::new(params, &mut buffers);
            let input = tape.input(x);
            let logits = model.forward_logits(&mut tape, input);
            let loss = tape.bce_with_logits(logits, input);
            let loss_value = f64::from(tape.value(loss).item());
            if !loss_value.is_finite() {
                return Err(diverged("loss"));
            }
            tape.backward(loss, &mut grads);
            if !grads.is_finite() {
                return Err(diverged("gradient"));
            }
            optimizer.step(params, &grads);

            let rows = x.shape().dims()[0];
            total += loss_value * rows as f64;
            seen += rows;
        }
        let val_loss = evaluate(model, params, validation, &mut buffers);
        if !val_loss.is_finite() {
            return Err(FitError::Diverged { what: "validation loss", epoch, batch });
        }
        let losses = EpochLosses { loss: total / seen as f64, val_loss };
        history.epochs.push(losses);
        on_epoch(&EpochReport { epoch, epochs: options.epochs, losses });
    }
    Ok(history)
}

fn check(part: &'static str, model: &Sequential, samples: Samples<'_>) -> Result<(), FitError> {
    if samples.count() == 0 {
        return Err(FitError::NoSamples(part));
    }
    let (input, output) = (model.input_shape(), model.output_shape());
    if input != output {
        return Err(FitError::NoAutoEncoder { input, output });
    }
    if samples.shape() != input {
        return Err(FitError::Shape { part, model: input, samples: samples.shape() });
    }
    Ok(())
}

/// The mean binary cross-entropy between the model's output and its input over all `samples`; NaN for none.
///
/// # Panics
/// If the model does not end with a sigmoid, or takes samples of another shape.
#[must_use]
pub fn evaluate(
    model: &Sequential,
    params: &Params,
    samples: Samples<'_>,
    buffers: &mut Buffers,
) -> f64 {
    let mut total = 0.0;
    for x in samples.chunks(INFERENCE_BATCH) {
        // The tape's own loss would compute a gradient that nobody asks for: hence the forward function below.
        let mut tape = Tape::new(params, buffers);
        let input = tape.input(&x);
        let logits = model.forward_logits(&mut tape, input);
        let loss = ae_autodiff::ops::bce::forward(tape.value(logits).data(), x.data());
        total += f64::from(loss) * x.shape().dims()[0] as f64;
    }
    total / samples.count() as f64
}

/// The model's outputs for all `samples`, computed some at a time: `[count, ...output shape]`.
///
/// # Panics
/// If the model takes samples of another shape.
#[must_use]
pub fn predict(model: &Sequential, params: &Params, samples: Samples<'_>) -> Tensor {
    let mut data = Vec::with_capacity(samples.count() * model.output_shape().len());
    for x in samples.chunks(INFERENCE_BATCH) {
        data.extend_from_slice(model.predict(params, &x).data());
    }
    Tensor::new(model.output_shape().with_batch(samples.count()), data)
}

#[cfg(test)]
mod tests;
