//! `a + b`, `a - b` and `a * b`, element by element, for equal shapes.
//!
//! Their gradients, by the sum and product rules: `a + b` passes `dy` to both; `a - b` passes `dy` and `-dy`;
//! `a * b` passes `dy * b` to `a` and `dy * a` to `b`.

/// `out = a + b`.
pub fn add(a: &[f32], b: &[f32], out: &mut [f32]) {
    combine(a, b, out, |a, b| a + b);
}

/// `out = a - b`.
pub fn sub(a: &[f32], b: &[f32], out: &mut [f32]) {
    combine(a, b, out, |a, b| a - b);
}

/// `out = a * b`. Also its own backward function: `da = mul(dy, b)` and `db = mul(dy, a)`.
pub fn mul(a: &[f32], b: &[f32], out: &mut [f32]) {
    combine(a, b, out, |a, b| a * b);
}

/// `out = -x`, the gradient of `a - b` by `b`.
pub fn neg(x: &[f32], out: &mut [f32]) {
    combine(x, x, out, |x, _| -x);
}

fn combine(a: &[f32], b: &[f32], out: &mut [f32], f: impl Fn(f32, f32) -> f32) {
    assert!(
        a.len() == b.len() && a.len() == out.len(),
        "arithmetic: {} and {} elements into {}",
        a.len(),
        b.len(),
        out.len()
    );
    for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
        *out = f(a, b);
    }
}
