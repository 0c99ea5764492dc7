//! General matrix multiplication, `C = epilogue(A B)`: nearly all the arithmetic of a neural
//! network.
//!
//! The three ideas are those of K. Goto and R. A. van de Geijn, "Anatomy of high-performance matrix
//! multiplication" (ACM TOMS 34(3), 2008), in the five-loop form of F. G. Van Zee and R. A. van de
//! Geijn, "BLIS: a framework for rapidly instantiating BLAS functionality" (ACM TOMS 41(3), 2015):
//!
//! 1. **A register tile** (`micro.rs`). `MR x NR` elements of C stay in vector registers while a
//!    column of A and a row of B are read and multiplied: `MR NR` multiply-adds for `MR + NR`
//!    loads.
//! 2. **Packing** (`pack.rs`). The tile's operands are copied once into the order in which it reads
//!    them, so that every load is the next one in memory, and transposed operands cost the same as
//!    plain ones.
//! 3. **Blocking** (`blocked.rs`). The pieces are sized to stay in cache while they are reused: a
//!    block of A in L2, the packed B in L3.
//!
//! Packing pays off when each packed element is used often. An auto-encoder's matrices are
//! *skinny*: a batch of 250 x 784 times 784 x 10 uses every element of the batch only ten times.
//! For these, `skinny.rs` reads the large operand in place and packs only the small one.
//!
//! Every element of C results from the same sequence of operations for any number of threads, since
//! threads share out whole tiles.

mod blocked;
mod direct;
mod dot;
pub(super) mod epilogue;
pub(super) mod micro;
pub(super) mod outer;
pub(super) mod pack;
mod skinny;

pub use epilogue::Epilogue;

use super::simd::LANES;

/// A matrix as the kernels see it: elements in a slice, optionally read as transposed.
#[derive(Clone, Copy, Debug)]
pub struct MatRef<'a> {
    data: &'a [f32],
    rows: usize,
    cols: usize,
    /// Whether `data` holds the transpose: row `j` of the storage is column `j` of the matrix.
    transposed: bool,
}

impl<'a> MatRef<'a> {
    /// Creates a `rows x cols` matrix from row-major `data`.
    ///
    /// # Panics
    /// If `data` does not have `rows * cols` elements.
    #[must_use]
    pub fn new(data: &'a [f32], rows: usize, cols: usize) -> Self {
        assert!(
            data.len() == rows * cols,
            "MatRef: {} elements for a {rows} x {cols} matrix",
            data.len()
        );
        Self { data, rows, cols, transposed: false }
    }

    /// The transpose, without moving an element.
    #[must_use]
    pub fn t(self) -> Self {
        Self { rows: self.cols, cols: self.rows, transposed: !self.transposed, ..self }
    }

    /// Rows and columns.
    pub(super) fn shape(&self) -> (usize, usize) {
        (self.rows, self.cols)
    }

    /// The elements in storage order.
    pub(super) fn data(&self) -> &'a [f32] {
        self.data
    }

    /// Returns whether the matrix is stored column by column.
    fn is_transposed(&self) -> bool {
        self.transposed
    }

    /// Some columns of a row of a matrix that is not transposed.
    fn stored_row(&self, row: usize, cols: std::ops::Range<usize>) -> &'a [f32] {
        &self.data[row * self.cols..][cols]
    }

    /// The number of elements between the starts of two stored rows.
    fn stride(&self) -> usize {
        if self.transposed { self.rows } else { self.cols }
    }
}

/// The largest output extent treated as skinny: a few register tiles.
const SKINNY: usize = 64;

/// Computes `c = epilogue(a b)`, with `c` row-major, `a.rows x b.cols`. The old content of `c` is
/// ignored.
///
/// An inner dimension of 0 gives the epilogue of zeros.
///
/// # Special values
/// NaN and infinity appear exactly where the sums of the definition give them, where 0 times
/// infinity is NaN. Sums are f32: they overflow to infinity, or NaN where infinities of both signs
/// meet; subnormal numbers keep their digits.
///
/// # Panics
/// If the shapes do not match each other, `c` or the bias; the message gives all of them.
pub fn gemm(a: MatRef<'_>, b: MatRef<'_>, c: &mut [f32], epilogue: Epilogue<'_>) {
    let (m, k, n) = (a.rows, a.cols, b.cols);
    assert!(
        b.rows == k && c.len() == m * n,
        "gemm: ({m}, {k}) x ({}, {n}) into {} elements",
        b.rows,
        c.len()
    );
    assert!(
        epilogue.bias.is_none_or(|bias| bias.len() == n),
        "gemm: a bias of {:?} elements for ({m}, {n})",
        epilogue.bias.map(<[f32]>::len)
    );
    if c.is_empty() {
        return;
    }
    if k == 0 {
        c.fill(0.0);
        epilogue.apply(c);
        return;
    }
    // Which operand is large and can be read in place? The choice depends only on the shapes.
    // Swapped forms compute C^T = B^T A^T and write their tiles transposed.
    if outer::suits(a, b) {
        outer::gemm(a, b, c, epilogue);
    } else if dot::suits(a, b) {
        dot::gemm(a, b, c, epilogue);
    } else if direct::suits(a, b) {
        direct::gemm(a, b, c, epilogue);
    } else if n <= SKINNY && direct::suits(b.t(), a.t()) {
        direct::gemm_swapped(b.t(), a.t(), c);
        epilogue.apply(c);
    } else if n <= LANES && !a.transposed {
        skinny::rows_times_packed::<1>(a, b, c, epilogue);
    } else if n <= SKINNY && !a.transposed {
        skinny::rows_times_packed::<{ micro::NV }>(a, b, c, epilogue);
    } else if m <= SKINNY && !b.transposed {
        skinny::packed_times_rows(a, b, c, epilogue);
    } else if n <= SKINNY {
        skinny::packed_times_rows_swapped(b.t(), a.t(), c);
        epilogue.apply(c);
    } else if m <= SKINNY {
        skinny::rows_times_packed_swapped(b.t(), a.t(), c);
        epilogue.apply(c);
    } else {
        blocked::gemm(a, b, c, epilogue);
    }
}

#[cfg(test)]
mod tests;
