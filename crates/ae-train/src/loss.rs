//! The losses that training minimizes.

use crate::NameError;
use ae_autodiff::{Buffers, Params, Tape, Var, ops};
use ae_tensor::Tensor;
use std::fmt;
use std::str::FromStr;

/// A measure of the error of a model's outputs. It is a mean over all elements, so that it does not
/// depend on the number of samples in a batch.
///
/// ```
/// use ae_autodiff::{Tape, Var};
/// use ae_train::Loss;
///
/// /// The mean fourth power of the error: large errors count for more.
/// #[derive(Debug)]
/// struct FourthPower;
///
/// impl Loss for FourthPower {
///     fn name(&self) -> &str {
///         "fourth_power"
///     }
///
///     fn record(&self, tape: &mut Tape<'_>, outputs: Var, targets: Var) -> Var {
///         let error = tape.sub(outputs, targets);
///         let square = tape.mul(error, error);
///         let fourth = tape.mul(square, square);
///         tape.mean(fourth)
///     }
/// }
/// ```
pub trait Loss: fmt::Debug + Send + Sync {
    /// Its name in Keras.
    fn name(&self) -> &str;

    /// Whether `outputs` must be logits: the model's outputs before its final sigmoid. A model that
    /// does not end with a sigmoid is then refused.
    fn wants_logits(&self) -> bool {
        false
    }

    /// Whether all targets must be from 0 to 1. Bytes always are.
    fn wants_unit_targets(&self) -> bool {
        false
    }

    /// Records the loss, a scalar, of `outputs [batch, ...]` with `targets`, which have the same
    /// shape and no gradient.
    ///
    /// It must be a mean over the batch: a batch is processed in parts, and their losses are
    /// averaged with their numbers of samples as weights.
    fn record(&self, tape: &mut Tape<'_>, outputs: Var, targets: Var) -> Var;

    /// The same loss without a gradient, for evaluations. By default it is computed with
    /// [`Loss::record`].
    fn value(&self, outputs: &Tensor, targets: &Tensor) -> f64 {
        let (params, mut buffers) = (Params::new(), Buffers::new());
        let mut tape = Tape::new(&params, &mut buffers);
        let (outputs, targets) = (tape.input(outputs), tape.input(targets));
        let loss = self.record(&mut tape, outputs, targets);
        f64::from(tape.value(loss).item())
    }
}

/// The mean binary cross-entropy of a pixel, `-t ln p - (1 - t) ln (1 - p)` with the target `t` and
/// `p = sigmoid(z)`, computed from the logit `z`:
///
/// ```text
/// max(z, 0) - z t + ln(1 + e^-|z|)                 by z:  sigmoid(z) - t
/// ```
///
/// This is the default loss. The derivation is in `ae_tensor::kernels::bce`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BinaryCrossentropy;

impl Loss for BinaryCrossentropy {
    fn name(&self) -> &str {
        "binary_crossentropy"
    }

    fn wants_logits(&self) -> bool {
        true
    }

    fn wants_unit_targets(&self) -> bool {
        true
    }

    fn record(&self, tape: &mut Tape<'_>, outputs: Var, targets: Var) -> Var {
        tape.bce_with_logits(outputs, targets)
    }

    fn value(&self, outputs: &Tensor, targets: &Tensor) -> f64 {
        f64::from(ops::bce::forward(outputs.data(), targets.data()))
    }
}

/// The mean of `(y - t)^2` with the output `y` and the target `t`, as Keras's `mean_squared_error`:
///
/// ```text
/// L = 1/n sum (y - t)^2                            by y:  2 (y - t) / n
/// ```
///
/// The model may end with any layer, and targets may be any finite numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MeanSquaredError;

impl Loss for MeanSquaredError {
    fn name(&self) -> &str {
        "mean_squared_error"
    }

    fn record(&self, tape: &mut Tape<'_>, outputs: Var, targets: Var) -> Var {
        tape.mse(outputs, targets)
    }

    fn value(&self, outputs: &Tensor, targets: &Tensor) -> f64 {
        f64::from(ops::mse::forward(outputs.data(), targets.data()))
    }
}

/// A loss of this crate, by its name in Keras or its short form.
///
/// ```
/// use ae_train::{Loss, NamedLoss};
/// let loss: NamedLoss = "mse".parse()?;
/// assert_eq!(loss, NamedLoss::MeanSquaredError);
/// assert_eq!(loss.name(), "mean_squared_error");
/// assert_eq!(loss.to_string(), "mean_squared_error");
/// # Ok::<(), ae_train::NameError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum NamedLoss {
    /// `binary_crossentropy` or `bce`: see [`BinaryCrossentropy`].
    #[default]
    BinaryCrossentropy,
    /// `mean_squared_error` or `mse`: see [`MeanSquaredError`].
    MeanSquaredError,
}

impl NamedLoss {
    /// The loss itself.
    #[must_use]
    pub fn loss(self) -> &'static dyn Loss {
        match self {
            Self::BinaryCrossentropy => &BinaryCrossentropy,
            Self::MeanSquaredError => &MeanSquaredError,
        }
    }
}

impl Loss for NamedLoss {
    fn name(&self) -> &str {
        self.loss().name()
    }

    fn wants_logits(&self) -> bool {
        self.loss().wants_logits()
    }

    fn wants_unit_targets(&self) -> bool {
        self.loss().wants_unit_targets()
    }

    fn record(&self, tape: &mut Tape<'_>, outputs: Var, targets: Var) -> Var {
        self.loss().record(tape, outputs, targets)
    }

    fn value(&self, outputs: &Tensor, targets: &Tensor) -> f64 {
        self.loss().value(outputs, targets)
    }
}

impl fmt::Display for NamedLoss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for NamedLoss {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "binary_crossentropy" | "bce" => Ok(Self::BinaryCrossentropy),
            "mean_squared_error" | "mse" => Ok(Self::MeanSquaredError),
            _ => Err(NameError {
                expected: "binary_crossentropy (or bce) or mean_squared_error (or mse)",
                found: text.into(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_autodiff::Grads;
    use ae_testkit::{Sampler, assert_close, naive};

    /// Outputs or logits `[5, 4]`, and targets from 0 to 1.
    fn data() -> (Tensor, Tensor) {
        let mut sampler = Sampler::new(3);
        let mut tensor = |low, high| Tensor::new([5, 4], sampler.vec(20, low, high));
        (tensor(-2.0, 2.0), tensor(0.0, 1.0))
    }

    #[test]
    fn losses_are_those_of_their_formulas_with_and_without_a_tape() {
        let (outputs, targets) = data();
        let (y, t) = (naive::widen(outputs.data()), naive::widen(targets.data()));
        let squares = y.iter().zip(&t).map(|(y, t)| (y - t).powi(2)).sum::<f64>() / 20.0;
        for (loss, expected) in [
            (NamedLoss::BinaryCrossentropy, naive::mean_bce_with_logits(&y, &t)),
            (NamedLoss::MeanSquaredError, squares),
        ] {
            let value = loss.value(&outputs, &targets);
            assert!((value / expected - 1.0).abs() < 1e-6, "{loss}: {value} {expected}");
            let (params, mut buffers) = (Params::new(), Buffers::new());
            let mut tape = Tape::new(&params, &mut buffers);
            let (outputs, targets) = (tape.input(&outputs), tape.input(&targets));
            let recorded = loss.record(&mut tape, outputs, targets);
            assert_eq!(f64::from(tape.value(recorded).item()), value);
        }
    }

    #[test]
    fn gradients_are_those_of_finite_differences() {
        let (outputs, targets) = data();
        for loss in [NamedLoss::BinaryCrossentropy, NamedLoss::MeanSquaredError] {
            let mut params = Params::new();
            let id = params.add("outputs", outputs.clone());
            let (mut grads, mut buffers) = (Grads::zeros_like(&params), Buffers::new());
            let mut tape = Tape::new(&params, &mut buffers);
            let (y, t) = (tape.param(id), tape.input(&targets));
            let recorded = loss.record(&mut tape, y, t);
            tape.backward(recorded, &mut grads);
            let t = naive::widen(targets.data());
            let exact = |y: &[f64]| match loss {
                NamedLoss::BinaryCrossentropy => naive::mean_bce_with_logits(y, &t),
                NamedLoss::MeanSquaredError => {
                    y.iter().zip(&t).map(|(y, t)| (y - t).powi(2)).sum::<f64>() / 20.0
                }
            };
            let y = naive::widen(outputs.data());
            let step = 1e-5;
            let slope = |i: usize| {
                let at = |h: f64| {
                    let mut moved = y.clone();
                    moved[i] += h;
                    exact(&moved)
                };
                (at(step) - at(-step)) / (2.0 * step)
            };
            let expected: Vec<f64> = (0..20).map(slope).collect();
            assert_close(grads.get(id).data(), &expected, 1e-5, 1e-8);
        }
    }

    #[test]
    fn a_loss_is_found_by_either_of_its_names() {
        for (long, short, loss) in [
            ("binary_crossentropy", "bce", NamedLoss::BinaryCrossentropy),
            ("mean_squared_error", "mse", NamedLoss::MeanSquaredError),
        ] {
            assert_eq!((long.parse(), short.parse()), (Ok(loss), Ok(loss)));
            assert_eq!((loss.name(), loss.to_string().as_str()), (long, long));
        }
        let error = "mae".parse::<NamedLoss>().unwrap_err().to_string();
        assert!(error.starts_with("expected binary_crossentropy") && error.ends_with("\"mae\""));
    }
}
