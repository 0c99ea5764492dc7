//! The linear baseline of an auto-encoder: PCA with codes of the same length.

use crate::LabError;
use ae_pca::Pca;
use ae_tensor::Tensor;
use std::cmp::Ordering;
use std::fmt;

/// The best linear auto-encoder. Of all affine maps of the training images through `k` numbers, PCA
/// with `k` components has the smallest squared error on those images (C. Eckart, G. Young, 1936).
/// A network's improvement over it is due to its non-linearity.
#[derive(Clone, Debug)]
pub struct PcaBaseline {
    pca: Pca,
}

impl PcaBaseline {
    /// The most components that can be fitted to this many images of this many pixels; `None` for
    /// fewer than two images.
    #[must_use]
    pub fn max_components(images: usize, pixels: usize) -> Option<usize> {
        (images >= 2 && pixels > 0).then_some(images.min(pixels))
    }

    /// Fits PCA with this many components to training images, `[count, pixels]`.
    ///
    /// # Errors
    /// [`LabError::Pca`] for fewer than two images, for a number of components that is not in
    /// `1..=`[`PcaBaseline::max_components`], and for NaN or infinity.
    ///
    /// # Panics
    /// If `images` is not a matrix.
    pub fn fit(images: &Tensor, components: usize) -> Result<Self, LabError> {
        Ok(Self { pca: Pca::fit(images, Some(components))? })
    }

    /// The number of components.
    #[must_use]
    pub fn components(&self) -> usize {
        self.pca.n_components()
    }

    /// The fraction of the training images' variance along the components, 0 to 1.
    #[must_use]
    pub fn explained_share(&self) -> f64 {
        self.pca.explained_variance_ratio().iter().sum()
    }

    /// Maps images, `[count, pixels]`, to the components and back. Values may lie outside of [0,
    /// 1].
    ///
    /// # Panics
    /// If `images` is not a matrix, or does not have as many pixels as the training images.
    #[must_use]
    pub fn reconstruct(&self, images: &Tensor) -> Tensor {
        self.pca.inverse_transform(&self.pca.transform(images))
    }
}

/// The errors of reconstructions, as means over pixels and images.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanErrors {
    /// The squared error, which PCA minimizes among linear maps.
    pub squared: f64,
    /// The binary cross-entropy, by which auto-encoders are usually trained.
    pub cross_entropy: f64,
}

/// The comparison of the errors of an auto-encoder and of [`PcaBaseline`], which [`fmt::Display`]
/// writes as one sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The auto-encoder has both errors smaller.
    ModelIsNearer,
    /// PCA has the smaller squared error, the auto-encoder the smaller cross-entropy.
    Mixed,
    /// The auto-encoder has the smaller squared error, PCA the smaller cross-entropy.
    MixedUnusually,
    /// The auto-encoder has neither error smaller.
    PcaIsNearer,
    /// The two had different training images, or have codes of different lengths: a comparison
    /// would mislead.
    NotComparable,
}

impl Verdict {
    /// Compares the errors on the same images. A NaN is not smaller than anything.
    #[must_use]
    pub fn new(model: MeanErrors, pca: MeanErrors) -> Self {
        let smaller = |model: f64, pca: f64| model.partial_cmp(&pca) == Some(Ordering::Less);
        let squared = smaller(model.squared, pca.squared);
        match (squared, smaller(model.cross_entropy, pca.cross_entropy)) {
            (true, true) => Self::ModelIsNearer,
            (false, true) => Self::Mixed,
            (true, false) => Self::MixedUnusually,
            (false, false) => Self::PcaIsNearer,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ModelIsNearer => {
                "The auto-encoder is better by both errors: this is the gain of its non-linearity over PCA, the best linear map."
            }
            Self::Mixed => {
                "PCA, the best linear map, has the smaller squared error; the auto-encoder has the smaller cross-entropy, which it \
                 was trained for."
            }
            Self::MixedUnusually => {
                "The auto-encoder has the smaller squared error, but PCA the smaller cross-entropy: unusual for a model trained by it."
            }
            Self::PcaIsNearer => {
                "PCA, the best linear map, is better by both errors: non-linearity has gained nothing here (yet: train for longer?)."
            }
            Self::NotComparable => {
                "PCA had other images or another number of components than the model: the two cannot be compared."
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_pca::PcaError;
    use ae_testkit::{Sampler, assert_close};

    #[test]
    fn images_on_a_plane_come_back_through_two_components() {
        let mut sampler = Sampler::new(1);
        let coordinates = Tensor::new([20, 2], sampler.vec(40, -1.0, 1.0));
        let axes = Tensor::new([2, 5], sampler.vec(10, -1.0, 1.0));
        let images = coordinates.matmul(&axes).map(|x| x + 0.5);
        let baseline = PcaBaseline::fit(&images, 2).unwrap();
        assert_eq!(baseline.components(), 2);
        assert!((baseline.explained_share() - 1.0).abs() < 1e-6);
        let expected: Vec<f64> = images.data().iter().map(|&x| x.into()).collect();
        assert_close(baseline.reconstruct(&images).data(), &expected, 1e-5, 1e-5);
        // One component is not enough, and this fraction of the variance is lost.
        let line = PcaBaseline::fit(&images, 1).unwrap();
        let made = line.reconstruct(&images);
        let pairs = made.data().iter().zip(images.data());
        let squares: f64 = pairs.map(|(a, b)| f64::from(a - b).powi(2)).sum();
        let mean = |j: usize| (0..20).map(|i| f64::from(images.row(i)[j])).sum::<f64>() / 20.0;
        let spread = |j: usize| (0..20).map(move |i| (i, j));
        let total: f64 = (0..5)
            .flat_map(spread)
            .map(|(i, j)| (f64::from(images.row(i)[j]) - mean(j)).powi(2))
            .sum();
        assert!((squares / total - (1.0 - line.explained_share())).abs() < 1e-5);
    }

    #[test]
    fn what_cannot_be_fitted_is_refused() {
        let most = PcaBaseline::max_components;
        assert_eq!([most(0, 5), most(1, 5), most(2, 5), most(9, 5), most(9, 0)], {
            [None, None, Some(2), Some(5), None]
        });
        let images = Tensor::new([3, 4], Sampler::new(1).vec(12, 0.0, 1.0));
        assert!(PcaBaseline::fit(&images, 3).is_ok());
        for components in [0, 4] {
            let error = PcaBaseline::fit(&images, components).unwrap_err();
            assert!(matches!(error, LabError::Pca(PcaError::Components { .. })), "{error}");
        }
    }

    #[test]
    fn the_verdict_is_what_the_errors_say() {
        let errors = |squared, cross_entropy| MeanErrors { squared, cross_entropy };
        let verdict = |squared, cross_entropy| {
            Verdict::new(errors(squared, cross_entropy), errors(0.02, 0.2)).to_string()
        };
        assert!(verdict(0.01, 0.1).starts_with("The auto-encoder is better by both"));
        assert!(
            verdict(0.03, 0.1).starts_with("PCA, the best linear map, has the smaller squared")
        );
        assert!(verdict(0.01, 0.3).starts_with("The auto-encoder has the smaller squared"));
        assert!(verdict(0.03, 0.3).starts_with("PCA, the best linear map, is better by both"));
        assert!(verdict(0.02, 0.2).starts_with("PCA, the best linear map, is better by both"));
        assert!(verdict(f64::NAN, f64::NAN).starts_with("PCA, the best linear map, is better"));
    }
}
