//! Defines divergence, for every model, loss and job.

use crate::EpochLosses;
use std::f64::consts::LN_2;
use std::fmt;

/// Why a number shows that training has diverged.
///
/// A loss, a gradient or a validation loss that is NaN or infinite always does. A finite loss does
/// if it is far above the initial loss. The initial loss is that of the first batch before the
/// first step, or ln 2 if that is more.
///
/// - **The result.** The weights that remain after the last epoch have diverged if their validation
///   loss is more than [`Divergence::FACTOR`] times as high.
/// - **On the way.** An epoch ends the training if both its losses are more than
///   [`Divergence::HOPELESS`] times as high.
///
/// # Why this rule
/// A model that guesses a half for each pixel has a cross-entropy of ln 2 = 0.69 and a squared
/// error of at most 0.25. An untrained model is about there, or higher if its layers add a penalty;
/// a result ten times worse is useless. (ln 2 counts if the initial loss is almost 0: for images
/// that are all black, or a model that has been trained before.)
///
/// During a successful training, losses may be high for a while. RMSprop and Adam take steps as
/// long as the learning rate. At a high rate the first steps overshoot, with training losses of
/// some thousands, and the next ones recover. The penalty of a variational code is exponential, so
/// a single unusual image may raise the validation loss of one epoch, and the training loss of the
/// next, to millions. Continuing is a waste of time only if both losses of an epoch are a million
/// times too high.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Divergence {
    /// The number is NaN or infinite.
    NotFinite,
    /// The loss is finite, but far above the initial loss.
    Far {
        /// The loss.
        found: f64,
        /// The loss at the beginning.
        began: f64,
    },
}

impl Divergence {
    /// The maximum ratio of the result's validation loss to the initial loss.
    pub const FACTOR: f64 = 10.0;
    /// The ratio to the initial loss above which both losses of an epoch end the training.
    pub const HOPELESS: f64 = 1e6;

    /// Returns why a result with this validation loss has diverged, in a training that began with
    /// the loss `began`; `None` if it has not.
    #[must_use]
    pub fn of_result(val_loss: f64, began: f64) -> Option<Self> {
        Self::beyond(Self::FACTOR, val_loss, began)
    }

    /// Returns why an epoch with these losses has diverged, in a training that began with the loss
    /// `began`; `None` if it has not.
    #[must_use]
    pub fn of_epoch(losses: EpochLosses, began: f64) -> Option<Self> {
        let EpochLosses { loss, val_loss } = losses;
        match [loss, val_loss].iter().all(|loss| loss.is_finite()) {
            true => Self::beyond(Self::HOPELESS, loss.min(val_loss), began),
            false => Some(Self::NotFinite),
        }
    }

    fn beyond(factor: f64, found: f64, began: f64) -> Option<Self> {
        if !found.is_finite() {
            return Some(Self::NotFinite);
        }
        (found > factor * began.max(LN_2)).then_some(Self::Far { found, began })
    }
}

/// Completes the sentence "the loss ...".
impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFinite => f.write_str("is not finite"),
            Self::Far { found, began } => {
                write!(f, "is {found:.2e}, far above {began:.2} at the beginning,")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_may_not_be_ten_times_as_bad_as_a_guess_or_as_the_beginning() {
        assert_eq!(Divergence::of_result(6.9, 0.0), None);
        assert_eq!(Divergence::of_result(6.9, 0.6), None);
        let far = Divergence::of_result(7.0, 0.6).unwrap();
        assert_eq!(far, Divergence::Far { found: 7.0, began: 0.6 });
        assert_eq!(far.to_string(), "is 7.00e0, far above 0.60 at the beginning,");
        assert_eq!(Divergence::of_result(499.0, 50.0), None);
        assert!(Divergence::of_result(501.0, 50.0).is_some());
        // A loss may be negative, as a likelihood is.
        assert_eq!(Divergence::of_result(-1e9, -5.0), None);
        for loss in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Divergence::of_result(loss, 0.7), Some(Divergence::NotFinite));
        }
    }

    #[test]
    fn an_epoch_is_hopeless_if_both_losses_are_a_million_times_too_high() {
        let of = |loss, val_loss| Divergence::of_epoch(EpochLosses { loss, val_loss }, 1.0);
        assert_eq!(of(1e12, 0.7), None);
        assert_eq!(of(0.7, 1e12), None);
        assert_eq!(of(9e5, 9e5), None);
        assert_eq!(of(2e6, 1e12), Some(Divergence::Far { found: 2e6, began: 1.0 }));
        assert_eq!(of(0.7, f64::NAN), Some(Divergence::NotFinite));
        assert_eq!(of(f64::INFINITY, 0.7), Some(Divergence::NotFinite));
    }
}
