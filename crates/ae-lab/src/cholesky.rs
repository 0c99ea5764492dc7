//! The square root of a covariance matrix, `C = L L^T` with `L` lower triangular, for sampling and
//! densities.

/// `L` of a symmetric `matrix`, `[n, n]`, row-major, with zeros above the diagonal; `None` if the
/// matrix is not positive definite.
///
/// Row by row (A.-L. Cholesky, published by C. Benoit, 1924): in `c_ij = sum_k l_ik l_jk` the last
/// unknown is `l_ij`. Only the lower triangle is read.
pub(crate) fn cholesky(matrix: &[f64], n: usize) -> Option<Vec<f64>> {
    let mut l = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let (row, other) = (&l[i * n..][..j], &l[j * n..][..j]);
            let rest = matrix[i * n + j] - row.iter().zip(other).map(|(a, b)| a * b).sum::<f64>();
            if i > j {
                l[i * n + j] = rest / l[j * n + j];
            } else if rest > 0.0 && rest.is_finite() {
                l[i * n + i] = rest.sqrt();
            } else {
                return None;
            }
        }
    }
    Some(l)
}

/// The inverse of a lower triangular `l`, `[n, n]`, which is also lower triangular.
///
/// Column by column: `sum_k l_ik x_kj` is 1 for `i = j`, else 0, and gives `x_ij` from those above
/// it.
pub(crate) fn invert_lower(l: &[f64], n: usize) -> Vec<f64> {
    let mut x = vec![0.0; n * n];
    for j in 0..n {
        for i in j..n {
            let sum: f64 = (j..i).map(|k| l[i * n + k] * x[k * n + j]).sum();
            x[i * n + j] = (f64::from(u8::from(i == j)) - sum) / l[i * n + i];
        }
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_testkit::naive::{matmul, transpose, widen};
    use ae_testkit::{Sampler, assert_close_f64};

    #[test]
    fn the_factor_gives_the_matrix_back_and_its_inverse_the_identity() {
        for n in 0..12 {
            let b = widen(&Sampler::new(n as u64).vec(n * n, -1.0, 1.0));
            let mut a = matmul(&b, &transpose(&b, n, n), n, n, n);
            a.iter_mut().step_by(n + 1).for_each(|x| *x += 0.1);
            let l = cholesky(&a, n).expect("positive definite");
            assert!((0..n * n).all(|i| i % n.max(1) <= i / n.max(1) || l[i] == 0.0));
            assert_close_f64(&matmul(&l, &transpose(&l, n, n), n, n, n), &a, 1e-13, 1e-13);
            let identity: Vec<f64> =
                (0..n * n).map(|i| f64::from(u8::from(i / n == i % n))).collect();
            assert_close_f64(&matmul(&invert_lower(&l, n), &l, n, n, n), &identity, 0.0, 1e-11);
        }
    }

    #[test]
    fn what_is_not_positive_definite_has_none() {
        assert_eq!(cholesky(&[1.0, 2.0, 2.0, 1.0], 2), None);
        assert_eq!(cholesky(&[1.0, 1.0, 1.0, 1.0], 2), None);
        assert_eq!(cholesky(&[0.0], 1), None);
        assert_eq!(cholesky(&[f64::NAN], 1), None);
        assert_eq!(cholesky(&[f64::INFINITY], 1), None);
        assert_eq!(cholesky(&[4.0], 1), Some(vec![2.0]));
    }
}
