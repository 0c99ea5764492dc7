//! A symmetric matrix as the two solvers receive it: checked, scaled, its rows in order.

use crate::PcaError;

/// A square matrix of which only the upper triangle is read.
pub(crate) struct Symmetric<'a> {
    matrix: &'a [f64],
    n: usize,
}

impl<'a> Symmetric<'a> {
    /// Checks the size and the numbers.
    ///
    /// # Errors
    /// [`PcaError::NotFinite`] for NaN or infinity in the upper triangle.
    ///
    /// # Panics
    /// If `matrix` does not have `n * n` elements; the message begins with `caller`.
    #[track_caller]
    pub(crate) fn checked(matrix: &'a [f64], n: usize, caller: &str) -> Result<Self, PcaError> {
        assert!(
            n.checked_mul(n) == Some(matrix.len()),
            "{caller}: {} elements for a {n} x {n} matrix",
            matrix.len()
        );
        for i in 0..n {
            if let Some(column) = (i..n).find(|j| !matrix[i * n + j].is_finite()) {
                return Err(PcaError::not_finite(i, column, matrix[i * n + column]));
            }
        }
        Ok(Self { matrix, n })
    }

    pub(crate) fn entry(&self, i: usize, j: usize) -> f64 {
        self.matrix[i.min(j) * self.n + i.max(j)]
    }

    /// The rows by decreasing diagonal entries, the final order of the eigenvalues of a diagonal
    /// matrix. Equal entries keep their order.
    pub(crate) fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.n).collect();
        order.sort_by(|&i, &j| self.entry(j, j).total_cmp(&self.entry(i, i)));
        order
    }

    /// The exponent of two of the entry of largest magnitude.
    pub(crate) fn exponent(&self) -> i32 {
        let n = self.n;
        let entries = (0..n).flat_map(|i| &self.matrix[i * n + i..][..n - i]);
        exponent(entries.fold(0.0f64, |m, x| m.max(x.abs())))
    }
}

/// The `e` of `2^e <= x < 2^(e + 1)`, restricted to those for which `2^e` and `2^-e` are normal
/// numbers.
fn exponent(x: f64) -> i32 {
    (((x.to_bits() >> 52) & 0x7ff) as i32 - 1023).clamp(-1022, 1022)
}

/// `2^e` for `e` from -1022 to 1023, exactly.
pub(crate) fn power_of_two(e: i32) -> f64 {
    f64::from_bits(((e + 1023) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_two_are_exact() {
        let numbers = [(1.0, 0), (1.99, 0), (2.0, 1), (0.75, -1), (1e300, 996)];
        for (x, e) in numbers {
            assert_eq!(exponent(x), e);
            assert_eq!(power_of_two(e) * power_of_two(-e), 1.0);
        }
        // The ends of the range: zero, the smallest subnormal, the largest number.
        assert_eq!((exponent(0.0), exponent(5e-324), exponent(f64::MAX)), (-1022, -1022, 1022));
        assert_eq!((power_of_two(-1022), power_of_two(-3)), (f64::MIN_POSITIVE, 0.125));
    }
}
