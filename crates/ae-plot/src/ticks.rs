//! Round numbers for axes.
//!
//! A reader counts in 1, 2 and 5 times a power of ten. P. S. Heckbert, "Nice numbers for graph
//! labels" (Graphics Gems, 1990, pages 61-63), rounds the desired distance between two ticks to
//! such a number, and the axis begins and ends on a multiple of it.

/// The number 1, 2, 5 or 10 times a power of ten that is nearest to `wish` in Heckbert's sense.
///
/// The borders 1.5, 3 and 7 lie near the geometric means of the neighbors, so that rounding up and
/// rounding down change `wish` by about the same factor.
///
/// # Panics
/// If `wish` is not a normal, positive number.
fn nice_step(wish: f64) -> f64 {
    assert!(wish.is_normal() && wish > 0.0, "nice_step of {wish}");
    let exponent = wish.log10().floor() as i32;
    let fraction = wish / power_of_ten(exponent);
    let nice = match fraction {
        f if f < 1.5 => 1.0,
        f if f < 3.0 => 2.0,
        f if f < 7.0 => 5.0,
        _ => 10.0,
    };
    nice * power_of_ten(exponent)
}

/// Ticks at nice distances that enclose `low..=high`: about `wish` of them, at least 2.
///
/// The first is at or below `low`, the last at or above `high`. A range without width (a constant
/// series) is first widened by a tenth of its value, or to -1..=1 around zero.
///
/// ```
/// assert_eq!(ae_plot::nice_ticks(0.137, 0.45, 7), [0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45]);
/// ```
///
/// # Panics
/// If a bound is not finite or beyond 1e100 in size, if `low > high`, or if `wish < 2`.
#[must_use]
pub fn nice_ticks(low: f64, high: f64, wish: usize) -> Vec<f64> {
    assert!(low <= high && low.abs().max(high.abs()) <= 1e100, "nice_ticks of {low}..={high}");
    assert!(wish >= 2, "an axis needs 2 ticks, not {wish}");
    let (low, high) = widen(low, high);
    let step = nice_step((high - low) / (wish - 1) as f64);
    // A bound that is a multiple of the step up to rounding must not add another tick.
    let slack = 1e-9;
    let first = (low / step + slack).floor();
    let last = (high / step - slack).ceil();
    let count = (last - first) as usize;
    (0..=count).map(|i| multiple(first + i as f64, step)).collect()
}

/// The multiples of a nice step inside `low..=high`, for an axis whose ends do not have to be
/// ticks.
pub(crate) fn ticks_inside(low: f64, high: f64, wish: usize) -> Vec<f64> {
    let mut ticks = nice_ticks(low, high, wish);
    ticks.retain(|t| (low..=high).contains(t));
    ticks
}

/// Whole-number ticks for something counted from 1 to `n`: epochs, components.
///
/// They are multiples of a nice step, and 1 if it is not too close to the next tick.
pub(crate) fn count_ticks(n: usize, wish: usize) -> Vec<f64> {
    let step = nice_step(n as f64 / wish as f64).max(1.0) as usize;
    let multiples = (step..=n).step_by(step).map(|k| k as f64);
    let one = (step >= 5).then_some(1.0);
    one.into_iter().chain(multiples).collect()
}

/// The text of every tick, with as many decimals as their distance needs.
pub(crate) fn labels(ticks: &[f64]) -> Vec<String> {
    let step = ticks.windows(2).map(|w| w[1] - w[0]).fold(f64::INFINITY, f64::min);
    let largest = ticks.iter().fold(0.0, |m: f64, t| m.max(t.abs()));
    if largest == 0.0 || !step.is_finite() {
        return ticks.iter().map(|&t| minus(format!("{t}"))).collect();
    }
    let step_exponent = (step * (1.0 + 1e-9)).log10().floor() as i32;
    let exponent = largest.log10().floor() as i32;
    if exponent >= 6 || step_exponent < -5 {
        let digits = (exponent - step_exponent).clamp(0, 17) as usize;
        return ticks.iter().map(|&t| scientific(t, exponent, digits)).collect();
    }
    let decimals = (-step_exponent).max(0) as usize;
    ticks.iter().map(|t| minus(format!("{t:.decimals$}"))).collect()
}

/// Replaces the hyphen by a minus sign, which is as wide as a plus.
fn minus(number: String) -> String {
    number.replace('-', "\u{2212}")
}

/// `value` as a multiple of the power of ten that all ticks of the axis share.
fn scientific(value: f64, exponent: i32, digits: usize) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    minus(format!("{:.digits$}e{exponent}", value / power_of_ten(exponent)))
}

fn widen(low: f64, high: f64) -> (f64, f64) {
    let size = low.abs().max(high.abs());
    // Below 1e-9 of its size a difference is rounding noise, and labels for such a small step would
    // need too many digits.
    if high - low > size * 1e-9 && high - low > 1e-100 {
        (low, high)
    } else if size > 1e-100 {
        (low - 0.1 * size, high + 0.1 * size)
    } else {
        (-1.0, 1.0)
    }
}

/// `k * step`, rounded to the decimal that a person would write: 3 * 0.1 is 0.3, not
/// 0.30000000000000004.
fn multiple(k: f64, step: f64) -> f64 {
    if step < 1.0 {
        // 1 / step is 1, 2, 5 or 10 over a power of ten, so its rounded value is exact where `step`
        // itself is not.
        let inverse = 1.0 / step;
        let rounded = inverse.round();
        if rounded >= 1.0 && (inverse - rounded).abs() < 1e-6 * inverse {
            // Adding zero turns a negative zero into zero.
            return k / rounded + 0.0;
        }
    }
    k * step + 0.0
}

fn power_of_ten(exponent: i32) -> f64 {
    // Dividing by a positive power is exact to the last bit for usual exponents; multiplying by 0.1
    // repeatedly is not.
    if exponent < 0 { 1.0 / 10f64.powi(-exponent) } else { 10f64.powi(exponent) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_1_2_or_5_times_a_power_of_ten_and_near_the_wish() {
        for i in 0..2000 {
            let wish = 10f64.powf(-12.0 + f64::from(i) * 0.012);
            let step = nice_step(wish);
            let mantissa = step / 10f64.powf(step.log10().floor() + 0.0);
            let mantissa = (mantissa * 1e6).round() / 1e6;
            assert!([1.0, 2.0, 5.0, 10.0].contains(&mantissa), "{wish} -> {step}");
            assert!(step / wish < 1.7 && wish / step < 1.51, "{wish} -> {step}");
        }
    }

    #[test]
    fn ticks_enclose_the_range_and_rise_evenly() {
        let ranges = [
            (0.0, 1.0),
            (0.137, 0.45),
            (-3.2, 7.9),
            (0.1, 1e6),
            (1e-7, 3e-7),
            (5.0, 5.0),
            (0.0, 0.0),
            (-4.0, -4.0),
            (1e9, 1e9 + 3.0),
            (-1e100, 1e100),
            (0.0, 1e-90),
            (f64::MIN_POSITIVE, 2.0 * f64::MIN_POSITIVE),
        ];
        for (low, high) in ranges {
            for wish in 2..12 {
                let ticks = nice_ticks(low, high, wish);
                let step = ticks[1] - ticks[0];
                assert!(ticks[0] <= low + 1e-6 * step, "{low}..{high} {wish}: {ticks:?}");
                assert!(
                    *ticks.last().unwrap() >= high - 1e-6 * step,
                    "{low}..{high} {wish}: {ticks:?}"
                );
                assert!(ticks.len() >= 2 && ticks.len() <= 2 * wish + 2, "{ticks:?}");
                for w in ticks.windows(2) {
                    assert!(((w[1] - w[0]) / step - 1.0).abs() < 1e-6, "{ticks:?}");
                }
                let mut texts = labels(&ticks);
                texts.dedup();
                assert_eq!(texts.len(), ticks.len(), "labels repeat: {texts:?}");
            }
        }
    }

    #[test]
    fn labels_carry_the_decimals_that_the_step_needs() {
        assert_eq!(labels(&nice_ticks(0.137, 0.45, 7))[1], "0.15");
        assert_eq!(labels(&nice_ticks(0.0, 1.0, 6)), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(&nice_ticks(0.1, 8e6, 5)), ["0", "2e6", "4e6", "6e6", "8e6"]);
        assert_eq!(labels(&nice_ticks(-20.0, 20.0, 5)), ["−20", "−10", "0", "10", "20"]);
    }

    #[test]
    fn counts_are_whole_and_start_at_one() {
        assert_eq!(count_ticks(1, 10), [1.0]);
        assert_eq!(count_ticks(5, 10), [1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(count_ticks(32, 10), [1.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0]);
        let long = count_ticks(200, 10);
        assert_eq!((long[0], long[1], long[10]), (1.0, 20.0, 200.0));
        for n in 1..1000 {
            let ticks = count_ticks(n, 10);
            assert!(!ticks.is_empty() && ticks.len() <= 17, "{n}: {ticks:?}");
            assert!(ticks.iter().all(|&t| t >= 1.0 && t <= n as f64));
        }
    }
}
