//! Sums, means and distances, with their gradients. An axis is described by the extents
//! `[outer, len, inner]`: all axes before it, the axis itself, all axes after it.

/// The sum of each of the `cols` columns: the gradient of [`add_bias`](super::add_bias) with
/// respect to the bias.
#[must_use]
pub fn column_sums(x: &[f64], cols: usize) -> Vec<f64> {
    (0..cols).map(|j| x.iter().skip(j).step_by(cols).sum()).collect()
}

/// The mean of each column, and `sum_i (x_ip - mean_p) (x_iq - mean_q)` for all pairs of columns,
/// row-major.
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

/// `y[o, i] = sum_k x[o, k, i]`.
///
/// # Panics
/// If `x` is shorter than its extents require.
#[must_use]
pub fn sum_axis(x: &[f64], [outer, len, inner]: [usize; 3]) -> Vec<f64> {
    let mut y = Vec::with_capacity(outer * inner);
    for o in 0..outer {
        for i in 0..inner {
            y.push((0..len).map(|k| x[(o * len + k) * inner + i]).sum());
        }
    }
    y
}

/// The gradient of [`sum_axis`]: `dx[o, k, i] = dy[o, i]`.
///
/// # Panics
/// If `dy` is shorter than its extents require.
#[must_use]
pub fn sum_axis_backward(dy: &[f64], [outer, len, inner]: [usize; 3]) -> Vec<f64> {
    let place = |p: usize| p / (len * inner) * inner + p % inner;
    (0..outer * len * inner).map(|p| dy[place(p)]).collect()
}

/// `y[o, k, i] = x[o, start + k, i]` for `k` below `count`.
///
/// # Panics
/// If `x` is shorter than its extents require.
#[must_use]
pub fn slice(x: &[f64], [outer, len, inner]: [usize; 3], start: usize, count: usize) -> Vec<f64> {
    let mut y = Vec::with_capacity(outer * count * inner);
    for o in 0..outer {
        for k in start..start + count {
            for i in 0..inner {
                y.push(x[(o * len + k) * inner + i]);
            }
        }
    }
    y
}

/// Joins parts `[outer, lens[p], inner]` along the middle axis.
///
/// # Panics
/// If a part is shorter than its extents require.
#[must_use]
pub fn concat(parts: &[&[f64]], outer: usize, lens: &[usize], inner: usize) -> Vec<f64> {
    let mut y = Vec::new();
    for o in 0..outer {
        for (part, &len) in parts.iter().zip(lens) {
            for k in 0..len {
                for i in 0..inner {
                    y.push(part[(o * len + k) * inner + i]);
                }
            }
        }
    }
    y
}

/// `(1/n) sum (a - b)^2`.
#[must_use]
pub fn mean_squared_error(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>() / a.len() as f64
}

/// `x / (1 - rate)` where `noise >= rate`, else 0. It is its own gradient with respect to `x`.
#[must_use]
pub fn dropout(x: &[f64], noise: &[f64], rate: f64) -> Vec<f64> {
    let kept = |(x, noise): (&f64, &f64)| if *noise < rate { 0.0 } else { x / (1.0 - rate) };
    x.iter().zip(noise).map(kept).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_with_a_pencil() {
        let x = [1.0, 2.0, 3.0, 6.0];
        assert_eq!(column_sums(&x, 2), [4.0, 8.0]);
        // Off the means by -1, -2 and 1, 2.
        assert_eq!(means_and_scatter(&x, 2), (vec![2.0, 4.0], vec![2.0, 4.0, 4.0, 8.0]));
        assert_eq!(sum_axis(&x, [2, 2, 1]), [3.0, 9.0]);
        assert_eq!(sum_axis(&x, [1, 2, 2]), [4.0, 8.0]);
        assert_eq!(sum_axis_backward(&[3.0, 9.0], [2, 2, 1]), [3.0, 3.0, 9.0, 9.0]);
        assert_eq!(sum_axis_backward(&[4.0, 8.0], [1, 2, 2]), [4.0, 8.0, 4.0, 8.0]);
        assert_eq!(mean_squared_error(&x, &[1.0, 2.0, 5.0, 6.0]), 1.0);
    }

    #[test]
    fn pieces_with_a_pencil() {
        let x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        assert_eq!(slice(&x, [2, 3, 1], 1, 2), [2.0, 3.0, 5.0, 6.0]);
        assert_eq!(slice(&x, [1, 3, 2], 1, 1), [3.0, 4.0]);
        assert_eq!(
            concat(&[&x, &[7.0, 8.0]], 2, &[3, 1], 1),
            [1.0, 2.0, 3.0, 7.0, 4.0, 5.0, 6.0, 8.0]
        );
        assert_eq!(dropout(&x[..3], &[0.0, 0.5, 0.9], 0.5), [0.0, 4.0, 6.0]);
    }
}
