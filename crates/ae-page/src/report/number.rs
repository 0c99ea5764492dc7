//! How numbers are written.

/// The digits that a rounded number keeps.
const DIGITS: i32 = 6;

/// A number with six significant digits: without zeros at its end, or, if it is very large or very
/// small, with an exponent.
pub(super) fn rounded(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let exponent = value.abs().log10().floor() as i32;
    if !(-5..15).contains(&exponent) {
        return format!("{value:.*e}", (DIGITS - 1) as usize);
    }
    let decimals = (DIGITS - 1 - exponent).max(0) as usize;
    let text = format!("{value:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// A number of bytes, as a person says it.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1_000 {
        return format!("{bytes} B");
    }
    let (mut value, mut unit) = (bytes as f64 / 1e3, 0);
    while value >= 999.5 && unit + 1 < UNITS.len() {
        (value, unit) = (value / 1e3, unit + 1);
    }
    let decimals = usize::from(value < 9.95);
    format!("{value:.decimals$} {}", UNITS[unit])
}

/// The number that a cell holds, if it is one.
pub(super) fn number(text: &str) -> Option<f64> {
    let digits = text.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.');
    if digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_six_digits() {
        for (value, expected) in [
            (0.0, "0"),
            (0.194_832_012, "0.194832"),
            (0.1, "0.1"),
            (-12.345_678_9, "-12.3457"),
            (5421.0, "5421"),
            (1_234_567.8, "1234568"),
            (1.5e-7, "1.50000e-7"),
            (3e32, "3.00000e32"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(rounded(value), expected);
        }
    }

    #[test]
    fn sizes_have_a_unit() {
        for (bytes, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (9_950, "10 kB"),
            (123_456, "123 kB"),
            (999_499, "999 kB"),
            (999_500, "1.0 MB"),
            (12_345_678, "12 MB"),
        ] {
            assert_eq!(size(bytes), expected);
        }
    }

    #[test]
    fn a_name_is_not_a_number() {
        assert_eq!(number("12.5"), Some(12.5));
        for text in ["", "inf", "nan", "-", "5 of 9", "notebook-dense"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
