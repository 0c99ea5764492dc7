//! Codes of images, and their principal components.

use super::numbers::base64_numbers;
use crate::engine::Components;
use ae_tensor::Tensor;
use serde::{Serialize, Serializer};

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

    /// Returns the number of codes.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }
}

/// The most components that a page holds: their number is that of `explained`.
const MOST_COMPONENTS: usize = 256;

/// Serializes principal components, or null.
pub(super) fn components<S: Serializer>(
    found: &Option<Components>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Written<'a> {
        #[serde(serialize_with = "base64_numbers")]
        mean: &'a [f32],
        #[serde(serialize_with = "base64_numbers")]
        components: &'a [f32],
        #[serde(serialize_with = "base64_numbers")]
        deviations: &'a [f32],
        explained: &'a [f32],
    }
    let written = found.as_ref().map(|found| {
        let Components { mean, components, deviations, explained } = found;
        let kept = explained.len().min(MOST_COMPONENTS);
        Written {
            mean,
            components: &components[..kept * mean.len()],
            deviations: &deviations[..kept],
            explained: &explained[..kept],
        }
    });
    written.serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

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
    fn of_many_components_the_first_are_kept() {
        #[derive(Serialize)]
        struct Holder {
            #[serde(serialize_with = "components")]
            pca: Option<Components>,
        }
        let all = Components {
            mean: vec![0.0; 300],
            components: vec![0.0; 300 * 300],
            deviations: vec![0.0; 300],
            explained: vec![0.0; 300],
        };
        let json = serde_json::to_value(Holder { pca: Some(all) }).unwrap();
        // Base64 of this many numbers of four bytes.
        let len = |numbers: usize| (4 * numbers).div_ceil(3) * 4;
        let found = |key: &str| json["pca"][key].as_str().unwrap().len();
        assert_eq!(["mean", "components", "deviations"].map(found), [300, 256 * 300, 256].map(len));
        assert_eq!(json["pca"]["explained"].as_array().unwrap().len(), 256);
        assert_eq!(serde_json::to_value(Holder { pca: None }).unwrap()["pca"], Value::Null);
    }
}
