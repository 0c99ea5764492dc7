//! A map of a cloud of codes: a square of points, evenly spread over the plane in which the codes
//! vary most.

use crate::{Pca, PcaError};
use ae_tensor::Tensor;

/// The extent of a map along a principal component, in standard deviations: 95 in 100 normal scores
/// are within it.
const DEVIATIONS: f32 = 2.0;
/// The share of the codes below the map's lower edge: that of normal numbers below -2 deviations.
const TAIL: f64 = 0.022_75;

/// A square of points in a space of codes.
#[derive(Clone, Debug)]
pub struct CodeMap {
    /// `[side * side, d]`, row by row in reading order: the first point is at the top left. The
    /// first axis grows to the right, the second one upwards.
    pub points: Tensor,
    /// The axes of the map.
    pub axes: MapAxes,
}

/// The axes of a [`CodeMap`], the one to the right and the one upwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MapAxes {
    /// Codes of two numbers: the axes are the numbers, from a low quantile to a high one.
    Numbers {
        /// The smallest values on the map.
        low: [f64; 2],
        /// The largest values.
        high: [f64; 2],
    },
    /// The first two principal components, from -2 to 2 standard deviations, through the mean of
    /// all codes.
    Components {
        /// Each component's share of the codes' variance.
        shares: [f64; 2],
    },
}

impl CodeMap {
    /// Creates a map of `side` by `side` points over the codes `[n, d]`.
    ///
    /// Codes of two numbers already form a plane. Along each axis the points are at the quantiles
    /// of the codes, from 0.023 to 0.977 in even steps, so that equally many codes lie between
    /// neighbors (interpolated linearly, as in NumPy). Kingma and Welling ("Auto-Encoding
    /// Variational Bayes", 2014, appendix A) draw such a map with the quantiles of the normal
    /// distribution, which their codes are trained to follow; ours need not follow it.
    ///
    /// Codes of more numbers are mapped on the plane of the first two principal components, which
    /// holds more of their variance than any other plane. The points run through the mean in even
    /// steps of the standard deviations, from -2 to 2.
    ///
    /// A map of side 1 is its center.
    ///
    /// # Errors
    /// As for [`Pca::fit`] with two components: codes of one number have no map.
    ///
    /// # Panics
    /// If `side` is 0 or `codes` is not a matrix.
    pub fn of(codes: &Tensor, side: usize) -> Result<Self, PcaError> {
        assert!(side > 0, "CodeMap: side is 0");
        let (_, d) = codes.shape().matrix("CodeMap::of");
        // Computed also for two numbers: codes that PCA refuses cannot be mapped either.
        let pca = Pca::fit(codes, Some(2))?;
        if d == 2 {
            return Ok(Self::of_numbers(codes, side));
        }
        let scores = |i: usize| {
            let (point, axis) = (i / 2, i % 2);
            let step = if axis == 0 { point % side } else { side - 1 - point / side };
            DEVIATIONS * (2.0 * along(step, side) - 1.0) as f32
        };
        let shares = pca.explained_variance_ratio();
        let axes = MapAxes::Components { shares: [shares[0], shares[1]] };
        let scores = Tensor::from_fn([side * side, 2], scores);
        // Whitening measures scores in standard deviations.
        let points = pca.with_whitening(true).inverse_transform(&scores);
        Ok(Self { points, axes })
    }

    fn of_numbers(codes: &Tensor, side: usize) -> Self {
        let axis = |axis: usize| {
            let mut numbers: Vec<f32> = codes.data().chunks_exact(2).map(|c| c[axis]).collect();
            numbers.sort_unstable_by(f32::total_cmp);
            let share = |step| TAIL + (1.0 - 2.0 * TAIL) * along(step, side);
            (0..side).map(|step| quantile(&numbers, share(step))).collect::<Vec<f64>>()
        };
        let (right, up) = (axis(0), axis(1));
        let number = |i: usize| {
            let (point, axis) = (i / 2, i % 2);
            let number = if axis == 0 { right[point % side] } else { up[side - 1 - point / side] };
            number as f32
        };
        let points = Tensor::from_fn([side * side, 2], number);
        let (low, high) = ([right[0], up[0]], [right[side - 1], up[side - 1]]);
        Self { points, axes: MapAxes::Numbers { low, high } }
    }
}

/// A position from 0 to 1 in `side` steps; the middle if there is only one.
fn along(step: usize, side: usize) -> f64 {
    if side == 1 { 0.5 } else { step as f64 / (side - 1) as f64 }
}

/// The number below which this share of the sorted numbers lies.
fn quantile(sorted: &[f32], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    let (low, high) = (f64::from(sorted[below]), f64::from(sorted[above]));
    low + (high - low) * (place - below as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_testkit::{Sampler, assert_close_f64};

    /// Codes around (1, 2, 3, 4), widest along the last number, then the second, with little
    /// variance along the others.
    fn codes() -> Tensor {
        let mut sampler = Sampler::new(4);
        let mut column = |mean: f32, spread: f32| sampler.vec(500, mean - spread, mean + spread);
        let columns = [column(1.0, 0.01), column(2.0, 1.0), column(3.0, 0.02), column(4.0, 3.0)];
        Tensor::from_fn([500, 4], |i| columns[i % 4][i / 4])
    }

    #[test]
    fn a_map_lies_along_the_widest_directions_through_the_mean() {
        let codes = codes();
        let map = CodeMap::of(&codes, 3).unwrap();
        assert_eq!(map.points.shape().dims(), [9, 4]);
        let pca = Pca::fit(&codes, Some(2)).unwrap();
        let wide = |x: &[f32]| x.iter().map(|&x| f64::from(x)).collect::<Vec<f64>>();
        let middle = wide(map.points.row(4));
        assert_close_f64(&middle, pca.mean(), 1e-6, 0.0);
        // To the right the last number grows by two deviations, upwards the second one.
        let deviations = pca.standard_deviations();
        let (right, top) = (wide(map.points.row(5)), wide(map.points.row(1)));
        assert_close_f64(&[right[3] - middle[3]], &[2.0 * deviations[0]], 0.01, 0.0);
        assert_close_f64(&[top[1] - middle[1]], &[2.0 * deviations[1]], 0.01, 0.0);
        assert!((right[1] - middle[1]).abs() < 0.3 && (top[3] - middle[3]).abs() < 0.3);
        let MapAxes::Components { shares } = map.axes else { panic!("{:?}", map.axes) };
        assert!((shares[0] - 0.9).abs() < 0.05 && (shares[1] - 0.1).abs() < 0.05, "{shares:?}");
    }

    #[test]
    fn two_numbers_are_their_own_map() {
        // 0, 1, .., 100 and their tenfold, falling.
        let codes = Tensor::from_fn([101, 2], |i| {
            let k = (i / 2) as f32;
            if i % 2 == 0 { k } else { 1000.0 - 10.0 * k }
        });
        let map = CodeMap::of(&codes, 3).unwrap();
        let (low, high) = (100.0 * TAIL, 100.0 - 100.0 * TAIL);
        let expected = [
            [low, 10.0 * high],
            [50.0, 10.0 * high],
            [high, 10.0 * high],
            [low, 500.0],
            [50.0, 500.0],
            [high, 500.0],
            [low, 10.0 * low],
            [50.0, 10.0 * low],
            [high, 10.0 * low],
        ];
        let points: Vec<f64> = map.points.data().iter().map(|&x| x.into()).collect();
        assert_close_f64(&points, expected.as_flattened(), 1e-6, 0.0);
        let MapAxes::Numbers { low: [left, bottom], high: [right, top] } = map.axes else {
            panic!("{:?}", map.axes)
        };
        assert_close_f64(
            &[left, right, bottom, top],
            &[low, high, 10.0 * low, 10.0 * high],
            1e-9,
            0.0,
        );
        assert_eq!(CodeMap::of(&codes, 1).unwrap().points.data(), [50.0, 500.0]);
    }

    #[test]
    fn codes_of_one_number_have_no_map() {
        let error = CodeMap::of(&Tensor::zeros([9, 1]), 5).unwrap_err();
        assert_eq!(error, PcaError::Components { asked: 2, samples: 9, columns: 1 });
        let broken = Tensor::new([2, 2], vec![0.0, 1.0, f32::NAN, 2.0]);
        assert!(matches!(CodeMap::of(&broken, 5), Err(PcaError::NotFinite { .. })));
    }
}
