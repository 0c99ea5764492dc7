//! What counts as divergence, defined once for every model, loss and job.

use std::fmt;

/// Why a number shows that training has diverged.
///
/// A loss, a gradient or a validation loss that is NaN or infinite always does. A finite loss does
/// if it is far above where it began: more than [`Divergence::FACTOR`] times the larger of 1 and
/// the first loss, which is that of the first batch in the first epoch, and the first epoch's
/// training loss afterwards.
///
/// # Why this rule
/// A model that guesses a half for each pixel has a cross-entropy of ln 2 = 0.69 and a squared error
/// of at most 0.25, so an untrained model is about there, or higher if its layers add a penalty. A
/// hundred times as much is worse than knowing nothing: the outputs are on the wrong side with
/// logits near 70, where the sigmoid is 0 or 1 in f32. Learning rates that are merely too large stay
/// far below it. The 1 is for a training that begins with a loss of almost 0: images that are
/// all black, or a model that has been trained before.
///
/// An epoch is judged by the smaller of its two losses. Its training loss includes the first steps,
/// which may be bumpy and then recover, as RMSprop and Adam do at a high rate; its validation loss
/// may be spoilt by a few odd images, since the penalty of a variational code grows exponentially.
/// Together they are high only if the model is lost. After the last epoch the validation loss of
/// the weights that remain is judged alone: they are the result.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Divergence {
    /// The number is NaN or infinite.
    NotFinite,
    /// The loss is finite, but far above where it began.
    Far {
        /// The loss.
        found: f64,
        /// The loss at the beginning.
        began: f64,
    },
}

impl Divergence {
    /// How many times as high as at the beginning a loss must be to count as divergence.
    pub const FACTOR: f64 = 100.0;

    /// Returns why this loss shows that training has diverged, which began with the loss `began`;
    /// `None` if it does not.
    #[must_use]
    pub fn of(found: f64, began: f64) -> Option<Self> {
        if !found.is_finite() {
            return Some(Self::NotFinite);
        }
        (found > Self::FACTOR * began.max(1.0)).then_some(Self::Far { found, began })
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
    fn far_is_a_hundred_times_the_beginning_and_at_least_a_hundred() {
        assert_eq!(Divergence::of(100.0, 0.0), None);
        assert_eq!(Divergence::of(100.0, 0.7), None);
        let far = Divergence::of(100.5, 0.7).unwrap();
        assert_eq!(far, Divergence::Far { found: 100.5, began: 0.7 });
        assert_eq!(far.to_string(), "is 1.00e2, far above 0.70 at the beginning,");
        assert_eq!(Divergence::of(4000.0, 50.0), None);
        assert!(Divergence::of(5001.0, 50.0).is_some());
        // A loss may be negative, as a likelihood is.
        assert_eq!(Divergence::of(-1e9, -5.0), None);
        for loss in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Divergence::of(loss, 0.7), Some(Divergence::NotFinite));
        }
    }
}
