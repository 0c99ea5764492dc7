//! Axes: from values to places in the picture, and the numbers beside them.

use super::number::rounded;

/// A linear axis between two places.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    values: [f64; 2],
    places: [f64; 2],
}

impl Axis {
    /// An axis from `places[0]` to `places[1]` that shows all finite values, with this share of
    /// their range free at both ends.
    pub(super) fn new(values: impl Iterator<Item = f64>, places: [f64; 2], free: f64) -> Self {
        let finite = values.filter(|value| value.is_finite());
        let ends = finite.fold(None, |ends: Option<[f64; 2]>, value| {
            Some(ends.map_or([value; 2], |[low, high]| [low.min(value), high.max(value)]))
        });
        let [low, high] = ends.unwrap_or([0.0, 1.0]);
        // A single value is in the middle.
        let margin = match high - low {
            range if range > 0.0 => free * range,
            _ => 0.5 * low.abs().max(1.0),
        };
        Self { values: [low - margin, high + margin], places }
    }

    /// The place of a value.
    pub(super) fn place(&self, value: f64) -> f64 {
        let ([low, high], [from, to]) = (self.values, self.places);
        from + (value - low) / (high - low) * (to - from)
    }

    /// Some round values with their texts, one, two or five times a power of ten apart.
    pub(super) fn ticks(&self, about: usize) -> Vec<(f64, String)> {
        let [low, high] = self.values;
        let rough = (high - low) / about as f64;
        let power = 10f64.powf(rough.log10().floor());
        // The nearest by ratio: 1, 2, 5 and 10 are apart by the roots of 2, 10 and 50.
        let step = power
            * match rough / power {
                below if below < 2f64.sqrt() => 1.0,
                below if below < 10f64.sqrt() => 2.0,
                below if below < 50f64.sqrt() => 5.0,
                _ => 10.0,
            };
        let first = (low / step).ceil() as i64;
        let last = (high / step).floor() as i64;
        (first..=last)
            .take(4 * about)
            .map(|tick| tick as f64 * step)
            .map(|value| (value, rounded(value)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(values: &[f64], about: usize) -> Vec<String> {
        let axis = Axis::new(values.iter().copied(), [0.0, 100.0], 0.0);
        axis.ticks(about).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn ticks_are_round_numbers() {
        assert_eq!(texts(&[0.0, 1.0], 5), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        assert_eq!(texts(&[1.0, 100.0], 5), ["20", "40", "60", "80", "100"]);
        assert_eq!(texts(&[0.17, 0.26, f64::NAN], 4), ["0.18", "0.2", "0.22", "0.24", "0.26"]);
        assert_eq!(texts(&[3.0], 3), ["2", "3", "4"]);
    }

    #[test]
    fn the_ends_are_at_the_places() {
        let axis = Axis::new([2.0, 4.0, f64::INFINITY].into_iter(), [300.0, 10.0], 0.0);
        assert_eq!([2.0, 3.0, 4.0].map(|value| axis.place(value)), [300.0, 155.0, 10.0]);
        // Values without a range, and no values.
        assert_eq!(Axis::new([7.0].into_iter(), [0.0, 10.0], 0.1).place(7.0), 5.0);
        assert_eq!(Axis::new(std::iter::empty(), [0.0, 10.0], 0.0).place(1.0), 10.0);
    }
}
