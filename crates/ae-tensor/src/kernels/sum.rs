//! Accurate sums that are the same for any number of threads.

use super::parallel::sum_blocks;
use super::simd::LANES;

/// The number of elements per task.
const BLOCK: usize = 16 * 1024;

/// The sum of all elements, in f64.
///
/// # Special values
/// NaN gives NaN, and so do infinities of both signs. Sums of f32 numbers do not overflow in f64;
/// an empty sum is 0.
#[must_use]
pub fn sum(x: &[f32]) -> f64 {
    sum_blocks(x, BLOCK, x.len(), |_, block| {
        // Eight independent sums: the compiler may use vectors, and the order stays fixed.
        let mut lanes = [0.0f64; 8];
        let (body, rest) = block.as_chunks::<8>();
        for chunk in body {
            for (lane, &x) in lanes.iter_mut().zip(chunk) {
                *lane += f64::from(x);
            }
        }
        lanes.iter().sum::<f64>() + rest.iter().map(|&x| f64::from(x)).sum::<f64>()
    })
}

/// The sum of the squares of all elements, in f64.
///
/// # Special values
/// NaN gives NaN, infinity gives infinity. Squares of f32 numbers neither overflow nor vanish in
/// f64.
#[must_use]
pub fn sum_of_squares(x: &[f32]) -> f64 {
    sum_blocks(x, BLOCK, 2 * x.len(), |_, block| {
        in_lanes(block, block, |x, _| f64::from(x) * f64::from(x))
    })
}

/// The squared Euclidean distance of `a` and `b`, `sum_i (a_i - b_i)^2`, in f64.
///
/// # Special values
/// NaN gives NaN, and so do two infinities of the same sign at the same position; a single infinity
/// gives infinity.
///
/// # Panics
/// If the lengths differ.
#[must_use]
pub fn squared_distance(a: &[f32], b: &[f32]) -> f64 {
    assert!(a.len() == b.len(), "squared_distance: {} and {} elements", a.len(), b.len());
    sum_blocks(a, BLOCK, 3 * a.len(), |i, a| {
        let b = &b[i * BLOCK..][..a.len()];
        in_lanes(a, b, |a, b| {
            let difference = f64::from(a) - f64::from(b);
            difference * difference
        })
    })
}

/// The sum of `f` over all pairs, in eight lanes as in [`sum`].
#[inline(always)]
fn in_lanes(a: &[f32], b: &[f32], f: impl Fn(f32, f32) -> f64) -> f64 {
    let mut lanes = [0.0f64; 8];
    let ((a_body, a_rest), (b_body, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    for (a, b) in a_body.iter().zip(b_body) {
        for ((lane, &a), &b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += f(a, b);
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(&a, &b)| f(a, b)).sum();
    lanes.iter().sum::<f64>() + rest
}

/// `out[j] = sum_i x[i, j]` for a row-major matrix with `out.len()` columns: the gradient of a
/// bias.
///
/// Partial sums of 64 rows are f32, and are added up in f32: for a batch of a few hundred rows the
/// error is a few units in the last place.
///
/// # Special values
/// NaN and infinity stay in their column. Sums are f32, and overflow to infinity.
///
/// # Panics
/// If `x` does not consist of whole rows.
pub fn column_sums(x: &[f32], out: &mut [f32]) {
    out.fill(0.0);
    if x.is_empty() || out.is_empty() {
        assert!(x.is_empty(), "column_sums: no columns for {} elements", x.len());
        return;
    }
    let cols = out.len();
    assert!(x.len().is_multiple_of(cols), "column_sums: {} elements in rows of {cols}", x.len());
    if cols < STRIP && STRIP.is_multiple_of(cols) && cols.is_multiple_of(LANES) {
        // The channels of an image's pixels: several rows side by side fill a strip, which is
        // folded at the end.
        let together = x.len() - x.len() % STRIP;
        let sums = strip_sums(&x[..together], STRIP, 0, STRIP);
        for row in sums.chunks_exact(cols).chain(x[together..].chunks_exact(cols)) {
            out.iter_mut().zip(row).for_each(|(out, x)| *out += x);
        }
        return;
    }
    super::parallel::for_each_block(out, STRIP, x.len(), |i, out| {
        let sums = strip_sums(x, cols, i * STRIP, out.len());
        out.copy_from_slice(&sums[..out.len()]);
    });
}

/// The number of columns summed at a time.
const STRIP: usize = 128;

/// Sums `count` columns from `first` on.
#[inline(always)]
fn strip_sums(x: &[f32], cols: usize, first: usize, count: usize) -> [f32; STRIP] {
    let mut total = [0.0f32; STRIP];
    for rows in x.chunks(64 * cols) {
        let mut partial = [0.0f32; STRIP];
        for row in rows.chunks_exact(cols) {
            for (sum, &x) in partial.iter_mut().zip(&row[first..first + count]) {
                *sum += x;
            }
        }
        for (total, partial) in total.iter_mut().zip(partial) {
            *total += partial;
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_testkit::{Sampler, assert_close, assert_close_f64, naive};

    #[test]
    fn sum_keeps_small_terms() {
        // In f32, adding 1 to 2^24 changes nothing.
        let mut x = vec![1.0; 300_001];
        x[0] = 16_777_216.0;
        assert_eq!(sum(&x), 16_777_216.0 + 300_000.0);
        assert_eq!(sum(&[]), 0.0);
    }

    #[test]
    fn the_same_bits_for_any_number_of_threads() {
        let mut sampler = Sampler::new(8);
        // Terms of very different size: in another order they would round to another sum.
        let x: Vec<f32> =
            (0..1000 * 512).map(|i| sampler.uniform(-1.0, 1.0) * 10f32.powi(i % 31 - 15)).collect();
        let reversed: Vec<f32> = x.iter().rev().copied().collect();
        let sums = |threads| {
            let run = || {
                let mut columns = vec![f32::NAN; 512];
                column_sums(&x, &mut columns);
                (sum(&x), sum_of_squares(&x), squared_distance(&x, &reversed), columns)
            };
            crate::with_threads(threads, run).expect("threads start")
        };
        let one = sums(1);
        for threads in [2, 3, 5] {
            assert!(sums(threads) == one, "{threads} threads");
        }
    }

    #[test]
    fn squares_equal_their_definition() {
        for len in [0, 1, 7, 8, 9, 16_384, 16_385, 40_000] {
            let mut sampler = Sampler::new(len as u64);
            let (a, b) = (sampler.vec(len, -2.0, 2.0), sampler.vec(len, -2.0, 2.0));
            let (wide_a, wide_b) = (naive::widen(&a), naive::widen(&b));
            let squares: f64 = wide_a.iter().map(|a| a * a).sum();
            let distance: f64 = wide_a.iter().zip(&wide_b).map(|(a, b)| (a - b).powi(2)).sum();
            let found = [sum_of_squares(&a), squared_distance(&a, &b)];
            assert_close_f64(&found, &[squares, distance], 1e-13, 0.0);
        }
        let tiny = f32::from_bits(1);
        assert_eq!(sum_of_squares(&[tiny]), f64::from(tiny) * f64::from(tiny));
        assert_eq!(sum_of_squares(&[f32::MAX]), f64::from(f32::MAX) * f64::from(f32::MAX));
        let inf = f32::INFINITY;
        assert!(sum_of_squares(&[1.0, f32::NAN]).is_nan());
        assert_eq!(sum_of_squares(&[1.0, -inf]), f64::INFINITY);
        assert_eq!(squared_distance(&[inf], &[1.0]), f64::INFINITY);
        assert!(squared_distance(&[inf], &[inf]).is_nan());
    }

    #[test]
    #[should_panic(expected = "squared_distance: 2 and 3 elements")]
    fn a_distance_wants_equal_lengths() {
        let _ = squared_distance(&[0.0; 2], &[0.0; 3]);
    }

    #[test]
    fn columns_equal_their_definition() {
        for (rows, cols) in [(0, 3), (1, 1), (65, 7), (250, 130), (900, 784), (1571, 32), (3, 64)] {
            let x = Sampler::new(rows as u64).vec(rows * cols, -1.0, 1.0);
            let expected: Vec<f64> =
                (0..cols).map(|j| (0..rows).map(|i| f64::from(x[i * cols + j])).sum()).collect();
            let mut out = vec![f32::NAN; cols];
            column_sums(&x, &mut out);
            assert_close(&out, &expected, 1e-6, 1e-5);
        }
    }
}
