//! `y = c x` for a constant `c`; so `dx = c dy`.

/// `out = c x`. Also its own backward function.
///
/// # Panics
/// If the lengths differ.
pub fn scale(c: f32, x: &[f32], out: &mut [f32]) {
    assert!(x.len() == out.len(), "scale: {} elements into {}", x.len(), out.len());
    out.iter_mut().zip(x).for_each(|(out, x)| *out = c * x);
}
