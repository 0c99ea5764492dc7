//! The few largest eigenvalues of a large matrix, by simultaneous iteration.
//!
//! A block of vectors is multiplied by the matrix repeatedly, so that the directions of the largest
//! eigenvalues outgrow the others; a small eigenvalue problem then determines which combinations of
//! the block are the eigenvectors. The method is F. L. Bauer's (1957), with the Rayleigh-Ritz step
//! and the Chebyshev polynomials of H. Rutishauser, "Simultaneous iteration method for symmetric
//! matrices", Numerische Mathematik 16 (1970), 205-223. The README derives how fast it converges.

use crate::eigenpairs::{SMALL, all_eigenpairs};
use ae_tensor::kernels::packed::Packed;

/// The minimum number of vectors iterated beyond those requested. Convergence depends on the first
/// eigenvalue that is *not* in the block.
const EXTRA: usize = 10;

/// Blocks up to this size are iterated if they are at most a quarter of the matrix, larger ones if
/// they are at most a tenth: then it takes no longer than to find all eigenpairs.
const FEW: usize = 24;

/// An eigenvector is accepted when `|A v - lambda v|` is at most this fraction of the largest
/// eigenvalue. Rounding alone leaves about 1e-15 for matrices with a few hundred rows.
const RESIDUAL: f64 = 1e-13;

/// The number of products of the matrix and the block after which the method gives up. About 30 are
/// usual; this many take longer than all eigenpairs.
const MAX_PRODUCTS: usize = 300;

/// The maximum factor by which a polynomial may enlarge the first vector of the block relative to
/// the eigenvalues outside of it.
///
/// The rounding errors that a vector picks up along the first one are enlarged as well.
/// Orthogonalization removes them, but not from a vector that consists of nothing else.
const MAX_GROWTH: f64 = 1e8;

/// The highest degree of a polynomial: between polynomials the bound of the unwanted eigenvalues
/// improves.
const MAX_DEGREE: usize = 16;

/// Ritz values this close count as equal when the polynomial is chosen.
const TIE: f64 = 1e-3;

/// Some of the eigenvalues of a matrix, with their vectors.
#[derive(Debug)]
pub(crate) struct Leading {
    /// `[k]`, descending.
    pub(crate) values: Vec<f64>,
    /// `[k, n]`, row-major: one eigenvector per row.
    pub(crate) vectors: Vec<f64>,
    /// The number of products of the matrix and the block.
    #[cfg_attr(not(test), expect(dead_code, reason = "tests watch the convergence"))]
    pub(crate) products: usize,
}

/// The `k` largest eigenvalues of `matrix`, `[n, n]`, which is symmetric and has no negative
/// eigenvalues except for rounding.
///
/// `None` if another method is better: for small matrices, for more than a few eigenvalues, and if
/// the block does not converge, which happens where the spectrum is flat beyond the `k`-th
/// eigenvalue.
pub(crate) fn leading_eigen(matrix: &[f64], n: usize, k: usize) -> Option<Leading> {
    let size = (k + EXTRA).next_multiple_of(8);
    if n <= SMALL || size > n / 4 || size > FEW.max(n / 10) {
        return None;
    }
    iterate(matrix, n, k, size, MAX_PRODUCTS)
}

fn iterate(
    matrix: &[f64],
    n: usize,
    k: usize,
    size: usize,
    max_products: usize,
) -> Option<Leading> {
    let a = Packed::new(matrix, n);
    let mut random = SplitMix(0);
    let start: Vec<f64> = (0..size * n).map(|_| random.uniform()).collect();
    // A plain step first: if the matrix has rows of zeros, all vectors are zero there from now on.
    let mut q = a.product(&start);
    let mut products = 1;
    loop {
        orthonormalize(&mut q, n, &mut random);
        let mut aq = a.product(&q);
        products += 1;
        let values = rayleigh_ritz(&mut q, &mut aq, n)?;
        let residual = (0..k).map(|i| residual(row(&aq, i, n), values[i], row(&q, i, n)));
        if residual.fold(0.0, f64::max) <= RESIDUAL * values[0] {
            q.truncate(k * n);
            return Some(Leading { values: values[..k].to_vec(), vectors: q, products });
        }
        let (first, last) = (values[0], values[size - 1]);
        // A last value of zero means that the block spans the whole range of the matrix, after
        // which the residuals are rounding errors; should they still be too large, polynomials have
        // no interval to damp.
        if products >= max_products || last <= f64::EPSILON * first {
            return None;
        }
        // If the block ends among equal eigenvalues, a polynomial that grows only beyond them
        // cannot separate them from the rest. With half the bound it grows there too, still faster
        // than plain powers.
        let tie = values[k - 1] - last < TIE * last;
        let bound = if tie { last / 2.0 } else { last };
        let degree = degree(2.0 * first / bound - 1.0);
        q = chebyshev(&a, q, aq, bound, degree);
        products += degree - 1;
    }
}

/// The degree at which the polynomial reaches [`MAX_GROWTH`] at `x > 1`: there
/// `T_j(x) = cosh(j arcosh x)`.
fn degree(x: f64) -> usize {
    let degree = (2.0 * MAX_GROWTH).ln() / x.acosh();
    // A quotient of infinity (x = 1) becomes the largest integer.
    (degree as usize).clamp(1, MAX_DEGREE)
}

/// Applies `T_degree(2 A / bound - 1)` to the vectors `q`, where `aq` is `A q`: eigenvalues from 0
/// to `bound` are mapped to the interval from -1 to 1, where the Chebyshev polynomial stays bounded
/// by 1; beyond it no polynomial grows faster.
fn chebyshev(a: &Packed, q: Vec<f64>, mut aq: Vec<f64>, bound: f64, degree: usize) -> Vec<f64> {
    let mut before = q;
    for (aq, q) in aq.iter_mut().zip(&before) {
        *aq = 2.0 / bound * *aq - q;
    }
    let mut now = aq;
    for _ in 1..degree {
        // T_(j + 1) = 2 x T_j - T_(j - 1)
        let product = a.product(&now);
        for ((before, now), product) in before.iter_mut().zip(&now).zip(product) {
            *before = 2.0 * (2.0 / bound * product - now) - *before;
        }
        std::mem::swap(&mut before, &mut now);
    }
    now
}

/// Rotates the orthonormal rows of `q`, and `aq = q A` with them, within the space that they span,
/// so that `q A q^T` becomes diagonal. Returns the diagonal: the Ritz values, descending.
fn rayleigh_ritz(q: &mut Vec<f64>, aq: &mut Vec<f64>, n: usize) -> Option<Vec<f64>> {
    let size = q.len() / n;
    let small: Vec<f64> =
        (0..size * size).map(|i| dot(row(q, i / size, n), row(aq, i % size, n))).collect();
    let eigen = all_eigenpairs(&small, size).ok()?;
    *q = Packed::new(q, n).product(&eigen.vectors);
    *aq = Packed::new(aq, n).product(&eigen.vectors);
    Some(eigen.values)
}

/// Makes the rows of `q` orthonormal, each to those before it (Gram-Schmidt).
///
/// The small remainder of a row that nearly depends on the others carries their rounding errors; it
/// is orthogonalized again ("twice is enough": W. Kahan in B. N. Parlett, "The symmetric eigenvalue
/// problem", section 6-9). A row that depends on them entirely is replaced.
pub(crate) fn orthonormalize(q: &mut [f64], n: usize, random: &mut SplitMix) {
    for i in 0..q.len() / n {
        let (done, rest) = q.split_at_mut(i * n);
        let row = &mut rest[..n];
        normalize(row);
        let project = |row: &mut [f64]| {
            for done in done.chunks_exact(n) {
                let along = dot(done, row);
                row.iter_mut().zip(done).for_each(|(x, done)| *x -= along * done);
            }
            normalize(row)
        };
        while project(row) < 0.5 && project(row) < 0.5 {
            row.fill_with(|| random.uniform());
            normalize(row);
        }
    }
}

/// Scales `row` to length 1 and returns its old length; does nothing if that is 0.
fn normalize(row: &mut [f64]) -> f64 {
    let length = dot(row, row).sqrt();
    if length > 0.0 {
        row.iter_mut().for_each(|x| *x /= length);
    }
    length
}

/// `|A v - lambda v|`
fn residual(av: &[f64], lambda: f64, v: &[f64]) -> f64 {
    av.iter().zip(v).map(|(av, v)| (av - lambda * v).powi(2)).sum::<f64>().sqrt()
}

fn row(matrix: &[f64], i: usize, n: usize) -> &[f64] {
    &matrix[i * n..][..n]
}

/// The inner product, in eight sums, so that the compiler can use vectors.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut sums = [0.0; 8];
    for (a, b) in a.iter().zip(b) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    let rest = a_rest.iter().zip(b_rest).map(|(a, b)| a * b);
    sums.into_iter().chain(rest).sum()
}

/// Pseudorandom start values, always the same: the generator of G. Steele, D. Lea and C. Flood,
/// "Fast splittable pseudorandom number generators", OOPSLA 2014.
pub(crate) struct SplitMix(u64);

impl SplitMix {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number between -1 and 1.
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        (z >> 11) as f64 * f64::powi(2.0, -52) - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::symmetric_eigen;
    use ae_tensor::with_threads;
    use ae_testkit::naive::{matmul, transpose};
    use ae_testkit::{Sampler, assert_close_f64};

    const N: usize = 120;

    /// A matrix with these eigenvalues, and random eigenvectors.
    fn with_spectrum(values: &[f64], seed: u64) -> Vec<f64> {
        let n = values.len();
        let x = Sampler::new(seed).vec(n * n, -1.0, 1.0);
        let random: Vec<f64> =
            (0..n * n).map(|i| f64::from(x[i]) + f64::from(x[i % n * n + i / n])).collect();
        let v = symmetric_eigen(&random, n).unwrap().vectors;
        let scaled: Vec<f64> = v.iter().enumerate().map(|(i, v)| v * values[i / n]).collect();
        let mut a = matmul(&transpose(&v, n, n), &scaled, n, n, n);
        for i in 0..n {
            for j in 0..i {
                a[i * n + j] = a[j * n + i];
            }
        }
        a
    }

    /// Finds `k` eigenvectors and checks them against all that Jacobi's method finds. `determined`
    /// is the number of leading ones whose span the matrix determines well.
    fn check(name: &str, a: &[f64], k: usize, determined: usize) -> Leading {
        let n = a.len().isqrt();
        let found = leading_eigen(a, n, k).unwrap_or_else(|| panic!("{name} does not converge"));
        println!("{name}: {} products", found.products);
        let all = symmetric_eigen(a, n).unwrap();
        let largest = all.values[0];
        assert_close_f64(&found.values, &all.values[..k], 0.0, 1e-12 * largest);
        let v = &found.vectors;
        assert_eq!(v.len(), k * n);
        for i in 0..k {
            let av = matmul(a, row(v, i, n), n, n, 1);
            let off = residual(&av, found.values[i], row(v, i, n));
            assert!(off <= 2e-13 * largest, "{name}: vector {i} is off by {off:e}");
        }
        let identity: Vec<f64> = (0..k * k).map(|i| f64::from(u8::from(i / k == i % k))).collect();
        assert_close_f64(&matmul(v, &transpose(v, k, n), k, n, k), &identity, 0.0, 1e-14);
        // The projections onto the spaces that the vectors span do not depend on signs and
        // rotations within them.
        let projector = |v: &[f64]| {
            let v = &v[..determined * n];
            matmul(&transpose(v, determined, n), v, n, determined, n)
        };
        assert_close_f64(&projector(v), &projector(&all.vectors), 0.0, 1e-10);
        found
    }

    fn spectrum(value: impl Fn(usize) -> f64) -> Vec<f64> {
        (0..N).map(value).collect()
    }

    #[test]
    fn agrees_with_jacobi_on_many_spectra() {
        let geometric = |q: f64| spectrum(|i| q.powi(i as i32));
        for (name, values, determined) in [
            ("falling by a tenth", geometric(0.9), 10),
            ("falling by half", geometric(0.5), 10),
            ("falling by a thousandth", geometric(1e-3), 3),
            ("a straight line", spectrum(|i| (N - i) as f64), 10),
            ("one giant", spectrum(|i| if i == 0 { 1e9 } else { 1.0 / i as f64 }), 1),
            (
                "equal at the cut",
                spectrum(|i| {
                    if i < 5 {
                        9.0
                    } else if i < 40 {
                        3.0
                    } else {
                        1.0
                    }
                }),
                5,
            ),
            ("pairs", geometric(0.8).iter().map(|v| v.log2().ceil().exp2()).collect(), 0),
            ("rank 5", spectrum(|i| if i < 5 { 2.0 + i as f64 } else { 0.0 }), 5),
            ("rank 30", spectrum(|i| if i < 30 { 2.0 + i as f64 } else { 0.0 }), 10),
        ] {
            check(name, &with_spectrum(&values, 1), 10, determined);
        }
    }

    #[test]
    fn the_unit_matrix_and_zero() {
        let identity: Vec<f64> = (0..N * N).map(|i| f64::from(u8::from(i / N == i % N))).collect();
        check("identity", &identity, 7, 0);
        check("zero", &[0.0; N * N], 7, 0);
        // Far from 1: nothing overflows, nothing counts as zero.
        for scale in [1e-90, 1e77] {
            let values = spectrum(|i| scale * 0.7f64.powi(i as i32));
            check("scaled", &with_spectrum(&values, 2), 7, 7);
        }
    }

    #[test]
    fn rows_of_zeros_stay_zeros() {
        let mut a = with_spectrum(&spectrum(|i| 0.8f64.powi(i as i32)), 3);
        for i in 0..N {
            for j in [0, 17, N - 1] {
                a[i * N + j] = 0.0;
                a[j * N + i] = 0.0;
            }
        }
        let found = check("rows of zeros", &a, 10, 10);
        for v in found.vectors.chunks_exact(N) {
            assert_eq!([v[0], v[17], v[N - 1]], [0.0; 3]);
        }
    }

    #[test]
    fn polynomials_converge_faster_than_powers() {
        // The 24 vectors of the block leave out eigenvalues up to 0.9^24. A plain step gains a
        // factor of 0.9^15 for the tenth vector, and 13 digits take 19 of them.
        let found = check(
            "falling by a tenth",
            &with_spectrum(&spectrum(|i| 0.9f64.powi(i as i32)), 1),
            10,
            10,
        );
        assert!(found.products <= 25, "{} products", found.products);
        // 0.99^15: 200 plain steps; T_j grows by a factor of 2.1 with every degree.
        let slow = spectrum(|i| 0.99f64.powi(i as i32));
        let found = check("falling by a hundredth", &with_spectrum(&slow, 1), 10, 10);
        assert!(found.products <= 70, "{} products", found.products);
    }

    #[test]
    fn gives_up_where_another_method_is_better() {
        let a = with_spectrum(&spectrum(|i| 0.99f64.powi(i as i32)), 1);
        assert!(leading_eigen(&a, N, 14).is_some());
        assert!(leading_eigen(&a, N, 15).is_none(), "32 of 120 is not few");
        let flat = with_spectrum(&spectrum(|i| 1.0 - 1e-9 * i as f64), 1);
        assert!(leading_eigen(&flat, N, 10).is_none(), "gaps of 1e-9 do not show");
        let small = with_spectrum(&[1.0; SMALL], 1);
        assert!(leading_eigen(&small, SMALL, 1).is_none());
        assert!(iterate(&a, N, 10, 24, 15).is_none(), "not converged");
        assert!(iterate(&a, N, 10, 24, 100).is_some());
    }

    #[test]
    fn threads_change_no_bit() {
        let a = with_spectrum(&spectrum(|i| 0.9f64.powi(i as i32)), 4);
        let run = |threads| {
            let found = with_threads(threads, || leading_eigen(&a, N, 10)).expect("threads start");
            let found = found.expect("converges");
            (found.values, found.vectors)
        };
        assert_eq!(run(1), run(2));
        assert_eq!(run(1), run(3));
    }

    #[test]
    fn rows_that_depend_on_others_are_replaced() {
        let n = 9;
        let mut q: Vec<f64> = (0..5 * n).map(|i| (i % n) as f64).collect();
        q[n..2 * n].fill(0.0);
        q[3 * n] += 1e-13;
        orthonormalize(&mut q, n, &mut SplitMix(1));
        let identity: Vec<f64> = (0..25).map(|i| f64::from(u8::from(i % 6 == 0))).collect();
        assert_close_f64(&matmul(&q, &transpose(&q, 5, n), 5, n, 5), &identity, 0.0, 1e-15);
    }
}
