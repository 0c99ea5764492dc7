//! How much noise an image has, and how much of it to remove.
//!
//! Noise is rough, photographs are mostly smooth. The finest diagonal details of a wavelet
//! transform hold nearly no image, but as much white noise as the pixels themselves, because the
//! transform is orthogonal. Edges leave a few large details, which the median ignores:
//!
//! ```text
//! sigma = median(|d|) / 0.6745        0.6745: the median of |z| for z from N(0, 1)
//! ```
//!
//! D. L. Donoho and I. M. Johnstone, "Ideal spatial adaptation by wavelet shrinkage", Biometrika
//! 81, 1994, section 4.2. The wavelet is Daubechies' with two vanishing moments (db2), as in
//! scikit-image's `estimate_sigma`.

/// The high-pass filter of db2, from the first sample to the last. The sign of a detail does not
/// matter here.
const FILTER: [f64; 4] = [
    -0.129_409_522_551_260_4,
    -0.224_143_868_042_013_4,
    0.836_516_303_737_807_9,
    -0.482_962_913_144_534_2,
];

/// The median of the absolute value of a standard normal number.
const NORMAL_MEDIAN: f64 = 0.674_489_750_196_081_7;

/// The width of a bin of the histogram in which the median is found. Pixels from 0 to 1 have
/// details below 1.5.
const BIN: f64 = 1.0 / 65_536.0;

/// Details below this are rounding errors of places without any change.
const FLAT: f64 = 1e-6;

/// The standard deviation of the noise of each channel of an image of `size`, `[height, width,
/// channels]`, with pixels from 0 to 1. `read` fills in its rows one by one, from top to bottom;
/// the channels of a pixel are side by side. The memory holds four rows and the histograms.
///
/// The estimate is that of scikit-image to 0.00002. It assumes noise that is white: independent in
/// each pixel, as a sensor makes it. JPEG compression, sharpening and scaling change that. Fine
/// texture is taken for noise, and noise that was clipped at black and white is underestimated.
/// Places without any change, such as clipped ones, do not count. An image that has no other
/// places, or only one row or column, has an estimate of 0.
///
/// # Errors
/// The first error of `read`.
///
/// # Panics
/// If the image has no pixels.
pub fn estimate_noise<E>(
    size @ [height, width, channels]: [usize; 3],
    mut read: impl FnMut(&mut [f32]) -> Result<(), E>,
) -> Result<Vec<f32>, E> {
    assert!(!size.contains(&0), "estimate_noise: an image of {height} x {width} x {channels}");
    let mut row = vec![0.0; width * channels];
    let mut bands = vec![Band::new(height, width); channels];
    for y in 0..height {
        read(&mut row)?;
        for (channel, band) in bands.iter_mut().enumerate() {
            band.push(y, row[channel..].iter().step_by(channels).copied());
        }
    }
    Ok(bands.into_iter().map(Band::finish).collect())
}

/// The noise of an image as one number: the mean over its channels' noise, or 0 without channels.
#[must_use]
pub fn mean_noise(channels: &[f32]) -> f32 {
    if channels.is_empty() { 0.0 } else { channels.iter().sum::<f32>() / channels.len() as f32 }
}

/// Whether noise of `noise` is so far from `trained`, the smallest and the largest noise that a
/// model was trained on, that another model suits it better: by more than a factor of 1.5.
#[must_use]
pub fn is_far(noise: f32, [from, to]: [f32; 2]) -> bool {
    noise < from / 1.5 || noise > to * 1.5
}

/// The part of what a model removes from an image that is to be removed, if the noise is `noise`
/// and `removed` is the mean square of what the model removes. 1 is all.
///
/// A model takes more than the noise away if it was trained on more noise than there is. Let it
/// remove r = n - b, where n is the noise and b the model's error. The error of removing S r is
/// smallest for S = <n, r> / <r, r>. Where b is independent of n, <n, r> = <n, n>, so that S is
/// `noise^2 / removed`.
#[must_use]
pub fn strength_for(noise: f32, removed: f64) -> f32 {
    let noise = f64::from(noise).powi(2);
    if noise < removed { (noise / removed) as f32 } else { 1.0 }
}

/// The contrast at which an image with noise of `noise` has no more noise than `most`: at most 1.
///
/// A model that was trained on less noise than there is leaves most of it. It removes it from the
/// image with less contrast, in which the noise is as the model knows it.
#[must_use]
pub fn contrast_for(noise: f32, most: f32) -> f32 {
    if noise > most && most > 0.0 { most / noise } else { 1.0 }
}

/// Multiplies the distances of the values from 0.5 by `contrast`. A contrast of 1 changes nothing;
/// `1 / contrast` takes the change back.
pub fn change_contrast(values: &mut [f32], contrast: f32) {
    if contrast != 1.0 {
        values.iter_mut().for_each(|value| *value = 0.5 + (*value - 0.5) * contrast);
    }
}

/// Moves `denoised` towards what it was made of: `noisy + strength * (denoised - noisy)`. A
/// strength of 1 changes nothing.
///
/// # Panics
/// If the lengths differ.
pub fn with_strength(noisy: &[f32], denoised: &mut [f32], strength: f32) {
    let (expected, found) = (noisy.len(), denoised.len());
    assert!(expected == found, "with_strength: {expected} and {found} values");
    if strength != 1.0 {
        for (denoised, noisy) in denoised.iter_mut().zip(noisy) {
            *denoised = noisy + strength * (*denoised - noisy);
        }
    }
}

/// One channel of an image, of which the last four rows are in memory.
#[derive(Clone)]
struct Band {
    height: usize,
    width: usize,
    /// The horizontal details of row `y`, at `y % 4`.
    rows: [Vec<f64>; 4],
    /// The row at which the next vertical window of four rows begins.
    start: isize,
    histogram: Vec<u64>,
}

impl Band {
    fn new(height: usize, width: usize) -> Self {
        let histogram = vec![0; (1.5 / BIN) as usize];
        Self { height, width, rows: Default::default(), start: -2, histogram }
    }

    fn push(&mut self, y: usize, row: impl Iterator<Item = f32>) {
        let row: Vec<f64> = row.map(f64::from).collect();
        let starts = (-2..self.width as isize).step_by(2);
        let windows = starts.map(|start| window(start, row.len()).map(|x| row[x]));
        self.rows[y % 4] = windows.map(|values| filtered(&values)).collect();
        if self.height > 1 && self.start + 3 == y as isize {
            self.count_window();
        }
    }

    /// Counts the diagonal details of the next four rows.
    fn count_window(&mut self) {
        let rows = window(self.start, self.height).map(|y| &self.rows[y % 4]);
        for x in 0..rows[0].len() {
            let detail = filtered(&rows.map(|row| row[x])).abs();
            if detail >= FLAT {
                let bin = ((detail / BIN) as usize).min(self.histogram.len() - 1);
                self.histogram[bin] += 1;
            }
        }
        self.start += 2;
    }

    fn finish(mut self) -> f32 {
        while self.height > 1 && self.start < self.height as isize {
            self.count_window();
        }
        (median(&self.histogram) / NORMAL_MEDIAN) as f32
    }
}

/// The numbers of four samples from `start` on, of `len` samples that are mirrored at both ends:
/// `.. 1 0 | 0 1 2 .. | ..`.
fn window(start: isize, len: usize) -> [usize; 4] {
    let len = len as isize;
    [0, 1, 2, 3].map(|offset| {
        let at = (start + offset).rem_euclid(2 * len);
        at.min(2 * len - 1 - at) as usize
    })
}

fn filtered(values: &[f64; 4]) -> f64 {
    values.iter().zip(FILTER).map(|(value, weight)| value * weight).sum()
}

/// The median of the counted details, each at its bin's center; 0 if there are none.
fn median(histogram: &[u64]) -> f64 {
    let count: u64 = histogram.iter().sum();
    // The value of rank `rank`, from 0.
    let ranked = |rank: u64| {
        let mut below = 0;
        let bin = histogram.iter().position(|&n| {
            below += n;
            below > rank
        });
        bin.map_or(0.0, |bin| (bin as f64 + 0.5) * BIN)
    };
    match count {
        0 => 0.0,
        count => (ranked((count - 1) / 2) + ranked(count / 2)) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Corruption, GaussianNoise, ImageKey, Split};
    use std::convert::Infallible;

    fn estimated(size: [usize; 3], values: &[f32]) -> Vec<f32> {
        let mut rows = values.chunks_exact(size[1] * size[2]);
        let read = |row: &mut [f32]| -> Result<(), Infallible> {
            row.copy_from_slice(rows.next().expect("as many rows as the image has"));
            Ok(())
        };
        let Ok(found) = estimate_noise(size, read);
        found
    }

    fn noise(factor: f32, image: usize) -> Vec<f32> {
        let noise = GaussianNoise { factor, seed: 1, fresh: false };
        let mut noisy = vec![0.0; 120 * 150];
        let clean: Vec<f32> = (0..120 * 150).map(|i| 0.4 + (i % 150) as f32 / 1000.0).collect();
        noise.image(ImageKey { split: Split::Test, epoch: 0, image }).corrupt(&clean, &mut noisy);
        noisy
    }

    #[test]
    fn known_noise_on_a_smooth_image_is_found() {
        for factor in [0.01, 0.05, 0.1] {
            let found = estimated([120, 150, 1], &noise(factor, 0))[0];
            assert!((found / factor - 1.0).abs() < 0.03, "{factor}: {found}");
        }
    }

    #[test]
    fn each_channel_has_its_own_estimate() {
        let planes = [noise(0.02, 0), noise(0.1, 1)];
        let both: Vec<f32> = planes[0].iter().zip(&planes[1]).flat_map(|(&a, &b)| [a, b]).collect();
        let alone = planes.map(|plane| estimated([120, 150, 1], &plane)[0]);
        assert_eq!(estimated([120, 150, 2], &both), alone);
    }

    #[test]
    fn images_without_noise_or_without_rows_have_none() {
        for size in [[1, 1, 1], [1, 9, 1], [9, 1, 1], [2, 2, 1], [3, 5, 3]] {
            let flat = vec![0.3; size.iter().product()];
            assert_eq!(estimated(size, &flat), vec![0.0; size[2]], "{size:?}");
        }
        let line: Vec<f32> = (0..9).map(|i| (i * i % 7) as f32 / 7.0).collect();
        assert_eq!(estimated([1, 9, 1], &line), [0.0]);
        assert_eq!(estimated([9, 1, 1], &line), [0.0]);
        // The ends are mirrored.
        assert_eq!(
            [window(-2, 5), window(4, 5), window(-2, 2)],
            [[1, 0, 0, 1], [4, 4, 3, 2], [1, 0, 0, 1]]
        );
    }

    #[test]
    fn the_median_is_between_two_details_in_the_middle() {
        let mut histogram = vec![0; 10];
        (histogram[2], histogram[5], histogram[9]) = (1, 1, 0);
        assert_eq!(median(&histogram), 4.0 * BIN);
        histogram[9] = 1;
        assert_eq!(median(&histogram), 5.5 * BIN);
    }

    #[test]
    fn a_part_of_the_noise_is_removed() {
        let mut denoised = [0.5, 0.0];
        with_strength(&[1.0, 0.5], &mut denoised, 1.0);
        assert_eq!(denoised, [0.5, 0.0]);
        with_strength(&[1.0, 0.5], &mut denoised, 0.5);
        assert_eq!(denoised, [0.75, 0.25]);
        with_strength(&[1.0, 0.5], &mut denoised, 0.0);
        assert_eq!(denoised, [1.0, 0.5]);
    }

    #[test]
    fn the_strength_is_the_share_of_the_noise_in_what_is_removed() {
        assert_eq!([(0.1, 0.04), (0.0, 0.04)].map(|(n, r)| strength_for(n, r)), [0.25, 0.0]);
        assert_eq!(
            [(0.2, 0.04), (0.3, 0.04), (0.0, 0.0)].map(|(n, r)| strength_for(n, r)),
            [1.0; 3]
        );
        // The best of all strengths, for an error that is independent of the noise.
        let clean = [0.5; 120 * 150];
        let mut noisy = [[0.0; 120 * 150]; 2];
        let model = GaussianNoise { factor: 0.08, seed: 1, fresh: false };
        for (image, noisy) in noisy.iter_mut().enumerate() {
            let key = ImageKey { split: Split::Test, epoch: 0, image };
            let factor = [0.08, 0.06][image];
            GaussianNoise { factor, ..model }.corrupt(key, &clean, noisy);
        }
        let [noisy, output] = noisy;
        let mean = |errors: &mut dyn Iterator<Item = f32>| {
            errors.map(|error| f64::from(error).powi(2)).sum::<f64>() / noisy.len() as f64
        };
        let removed = mean(&mut noisy.iter().zip(output).map(|(a, b)| a - b));
        let error = |strength: f32| {
            let mut result = output;
            with_strength(&noisy, &mut result, strength);
            mean(&mut result.iter().map(|value| value - 0.5))
        };
        let best = strength_for(0.08, removed);
        assert!((best - 0.64).abs() < 0.02, "{best}");
        assert!(
            [best - 0.05, best + 0.05, 1.0, 0.0].iter().all(|&other| error(best) < error(other))
        );
    }

    #[test]
    fn more_noise_than_a_model_knows_is_scaled_to_what_it_knows() {
        assert_eq!(contrast_for(0.2, 0.1), 0.5);
        assert_eq!(
            [(0.1, 0.1), (0.05, 0.1), (0.2, 0.0)].map(|(n, m)| contrast_for(n, m)),
            [1.0; 3]
        );
        let mut values = [0.0, 0.5, 1.0, 0.75];
        change_contrast(&mut values, 0.5);
        assert_eq!(values, [0.25, 0.5, 0.75, 0.625]);
        change_contrast(&mut values, 2.0);
        assert_eq!(values, [0.0, 0.5, 1.0, 0.75]);
    }

    #[test]
    fn what_is_far_is_so_by_a_factor_of_one_and_a_half() {
        assert_eq!(
            [0.06, 0.07, 0.14, 0.16].map(|n| is_far(n, [0.1; 2])),
            [true, false, false, true]
        );
        assert_eq!(
            [0.01, 0.02, 0.29, 0.31].map(|n| is_far(n, [0.02, 0.2])),
            [true, false, false, true]
        );
    }
}
