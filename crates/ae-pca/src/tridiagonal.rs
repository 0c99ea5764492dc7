//! A symmetric matrix made tridiagonal by reflections, and vectors reflected back.
//!
//! The reflections are those of A. S. Householder, "Unitary triangularization of a nonsymmetric
//! matrix", J. ACM 5 (1958). They are collected in panels, so that half of the arithmetic is a
//! product of matrices: J. J. Dongarra, D. C. Sorensen and S. J. Hammarling, "Block reduction of
//! matrices to condensed forms for eigenvalue computations", J. Comp. Appl. Math. 27 (1989), the
//! method of LAPACK's `dsytrd` and `dlatrd`. The README derives it.

use crate::vectors::{add_multiple, dot, dots, dots_and_multiples};
use ae_tensor::kernels::packed::Packed;
use ae_tensor::kernels::parallel::{current_threads, for_each_with};
use std::ops::Range;

/// The number of reflections after which the rest of the matrix is updated.
const PANEL: usize = 32;

/// The number of rows of the matrix that are multiplied by a vector together.
const QUAD: usize = 4;

/// The number of tasks of a product of matrix and vector.
const TASKS: usize = 8;

/// Below this size a second thread costs more than it saves in the product of matrix and vector.
const WORTH_SHARING: usize = 256;

/// A column whose norm is below this counts as zero, in a matrix whose largest entry is about 1:
/// squares of smaller numbers have lost digits to underflow.
const VANISHED: f64 = 1e-140;

/// `A = Q T Q^T` with a tridiagonal T, where Q is a product of reflections `I - tau v v^T`.
#[derive(Debug)]
pub(crate) struct Tridiagonal {
    /// The diagonal of T, `[n]`.
    pub(crate) diagonal: Vec<f64>,
    /// The entries beside it, `[n - 1]`.
    pub(crate) beside: Vec<f64>,
    /// `[n]`: the vector `v` of the reflection that made column `j` tridiagonal, without the
    /// `j + 1` zeros that it begins with.
    pub(crate) reflectors: Vec<Vec<f64>>,
    /// `[n]`: its `tau`, which is 0 if there was nothing to do.
    pub(crate) factors: Vec<f64>,
}

/// Makes the symmetric `a`, `[n, n]`, tridiagonal. Only the upper triangle is read; the largest
/// entry is about 1.
pub(crate) fn tridiagonal(mut a: Vec<f64>, n: usize) -> Tridiagonal {
    let mut result = Tridiagonal {
        diagonal: vec![0.0; n],
        beside: vec![0.0; n.saturating_sub(1)],
        reflectors: (0..n).map(|j| vec![0.0; n - j - 1]).collect(),
        factors: vec![0.0; n],
    };
    let mut w = vec![0.0; PANEL * n];
    for start in (0..n).step_by(PANEL) {
        let end = n.min(start + PANEL);
        for j in start..end {
            reduce_column(&mut a, n, start, j, &mut result, &mut w);
        }
        update(&mut a, n, start..end, &result.reflectors, &w);
    }
    result
}

/// Chooses the reflection of column `j` of a panel that begins at `start`, and finds its `w`.
///
/// The matrix itself has not been changed since the panel began: what the panel's reflections have
/// added, `-(v w^T + w v^T)` for each, is computed for column `j` alone.
fn reduce_column(
    a: &mut [f64],
    n: usize,
    start: usize,
    j: usize,
    result: &mut Tridiagonal,
    w: &mut [f64],
) {
    let (done, rest) = result.reflectors.split_at_mut(j);
    let (w_done, w_rest) = w.split_at_mut((j - start) * n);
    // The panel's reflections so far, from this column on.
    let done = |column: usize| {
        let vs = done[start..].iter().enumerate().map(move |(p, v)| &v[column - start - p - 1..]);
        vs.zip(w_done.chunks_exact(n).map(move |w| &w[column..]))
    };
    // Row j is also column j.
    let column = &mut a[j * n + j..(j + 1) * n];
    for (v, w) in done(j) {
        add_multiple(column, -v[0], w);
        add_multiple(column, -w[0], v);
    }
    result.diagonal[j] = column[0];
    if j + 1 == n {
        return;
    }
    let v = &mut rest[0][..];
    v.copy_from_slice(&column[1..]);
    let (beta, tau) = reflection(v);
    result.beside[j] = beta;
    result.factors[j] = tau;
    let w = &mut w_rest[j + 1..n];
    if tau == 0.0 {
        v.fill(0.0);
        w.fill(0.0);
        return;
    }
    multiply(a, n, j + 1, v, w);
    for (v_done, w_done) in done(j + 1) {
        let [along_v, along_w] = dots([v_done, w_done], v);
        add_multiple(w, -along_w, v_done);
        add_multiple(w, -along_v, w_done);
    }
    w.iter_mut().for_each(|w| *w *= tau);
    add_multiple(w, -0.5 * tau * dot(w, v), v);
}

/// Replaces `x` by the vector `v`, with `v[0] = 1`, for which `I - tau v v^T` turns `x` into
/// `(beta, 0, ..., 0)`. Returns beta and tau; tau is 0 if `x` has that form already.
fn reflection(x: &mut [f64]) -> (f64, f64) {
    let first = x[0];
    let rest = dot(&x[1..], &x[1..]).sqrt();
    if rest < VANISHED {
        return (first, 0.0);
    }
    // The sign for which `first - beta` subtracts nothing.
    let beta = -first.hypot(rest).copysign(first);
    let divisor = first - beta;
    x[1..].iter_mut().for_each(|x| *x /= divisor);
    x[0] = 1.0;
    (beta, (beta - first) / beta)
}

/// `out = A v` for the part of the matrix from row and column `first` on.
///
/// Only the upper triangle is read, and every number of it once, for both of its places: the
/// matrix is too large for the caches near a core, so reading it takes most of the time.
fn multiply(a: &[f64], n: usize, first: usize, v: &[f64], out: &mut [f64]) {
    let m = v.len();
    // How the rows are cut depends on the size alone, and so does the result.
    let count = if m < WORTH_SHARING { 1 } else { TASKS };
    let mut tasks: Vec<(Range<usize>, Vec<f64>)> = (0..count)
        .map(|task| (first_row(m, task, count), first_row(m, task + 1, count)))
        .map(|(start, end)| (start..end, vec![0.0; m - start]))
        .collect();
    let lanes = if count == 1 { 1 } else { current_threads() };
    for_each_with(&mut vec![(); lanes], &mut tasks, |(), _, (rows, out)| {
        multiply_rows(&a[first * n + first..], n, rows.clone(), v, out);
    });
    out.fill(0.0);
    for (rows, part) in &tasks {
        out[rows.start..].iter_mut().zip(part).for_each(|(out, x)| *out += x);
    }
}

/// The first row of a task, so that all have about the same share of the upper triangle of `m`
/// rows.
fn first_row(m: usize, task: usize, count: usize) -> usize {
    let rest = (count - task) as f64 / count as f64;
    if task == count { m } else { (m as f64 * (1.0 - rest.sqrt())) as usize / QUAD * QUAD }
}

/// The contribution of these rows of the upper triangle, and of their mirror images. `out` begins
/// at the first of the rows.
fn multiply_rows(a: &[f64], n: usize, rows: Range<usize>, v: &[f64], out: &mut [f64]) {
    let m = v.len();
    let start = rows.start;
    for i in rows.clone().step_by(QUAD) {
        let end = rows.end.min(i + QUAD);
        // Where the rows meet the diagonal, one by one.
        for k in i..end {
            out[k - start] += a[k * n + k] * v[k];
            for j in k + 1..end {
                let x = a[k * n + j];
                out[k - start] += x * v[j];
                out[j - start] += x * v[k];
            }
        }
        if end == i + QUAD {
            let quad: [_; QUAD] = std::array::from_fn(|k| &a[(i + k) * n + end..][..m - end]);
            let (head, tail) = out.split_at_mut(end - start);
            let factors: [f64; QUAD] = std::array::from_fn(|k| v[i + k]);
            let sums = dots_and_multiples(quad, &v[end..], factors, tail);
            head[i - start..].iter_mut().zip(sums).for_each(|(out, sum)| *out += sum);
        } else {
            for k in i..end {
                let row = &a[k * n + end..][..m - end];
                out[k - start] += dot(row, &v[end..]);
                add_multiple(&mut out[end - start..], v[k], row);
            }
        }
    }
}

/// Subtracts `v w^T + w v^T` of every reflection of the panel from the rows and columns after it.
fn update(a: &mut [f64], n: usize, panel: Range<usize>, reflectors: &[Vec<f64>], w: &[f64]) {
    let end = panel.end;
    if end == n {
        return;
    }
    let vs = || panel.clone().map(|j| &reflectors[j][end - j - 1..]);
    let ws = || w.chunks_exact(n).take(panel.len()).map(|w| &w[end..]);
    let left: Vec<&[f64]> = vs().chain(ws()).collect();
    let right: Vec<&[f64]> = ws().chain(vs()).collect();
    let [left, right] = [left, right].map(|rows| Packed::from_rows(rows.into_iter(), n - end));
    left.add_upper_cross_product(&right, -1.0, &mut a[end * n + end..], n);
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_testkit::naive::{matmul, transpose, widen};
    use ae_testkit::{Sampler, assert_close_f64};

    fn random_symmetric(n: usize) -> Vec<f64> {
        let x = widen(&Sampler::new(n as u64).vec(n * n, -1.0, 1.0));
        (0..n * n).map(|p| x[(p / n).min(p % n) * n + (p / n).max(p % n)]).collect()
    }

    #[test]
    fn reflections_of_the_tridiagonal_matrix_give_the_matrix() {
        // Sizes around a panel.
        for n in [1, 2, 3, 31, 32, 33, 34, 70] {
            let a = random_symmetric(n);
            let t = tridiagonal(a.clone(), n);
            let mut found = vec![0.0; n * n];
            for i in 0..n {
                found[i * n + i] = t.diagonal[i];
                if i + 1 < n {
                    found[i * n + i + 1] = t.beside[i];
                    found[(i + 1) * n + i] = t.beside[i];
                }
            }
            // A = H_0 (H_1 (... T ...) H_1) H_0
            for j in (0..n).rev() {
                let v = [&vec![0.0; j + 1][..], &t.reflectors[j]].concat();
                let h: Vec<f64> = (0..n * n)
                    .map(|p| {
                        f64::from(u8::from(p / n == p % n)) - t.factors[j] * v[p / n] * v[p % n]
                    })
                    .collect();
                found = matmul(&matmul(&h, &found, n, n, n), &transpose(&h, n, n), n, n, n);
            }
            assert_close_f64(&found, &a, 0.0, 2e-14);
        }
    }

    #[test]
    fn products_read_the_upper_triangle_for_both() {
        // More and fewer rows than are worth sharing, and sizes that are not multiples of four.
        for (n, first) in [(5, 0), (9, 3), (WORTH_SHARING + 61, 2)] {
            let a = random_symmetric(n);
            let m = n - first;
            let v = widen(&Sampler::new(1).vec(m, -1.0, 1.0));
            let whole: Vec<f64> =
                a.chunks(n).skip(first).flat_map(|row| row[first..].to_vec()).collect();
            let mut upper = a.clone();
            (0..n * n).filter(|p| p / n > p % n).for_each(|p| upper[p] = f64::NAN);
            let mut out = vec![f64::NAN; m];
            multiply(&upper, n, first, &v, &mut out);
            assert_close_f64(&out, &matmul(&whole, &v, m, m, 1), 0.0, 1e-13);
        }
        // The tasks cover all rows once.
        for m in [WORTH_SHARING, 717, 784] {
            let cuts: Vec<usize> = (0..=TASKS).map(|task| first_row(m, task, TASKS)).collect();
            assert!(cuts[0] == 0 && cuts[TASKS] == m && cuts.is_sorted(), "{cuts:?}");
        }
    }

    #[test]
    fn a_column_of_tiny_numbers_counts_as_zero() {
        let mut x = [0.5, 1e-150, -1e-160];
        assert_eq!(reflection(&mut x), (0.5, 0.0));
        let mut x = [3.0, 4.0];
        let (beta, tau) = reflection(&mut x);
        assert_close_f64(&[beta, tau, x[0], x[1]], &[-5.0, 1.6, 1.0, 0.5], 1e-15, 0.0);
    }
}
