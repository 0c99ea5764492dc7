//! Eigenvectors of the tridiagonal matrix, transformed to those of the original one.
//!
//! Reflections are applied in blocks: R. Schreiber and C. Van Loan, "A storage-efficient WY
//! representation for products of Householder transformations", SIAM J. Sci. Stat. Comput. 10
//! (1989).

use crate::tridiagonal::Tridiagonal;
use crate::vectors::{add_multiple, dot};
use ae_tensor::kernels::packed::Packed;
use ae_tensor::kernels::parallel::{current_threads, for_each_with};

/// The number of reflections that are applied together.
const BLOCK: usize = 48;

/// The number of vectors that a task transforms: 96 of 784 numbers take 600 KB.
const VECTORS: usize = 96;

/// The product of some consecutive reflections, `I - V^T T V` with the vectors as the rows of V and
/// an upper triangular T.
struct Block {
    /// The vectors begin with this many zeros, which are left out below.
    first: usize,
    /// The number of reflections.
    count: usize,
    /// V^T, and V.
    columns: Packed,
    rows: Packed,
    /// T^T.
    triangle: Packed,
}

impl Block {
    /// The reflections from `start` on.
    fn new(t: &Tridiagonal, n: usize, start: usize) -> Self {
        let first = start + 1;
        let end = (n - 1).min(start + BLOCK);
        let padded = |j: usize| [&vec![0.0; j - start][..], &t.reflectors[j]].concat();
        let v: Vec<Vec<f64>> = (start..end).map(padded).collect();
        let v: Vec<&[f64]> = v.iter().map(|v| &v[..]).collect();
        Self {
            first,
            count: v.len(),
            columns: Packed::transposed(v.iter().copied(), n - first),
            rows: Packed::from_rows(v.iter().copied(), n - first),
            triangle: Packed::new(&triangle(&v, &t.factors[start..end]), v.len()),
        }
    }

    /// Applies the block to the columns of `x`, in rows of `width` numbers.
    fn apply(&self, x: &mut [f64], width: usize) {
        let x = &mut x[self.first * width..];
        // V X, then T of that, then V^T of that.
        let inner = self.times(&self.columns, x, width);
        let outer = self.times(&self.triangle, &inner, width);
        self.rows.add_cross_product(&Packed::new(&outer, width), -1.0, x, width);
    }

    /// `factor^T x`, which has a row for each reflection.
    fn times(&self, factor: &Packed, x: &[f64], width: usize) -> Vec<f64> {
        let mut out = vec![0.0; self.count * width];
        factor.add_cross_product(&Packed::new(x, width), 1.0, &mut out, width);
        out
    }
}

/// The T^T of the product of reflections with these vectors and factors, row-major.
///
/// One more reflection turns `I - V^T T V` into `(I - V^T T V)(I - tau v v^T)`, whose T has one
/// more column, `-tau T V v` above tau (LAPACK's `dlarft`).
fn triangle(v: &[&[f64]], factors: &[f64]) -> Vec<f64> {
    let k = v.len();
    // Row j is column j of T.
    let mut columns = vec![0.0; k * k];
    for j in 0..k {
        let tau = factors[j];
        let (done, column) = columns.split_at_mut(j * k);
        for (i, done) in done.chunks_exact(k).enumerate() {
            add_multiple(&mut column[..j], -tau * dot(v[i], v[j]), &done[..j]);
        }
        column[j] = tau;
    }
    columns
}

/// Turns each of `vectors`, rows of `n` numbers, into `Q` times it.
pub(crate) fn reflect_back(t: &Tridiagonal, vectors: &mut [f64]) {
    let n = t.diagonal.len();
    if n < 2 {
        return;
    }
    let starts: Vec<usize> = (0..n - 1).step_by(BLOCK).collect();
    let mut blocks: Vec<Option<Block>> = starts.iter().map(|_| None).collect();
    let lanes = current_threads();
    for_each_with(&mut vec![(); lanes], &mut blocks, |(), i, block| {
        *block = Some(Block::new(t, n, starts[i]));
    });
    let mut tasks: Vec<&mut [f64]> = vectors.chunks_mut(VECTORS * n).collect();
    for_each_with(&mut vec![(); lanes], &mut tasks, |(), _, rows| {
        let width = rows.len() / n;
        let mut columns = transposed(rows, n);
        for block in blocks.iter().rev().flatten() {
            block.apply(&mut columns, width);
        }
        rows.copy_from_slice(&transposed(&columns, width));
    });
}

/// The transpose of a matrix in rows of `cols` numbers.
fn transposed(matrix: &[f64], cols: usize) -> Vec<f64> {
    let rows = matrix.len() / cols;
    let mut out = vec![0.0; matrix.len()];
    // Eight rows at a time: what is written to a column of the result fills a cache line.
    for start in (0..rows).step_by(8) {
        let count = 8.min(rows - start);
        for j in 0..cols {
            for i in start..start + count {
                out[j * rows + i] = matrix[i * cols + j];
            }
        }
    }
    out
}
