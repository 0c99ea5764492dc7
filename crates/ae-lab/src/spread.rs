//! The mean and range of a score over several trainings.

/// The mean and range of a score over trainings with different seeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The arithmetic mean.
    pub mean: f64,
    /// The minimum.
    pub least: f64,
    /// The maximum.
    pub most: f64,
}

impl Spread {
    /// Computes the mean and range of these values: NaN without values, or if one of them is NaN.
    ///
    /// ```
    /// let spread = ae_lab::Spread::of([2.0, 5.0, 2.0]);
    /// assert_eq!((spread.mean, spread.least, spread.most), (3.0, 2.0, 5.0));
    /// ```
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let (mut sum, mut count) = (0.0, 0);
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values {
            sum += value;
            count += 1;
            (least, most) = (least.min(value), most.max(value));
        }
        let mean = sum / f64::from(count);
        if mean.is_nan() {
            Self { mean, least: mean, most: mean }
        } else {
            Self { mean, least, most }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_shows() {
        assert!(Spread::of([]).mean.is_nan());
        let spread = Spread::of([1.0, f64::NAN]);
        assert!(spread.mean.is_nan() && spread.least.is_nan() && spread.most.is_nan());
        let one = Spread::of([-3.0]);
        assert_eq!((one.mean, one.least, one.most), (-3.0, -3.0, -3.0));
    }
}
