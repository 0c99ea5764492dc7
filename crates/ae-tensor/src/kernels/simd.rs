//! The vector type of every kernel, and safe ways in and out of it.
//!
//! A kernel is written for 16 lanes of f32 on every CPU: one AVX-512 register, two of AVX2, four of
//! SSE2 or NEON. `wide` picks the instructions at compile time from the target's features.

use wide::f32x16;

/// The number of lanes of [`f32x16`].
pub(crate) const LANES: usize = 16;

/// Loads the first 16 floats of `x`.
///
/// # Panics
/// If `x` is shorter.
#[inline(always)]
pub(crate) fn load(x: &[f32]) -> f32x16 {
    let lanes: &[f32; LANES] = x[..LANES].try_into().expect("a slice of 16 has 16 elements");
    f32x16::new(*lanes)
}

/// Loads up to 16 floats; the missing lanes are filled with `fill`.
#[inline(always)]
pub(crate) fn load_partial(x: &[f32], fill: f32) -> f32x16 {
    let mut lanes = [fill; LANES];
    lanes[..x.len()].copy_from_slice(x);
    f32x16::new(lanes)
}

/// Vectors that hold one coefficient each. A loop, since `map` over an array stayed a call for each
/// vector of the data, with the coefficients on the stack. Without the call `ln_1p` is 1.5 to 1.9
/// times as fast on a Zen 5.
#[inline(always)]
pub(crate) fn splat<const N: usize>(coefficients: [f32; N]) -> [f32x16; N] {
    let mut vectors = [f32x16::ZERO; N];
    for (vector, x) in vectors.iter_mut().zip(coefficients) {
        *vector = f32x16::splat(x);
    }
    vectors
}

/// Writes all lanes to the front of `out`.
///
/// # Panics
/// If `out` is shorter than 16.
#[inline(always)]
pub(crate) fn store(v: f32x16, out: &mut [f32]) {
    out[..LANES].copy_from_slice(v.as_array());
}

/// Writes as many lanes as `out` has elements, 16 at most.
#[inline(always)]
pub(crate) fn store_partial(v: f32x16, out: &mut [f32]) {
    let n = out.len();
    out.copy_from_slice(&v.as_array()[..n]);
}

/// Applies `f` to every element of `x`, a vector at a time, and writes the results to `out`.
///
/// The remainder that does not fill a vector goes through the same `f`, padded: every element's
/// result depends only on its own value, not on its position in the slice.
#[inline(always)]
pub(crate) fn map(x: &[f32], out: &mut [f32], f: impl Fn(f32x16) -> f32x16) {
    let (x_body, x_rest) = x.as_chunks::<LANES>();
    let (out_body, out_rest) = out.as_chunks_mut::<LANES>();
    for (o, v) in out_body.iter_mut().zip(x_body) {
        *o = f(f32x16::new(*v)).to_array();
    }
    if !x_rest.is_empty() {
        store_partial(f(load_partial(x_rest, 0.0)), out_rest);
    }
}
