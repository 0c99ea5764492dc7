//! Features: the numbers by which images are compared.

use crate::LabError;
use ae_pca::Pca;
use ae_tensor::Tensor;

/// The number of principal components in the features, if the images have that many.
pub const FEATURES: usize = 50;

/// A map from images to features: their coordinates along the first [`FEATURES`] principal
/// components of the training images.
///
/// In pixels, an image and a slightly moved copy are far apart in many meaningless directions; and
/// a covariance of 784 x 784 needs far more images than there are held-out ones. The first 50
/// components hold most of the variance (85 % in MNIST's fives). They are linear, so they miss what
/// the eye sees in an image beyond brightness (README, "Features").
#[derive(Clone, Debug)]
pub struct Features {
    pca: Pca,
}

impl Features {
    /// Fits the map to training images, `[count, pixels]`.
    ///
    /// # Errors
    /// [`LabError::Pca`] for fewer than two images, for images without pixels, and for NaN or
    /// infinity.
    ///
    /// # Panics
    /// If `images` is not a matrix.
    pub fn fit(images: &Tensor) -> Result<Self, LabError> {
        let (n, d) = images.shape().matrix("Features::fit");
        // For no images, PCA's own error is clearer than that of a wrong number of components.
        Ok(Self { pca: Pca::fit(images, Some(FEATURES.min(n).min(d)).filter(|&k| k > 0))? })
    }

    /// The features of images, `[count, pixels]`, as `[count, features]`: coordinates in units of
    /// pixels' values.
    ///
    /// # Special values
    /// An image with NaN or infinity has features that are not finite; other images are not
    /// affected.
    ///
    /// # Panics
    /// If `images` is not a matrix, or does not have as many pixels as the training images.
    #[must_use]
    #[track_caller]
    pub fn transform(&self, images: &Tensor) -> Tensor {
        self.pca.transform(images)
    }

    /// The number of features.
    #[must_use]
    pub fn count(&self) -> usize {
        self.pca.n_components()
    }

    /// The fraction of the training images' variance in the features, 0 to 1.
    #[must_use]
    pub fn explained_share(&self) -> f64 {
        self.pca.explained_variance_ratio().iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_pca::PcaError;
    use ae_testkit::Sampler;

    #[test]
    fn as_many_as_the_images_have() {
        for (n, d, k) in [(3, 9, 3), (80, 7, 7), (90, 60, 50)] {
            let x = Tensor::new([n, d], Sampler::new(1).vec(n * d, 0.0, 1.0));
            let features = Features::fit(&x).unwrap();
            assert_eq!((features.count(), features.transform(&x).shape().dims()), (k, &[n, k][..]));
            let share = features.explained_share();
            assert!(share <= 1.0 + 1e-12 && (k == FEATURES) == (share < 0.999), "{share}");
        }
        let refused = |x| Features::fit(&x).unwrap_err();
        assert_eq!(
            refused(Tensor::zeros([0, 5])),
            LabError::Pca(PcaError::TooFewSamples { samples: 0 })
        );
        assert_eq!(refused(Tensor::zeros([5, 0])), LabError::Pca(PcaError::NoColumns));
        let flat = Features::fit(&Tensor::full([5, 4], 0.5)).unwrap();
        assert_eq!(flat.explained_share(), 0.0);
    }
}
