//! Distances between the rows of two matrices: nearest neighbors, and the points in balls.
//!
//! Three thousand rows against eighteen thousand are 54 million distances. As
//! `|a|^2 + |b|^2 - 2 a b` they are a matrix product, much faster than the definition, difference
//! by difference. But the product subtracts nearly equal numbers, in f32: the distance of a copy,
//! which should be 0, is a rounding error.
//!
//! So the product is only a **sieve** with a known error bound: where the distance can be small
//! enough to count, it is computed by the definition in f64. Very few rows pass: about
//! `k (1 + ln(m / k))` of `m` rows in a search for the k nearest. The result is exactly that of the
//! definition, for any rounding of the product.
//!
//! # The bound
//!
//! Let `u = 2^-24`, half an f32's last place, `d` columns, and `s = |a|^2 + |b|^2`. Rows are
//! centered on the mean of the references, which changes no distance and makes `s` small. Rounding
//! them to f32 moves each by `u |a|` at most, the distance by `u (|a| + |b|)`, its square by
//! `4 u s`. The sum `2 a b` of `d` products has an error of at most `d u 2 |a| |b| <= d u s` in any
//! order of summation (N. Higham, "Accuracy and stability of numerical algorithms", section 3.1).
//! The norms, in f64, are rounded once, and so are the two last sums: `6 u s`. The total is less
//! than `(d + 16) u s`. The radius of a ball, where there is one, is added to the norms and is part
//! of `s`.

use crate::LabError;
use crate::error::{checked, same_columns};
use ae_tensor::kernels::gemm::{Epilogue, MatRef, gemm};
use ae_tensor::kernels::gram::column_means;
use ae_tensor::{Tensor, current_threads, for_each_with};

/// The numbers of queries and references that are multiplied at a time: 256 KB of products.
const QUERIES: usize = 128;
const REFERENCES: usize = 512;

/// The number of products that are checked together for any that passes.
const CHUNK: usize = 16;

/// For each row of `queries`, `[n, d]`, the Euclidean distance to the nearest row of `references`,
/// `[m, d]`. It is computed in f64: a row that is among the references has the distance 0 exactly.
///
/// # Errors
/// [`LabError::TooFewRows`] if there are no references, [`LabError::NoColumns`] for `d = 0`,
/// [`LabError::NotFinite`] for NaN or infinity on either side.
///
/// # Panics
/// If either is not a matrix, or their numbers of columns differ.
pub fn nearest_distances(queries: &Tensor, references: &Tensor) -> Result<Vec<f64>, LabError> {
    same_columns("nearest_distances", queries, references);
    checked(queries, "queries", 0)?;
    checked(references, "references", 1)?;
    let squared = kth_nearest(queries, references, 1, Own::Counts);
    Ok(squared.into_iter().map(f64::sqrt).collect())
}

/// Whether row `i` of the references counts as a neighbor of query `i`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Own {
    /// It counts: the sets are different.
    Counts,
    /// It does not count: query `i` is reference `i`. Other rows that are equal to it count.
    IsLeftOut,
}

/// For each query the squared distance to its `k`-th nearest reference. Both must be finite and
/// have the same number of columns, and there must be at least `k` references besides the query's
/// own.
pub(crate) fn kth_nearest(queries: &Tensor, references: &Tensor, k: usize, own: Own) -> Vec<f64> {
    let mut nearest = vec![vec![f64::INFINITY; k]; queries.shape().dims()[0]];
    let sieve = Sieve::new(queries, references, None);
    sieve.sift(
        &mut nearest,
        |nearest| nearest[k - 1],
        |nearest, query, reference, squared| {
            if squared < nearest[k - 1] && (own == Own::Counts || query != reference) {
                let place = nearest.partition_point(|&x| x <= squared);
                nearest[place..].rotate_right(1);
                nearest[place] = squared;
            }
        },
    );
    nearest.iter().map(|nearest| nearest[k - 1]).collect()
}

/// For each query, the number of balls around the centers that contain it, including their
/// surfaces. All must be finite and have the same number of columns.
pub(crate) fn balls_around(
    queries: &Tensor,
    centers: &Tensor,
    squared_radii: &[f64],
) -> Vec<usize> {
    let mut counts = vec![0; queries.shape().dims()[0]];
    let sieve = Sieve::new(queries, centers, Some(squared_radii));
    let surface = |_: &usize| 0.0;
    sieve.sift(&mut counts, surface, |count, _, center, squared| {
        *count += usize::from(squared <= squared_radii[center]);
    });
    counts
}

/// `sum (a - b)^2` in f64, as eight sums, so that the compiler can use vectors. The result for
/// `(b, a)` is the same to the last bit.
pub(crate) fn squared_distance(a: &[f32], b: &[f32]) -> f64 {
    let square = |(&a, &b): (&f32, &f32)| (f64::from(a) - f64::from(b)).powi(2);
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut sums = [0.0; 8];
    for (a, b) in a.iter().zip(b) {
        for (sum, pair) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += square(pair);
        }
    }
    sums.into_iter().chain(a_rest.iter().zip(b_rest).map(square)).sum()
}

/// Two sets of rows, prepared for the product.
///
/// A lower bound of `distance^2 - radius^2` for query `a` and reference `b`, with `e` the error's
/// factor, is
///
/// ```text
///   [ -2 a b + |b|^2 (1 - e) - radius^2 (1 + e) ] + |a|^2 (1 - e)
/// ```
///
/// The bracket is a product with a bias for each column, as `gemm` computes it.
struct Sieve<'a> {
    queries: &'a Tensor,
    references: &'a Tensor,
    columns: usize,
    /// -2 times the centered queries.
    factors: Vec<f32>,
    /// `|a|^2 (1 - e)` of each query.
    norms: Vec<f64>,
    /// The centered references.
    centered: Vec<f32>,
    /// The bias of each reference.
    bias: Vec<f32>,
}

impl<'a> Sieve<'a> {
    fn new(queries: &'a Tensor, references: &'a Tensor, squared_radii: Option<&[f64]>) -> Self {
        let columns = references.shape().matrix("neighbours").1;
        let mean = column_means(references.data(), columns);
        let error = (columns + 16) as f64 * f64::from(f32::EPSILON) / 2.0;
        let center = |x: &Tensor, factor: f64| -> Vec<f32> {
            let rows = x.data().chunks_exact(columns);
            let centered = |(&x, m): (&f32, &f64)| (factor * (f64::from(x) - m)) as f32;
            rows.flat_map(|row| row.iter().zip(&mean).map(centered)).collect()
        };
        let (factors, centered) = (center(queries, -2.0), center(references, 1.0));
        let norm = |row: &[f32]| row.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>();
        let bias = centered.chunks_exact(columns).enumerate().map(|(j, b)| {
            let radius = squared_radii.map_or(0.0, |radii| radii[j]);
            // The last term is for products below the smallest normal f32.
            let slack = f64::from(f32::MIN_POSITIVE);
            (norm(b) * (1.0 - error) - radius * (1.0 + error) - slack) as f32
        });
        let bias = bias.collect();
        let norms = factors.chunks_exact(columns).map(|a| norm(a) / 4.0 * (1.0 - error)).collect();
        Self { queries, references, columns, factors, norms, centered, bias }
    }

    /// Calls `take(answer of the query, query, reference, squared distance)` for all pairs in which
    /// the squared distance, less the squared radius, can be at most `limit(answer)`, in the order
    /// of the references for each query. It may be called for other pairs too.
    fn sift<T: Send>(
        &self,
        answers: &mut [T],
        limit: impl Fn(&T) -> f64 + Sync,
        take: impl Fn(&mut T, usize, usize, f64) + Sync,
    ) {
        let mut blocks: Vec<&mut [T]> = answers.chunks_mut(QUERIES).collect();
        let lanes = current_threads().min(blocks.len()).max(1);
        let mut buffers = vec![vec![0.0f32; QUERIES * REFERENCES]; lanes];
        for_each_with(&mut buffers, &mut blocks, |products, block, answers| {
            let first = block * QUERIES;
            for at in (0..self.bias.len()).step_by(REFERENCES) {
                let count = REFERENCES.min(self.bias.len() - at);
                let products = &mut products[..answers.len() * count];
                self.multiply(first..first + answers.len(), at..at + count, products);
                for (i, (answer, products)) in
                    answers.iter_mut().zip(products.chunks_exact(count)).enumerate()
                {
                    self.sift_row(answer, first + i, at, products, &limit, &take);
                }
            }
        });
    }

    /// The brackets of the lower bounds for some queries and references.
    fn multiply(
        &self,
        queries: std::ops::Range<usize>,
        references: std::ops::Range<usize>,
        out: &mut [f32],
    ) {
        let d = self.columns;
        let a = &self.factors[queries.start * d..queries.end * d];
        let b = &self.centered[references.start * d..references.end * d];
        gemm(
            MatRef::new(a, queries.len(), d),
            MatRef::new(b, references.len(), d).t(),
            out,
            Epilogue { bias: Some(&self.bias[references]), ..Epilogue::default() },
        );
    }

    fn sift_row<T>(
        &self,
        answer: &mut T,
        query: usize,
        first: usize,
        products: &[f32],
        limit: &impl Fn(&T) -> f64,
        take: &impl Fn(&mut T, usize, usize, f64),
    ) {
        let threshold = |answer: &T| {
            let above = ((limit(answer) - self.norms[query]) as f32).next_up();
            if above > f32::MIN { above } else { f32::INFINITY }
        };
        let mut above = threshold(answer);
        for (chunk, products) in products.chunks(CHUNK).enumerate() {
            // After an overflow, here or in the threshold, the bound is not known, so the pair
            // passes.
            let is_out = |x: f32| (x > above) & (x < f32::INFINITY);
            // Counting lets the compiler use vectors.
            let out = products.iter().map(|&x| u32::from(is_out(x))).sum::<u32>();
            if out as usize == products.len() {
                continue;
            }
            for (j, &product) in products.iter().enumerate() {
                if (product > above) & (product < f32::INFINITY) {
                    continue;
                }
                let reference = first + chunk * CHUNK + j;
                let squared =
                    squared_distance(self.queries.row(query), self.references.row(reference));
                take(answer, query, reference, squared);
                above = threshold(answer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_testkit::Sampler;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn naive_kth(a: &Tensor, b: &Tensor, k: usize, own: Own) -> Vec<f64> {
        let rows = |x: &Tensor| x.shape().dims()[0];
        let nearest = |i: usize| {
            let other = (0..rows(b)).filter(|&j| own == Own::Counts || j != i);
            let mut all: Vec<f64> = other.map(|j| squared_distance(a.row(i), b.row(j))).collect();
            all.sort_by(f64::total_cmp);
            all[k - 1]
        };
        (0..rows(a)).map(nearest).collect()
    }

    fn naive_balls(a: &Tensor, b: &Tensor, radii: &[f64]) -> Vec<usize> {
        let hit = |i: usize, j: usize| squared_distance(a.row(i), b.row(j)) <= radii[j];
        (0..a.shape().dims()[0]).map(|i| (0..radii.len()).filter(|&j| hit(i, j)).count()).collect()
    }

    /// Points around `center`, some of which occur twice.
    fn points(n: usize, d: usize, center: f32, size: f32, seed: u64) -> Tensor {
        let x = Sampler::new(seed).vec(n * d, -1.0, 1.0);
        Tensor::from_fn([n, d], |i| {
            let row = if (i / d).is_multiple_of(7) { 0 } else { i / d };
            center + size * x[row * d + i % d]
        })
    }

    /// The results are equal to the last bit, even where the product has no correct digit: far from
    /// the origin and at the limits of f32.
    #[test]
    fn neighbors_and_balls_are_those_of_the_definition() {
        for (n, m, d) in [(1, 3, 1), (5, 4, 2), (130, 515, 3), (40, 520, 17), (129, 200, 50)] {
            for (center, size) in [
                (0.0, 1.0),
                (1e4, 1.0),
                (-3e6, 1.0),
                (0.0, 1e-30),
                (0.0, f32::MIN_POSITIVE),
                (0.0, 1e25),
                (0.0, 3e38),
                (1.0, 0.0),
            ] {
                let (a, b) = (points(n, d, center, size, 1), points(m, d, center, size, 2));
                for k in [1, 3] {
                    let found = kth_nearest(&a, &b, k, Own::Counts);
                    assert_eq!(
                        found,
                        naive_kth(&a, &b, k, Own::Counts),
                        "{n} {m} {d} {center} {size}"
                    );
                    let found = kth_nearest(&b, &b, k.min(m - 1), Own::IsLeftOut);
                    assert_eq!(found, naive_kth(&b, &b, k.min(m - 1), Own::IsLeftOut));
                    assert_eq!(balls_around(&a, &b, &found), naive_balls(&a, &b, &found));
                    // Each ball's surface contains a neighbor, and its center is inside.
                    assert!(balls_around(&b, &b, &found).iter().all(|&count| count >= 1));
                }
            }
        }
    }

    #[test]
    fn the_sieve_lets_few_through() {
        let (a, b) = (points(100, 50, 0.0, 1.0, 1), points(4000, 50, 0.0, 1.0, 2));
        let passed = AtomicUsize::new(0);
        let sieve = Sieve::new(&a, &b, None);
        let mut nearest = vec![f64::INFINITY; 100];
        sieve.sift(
            &mut nearest,
            |&nearest| nearest,
            |nearest, _, _, squared| {
                passed.fetch_add(1, Ordering::Relaxed);
                *nearest = nearest.min(squared);
            },
        );
        // The harmonic number of 4000 is 8.9: the expected number of rows that are the nearest so
        // far.
        let passed = passed.into_inner();
        assert!((100..2000).contains(&passed), "{passed} of 400,000");
    }

    #[test]
    fn a_copy_has_no_distance() {
        let b = points(300, 20, 100.0, 1.0, 3);
        let a = Tensor::new([2, 20], [b.row(17), b.row(299)].concat());
        assert_eq!(nearest_distances(&a, &b).unwrap(), [0.0, 0.0]);
        assert_eq!(nearest_distances(&Tensor::zeros([0, 20]), &b).unwrap(), [0.0; 0]);
        assert_eq!(
            nearest_distances(&a, &Tensor::zeros([0, 20])).unwrap_err().to_string(),
            "references: expected at least 1 rows, found 0"
        );
        let nan = Tensor::full([1, 20], f32::NAN);
        assert_eq!(
            nearest_distances(&nan, &b).unwrap_err().to_string(),
            "queries: expected finite numbers, found NaN in row 0, column 0"
        );
        assert_eq!(
            nearest_distances(&Tensor::zeros([1, 0]), &Tensor::zeros([1, 0])).unwrap_err(),
            LabError::NoColumns { what: "queries" }
        );
    }

    #[test]
    #[should_panic(expected = "nearest_distances: rows of shape (2, 3) and of shape (2, 4)")]
    fn rows_have_as_many_columns() {
        let _ = nearest_distances(&Tensor::zeros([2, 3]), &Tensor::zeros([2, 4]));
    }
}
