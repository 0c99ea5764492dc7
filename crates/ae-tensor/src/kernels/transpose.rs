//! Transposition, block by block.

use wide::f32x8;

/// Writes the transpose of the row-major `rows x cols` matrix `x` to `out`.
///
/// # Special values
/// Copies every bit.
///
/// # Panics
/// If a slice does not have `rows * cols` elements.
pub fn transpose(x: &[f32], rows: usize, cols: usize, out: &mut [f32]) {
    assert!(
        x.len() == rows * cols && out.len() == rows * cols,
        "transpose: {rows} x {cols} from {} into {} elements",
        x.len(),
        out.len()
    );
    transpose_strided(x, cols, [rows, cols], out, rows);
}

/// `out[j * out_stride + i] = x[i * x_stride + j]` for `i < rows`, `j < cols`.
///
/// Reading along rows means writing along columns: each write hits another cache line. Eight rows
/// of eight are read as vectors, exchanged in registers, and written as vectors.
pub(crate) fn transpose_strided(
    x: &[f32],
    x_stride: usize,
    [rows, cols]: [usize; 2],
    out: &mut [f32],
    out_stride: usize,
) {
    const SIDE: usize = 8;
    let whole = [rows - rows % SIDE, cols - cols % SIDE];
    for i in (0..whole[0]).step_by(SIDE) {
        for j in (0..whole[1]).step_by(SIDE) {
            let mut block = [f32x8::ZERO; SIDE];
            for (k, row) in block.iter_mut().enumerate() {
                let row_of_x = x[(i + k) * x_stride + j..].first_chunk();
                *row = f32x8::new(*row_of_x.expect("a row of the block has 8 elements"));
            }
            for (k, row) in f32x8::transpose(block).into_iter().enumerate() {
                let row_of_out = out[(j + k) * out_stride + i..].first_chunk_mut();
                *row_of_out.expect("a row of the block has 8 elements") = row.to_array();
            }
        }
    }
    // The remainder: the last columns of all rows, and the last rows.
    for i in 0..rows {
        for j in if i < whole[0] { whole[1] } else { 0 }..cols {
            out[j * out_stride + i] = x[i * x_stride + j];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_testkit::naive;

    #[test]
    fn equals_its_definition() {
        for (rows, cols) in [(0, 5), (1, 1), (16, 16), (17, 3), (33, 50)] {
            let x: Vec<f32> = (0..rows * cols).map(|i| i as f32).collect();
            let mut out = vec![f32::NAN; rows * cols];
            transpose(&x, rows, cols, &mut out);
            assert_eq!(out, naive::transpose(&x, rows, cols));
        }
    }
}
