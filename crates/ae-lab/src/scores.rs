//! All scores of a set of generated images.

use crate::draws::{Draw, subsample};
use crate::error::{checked, positive, same_columns};
use crate::frechet::Gaussian;
use crate::neighbors::{Own, kth_nearest};
use crate::precision_recall::{compare, squared_radii};
use crate::{LabError, NearestTraining, PrecisionRecall};
use ae_tensor::Tensor;

/// The options of scoring generated images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScoreOptions {
    /// The neighbor that a ball reaches to, `k`; 3 by default.
    pub neighbours: usize,
    /// The maximum number of held-out images, and of generated ones, that are compared: if there
    /// are more, this many are chosen at random. The default is 3000. Training images are never
    /// left out: a copy could be of any of them.
    pub limit: usize,
    /// The seed of that choice; 0 by default.
    pub seed: u64,
}

impl Default for ScoreOptions {
    fn default() -> Self {
        Self { neighbours: 3, limit: 3000, seed: 0 }
    }
}

/// The scores of a set of generated images, in features.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scores {
    /// The number of held-out images in the comparison.
    pub held_out: usize,
    /// The number of generated images in the comparison.
    pub generated: usize,
    /// Fidelity and diversity, by neighbors.
    pub neighbours: PrecisionRecall,
    /// [`frechet_distance`](crate::frechet_distance) to the held-out images, squared: 0 is best.
    pub frechet: f64,
    /// Whether images were copied.
    pub nearest: NearestTraining,
}

/// The data that generated images are compared with. It is computed once, for any number of sets.
#[derive(Clone, Debug)]
pub struct Reference<'a> {
    train: &'a Tensor,
    held_out: Tensor,
    options: ScoreOptions,
    squared_radii: Vec<f64>,
    gaussian: Gaussian,
    /// The distances of the held-out images to the nearest training image.
    nearest: Vec<f64>,
}

impl<'a> Reference<'a> {
    /// Checks whether there are enough training and held-out images for a reference, before there
    /// are any features.
    ///
    /// # Errors
    /// [`LabError::TooFewRows`] as [`Reference::new`].
    pub fn check(train: usize, held_out: usize, options: &ScoreOptions) -> Result<(), LabError> {
        let least = options.neighbours.saturating_add(1).max(2);
        let parts = [("training images", 2, train), ("test images", least, held_out)];
        for (what, expected, found) in parts {
            if found < expected {
                return Err(LabError::TooFewRows { what, expected, found });
            }
        }
        Ok(())
    }

    /// Builds a reference from the features of training images, `[n, d]`, and of held-out images,
    /// `[m, d]`.
    ///
    /// # Errors
    /// [`LabError::TooFewRows`] without training images, or for at most `neighbours` held-out ones
    /// (or fewer than two), [`LabError::Zero`] for an option of 0, [`LabError::NoColumns`],
    /// [`LabError::NotFinite`].
    ///
    /// # Panics
    /// If either is not a matrix, or they differ in columns.
    pub fn new(
        train: &'a Tensor,
        held_out: &Tensor,
        options: &ScoreOptions,
    ) -> Result<Self, LabError> {
        same_columns("Reference::new", train, held_out);
        positive(options.limit, "limit of compared images")?;
        checked(train, "training features", 1)?;
        let held_out = subsample(held_out, options.limit, options.seed, Draw::HeldOut);
        let squared_radii = squared_radii(&held_out, options.neighbours, "held-out features")?;
        let gaussian = Gaussian::fit(&held_out, "held-out features")?;
        let nearest = distances(&held_out, train);
        Ok(Self { train, held_out, options: *options, squared_radii, gaussian, nearest })
    }

    /// The features of the training images.
    pub(crate) fn train(&self) -> &'a Tensor {
        self.train
    }

    /// The options of this reference.
    pub(crate) fn options(&self) -> &ScoreOptions {
        &self.options
    }

    /// The number of held-out images that are compared. The comparison is fairest with as many
    /// generated ones, since balls become smaller with more points; with fewer, precision and
    /// recall are less comparable.
    #[must_use]
    pub fn count(&self) -> usize {
        self.nearest.len()
    }

    /// The scores of generated images by their features, `[count, d]`. If there are more than
    /// [`Reference::count`], that many of them are chosen at random.
    ///
    /// # Errors
    /// [`LabError::TooFewRows`] for at most `neighbours` rows, [`LabError::NotFinite`],
    /// [`LabError::Pca`].
    ///
    /// # Panics
    /// If `generated` is not a matrix with as many columns as the training features.
    pub fn score(&self, generated: &Tensor) -> Result<Scores, LabError> {
        same_columns("Reference::score", self.train, generated);
        let options = self.options;
        let generated = subsample(generated, self.count(), options.seed, Draw::Generated);
        let radii = squared_radii(&generated, options.neighbours, "generated features")?;
        let gaussian = Gaussian::fit(&generated, "generated features")?;
        Ok(Scores {
            held_out: self.count(),
            generated: radii.len(),
            neighbours: compare(
                [&self.held_out, &generated],
                [&self.squared_radii, &radii],
                options.neighbours,
            ),
            frechet: self.gaussian.distance(&gaussian)?,
            nearest: NearestTraining::new(distances(&generated, self.train), &self.nearest),
        })
    }
}

/// The scores of generated images by the features of training, held-out and generated ones,
/// `[count, d]` each. For several sets of generated images, [`Reference`] computes the shared part
/// only once.
///
/// # Errors
/// As [`Reference::new`] and [`Reference::score`].
///
/// # Panics
/// If one is not a matrix, or their numbers of columns differ.
pub fn score(
    train: &Tensor,
    held_out: &Tensor,
    generated: &Tensor,
    options: &ScoreOptions,
) -> Result<Scores, LabError> {
    Reference::new(train, held_out, options)?.score(generated)
}

/// The distance of each of `queries` to the nearest of `train`, which have been checked.
fn distances(queries: &Tensor, train: &Tensor) -> Vec<f64> {
    kth_nearest(queries, train, 1, Own::Counts).into_iter().map(f64::sqrt).collect()
}
