//! What a job is: plain values, checked by whoever makes them, with no command line and no file in them.

use crate::OptimizerName;
use ae_optim::{Decay, NamedSchedule};
use ae_train::{EarlyStopping, NamedCorruption, NamedLoss};
use std::path::PathBuf;

/// A training to be done. With the data, and the program, it decides every byte of the results.
#[derive(Clone, Debug, PartialEq)]
pub enum Job {
    /// A dense auto-encoder, whose codes then become new images.
    Dense(DenseSpec),
    /// A convolutional auto-encoder that removes noise.
    Denoise(DenoiseSpec),
}

/// What both jobs have in common.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingSpec {
    /// Which images.
    pub data: DataSpec,
    /// Which model.
    pub model: ModelSpec,
    /// For how long it is trained, and by which optimizer.
    pub plan: PlanSpec,
    /// What is kept of the training, and when it ends early.
    pub keep: KeepSpec,
    /// Decides all that is random.
    pub seed: u64,
    /// Images in a row of a gallery.
    pub samples: usize,
}

/// Which images a job takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataSpec {
    /// The name of a known data set, or a folder.
    pub dataset: PathBuf,
    /// Numbers or names of classes, or "all".
    pub classes: Vec<String>,
    /// Only the first N training images and the first N test images of these classes.
    pub limit: Option<usize>,
}

/// The most training and the most test images that a job takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Training images.
    pub train: usize,
    /// Test images.
    pub test: usize,
}

/// Which model a job trains. Without any value it is the job's usual one for the data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelSpec {
    /// A model as an earlier run has recorded it.
    pub recorded: Option<RecordedModel>,
    /// A preset's name or a file.
    pub model: Option<PathBuf>,
    /// Other layers for the encoder, separated by semicolons.
    pub encoder: Option<String>,
    /// Other layers for the decoder.
    pub decoder: Option<String>,
    /// Another number of outputs of the encoder.
    pub latent: Option<usize>,
}

/// A model in the configuration of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedModel {
    /// The preset's or the file's name.
    pub name: String,
    /// The architecture's description, as `ae_layers::Architecture` reads it.
    pub architecture: String,
}

/// How a job asks to train. What is `None` is the model's own, or else the job's usual value.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PlanSpec {
    /// How often each image is seen.
    pub epochs: Option<usize>,
    /// Images to a step.
    pub batch: Option<usize>,
    /// The optimizer.
    pub optimizer: Option<OptimizerName>,
    /// Its learning rate.
    pub lr: Option<f64>,
    /// What is made small.
    pub loss: Option<NamedLoss>,
    /// How the learning rate changes.
    pub schedule: Option<NamedSchedule>,
    /// The greatest norm of all gradients together.
    pub clip_norm: Option<f64>,
}

/// How a model is trained in the end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// How often each image is seen.
    pub epochs: usize,
    /// Images to a step.
    pub batch: usize,
    /// The optimizer.
    pub optimizer: OptimizerName,
    /// `None` for the optimizer's own learning rate.
    pub lr: Option<f64>,
    /// What is made small.
    pub loss: NamedLoss,
    /// How the learning rate changes.
    pub schedule: NamedSchedule,
    /// The greatest norm of all gradients together; `None` to leave them as they are.
    pub clip_norm: Option<f64>,
}

impl Plan {
    /// With the optimizer's own learning rate, which stays constant, the binary cross-entropy, and gradients as they are.
    #[must_use]
    pub const fn new(epochs: usize, batch: usize, optimizer: OptimizerName) -> Self {
        Self {
            epochs,
            batch,
            optimizer,
            lr: None,
            loss: NamedLoss::BinaryCrossentropy,
            schedule: NamedSchedule { warmup_epochs: 0, decay: Decay::Constant },
            clip_norm: None,
        }
    }
}

/// What is kept of a training, and when it ends before its last epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KeepSpec {
    /// A checkpoint is written after this many epochs, and after the last.
    pub checkpoint_every: usize,
    /// When training ends early, and whether it ends with the best epoch's weights.
    pub early_stopping: EarlyStopping,
}

/// The job that learns codes of images and generates new images.
#[derive(Clone, Debug, PartialEq)]
pub struct DenseSpec {
    /// What it has in common with the other job.
    pub training: TrainingSpec,
}

/// The job that learns to remove noise.
#[derive(Clone, Debug, PartialEq)]
pub struct DenoiseSpec {
    /// What it has in common with the other job.
    pub training: TrainingSpec,
    /// What is done to the images.
    pub corruption: NamedCorruption,
    /// Whether the training images are corrupted anew in each epoch.
    pub fresh_noise: bool,
    /// Whether the model is measured at weaker and stronger corruption in the end.
    pub sweep: bool,
    /// Whether this is a short run on fewer images, where `epochs` and `limit` say nothing else.
    pub quick: bool,
}

impl DenseSpec {
    /// How the original notebook trains.
    pub const USUAL: Plan = Plan::new(200, 250, OptimizerName::Rmsprop);

    /// The preset that is trained on these data if no model is named.
    #[must_use]
    pub fn usual_model(dataset: &str) -> &'static str {
        if dataset == ae_idx::FASHION_MNIST.name { "shoes" } else { "notebook-dense" }
    }
}

impl DenoiseSpec {
    /// How the original notebook trains.
    pub const USUAL: Plan = Plan::new(100, 128, OptimizerName::Adadelta);
    /// How long a quick run trains ...
    pub const QUICK_EPOCHS: usize = 3;
    /// ... and on how much.
    pub const QUICK_LIMITS: Limits = Limits { train: 10_000, test: 2_000 };

    /// The preset that is trained on these data if no model is named.
    #[must_use]
    pub fn usual_model(dataset: &str) -> &'static str {
        if dataset == ae_idx::FASHION_MNIST.name { "clothes" } else { "notebook-conv" }
    }
}

/// The original notebook's job on the fives of MNIST.
impl Default for DenseSpec {
    fn default() -> Self {
        Self { training: TrainingSpec::of("5") }
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

impl Default for KeepSpec {
    fn default() -> Self {
        Self { checkpoint_every: 1, early_stopping: EarlyStopping::default() }
    }
}

impl TrainingSpec {
    /// The usual seed.
    pub const SEED: u64 = 1;
    /// The usual number of images in a row of a gallery.
    pub const SAMPLES: usize = 10;

    fn of(class: &str) -> Self {
        let dataset = ae_idx::MNIST.name.into();
        Self {
            data: DataSpec { dataset, classes: vec![class.into()], limit: None },
            model: ModelSpec::default(),
            plan: PlanSpec::default(),
            keep: KeepSpec::default(),
            seed: Self::SEED,
            samples: Self::SAMPLES,
        }
    }
}

impl Job {
    /// Its name: "dense" or "denoise".
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Dense(_) => "dense",
            Self::Denoise(_) => "denoise",
        }
    }

    /// What all jobs have in common.
    #[must_use]
    pub fn training(&self) -> &TrainingSpec {
        match self {
            Self::Dense(dense) => &dense.training,
            Self::Denoise(denoise) => &denoise.training,
        }
    }

    /// The same, to be changed.
    pub fn training_mut(&mut self) -> &mut TrainingSpec {
        match self {
            Self::Dense(dense) => &mut dense.training,
            Self::Denoise(denoise) => &mut denoise.training,
        }
    }

    /// The most images taken, if not all are.
    #[must_use]
    pub fn limits(&self) -> Option<Limits> {
        let asked = self.training().data.limit.map(|n| Limits { train: n, test: n });
        match self {
            Self::Denoise(DenoiseSpec { quick: true, .. }) => {
                asked.or(Some(DenoiseSpec::QUICK_LIMITS))
            }
            Self::Dense(_) | Self::Denoise(_) => asked,
        }
    }

    /// How it asks to train; a quick run asks for few epochs.
    #[must_use]
    pub fn plan(&self) -> PlanSpec {
        let plan = self.training().plan;
        match self {
            Self::Denoise(DenoiseSpec { quick: true, .. }) => {
                let epochs = plan.epochs.or(Some(DenoiseSpec::QUICK_EPOCHS));
                PlanSpec { epochs, ..plan }
            }
            Self::Dense(_) | Self::Denoise(_) => plan,
        }
    }

    /// How it trains where neither it nor the model asks for anything.
    #[must_use]
    pub fn usual_plan(&self) -> Plan {
        match self {
            Self::Dense(_) => DenseSpec::USUAL,
            Self::Denoise(_) => DenoiseSpec::USUAL,
        }
    }

    /// The preset that it trains on these data if no model is named.
    #[must_use]
    pub fn usual_model(&self, dataset: &str) -> &'static str {
        match self {
            Self::Dense(_) => DenseSpec::usual_model(dataset),
            Self::Denoise(_) => DenoiseSpec::usual_model(dataset),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quick_run_is_short_unless_it_asks_for_more() {
        let quick = DenoiseSpec { quick: true, ..DenoiseSpec::default() };
        let job = Job::Denoise(quick.clone());
        assert_eq!(job.plan().epochs, Some(3));
        assert_eq!(job.limits(), Some(Limits { train: 10_000, test: 2_000 }));
        let mut job = Job::Denoise(quick);
        job.training_mut().plan.epochs = Some(5);
        job.training_mut().data.limit = Some(70);
        assert_eq!(job.plan().epochs, Some(5));
        assert_eq!(job.limits(), Some(Limits { train: 70, test: 70 }));
        assert_eq!(Job::Denoise(DenoiseSpec::default()).limits(), None);
    }
}
