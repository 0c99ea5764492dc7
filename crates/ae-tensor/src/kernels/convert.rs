//! Pixels to numbers.

/// `out = x / 255`, correctly rounded: bytes as gray levels in [0, 1].
///
/// # Panics
/// If the lengths differ.
pub fn unit_from_u8(x: &[u8], out: &mut [f32]) {
    assert!(x.len() == out.len(), "unit_from_u8: {} bytes into {}", x.len(), out.len());
    // A division, not a product with 1/255, which is off by a rounding for some of the 256 values.
    for (out, &x) in out.iter_mut().zip(x) {
        *out = f32::from(x) / 255.0;
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn all_256_values_equal_those_of_numpy() {
        // NumPy divides in f64 and rounds the quotient to f32.
        let x: Vec<u8> = (0..=255).collect();
        let mut out = vec![f32::NAN; 256];
        super::unit_from_u8(&x, &mut out);
        for (&x, &y) in x.iter().zip(&out) {
            assert_eq!(y, (f64::from(x) / 255.0) as f32, "{x}");
        }
    }
}
