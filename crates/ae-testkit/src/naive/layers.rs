//! What stands around the products: activations, the bias, and sums, with their gradients.

use super::sigmoid;

/// `max(x, 0)`, but NaN stays NaN, which `f64::max` would drop.
#[must_use]
pub fn relu(x: f64) -> f64 {
    if x < 0.0 { 0.0 } else { x }
}

/// The gradient by `x` of [`relu`], from that by its value: `dy` where `x > 0`, else 0.
#[must_use]
pub fn relu_backward(x: f64, dy: f64) -> f64 {
    if x > 0.0 { dy } else { 0.0 }
}

/// The gradient by `x` of [`sigmoid`], from that by its value: `dy s (1 - s)` with `s = sigmoid(x)`.
#[must_use]
pub fn sigmoid_backward(x: f64, dy: f64) -> f64 {
    let s = sigmoid(x);
    dy * s * (1.0 - s)
}

/// `x + bias`, the bias being added to each row of `bias.len()` elements.
#[must_use]
pub fn add_bias(x: &[f64], bias: &[f64]) -> Vec<f64> {
    x.iter().enumerate().map(|(i, x)| x + bias[i % bias.len()]).collect()
}

/// The sum of each of the `cols` columns: the gradient of [`add_bias`] by the bias.
#[must_use]
pub fn column_sums(x: &[f64], cols: usize) -> Vec<f64> {
    (0..cols).map(|j| x.iter().skip(j).step_by(cols).sum()).collect()
}

/// The mean of each column, and `sum_i (x_ip - mean_p) (x_iq - mean_q)` for all pairs of columns, row-major.
#[must_use]
pub fn means_and_scatter(x: &[f64], cols: usize) -> (Vec<f64>, Vec<f64>) {
    let rows = x.len() / cols;
    let means: Vec<f64> = column_sums(x, cols).iter().map(|sum| sum / rows as f64).collect();
    let at = |i: usize, j: usize| x[i * cols + j] - means[j];
    let scatter = (0..cols * cols)
        .map(|pq| (0..rows).map(|i| at(i, pq / cols) * at(i, pq % cols)).sum())
        .collect();
    (means, scatter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{assert_close_f64, gradient};

    #[test]
    fn gradients_are_those_of_the_definition() {
        let x = [-2.5, -0.25, 0.25, 3.0];
        let exact = gradient(&x, |x| x.iter().map(|&x| 1.5 * relu(x)).sum());
        assert_close_f64(&x.map(|x| relu_backward(x, 1.5)), &exact, 1e-8, 1e-10);
        let exact = gradient(&x, |x| x.iter().map(|&x| 1.5 * sigmoid(x)).sum());
        assert_close_f64(&x.map(|x| sigmoid_backward(x, 1.5)), &exact, 1e-8, 1e-10);
        assert_eq!(
            (relu(-0.0), relu_backward(0.0, 1.0), relu(f64::INFINITY)),
            (0.0, 0.0, f64::INFINITY)
        );
        assert!(relu(f64::NAN).is_nan());
    }

    #[test]
    fn sums_with_a_pencil() {
        let x = [1.0, 2.0, 3.0, 6.0];
        assert_eq!(add_bias(&x, &[10.0, 20.0]), [11.0, 22.0, 13.0, 26.0]);
        assert_eq!(column_sums(&x, 2), [4.0, 8.0]);
        // Off the means by -1, -2 and 1, 2.
        assert_eq!(means_and_scatter(&x, 2), (vec![2.0, 4.0], vec![2.0, 4.0, 4.0, 8.0]));
    }
}
