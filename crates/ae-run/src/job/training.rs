//! The settings that all jobs share.

use super::{Chosen, DataSpec, ModelSpec, PlanSpec};
use ae_data::{Extents, InMemory, Options};
use ae_train::{Augmentation, EarlyStopping};

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

/// The checkpoints to write during training, and when training ends before its last epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KeepSpec {
    /// The number of epochs between two checkpoints. Another one is written after the last epoch.
    pub checkpoint_every: usize,
    /// When training ends early, and whether the best epoch's weights are restored.
    pub early_stopping: EarlyStopping,
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

    pub(super) fn of(class: &str) -> Self {
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

impl Default for KeepSpec {
    fn default() -> Self {
        Self { checkpoint_every: 1, early_stopping: EarlyStopping::default() }
    }
}
