//! The job that learns codes of images.

use super::{Plan, TrainingSpec};
use crate::OptimizerName;

/// The job that learns codes of images and generates new images.
#[derive(Clone, Debug, PartialEq)]
pub struct DenseSpec {
    /// The settings shared with the other jobs.
    pub training: TrainingSpec,
}

impl DenseSpec {
    /// The original notebook's training settings.
    pub const USUAL: Plan = Plan::new(200, 250, OptimizerName::Rmsprop);

    /// Returns the preset that is trained on this known data set if no model is named.
    #[must_use]
    pub fn usual_model(dataset: &str) -> &'static str {
        if dataset == ae_idx::FASHION_MNIST.name { "shoes" } else { "notebook-dense" }
    }
}

/// The original notebook's job on the fives of MNIST.
impl Default for DenseSpec {
    fn default() -> Self {
        Self { training: TrainingSpec::of("5") }
    }
}
