//! The mean of a measure over trainings that differ in the seed alone, and how well it is known.

use crate::beta::beta_quantile;

/// The probability that an interval of [`SeedMean`] contains the mean over all seeds.
const CONFIDENCE: f64 = 0.95;

/// The mean of a measure over trainings with different seeds, its standard deviation, and the 95 %
/// confidence interval of the mean over all seeds.
///
/// With `n` values `x`, the mean `m` and the standard deviation `s`:
///
/// ```text
///   s^2 = sum (x - m)^2 / (n - 1),   m - t s / sqrt(n)  to  m + t s / sqrt(n)
/// ```
///
/// `t` is the quantile 0.975 of Student's distribution with `n - 1` degrees of freedom (Student,
/// "The probable error of a mean", 1908). The README of this crate derives it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SeedMean {
    /// The number of trainings.
    pub count: usize,
    /// The arithmetic mean; NaN without trainings.
    pub mean: f64,
    /// The standard deviation of a single training; `None` if there are fewer than two, or if a
    /// value is not finite.
    pub deviation: Option<f64>,
    /// The lower and the upper end of the interval; `None` as for the deviation.
    pub interval: Option<[f64; 2]>,
}

impl SeedMean {
    /// Computes the mean, the deviation and the interval of these values.
    ///
    /// ```
    /// let known = ae_lab::SeedMean::of(&[2.0, 4.0, 6.0]);
    /// assert_eq!((known.count, known.mean, known.deviation), (3, 4.0, Some(2.0)));
    /// // t is 4.303 for two degrees of freedom: 4.303 * 2 / sqrt(3) = 4.97.
    /// let [low, high] = known.interval.unwrap();
    /// assert!((low + 0.97).abs() < 0.01 && (high - 8.97).abs() < 0.01);
    /// ```
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        let count = values.len();
        let n = count as f64;
        let mean = values.iter().sum::<f64>() / n;
        if count < 2 || !mean.is_finite() {
            return Self { count, mean, deviation: None, interval: None };
        }
        // The differences are summed, not the squares: those would cancel.
        let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
        let deviation = (squares / (n - 1.0)).sqrt();
        let half = student_quantile(CONFIDENCE, count - 1) * deviation / n.sqrt();
        let interval = Some([mean - half, mean + half]);
        Self { count, mean, deviation: Some(deviation), interval }
    }

    /// Half the width of the interval, for `mean ± half`.
    #[must_use]
    pub fn half_width(&self) -> Option<f64> {
        self.interval.map(|[low, high]| (high - low) / 2.0)
    }
}

/// The `t` that a number with Student's distribution of this many degrees of freedom exceeds in
/// magnitude with the probability `1 - confidence`.
///
/// `T^2 / (v + T^2)` has the distribution Beta(1/2, v/2), so its quantile `y` gives
/// `t = sqrt(v y / (1 - y))` (NIST Digital Library of Mathematical Functions, 8.17, and M.
/// Abramowitz, I. Stegun, "Handbook of Mathematical Functions", 1964, 26.7.1). For many degrees of
/// freedom `y` is small, where numbers are dense; its complement would be near 1.
fn student_quantile(confidence: f64, freedom: usize) -> f64 {
    let v = freedom as f64;
    let y = beta_quantile(confidence, 0.5, v / 2.0);
    (v * y / (1.0 - y)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_testkit::assert_close_f64;
    use serde_json::Value;

    fn golden(list: &str) -> Vec<Value> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/sweep.json");
        let text = std::fs::read_to_string(path).expect("the golden is there");
        let mut golden: Value = serde_json::from_str(&text).expect("the golden is JSON");
        let Value::Array(cases) = golden[list].take() else { panic!("no {list}") };
        cases
    }

    fn number(case: &Value, key: &str) -> f64 {
        case[key].as_f64().unwrap_or_else(|| panic!("no number {key}"))
    }

    #[test]
    fn quantiles_are_those_of_scipy() {
        let cases = golden("student");
        assert_eq!(cases.len(), 30);
        for case in cases {
            let (confidence, freedom) = (number(&case, "confidence"), number(&case, "freedom"));
            println!("{confidence}, {freedom} degrees of freedom");
            let t = student_quantile(confidence, freedom as usize);
            assert_close_f64(&[t], &[number(&case, "t")], 1e-11, 0.0);
        }
    }

    #[test]
    fn means_deviations_and_intervals_are_those_of_scipy() {
        let cases = golden("means");
        assert_eq!(cases.len(), 5);
        for case in cases {
            let values = case["values"]["data"].as_array().expect("an array");
            let values: Vec<f64> = values.iter().map(|x| x.as_f64().expect("a number")).collect();
            let SeedMean { count, mean, deviation, interval } = SeedMean::of(&values);
            assert_eq!(count, values.len());
            let [low, high] = interval.expect("several values");
            let found = [mean, deviation.expect("several values"), low, high];
            let expected = ["mean", "deviation", "low", "high"].map(|key| number(&case, key));
            assert_close_f64(&found, &expected, 1e-11, 1e-15);
        }
    }

    #[test]
    fn one_value_has_no_interval_and_equal_ones_have_one_of_no_width() {
        let one = SeedMean::of(&[0.5]);
        assert_eq!((one.count, one.mean, one.deviation, one.interval), (1, 0.5, None, None));
        assert!(SeedMean::of(&[]).mean.is_nan());
        let equal = SeedMean::of(&[0.5, 0.5]);
        assert_eq!((equal.deviation, equal.interval), (Some(0.0), Some([0.5, 0.5])));
        let perfect = SeedMean::of(&[f64::INFINITY, 30.0]);
        assert_eq!((perfect.mean, perfect.interval), (f64::INFINITY, None));
    }
}
