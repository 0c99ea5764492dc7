//! Specifications of jobs: plain values, checked by the caller, independent of any command line or
//! file.

use crate::{OptimizerName, RecordedData};
use ae_data::{Extents, InMemory, Options};
use ae_optim::{Decay, NamedSchedule};
use ae_train::{Augmentation, EarlyStopping, NamedCorruption, NamedLoss, Summation};
use std::path::PathBuf;

mod anomaly;

pub use anomaly::{AnomalySpec, MaskSpec};

/// A training job. Together with the data and the program it decides every byte of the results.
#[derive(Clone, Debug, PartialEq)]
pub enum Job {
    /// A dense auto-encoder, whose codes then become new images.
    Dense(DenseSpec),
    /// A convolutional auto-encoder that removes noise.
    Denoise(DenoiseSpec),
    /// An auto-encoder of normal images, which then tells what does not belong to them.
    Anomaly(AnomalySpec),
}

/// The settings that all jobs share.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingSpec {
    /// The images.
    pub data: DataSpec,
    /// Random changes of the training images, and crops.
    pub augmentation: Option<Augmentation>,
    /// The model.
    pub model: ModelSpec,
    /// The epochs, the batch size, the optimizer and the other settings of training.
    pub plan: PlanSpec,
    /// The checkpoints to write, and when training ends early.
    pub keep: KeepSpec,
    /// The seed of all random numbers.
    pub seed: u64,
    /// The number of images in a row of a gallery.
    pub samples: usize,
}

/// The images that a job uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataSpec {
    /// The name of a known data set, or a folder or file.
    pub dataset: PathBuf,
    /// How the images are taken from it.
    pub options: Options,
    /// Whether all images are kept in memory. It does not change the results, and is not recorded.
    pub in_memory: InMemory,
    /// The numbers or names of classes, or "all".
    pub classes: Vec<String>,
    /// Who has chosen the classes.
    pub chosen: Chosen,
    /// Only the first N training images and the first N test images of these classes.
    pub limit: Option<usize>,
    /// The data of an earlier run, which must have the same content. `dataset` is then only a name.
    pub recorded: Option<RecordedData>,
}

/// Who has chosen the classes of a job. This decides what happens if the data lack them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// The user. If the data lack them, the job is refused.
    ByUser,
    /// An earlier run, on other data. If the data lack them, the job is refused.
    ByRun,
    /// Nobody; they are the default. If the data lack them, all classes are taken instead.
    ByDefault,
}

/// The maximum numbers of training and test images that a job uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The maximum number of training images.
    pub train: usize,
    /// The maximum number of test images.
    pub test: usize,
}

/// The model that a job trains. If every field is `None`, it is the job's default model for the
/// data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelSpec {
    /// A model that an earlier run has recorded.
    pub recorded: Option<RecordedModel>,
    /// The name of a preset, or a file.
    pub model: Option<PathBuf>,
    /// Layers that replace the encoder's, separated by semicolons.
    pub encoder: Option<String>,
    /// Layers that replace the decoder's, separated by semicolons.
    pub decoder: Option<String>,
    /// A different number of outputs of the encoder.
    pub latent: Option<usize>,
    /// Whether images get zeros around them if their sides do not suit the model.
    pub pad: bool,
}

/// A model as the configuration of a run records it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedModel {
    /// The name of the preset or of the file.
    pub name: String,
    /// The architecture's description, as `ae_layers::Architecture` reads it.
    pub architecture: String,
    /// The length of a code, if codes are vectors.
    pub latent: Option<usize>,
}

/// The training settings that a job asks for. `None` means the model's own value, or else the job's
/// default.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PlanSpec {
    /// The number of epochs.
    pub epochs: Option<usize>,
    /// The number of images in a batch.
    pub batch: Option<usize>,
    /// The optimizer.
    pub optimizer: Option<OptimizerName>,
    /// The learning rate.
    pub lr: Option<f64>,
    /// The loss to minimize.
    pub loss: Option<NamedLoss>,
    /// The schedule of the learning rate.
    pub schedule: Option<NamedSchedule>,
    /// The maximum norm of all gradients together.
    pub clip_norm: Option<f64>,
    /// The order in which gradients are added.
    pub summation: Option<Summation>,
}

/// The training settings in effect, after defaults are filled in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// The number of epochs.
    pub epochs: usize,
    /// The number of images in a batch.
    pub batch: usize,
    /// The optimizer.
    pub optimizer: OptimizerName,
    /// The learning rate; `None` for the optimizer's default.
    pub lr: Option<f64>,
    /// The loss to minimize.
    pub loss: NamedLoss,
    /// The schedule of the learning rate.
    pub schedule: NamedSchedule,
    /// The maximum norm of all gradients together; `None` leaves the gradients as they are.
    pub clip_norm: Option<f64>,
    /// The order in which the gradients of the shards of a batch are added.
    pub summation: Summation,
}

impl Plan {
    /// Returns a plan with the optimizer's default learning rate, a constant schedule, binary
    /// cross-entropy and no clipping of gradients.
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
            summation: Summation::InOrder,
        }
    }
}

/// The checkpoints to write during training, and when training ends before its last epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KeepSpec {
    /// The number of epochs between two checkpoints. Another one is written after the last epoch.
    pub checkpoint_every: usize,
    /// When training ends early, and whether the best epoch's weights are restored.
    pub early_stopping: EarlyStopping,
}

/// The job that learns codes of images and generates new images.
#[derive(Clone, Debug, PartialEq)]
pub struct DenseSpec {
    /// The settings shared with the other jobs.
    pub training: TrainingSpec,
}

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

impl DenseSpec {
    /// The original notebook's training settings.
    pub const USUAL: Plan = Plan::new(200, 250, OptimizerName::Rmsprop);

    /// Returns the preset that is trained on this known data set if no model is named.
    #[must_use]
    pub fn usual_model(dataset: &str) -> &'static str {
        if dataset == ae_idx::FASHION_MNIST.name { "shoes" } else { "notebook-dense" }
    }
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
    /// The default seed.
    pub const SEED: u64 = 1;
    /// The default number of images in a row of a gallery.
    pub const SAMPLES: usize = 10;
    /// The maximum number of images in a row of a gallery.
    pub const MOST_SAMPLES: usize = 100;

    /// The size of the images that the model gets, for data with images of this size.
    #[must_use]
    pub fn image(&self, data: Extents) -> Extents {
        let size = self.augmentation.map_or(data.size(), |augment| augment.size(data.size()));
        Extents { height: size[0], width: size[1], ..data }
    }

    fn of(class: &str) -> Self {
        let dataset = ae_idx::MNIST.name.into();
        Self {
            data: DataSpec {
                dataset,
                options: Options::default(),
                in_memory: InMemory::default(),
                classes: vec![class.into()],
                chosen: Chosen::ByDefault,
                limit: None,
                recorded: None,
            },
            augmentation: None,
            model: ModelSpec::default(),
            plan: PlanSpec::default(),
            keep: KeepSpec::default(),
            seed: Self::SEED,
            samples: Self::SAMPLES,
        }
    }
}

impl DataSpec {
    /// Takes other data, with any content: a known data set or a folder.
    pub fn take(&mut self, dataset: PathBuf) {
        (self.dataset, self.recorded) = (dataset, None);
    }

    /// Searches only this place for the data of the earlier run.
    pub fn look_in(&mut self, dataset: PathBuf) {
        if let Some(recorded) = &mut self.recorded {
            recorded.named = Some(dataset.clone());
        }
        self.dataset = dataset;
    }

    /// Returns how the images are taken from their source.
    #[must_use]
    pub fn options(&self) -> &Options {
        self.recorded.as_ref().map_or(&self.options, |recorded| &recorded.record.options)
    }

    /// Takes the images in another way, even those of an earlier run.
    pub fn change_options(&mut self, change: impl Fn(&mut Options)) {
        change(&mut self.options);
        if let Some(recorded) = &mut self.recorded {
            change(&mut recorded.record.options);
            // What follows from the data may follow from the options, too.
            recorded.by_hand = false;
        }
    }

    /// Takes these classes.
    pub fn take_classes(&mut self, classes: Vec<String>) {
        (self.classes, self.chosen) = (classes, Chosen::ByUser);
    }
}

impl Job {
    /// Returns the name: "dense", "denoise" or "anomaly".
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Dense(_) => "dense",
            Self::Denoise(_) => "denoise",
            Self::Anomaly(_) => "anomaly",
        }
    }

    /// Returns the settings that all jobs share.
    #[must_use]
    pub fn training(&self) -> &TrainingSpec {
        let (Self::Dense(DenseSpec { training })
        | Self::Denoise(DenoiseSpec { training, .. })
        | Self::Anomaly(AnomalySpec { training, .. })) = self;
        training
    }

    /// Returns the settings that all jobs share, to be changed.
    pub fn training_mut(&mut self) -> &mut TrainingSpec {
        let (Self::Dense(DenseSpec { training })
        | Self::Denoise(DenoiseSpec { training, .. })
        | Self::Anomaly(AnomalySpec { training, .. })) = self;
        training
    }

    /// Returns the maximum numbers of images; `None` if all images are used.
    #[must_use]
    pub fn limits(&self) -> Option<Limits> {
        let asked = self.training().data.limit.map(|n| Limits { train: n, test: n });
        match self {
            Self::Denoise(DenoiseSpec { quick: true, .. }) => {
                asked.or(Some(DenoiseSpec::QUICK_LIMITS))
            }
            _ => asked,
        }
    }

    /// Returns the training settings that the job asks for. A quick run asks for few epochs.
    #[must_use]
    pub fn plan(&self) -> PlanSpec {
        let plan = self.training().plan;
        match self {
            Self::Denoise(DenoiseSpec { quick: true, .. }) => {
                let epochs = plan.epochs.or(Some(DenoiseSpec::QUICK_EPOCHS));
                PlanSpec { epochs, ..plan }
            }
            _ => plan,
        }
    }

    /// Returns the job's default training settings, used where neither the job nor the model sets a
    /// value.
    #[must_use]
    pub fn usual_plan(&self) -> Plan {
        match self {
            Self::Dense(_) => DenseSpec::USUAL,
            Self::Denoise(_) => DenoiseSpec::USUAL,
            Self::Anomaly(_) => AnomalySpec::USUAL,
        }
    }

    /// Returns the preset that the job trains on this data set if no model is named.
    #[must_use]
    pub fn usual_model(&self, dataset: &str) -> &'static str {
        match self {
            Self::Dense(_) => DenseSpec::usual_model(dataset),
            Self::Denoise(_) => DenoiseSpec::usual_model(dataset),
            Self::Anomaly(spec) if spec.training.data.options().vectors => AnomalySpec::VECTORS,
            Self::Anomaly(_) => AnomalySpec::MODEL,
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
