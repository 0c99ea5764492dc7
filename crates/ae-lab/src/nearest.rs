//! Measures whether generated images are new or memorized.

/// One in this many held-out images defines the distance to the training images that counts as
/// suspiciously small.
const NEAREST_SHARE: usize = 100;

/// The distances of generated images to the nearest training image, compared with those of held-out
/// images, which cannot be copies.
///
/// A distance alone tells little: some kinds of images have near neighbors everywhere. Held-out
/// images have no more reason to be near a training image than new ones. So a generator of new
/// images of the same kind has ratios near 1, one that copies has ratios near 0, and one whose
/// images are unlike the training images has ratios far above 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NearestTraining {
    /// The median over the generated images, in units of the features.
    pub median: f64,
    /// The minimum over the generated images.
    pub smallest: f64,
    /// The median over the held-out images.
    pub held_out_median: f64,
    /// The minimum over the held-out images.
    pub held_out_smallest: f64,
    /// The share of generated images that are as near to a training image as the nearest 1 % of the
    /// held-out ones (of `n`, the nearest `n / 100`, rounded up), or nearer. About 0.01 is
    /// expected; far more means that some are copies.
    pub share_of_copies: f64,
}

impl NearestTraining {
    /// Computes the measures from the distances of generated and held-out images; there must be at
    /// least one of each.
    pub(crate) fn new(mut generated: Vec<f64>, held_out: &[f64]) -> Self {
        let mut held_out = held_out.to_vec();
        generated.sort_by(f64::total_cmp);
        held_out.sort_by(f64::total_cmp);
        let near = held_out[held_out.len().div_ceil(NEAREST_SHARE) - 1];
        let copies = generated.partition_point(|&x| x <= near);
        Self {
            median: median(&generated),
            smallest: generated[0],
            held_out_median: median(&held_out),
            held_out_smallest: held_out[0],
            share_of_copies: copies as f64 / generated.len() as f64,
        }
    }

    /// The median, divided by that of the held-out images. Where that is 0: 1 if both are, else
    /// infinity.
    #[must_use]
    pub fn median_ratio(&self) -> f64 {
        ratio(self.median, self.held_out_median)
    }

    /// The smallest distance, divided by that of the held-out images. Where that is 0: 1 if both
    /// are, else infinity.
    #[must_use]
    pub fn smallest_ratio(&self) -> f64 {
        ratio(self.smallest, self.held_out_smallest)
    }
}

fn ratio(a: f64, b: f64) -> f64 {
    // 0 / 0 would be NaN.
    if a == b { 1.0 } else { a / b }
}

/// The middle one of sorted numbers, or the mean of the two middle ones.
fn median(sorted: &[f64]) -> f64 {
    let n = sorted.len();
    (sorted[(n - 1) / 2] + sorted[n / 2]) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_a_pencil() {
        let held_out: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        // The nearest 1 % are 1 and 2.
        let nearest = NearestTraining::new(vec![5.0, 0.0, 2.0, 2.5], &held_out);
        assert_eq!((nearest.median, nearest.smallest), (2.25, 0.0));
        assert_eq!((nearest.held_out_median, nearest.held_out_smallest), (100.5, 1.0));
        assert_eq!(nearest.share_of_copies, 0.5);
        assert_eq!((nearest.median_ratio(), nearest.smallest_ratio()), (2.25 / 100.5, 0.0));
        // For 201 images, the nearest 1 % are three.
        let held_out: Vec<f64> = (1..=201).map(f64::from).collect();
        assert_eq!(NearestTraining::new(vec![3.0, 4.0], &held_out).share_of_copies, 0.5);
        let one = NearestTraining::new(vec![3.0], &[2.0]);
        assert_eq!((one.median, one.share_of_copies, one.median_ratio()), (3.0, 0.0, 1.5));
    }

    #[test]
    fn ratios_to_nothing() {
        let of = |a, b| NearestTraining::new(vec![a], &[b]).median_ratio();
        assert_eq!((of(0.0, 0.0), of(1.0, 0.0), of(0.0, 1.0)), (1.0, f64::INFINITY, 0.0));
    }
}
