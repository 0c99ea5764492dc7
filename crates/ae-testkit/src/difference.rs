//! Derivatives from their definition.

/// The gradient of `f` at `x` by central differences, in f64.
///
/// The step for each coordinate is `eps^(1/3) * max(1, |x_i|)`, where truncation and rounding
/// errors balance (W. H. Press et al., Numerical Recipes, section 5.7); expect some nine correct
/// digits of a smooth `f`.
#[must_use]
pub fn gradient(x: &[f64], mut f: impl FnMut(&[f64]) -> f64) -> Vec<f64> {
    let mut point = x.to_vec();
    (0..x.len())
        .map(|i| {
            let step = f64::EPSILON.cbrt() * x[i].abs().max(1.0);
            let (above, below) = (x[i] + step, x[i] - step);
            point[i] = above;
            let f_above = f(&point);
            point[i] = below;
            let f_below = f(&point);
            point[i] = x[i];
            // Divide by the step actually taken: `x + step` was rounded.
            (f_above - f_below) / (above - below)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_product_of_sines() {
        let x = [0.3, -1.2, 40.0];
        let g = gradient(&x, |v| v[0].sin() * v[1].sin() + v[2].sqrt());
        let exact = [x[0].cos() * x[1].sin(), x[0].sin() * x[1].cos(), 0.5 / x[2].sqrt()];
        for (a, e) in g.iter().zip(exact) {
            assert!((a - e).abs() < 1e-9, "{a} is not {e}");
        }
    }
}
