//! The distribution function of the beta distribution, and what follows from it.

/// The regularized incomplete beta function `I_x(a, b)`: the probability that a number with the
/// distribution Beta(a, b) is at most `x`. `a` and `b` are above 0.
///
/// The continued fraction is that of the NIST Digital Library of Mathematical Functions,
/// equation 8.17.22. It converges fast below the mean; above it `I_x(a, b) = 1 - I_(1-x)(b, a)`.
pub(crate) fn regularized_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        1.0 - tail(1.0 - x, x, b, a)
    } else {
        tail(x, 1.0 - x, a, b)
    }
}

/// `I_x(a, b)` for `x` below the mean, with `y = 1 - x`:
///
/// ```text
///   x^a y^b / (a B(a, b))  *  1 / (1 + d_1 / (1 + d_2 / (1 + ...)))
/// ```
fn tail(x: f64, y: f64, a: f64, b: f64) -> f64 {
    density_factor(x, y, a, b) / a / continued_fraction(x, a, b)
}

/// `x^a y^b / B(a, b)`.
///
/// `B(a, b)` is the quotient of gamma functions, whose logarithms are large and nearly cancel. With
/// Stirling's formula `gamma(z) = sqrt(2 pi / z) (z / e)^z e^s(z)` the large parts cancel on paper:
///
/// ```text
///   sqrt(a b / (2 pi (a + b)))  (x / (a / (a + b)))^a  (y / (b / (a + b)))^b
///       e^(s(a + b) - s(a) - s(b))
/// ```
///
/// (C. Loader, "Fast and accurate computation of binomial probabilities", 2000).
fn density_factor(x: f64, y: f64, a: f64, b: f64) -> f64 {
    let sum = a + b;
    let powers = a * (x * sum / a).ln() + b * (y * sum / b).ln();
    let rest = stirling_rest(sum) - stirling_rest(a) - stirling_rest(b);
    (a * b / (2.0 * std::f64::consts::PI * sum)).sqrt() * (powers + rest).exp()
}

/// `s(z)` with `gamma(z) = sqrt(2 pi / z) (z / e)^z e^s(z)`.
///
/// From 10 on it is the Stirling series (DLMF 5.11.1), below it is `s(z + 1)` and what `gamma(z +
/// 1) = z gamma(z)` adds: `(z + 1/2) ln((z + 1) / z) - 1`.
fn stirling_rest(mut z: f64) -> f64 {
    let mut rest = 0.0;
    while z < 10.0 {
        rest += (z + 0.5) * (1.0 / z).ln_1p() - 1.0;
        z += 1.0;
    }
    let w = 1.0 / (z * z);
    let series = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1260.0,
        -1.0 / 1680.0,
        1.0 / 1188.0,
        -691.0 / 360_360.0,
        1.0 / 156.0,
    ];
    rest + series.iter().rev().fold(0.0, |sum, c| sum * w + c) / z
}

/// `1 + d_1 / (1 + d_2 / (1 + ...))` with
///
/// ```text
///   d_2m   = m (b - m) x / ((a + 2m - 1)(a + 2m))
///   d_2m+1 = -(a + m)(a + b + m) x / ((a + 2m)(a + 2m + 1))
/// ```
///
/// from the front, by W. Lentz's method (1976): the quotient of two successive approximations is
/// the product of `c` and `1 / d`, which each follow from the one before. Some `sqrt(max(a, b))`
/// steps are needed.
fn continued_fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away_from_zero = |x: f64| if x.abs() < TINY { TINY } else { x };
    let (mut value, mut c, mut d) = (1.0, 1.0, 0.0);
    for j in 1..100_000 {
        let m = f64::from(j / 2);
        let at = a + 2.0 * m;
        let term = if j % 2 == 0 {
            m * (b - m) * x / ((at - 1.0) * at)
        } else {
            -(a + m) * (a + b + m) * x / (at * (at + 1.0))
        };
        d = 1.0 / away_from_zero(1.0 + term * d);
        c = away_from_zero(1.0 + term / c);
        value *= c * d;
        if (c * d - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    value
}

/// The `x` with `I_x(a, b) = p`, for `p` between 0 and 1.
///
/// By halving, until there is no number in between: the function grows with `x`.
pub(crate) fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return middle;
        }
        if regularized_beta(middle, a, b) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// The probability that of `n` independent events, each of the probability `p`, at most `k` happen:
/// `I_(1-p)(n - k, k + 1)` (DLMF 8.17.5).
pub(crate) fn binomial_at_most(k: usize, n: usize, p: f64) -> f64 {
    if k >= n { 1.0 } else { regularized_beta(1.0 - p, (n - k) as f64, (k + 1) as f64) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_testkit::assert_close_f64;
    use serde_json::Value;

    #[test]
    fn the_function_and_its_quantiles_are_those_of_scipy() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/anomaly.json");
        let text = std::fs::read_to_string(path).expect("the golden is there");
        let golden: Value = serde_json::from_str(&text).expect("the golden is JSON");
        let cases = golden["beta"].as_array().expect("cases");
        assert_eq!(cases.len(), 10);
        for case in cases {
            let [x, a, b, expected] =
                ["x", "a", "b", "betainc"].map(|key| case[key].as_f64().expect("a number"));
            println!("I_{x}({a}, {b})");
            // 1 - x is rounded, and its power to b has b times that error.
            assert_close_f64(&[regularized_beta(x, a, b)], &[expected], 1e-11, 0.0);
            let quantiles = [0.025, 0.5, 0.975].map(|p| beta_quantile(p, a, b));
            let expected = case["quantiles"]["data"].as_array().expect("an array");
            let expected: Vec<f64> = expected.iter().map(|x| x.as_f64().expect("f64")).collect();
            assert_close_f64(&quantiles, &expected, 1e-10, 0.0);
        }
    }

    #[test]
    fn a_binomial_number_is_counted() {
        // Of 5 events with probability 0.3: the terms of (0.3 + 0.7)^5.
        let terms = [1.0, 5.0, 10.0, 10.0, 5.0, 1.0];
        let mut sum = 0.0;
        for (k, term) in terms.into_iter().enumerate() {
            sum += term * 0.3f64.powi(k as i32) * 0.7f64.powi(5 - k as i32);
            assert_close_f64(&[binomial_at_most(k, 5, 0.3)], &[sum], 1e-14, 0.0);
        }
    }

    #[test]
    fn the_ends_are_exact() {
        assert_eq!([0.0, 1.0].map(|x| regularized_beta(x, 2.0, 3.0)), [0.0, 1.0]);
        // Beta(1, 1) is uniform.
        assert_close_f64(&[beta_quantile(0.25, 1.0, 1.0)], &[0.25], 1e-15, 0.0);
    }
}
