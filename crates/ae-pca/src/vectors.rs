//! Loops over f64 slices: inner products and multiples of vectors.

/// The partial sums of an inner product: two registers of 512 bits, or four of 256.
const SUMS: usize = 16;

/// `a b + c`, in one instruction where the CPU has one; elsewhere `mul_add` would be a library
/// call.
#[inline(always)]
pub(crate) fn fused(a: f64, b: f64, c: f64) -> f64 {
    if cfg!(target_feature = "fma") { a.mul_add(b, c) } else { a * b + c }
}

/// The inner products of `N` rows with `x`; rows that are longer than `x` are cut off.
///
/// `x` is read once for all of them.
#[inline(always)]
pub(crate) fn dots<const N: usize>(rows: [&[f64]; N], x: &[f64]) -> [f64; N] {
    let rows = rows.map(|row| &row[..x.len()]);
    let mut sums = [[0.0; SUMS]; N];
    let (chunks, rest) = x.as_chunks::<SUMS>();
    for (i, x) in chunks.iter().enumerate() {
        for (sums, row) in sums.iter_mut().zip(rows) {
            let row: &[f64; SUMS] = row[i * SUMS..].first_chunk().expect("as long as x");
            for k in 0..SUMS {
                sums[k] = fused(row[k], x[k], sums[k]);
            }
        }
    }
    let done = x.len() - rest.len();
    std::array::from_fn(|n| {
        let rest = rows[n][done..].iter().zip(rest).fold(0.0, |sum, (a, b)| fused(*a, *b, sum));
        sum(&sums[n]) + rest
    })
}

/// The inner products of `N` rows with `x`, and the sum of the rows times `factors`, added to `y`:
/// every number of the rows is read once for both. All have the same length.
#[inline(always)]
pub(crate) fn dots_and_multiples<const N: usize>(
    rows: [&[f64]; N],
    x: &[f64],
    factors: [f64; N],
    y: &mut [f64],
) -> [f64; N] {
    const LANES: usize = 8;
    let length = x.len();
    let rows = rows.map(|row| &row[..length]);
    let mut sums = [[0.0; LANES]; N];
    let (chunks, rest) = y[..length].as_chunks_mut::<LANES>();
    let (x_chunks, x_rest) = x.as_chunks::<LANES>();
    for (i, (y, x)) in chunks.iter_mut().zip(x_chunks).enumerate() {
        for n in 0..N {
            let row: &[f64; LANES] = rows[n][i * LANES..].first_chunk().expect("as long as x");
            for k in 0..LANES {
                sums[n][k] = fused(row[k], x[k], sums[n][k]);
                y[k] = fused(factors[n], row[k], y[k]);
            }
        }
    }
    let done = length - rest.len();
    let mut totals = sums.map(|sums| sums.iter().sum::<f64>());
    for (i, (y, x)) in rest.iter_mut().zip(x_rest).enumerate() {
        for n in 0..N {
            let entry = rows[n][done + i];
            totals[n] = fused(entry, *x, totals[n]);
            *y = fused(factors[n], entry, *y);
        }
    }
    totals
}

/// The inner product of two vectors of the same length.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    dots([a], b)[0]
}

/// Adds `factor` times `x` to `y`.
pub(crate) fn add_multiple(y: &mut [f64], factor: f64, x: &[f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y = fused(factor, *x, *y);
    }
}

/// Adds halves to halves: a tree, whose order the length alone decides.
fn sum(x: &[f64; SUMS]) -> f64 {
    let mut x = *x;
    let mut half = SUMS / 2;
    while half > 0 {
        for k in 0..half {
            x[k] += x[k + half];
        }
        half /= 2;
    }
    x[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_small_integers_are_exact() {
        for n in [0, 1, 15, 16, 17, 40] {
            let a: Vec<f64> = (0..n).map(|i| (i % 5) as f64 - 2.0).collect();
            let b: Vec<f64> = (0..n + 3).map(|i| (i % 7) as f64).collect();
            let expected: f64 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
            let squares: f64 = a.iter().map(|a| a * a).sum();
            assert_eq!(dots([&b, &a], &a), [expected, squares]);
            let mut y = b[..n].to_vec();
            let both = dots_and_multiples([&b[..n], &a], &a, [2.0, -3.0], &mut y);
            assert_eq!(both, [expected, squares]);
            assert!((0..n).all(|i| y[i] == 3.0 * b[i] - 3.0 * a[i]));
            let mut y = b[..n].to_vec();
            add_multiple(&mut y, -3.0, &a);
            assert!((0..n).all(|i| y[i] == b[i] - 3.0 * a[i]));
        }
    }
}
