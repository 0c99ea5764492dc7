//! The job that finds what does not belong.

use super::{Plan, TrainingSpec};
use crate::OptimizerName;
use ae_data::Share;
use ae_idx::FASHION_MNIST;
use ae_lab::anomaly::ScoreKind;
use std::path::{Path, PathBuf};

/// The job that learns normal images, and then finds those that are not normal.
#[derive(Clone, Debug, PartialEq)]
pub struct AnomalySpec {
    /// The settings shared with the other jobs. The classes are those that are normal.
    pub training: TrainingSpec,
    /// The score that flags; `None` for the usual one of images or vectors. The others are computed
    /// as well.
    pub score: Option<ScoreKind>,
    /// The rate of false alarms that the threshold is for, above 0 and below 1.
    pub false_alarms: f64,
    /// The share of the normal training images that is not trained on. It is the validation set,
    /// and gives the threshold.
    pub held_out: Share,
    /// The side of the window of the score `patch`, in pixels.
    pub patch: usize,
    /// Which nearest training code gives the score `neighbors`.
    pub neighbors: usize,
    /// Where the masks of the test images are, which say where a defect is.
    pub masks: MaskSpec,
}

/// Where the masks of test images are. They do not change the model or a score, only what the heat
/// maps are measured by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum MaskSpec {
    /// In the folder `ground_truth` of the data, if there is one.
    #[default]
    Beside,
    /// In this folder.
    In(PathBuf),
    /// None are used.
    Without,
    /// Those of an earlier run.
    Recorded {
        /// The SHA-256 of their names and contents.
        sha256: String,
        /// Where they were, if it is known. Otherwise they are looked for beside the data.
        place: Option<PathBuf>,
    },
}

impl AnomalySpec {
    /// The training settings where neither the job nor the model has any.
    pub const USUAL: Plan = Plan::new(50, 128, OptimizerName::Adam);
    /// The preset that is trained if no model is named.
    pub const MODEL: &str = "anomaly";
    /// The same for vectors of measurements.
    pub const VECTORS: &str = "vectors";
    /// The default rate of false alarms.
    pub const FALSE_ALARMS: f64 = 0.01;
    /// The default side of a window, in pixels.
    pub const PATCH: usize = 11;
    /// The default number of neighbors.
    pub const NEIGHBORS: usize = 5;

    /// Returns the default share of images that are not trained on.
    ///
    /// # Panics
    /// Never: a tenth is a share.
    #[must_use]
    pub fn default_held_out() -> Share {
        Share::try_from(0.1).expect("a share")
    }

    /// Returns the score that flags: the one asked for, or else the worst patch of images. It is
    /// the mean squared error of vectors, which have no patches that would mean anything, and of
    /// Fashion-MNIST, on whose training images it was the better one (README of ae-models,
    /// "anomaly").
    #[must_use]
    pub fn score(&self) -> ScoreKind {
        let data = &self.training.data;
        let clothes = data.dataset == Path::new(FASHION_MNIST.name);
        self.score.unwrap_or(match data.options().vectors || clothes {
            true => ScoreKind::SquaredError,
            false => ScoreKind::WorstPatch,
        })
    }

    /// Returns whether this is a rate of false alarms: above 0 and below 1.
    #[must_use]
    pub fn takes_rate(rate: f64) -> bool {
        rate > 0.0 && rate < 1.0
    }
}

/// The fives of MNIST are normal.
impl Default for AnomalySpec {
    fn default() -> Self {
        Self {
            training: TrainingSpec::of("5"),
            score: None,
            false_alarms: Self::FALSE_ALARMS,
            held_out: Self::default_held_out(),
            patch: Self::PATCH,
            neighbors: Self::NEIGHBORS,
            masks: MaskSpec::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_score_depends_on_the_data_unless_one_is_asked_for() {
        let mut spec = AnomalySpec::default();
        assert_eq!(spec.score(), ScoreKind::WorstPatch);
        spec.training.data.take("fashion-mnist".into());
        assert_eq!(spec.score(), ScoreKind::SquaredError);
        spec.score = Some(ScoreKind::Neighbors);
        assert_eq!(spec.score(), ScoreKind::Neighbors);
        spec = AnomalySpec::default();
        spec.training.data.change_options(|options| options.vectors = true);
        assert_eq!(spec.score(), ScoreKind::SquaredError);
    }
}
