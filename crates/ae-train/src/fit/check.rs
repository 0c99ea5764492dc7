//! The checks before anything is computed.

use crate::lane::Objective;
use crate::{FitError, FitOptions, Loss, Samples};
use ae_layers::Sequential;
use ae_tensor::Activation;

/// Checks whether this can be trained; [`FitError`] lists the reasons why not.
pub(super) fn check(
    learning: &Objective<'_>,
    validation: &Objective<'_>,
    options: &FitOptions<'_>,
) -> Result<(), FitError> {
    check_objective("training", learning)?;
    check_objective("validation", validation)?;
    let (batch, samples) = (options.batch, learning.examples.count());
    if batch == 0 || batch > samples {
        return Err(FitError::Batch { batch, samples });
    }
    // This refuses NaN too, which is not above 0.
    match options.clip_norm {
        Some(norm) if norm.is_nan() || norm <= 0.0 => Err(FitError::ClipNorm(norm)),
        _ => Ok(()),
    }
}

/// Checks whether the loss of these examples, called `part`, can be computed.
pub(crate) fn check_objective(
    part: &'static str,
    objective: &Objective<'_>,
) -> Result<(), FitError> {
    let &Objective { model, examples, loss } = objective;
    let samples = examples.samples();
    if samples.count() == 0 {
        return Err(FitError::NoSamples(part));
    }
    let (input, output) = (model.input_shape(), model.output_shape());
    if input != output {
        return Err(FitError::NoAutoEncoder { input, output });
    }
    if examples.shape() != input {
        return Err(FitError::Shape { part, model: input, samples: examples.shape() });
    }
    check_end(model, loss)?;
    check_targets(part, samples, loss)
}

fn check_end(model: &Sequential, loss: &dyn Loss) -> Result<(), FitError> {
    let last = model.last_activation();
    if loss.wants_logits() && last != Activation::Sigmoid {
        let found = last.name().to_owned();
        return Err(FitError::NoSigmoid { loss: loss.name().into(), found });
    }
    Ok(())
}

fn check_targets(
    part: &'static str,
    samples: Samples<'_>,
    loss: &dyn Loss,
) -> Result<(), FitError> {
    let (expected, wrong) = match loss.wants_unit_targets() {
        true => ("numbers from 0 to 1", samples.first_not(|x| (0.0..=1.0).contains(&x))),
        false => ("finite numbers", samples.first_not(f32::is_finite)),
    };
    let error = |found| FitError::Target { part, loss: loss.name().into(), expected, found };
    wrong.map_or(Ok(()), |found| Err(error(found)))
}
