//! The memory layout of the matrices in Jacobi's method.

use crate::rotation::STRIP;
use std::ops::Range;

/// An `[n, n]` matrix in strips of columns, one after another: all rows of the first strip, then
/// those of the next.
///
/// A rotation of two rows thus finds its numbers close together, and strips can be given to
/// different threads.
pub(crate) struct Strips {
    n: usize,
    /// Padded with zeros.
    pub(crate) strips: Vec<[f64; STRIP]>,
}

impl Strips {
    pub(crate) fn new(n: usize, mut entry: impl FnMut(usize, usize) -> f64) -> Self {
        let mut strips = vec![[0.0; STRIP]; n * n.div_ceil(STRIP)];
        for i in 0..n {
            for j in 0..n {
                strips[j / STRIP * n + i][j % STRIP] = entry(i, j);
            }
        }
        Self { n, strips }
    }

    /// The entries of row `i` in these columns, in pieces.
    pub(crate) fn pieces(
        &self,
        i: usize,
        columns: &Range<usize>,
    ) -> impl Iterator<Item = &[f64]> + use<'_> {
        pieces(columns).map(move |(s, places)| &self.strips[s * self.n + i][places])
    }

    pub(crate) fn row(&self, i: usize) -> impl Iterator<Item = f64> {
        self.pieces(i, &(0..self.n)).flatten().copied()
    }
}

/// The strips that contain these columns, and the positions in them.
pub(crate) fn pieces(
    columns: &Range<usize>,
) -> impl Iterator<Item = (usize, Range<usize>)> + use<> {
    let Range { start, end } = columns.clone();
    (start / STRIP..end.div_ceil(STRIP)).map(move |s| {
        let begin = s * STRIP;
        (s, start.max(begin) - begin..end.min(begin + STRIP) - begin)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_columns_fall_into_strips() {
        let of = |columns: Range<usize>| pieces(&columns).collect::<Vec<_>>();
        assert_eq!(of(5..5), [(0, 5..5)]);
        assert_eq!(of(STRIP..STRIP), []);
        assert_eq!(of(3..STRIP), [(0, 3..STRIP)]);
        assert_eq!(of(STRIP - 1..STRIP + 2), [(0, STRIP - 1..STRIP), (1, 0..2)]);
        assert_eq!(of(0..2 * STRIP + 1), [(0, 0..STRIP), (1, 0..STRIP), (2, 0..1)]);
    }

    #[test]
    fn rows_come_back_as_they_went_in() {
        for n in [1, STRIP, STRIP + 1] {
            let strips = Strips::new(n, |i, j| (i * n + j) as f64);
            for i in 0..n {
                let expected: Vec<f64> = (0..n).map(|j| (i * n + j) as f64).collect();
                assert_eq!(strips.row(i).collect::<Vec<_>>(), expected);
            }
        }
    }
}
