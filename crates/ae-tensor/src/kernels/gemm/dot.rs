//! Products whose elements are dot products of stored rows: A is stored by rows, B by columns, and
//! there are at most 16 columns.
//!
//! The other forms hold 16 columns of C in a vector, of which ten columns fill ten lanes. Here a
//! vector holds 16 consecutive terms of one element's sum: all lanes work, whatever the number of
//! columns, and nothing is packed. At the end the lanes of each element are added. The gradient of
//! a small code, `G W^T`, is such a product.
//!
//! An element is a sum of 16 partial sums, so it is rounded differently, and usually less, than one
//! running sum.

use super::super::parallel::for_each_block;
use super::super::simd::{LANES, load_partial};
use super::{Epilogue, MatRef};
use wide::f32x16;

/// The rows and columns of a tile of sums. All sums, the vectors of B and one of A fit into the
/// registers of AVX-512; with AVX2, whose registers hold half a vector, the sums alone.
const ROWS: usize = if cfg!(target_feature = "avx512f") { 4 } else { 2 };
const COLS: usize = if cfg!(target_feature = "avx512f") { 5 } else { 3 };
/// The number of rows per task.
const TASK: usize = 4 * ROWS;
/// The smallest inner dimension: the final addition of lanes takes as long as some steps.
const LONG: usize = 8 * LANES;

/// Returns whether `a b` should be computed this way.
pub(super) fn suits(a: MatRef<'_>, b: MatRef<'_>) -> bool {
    let stored = !a.transposed && b.transposed;
    stored && a.rows >= ROWS && (COLS..=LANES).contains(&b.cols) && a.cols >= LONG
}

/// Computes `c = epilogue(a b)` for products that [`suits`].
pub(super) fn gemm(a: MatRef<'_>, b: MatRef<'_>, c: &mut [f32], epilogue: Epilogue<'_>) {
    let (m, k, n) = (a.rows, a.cols, b.cols);
    for_each_block(c, TASK * n, 2 * m * k * n, |task, c| {
        for (tile, c) in c.chunks_mut(ROWS * n).enumerate() {
            // The last tiles overlap those before them; the rows they share are skipped.
            let row = task * TASK + tile * ROWS;
            let first = row.min(m - ROWS);
            let rows = std::array::from_fn(|i| &a.data[(first + i) * k..][..k]);
            for start in (0..n).step_by(COLS) {
                let col = start.min(n - COLS);
                let sums = dots(rows, std::array::from_fn(|j| &b.data[(col + j) * k..][..k]));
                for (c, sums) in c.chunks_exact_mut(n).zip(&sums[row - first..]) {
                    c[col..][..COLS].copy_from_slice(sums);
                }
            }
        }
        epilogue.apply(c);
    });
}

/// All dot products of some rows of A with some columns of B.
#[inline(always)]
fn dots(rows: [&[f32]; ROWS], columns: [&[f32]; COLS]) -> [[f32; COLS]; ROWS] {
    let mut sums = [[f32x16::ZERO; COLS]; ROWS];
    // Loops, since `map` over an array may stay a call.
    let mut row_bodies: [&[[f32; LANES]]; ROWS] = [&[]; ROWS];
    let mut row_rests: [&[f32]; ROWS] = [&[]; ROWS];
    for i in 0..ROWS {
        (row_bodies[i], row_rests[i]) = rows[i].as_chunks();
    }
    let mut column_bodies: [&[[f32; LANES]]; COLS] = [&[]; COLS];
    let mut column_rests: [&[f32]; COLS] = [&[]; COLS];
    for j in 0..COLS {
        (column_bodies[j], column_rests[j]) = columns[j].as_chunks();
    }
    for q in 0..row_bodies[0].len() {
        let column: [f32x16; COLS] = std::array::from_fn(|j| f32x16::new(column_bodies[j][q]));
        let row: [f32x16; ROWS] = std::array::from_fn(|i| f32x16::new(row_bodies[i][q]));
        add_products(&mut sums, &row, &column);
    }
    if !row_rests[0].is_empty() {
        let column = std::array::from_fn(|j| load_partial(column_rests[j], 0.0));
        let row = std::array::from_fn(|i| load_partial(row_rests[i], 0.0));
        add_products(&mut sums, &row, &column);
    }
    std::array::from_fn(|i| std::array::from_fn(|j| sums[i][j].reduce_add()))
}

/// Adds the products of each row's terms with each column's.
#[inline(always)]
fn add_products(sums: &mut [[f32x16; COLS]; ROWS], row: &[f32x16; ROWS], column: &[f32x16; COLS]) {
    for i in 0..ROWS {
        for j in 0..COLS {
            sums[i][j] = row[i].mul_add(column[j], sums[i][j]);
        }
    }
}
