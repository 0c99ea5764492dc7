//! The job that removes noise.

use super::{Limits, Plan, TrainingSpec};
use crate::OptimizerName;
use ae_train::NamedCorruption;

/// The job that learns to remove noise.
#[derive(Clone, Debug, PartialEq)]
pub struct DenoiseSpec {
    /// The settings shared with the other jobs.
    pub training: TrainingSpec,
    /// The corruption of the images.
    pub corruption: NamedCorruption,
    /// Whether the training images are corrupted again in each epoch.
    pub fresh_noise: bool,
    /// Whether the trained model is also measured at weaker and stronger corruption.
    pub sweep: bool,
    /// Whether this is a short run on fewer images. Explicit values of `epochs` and `limit` take
    /// precedence.
    pub quick: bool,
}

impl DenoiseSpec {
    /// The original notebook's training settings.
    pub const USUAL: Plan = Plan::new(100, 128, OptimizerName::Adadelta);
    /// The number of epochs of a quick run.
    pub const QUICK_EPOCHS: usize = 3;
    /// The numbers of images of a quick run.
    pub const QUICK_LIMITS: Limits = Limits { train: 10_000, test: 2_000 };

    /// Returns the preset that is trained on this known data set if no model is named.
    #[must_use]
    pub fn usual_model(dataset: &str) -> &'static str {
        if dataset == ae_idx::FASHION_MNIST.name { "clothes" } else { "notebook-conv" }
    }
}

/// The original notebook's job on all of MNIST.
impl Default for DenoiseSpec {
    fn default() -> Self {
        let training = TrainingSpec::of("all");
        let corruption = NamedCorruption::Gaussian { factor: 0.5 };
        Self { training, corruption, fresh_noise: false, sweep: false, quick: false }
    }
}
