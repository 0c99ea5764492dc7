//! The images that a job uses.

use crate::RecordedData;
use ae_data::{InMemory, Options};
use std::path::PathBuf;

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
