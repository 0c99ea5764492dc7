//! Codes of images, and their principal components.

use super::numbers::base64_numbers;
use ae_pca::Pca;
use ae_tensor::Tensor;
use serde::Serialize;

/// Codes of training images, for the map of codes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Codes {
    count: usize,
    length: usize,
    #[serde(serialize_with = "base64_numbers")]
    values: Vec<f32>,
    labels: Vec<usize>,
}

impl Codes {
    /// The most codes that a page holds.
    const MOST: usize = 2_000;
    /// The most numbers in them, so that long codes do not fill the page.
    const MOST_NUMBERS: usize = 250_000;

    /// Takes codes that are spread evenly over all of them, `[n, length]`. `labels` are the
    /// classes, as indices into the names of classes.
    ///
    /// # Panics
    ///
    /// If the codes are not a matrix with a row for each label.
    #[must_use]
    pub fn spread(codes: &Tensor, labels: &[usize]) -> Self {
        let &[all, length] = codes.shape().dims() else { panic!("codes {}", codes.shape()) };
        assert_eq!(all, labels.len(), "a label for each code");
        let count = all.min(Self::MOST).min(Self::MOST_NUMBERS / length.max(1));
        let chosen = || (0..count).map(|i| i * all / count);
        let row = |i: usize| &codes.data()[i * length..(i + 1) * length];
        let values = chosen().flat_map(row).copied().collect();
        Self { count, length, values, labels: chosen().map(|i| labels[i]).collect() }
    }
}

/// Principal components of codes. Their number is that of `explained`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Components {
    #[serde(serialize_with = "base64_numbers")]
    mean: Vec<f32>,
    #[serde(serialize_with = "base64_numbers")]
    components: Vec<f32>,
    #[serde(serialize_with = "base64_numbers")]
    deviations: Vec<f32>,
    explained: Vec<f64>,
}

impl Components {
    /// Returns the components in f32, and their standard deviations: the roots of the explained
    /// variances.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the page computes in f32")]
    pub fn of(pca: &Pca) -> Self {
        let deviations = pca.explained_variance().iter().map(|variance| variance.sqrt() as f32);
        Self {
            mean: pca.mean().iter().map(|&mean| mean as f32).collect(),
            components: pca.components_f64().iter().map(|&entry| entry as f32).collect(),
            deviations: deviations.collect(),
            explained: pca.explained_variance_ratio().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_codes_are_thinned_evenly() {
        let all = 5_000;
        let numbers = (0..2 * all).map(|i| i as f32).collect();
        let labels: Vec<usize> = (0..all).map(|i| i / 2_500).collect();
        let codes = Codes::spread(&Tensor::new([all, 2], numbers), &labels);
        assert_eq!((codes.count, codes.values.len()), (2_000, 4_000));
        assert_eq!(codes.values[..4], [0.0, 1.0, 4.0, 5.0]);
        assert_eq!(codes.labels.iter().sum::<usize>(), 1_000);
        assert_eq!(codes.values[3_998..], [9_994.0, 9_995.0]);
    }

    #[test]
    fn long_codes_are_fewer() {
        let codes = Codes::spread(&Tensor::zeros([600, 1_000]), &[0; 600]);
        assert_eq!((codes.count, codes.values.len()), (250, 250_000));
    }

    #[test]
    fn deviations_are_roots_of_variances() {
        let x = Tensor::new([3, 2], vec![0.0, 1.0, 1.0, 3.0, 2.0, 5.0]);
        let found = Components::of(&Pca::fit(&x, None).unwrap());
        assert_eq!(found.mean, [1.0, 3.0]);
        // Along (1, 2) / sqrt(5), with variance 5.
        assert!((found.deviations[0] - 5f32.sqrt()).abs() < 1e-6, "{found:?}");
        assert!((found.components[1] - 2.0 / 5f32.sqrt()).abs() < 1e-6, "{found:?}");
        assert!((found.explained[0] - 1.0).abs() < 1e-12, "{found:?}");
    }
}
