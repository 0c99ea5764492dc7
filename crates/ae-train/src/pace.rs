//! An estimate of a training's duration from a few steps.

use crate::{Event, Examples, FitError, FitOptions, Samples, fit};
use ae_autodiff::Params;
use ae_layers::Sequential;
use ae_optim::Optimizer;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// The cost of one sample in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Pace {
    /// The cost in training.
    pub training: f64,
    /// The cost in validation.
    pub validation: f64,
}

impl Pace {
    /// The duration in seconds of `epochs` epochs, each with `training` samples for training and
    /// `validation` samples for validation.
    #[must_use]
    pub fn seconds(&self, epochs: usize, training: usize, validation: usize) -> f64 {
        epochs as f64 * (training as f64 * self.training + validation as f64 * self.validation)
    }
}

/// Measures the pace of a training with batches of this size on arbitrary samples, since the cost
/// of a step depends only on the shapes. It runs for at least the time `at_least` and at least
/// three steps. The first step, with cold caches and no memory allocated yet, is ignored; the
/// result is the median of the others.
///
/// The estimate holds for this machine under its present load and for the current number of
/// threads. The parameters are changed.
///
/// The loss is the binary cross-entropy; another loss would hardly change the pace.
///
/// # Errors
/// See [`FitError`].
pub fn measure_pace(
    model: &Sequential,
    params: &mut Params,
    optimizer: &mut dyn Optimizer,
    batch: usize,
    at_least: Duration,
) -> Result<Pace, FitError> {
    // Any bytes will do, if they are not all equal.
    let bytes: Vec<u8> =
        (0..batch * model.input_shape().len()).map(|i| (i * 37 % 251) as u8).collect();
    let examples = Examples::clean(Samples::new(&bytes, model.input_shape()));
    // Each epoch is one step and a validation on the same samples.
    let options = FitOptions::new(usize::MAX, batch, 0);
    let (mut training, mut validation) = (Vec::new(), Vec::new());
    let begin = Instant::now();
    let mut last = begin;
    fit(model, params, optimizer, examples, examples, options, |event| {
        let Event::Epoch(report) = event else { return ControlFlow::Continue(()) };
        let now = Instant::now();
        if report.epoch > 1 {
            training.push(report.train_seconds);
            validation.push((now - last).as_secs_f64() - report.train_seconds);
        }
        last = now;
        match report.epoch >= 3 && now - begin >= at_least {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    })?;
    let of_one = |seconds| median(seconds) / batch as f64;
    Ok(Pace { training: of_one(training), validation: of_one(validation) })
}

/// The median; the upper one of two middle values.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_layers::{Activation, dense};
    use ae_optim::RmsProp;

    #[test]
    fn seconds_are_those_of_all_samples_in_all_epochs() {
        let pace = Pace { training: 0.5, validation: 0.25 };
        assert_eq!(pace.seconds(3, 10, 4), 18.0);
        assert_eq!(pace.seconds(0, 10, 4), 0.0);
    }

    #[test]
    fn the_median_is_not_led_astray_by_one() {
        assert_eq!(median(vec![100.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 3.0);
    }

    #[test]
    fn a_pace_is_measured_in_three_steps_if_time_presses() {
        let mut params = Params::new();
        let layers = [dense(2, Activation::Relu), dense(12, Activation::Sigmoid)];
        let model = Sequential::build([12], &layers, &mut params, 1).unwrap();
        let mut rule = RmsProp::default();
        let pace = measure_pace(&model, &mut params, &mut rule, 4, Duration::ZERO).unwrap();
        assert!(pace.training > 0.0 && pace.validation > 0.0, "{pace:?}");
        let error = measure_pace(&model, &mut params, &mut rule, 0, Duration::ZERO).unwrap_err();
        assert_eq!(error, FitError::NoSamples("training"));
    }
}
