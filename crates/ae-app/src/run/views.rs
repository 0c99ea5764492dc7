//! The images of a job as examples: cropped and changed at random, then corrupted.

use super::corruption::JobCorruption;
use ae_data::{Extents, ImageSet};
use ae_run::Job;
use ae_tensor::Shape;
use ae_train::{Augmentation, Examples, Samples, Split};

/// How the images of a job become the model's inputs and targets.
#[derive(Debug)]
pub(crate) struct Views {
    /// The corruption of the images before they reach the model.
    pub(crate) corruption: Option<JobCorruption>,
    augmentation: Option<Augmentation>,
    /// The size of the data's images.
    image: Extents,
    seed: u64,
}

impl Views {
    /// Returns the job's views of images of this size, which its augmentation must fit.
    pub(crate) fn of(job: &Job, image: Extents) -> Self {
        let training = job.training();
        let (augmentation, seed) = (training.augmentation, training.seed);
        Self { corruption: JobCorruption::of(job), augmentation, image, seed }
    }

    /// Returns the images of the data as samples, for a model with inputs of this shape. The images
    /// may be larger than the inputs, which are then crops.
    pub(crate) fn samples<'a>(&self, images: &'a ImageSet, input: Shape) -> Samples<'a> {
        let shape = match input.rank() {
            _ if self.augmentation.is_none() => input,
            1 => [self.image.len()].into(),
            _ => <[usize; 3]>::from(self.image).into(),
        };
        if let Some(numbers) = images.numbers() {
            return Samples::from_f32(numbers, shape);
        }
        match images.in_memory() {
            Some(pixels) => Samples::new(pixels, shape),
            None => Samples::stored(images, shape),
        }
    }

    /// Returns the samples as examples with this corruption, or without one.
    pub(crate) fn corrupted<'a>(
        &self,
        samples: Samples<'a>,
        corruption: Option<&'a JobCorruption>,
        split: Split,
    ) -> Examples<'a> {
        let examples = unchanged(samples, corruption, split);
        match self.augmentation {
            Some(augmentation) => {
                examples.augmented(augmentation, self.image.size(), self.seed, split)
            }
            None => examples,
        }
    }

    /// Returns one example of each image: with the job's noise, cropped at its center, and without
    /// random changes.
    pub(crate) fn centered<'a>(&'a self, samples: Samples<'a>, split: Split) -> Examples<'a> {
        let examples = unchanged(samples, self.corruption.as_ref(), split);
        match self.augmentation.map(|augmentation| augmentation.crop_alone()) {
            // Test images are cropped at fixed places.
            Some(crop) => examples.augmented(crop, self.image.size(), self.seed, Split::Test),
            None => examples,
        }
    }

    /// Returns the samples as examples of the job.
    pub(crate) fn examples<'a>(&'a self, samples: Samples<'a>, split: Split) -> Examples<'a> {
        self.corrupted(samples, self.corruption.as_ref(), split)
    }

    /// Returns the samples without noise and random changes, but cropped.
    pub(crate) fn clean<'a>(&self, samples: Samples<'a>) -> Examples<'a> {
        self.corrupted(samples, None, Split::Test)
    }

    /// Returns the augmentation for the report.
    pub(crate) fn augmentation(&self) -> Option<Augmentation> {
        self.augmentation
    }
}

/// The samples with this corruption, or without one.
fn unchanged<'a>(
    samples: Samples<'a>,
    corruption: Option<&'a JobCorruption>,
    split: Split,
) -> Examples<'a> {
    match corruption {
        Some(corruption) => corruption.examples(samples, split),
        None => Examples::clean(samples),
    }
}
