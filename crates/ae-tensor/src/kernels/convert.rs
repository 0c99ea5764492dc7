//! Conversion of pixels to floats.

use super::parallel::for_each_block;

/// The number of rows per task.
const ROWS: usize = 8;
/// The cost of an element in floating-point operations; decides whether threads pay off.
const COST: usize = 4;

/// Computes `out = x / 255`, correctly rounded: bytes as gray levels in [0, 1].
///
/// # Panics
/// If the lengths differ.
pub fn unit_from_u8(x: &[u8], out: &mut [f32]) {
    assert!(x.len() == out.len(), "unit_from_u8: {} bytes into {}", x.len(), out.len());
    for (out, &x) in out.iter_mut().zip(x) {
        *out = unit(x);
    }
}

/// 1/255 is 257/65535, so this is near it; its product with a byte is exact.
const HIGH: f32 = 257.0 / 65536.0;
/// The rest of 1/255.
const LOW: f32 = (1.0 / 255.0 - HIGH as f64) as f32;

/// `x / 255`, correctly rounded, as is tested for all 256 bytes. A product with a rounded 1/255 is
/// off by one rounding for some of them, and a division takes the time of several products.
#[inline(always)]
fn unit(x: u8) -> f32 {
    let x = f32::from(x);
    x * HIGH + x * LOW
}

/// Copies row `rows[i]` of `x` to row `i` of `out` as gray levels; each row has `len` elements.
///
/// # Panics
/// If `out` does not have `rows.len()` rows, or an index is beyond the rows of `x`.
pub fn gather_unit_rows(x: &[u8], len: usize, rows: &[usize], out: &mut [f32]) {
    assert!(
        out.len() == rows.len() * len,
        "gather_unit_rows: {} rows of {len} into {}",
        rows.len(),
        out.len()
    );
    if len == 0 {
        return;
    }
    for_each_block(out, ROWS * len, COST * out.len(), |block, out| {
        for (out, &row) in out.chunks_exact_mut(len).zip(&rows[block * ROWS..]) {
            unit_from_u8(&x[row * len..][..len], out);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_256_values_equal_those_of_numpy() {
        // NumPy divides in f64 and rounds the quotient to f32.
        let x: Vec<u8> = (0..=255).collect();
        let mut out = vec![f32::NAN; 256];
        unit_from_u8(&x, &mut out);
        for (&x, &y) in x.iter().zip(&out) {
            assert_eq!(y, (f64::from(x) / 255.0) as f32, "{x}");
        }
    }

    #[test]
    fn rows_are_gathered_in_the_order_asked_for() {
        // Enough rows for several blocks and threads.
        let (count, len) = (300, 784);
        let x: Vec<u8> = (0..count * len).map(|i| (i / len % 251) as u8).collect();
        let rows: Vec<usize> = (0..200).map(|i| (i * 7 + 3) % count).collect();
        let mut out = vec![f32::NAN; rows.len() * len];
        gather_unit_rows(&x, len, &rows, &mut out);
        for (out, &row) in out.chunks(len).zip(&rows) {
            let expected = (row % 251) as f32 / 255.0;
            assert!(out.iter().all(|&v| v == expected), "row {row}");
        }
    }
}
