//! Comparisons that report where they fail.

/// Panics unless `|actual - expected| <= atol + rtol * |expected|` for every element.
///
/// # Panics
/// On a difference in length, on a NaN on either side, and on the first element out of tolerance;
/// the message gives its index and both values.
#[track_caller]
pub fn assert_close(actual: &[f32], expected: &[f64], rtol: f64, atol: f64) {
    let wide: Vec<f64> = actual.iter().map(|&x| f64::from(x)).collect();
    assert_close_f64(&wide, expected, rtol, atol);
}

/// As [`assert_close`], for results that are f64 themselves.
///
/// # Panics
/// As for [`assert_close`].
#[track_caller]
pub fn assert_close_f64(actual: &[f64], expected: &[f64], rtol: f64, atol: f64) {
    assert_eq!(
        actual.len(),
        expected.len(),
        "lengths differ: {} values for {} expected",
        actual.len(),
        expected.len()
    );
    for (i, (&a, &e)) in actual.iter().zip(expected).enumerate() {
        // Written so that a NaN on either side fails; equal infinities pass.
        let close = a == e || (a - e).abs() <= atol + rtol * e.abs();
        assert!(
            close,
            "element {i}: {a:e} is not {e:e} (off by {:e}; rtol {rtol:e}, atol {atol:e})",
            (a - e).abs()
        );
    }
}

/// The number of steps between representable f32 from `a` to `b`: 0 for equal numbers (and for the
/// two zeros), `u32::MAX` if exactly one of them is NaN.
#[must_use]
pub fn ulp_distance(a: f32, b: f32) -> u32 {
    if a.is_nan() || b.is_nan() {
        return if a.is_nan() && b.is_nan() { 0 } else { u32::MAX };
    }
    // The bits of positive floats increase with the float; mirror the negative ones below zero.
    let ordered = |x: f32| {
        let bits = i64::from(x.to_bits() & 0x7fff_ffff);
        if x.is_sign_negative() { -bits } else { bits }
    };
    u32::try_from((ordered(a) - ordered(b)).unsigned_abs()).unwrap_or(u32::MAX)
}

/// The largest [`ulp_distance`] between `actual` and the f64 `expected` rounded to f32, with the
/// index where it occurs: `(distance, index)`; `(0, 0)` for empty slices.
///
/// # Panics
/// If the lengths differ.
#[must_use]
pub fn max_ulp(actual: &[f32], expected: &[f64]) -> (u32, usize) {
    assert_eq!(actual.len(), expected.len(), "lengths differ");
    let mut worst = (0, 0);
    for (i, (&a, &e)) in actual.iter().zip(expected).enumerate() {
        let distance = ulp_distance(a, e as f32);
        if distance > worst.0 {
            worst = (distance, i);
        }
    }
    worst
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ulps_count_representable_numbers() {
        assert_eq!(ulp_distance(1.0, 1.0f32.next_up().next_up()), 2);
        assert_eq!(ulp_distance(0.0f32.next_down(), 0.0f32.next_up()), 2);
        assert_eq!(ulp_distance(f32::NAN, 1.0), u32::MAX);
        assert_eq!(ulp_distance(f32::NEG_INFINITY, f32::MIN), 1);
    }

    #[test]
    #[should_panic(expected = "element 1")]
    fn nan_is_never_close() {
        assert_close(&[1.0, f32::NAN], &[1.0, 1.0], 1.0, 1.0);
    }

    #[test]
    #[should_panic(expected = "lengths differ")]
    fn a_shorter_result_is_not_close() {
        assert_close(&[], &[1.0], 1.0, 1.0);
    }
}
