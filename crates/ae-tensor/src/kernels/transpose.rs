//! Transposition, block by block.

/// Writes the transpose of the row-major `rows x cols` matrix `x` to `out`.
///
/// Reading along rows means writing along columns: each write touches another cache line. Within a block of
/// 16 x 16 these lines are 16, and stay in cache until they are full.
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
    const BLOCK: usize = 16;
    for i0 in (0..rows).step_by(BLOCK) {
        for j0 in (0..cols).step_by(BLOCK) {
            for i in i0..rows.min(i0 + BLOCK) {
                for j in j0..cols.min(j0 + BLOCK) {
                    out[j * rows + i] = x[i * cols + j];
                }
            }
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
