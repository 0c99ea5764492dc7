//! Untrusted text in a one-line message.

use std::path::Path;

/// Returns the text with its control characters escaped. A file name, or a decoder that quotes a
/// file, may contain a line break or a terminal command.
///
/// Nothing else changes, so text that was escaped before stays as it is.
///
/// ```
/// assert_eq!(ae_files::printable("a\nb\u{1b}[31m é"), r"a\nb\u{1b}[31m é");
/// ```
#[must_use]
pub fn printable(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
    }
    line
}

/// Returns the path as [`printable`] text. Bytes that are not UTF-8 become U+FFFD.
#[must_use]
pub fn printable_path(path: &Path) -> String {
    printable(&path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped_and_nothing_else_is() {
        assert_eq!(printable("a\r\n\t\u{7f}\u{85}"), r"a\r\n\t\u{7f}\u{85}");
        let plain = r#"C:\data\"é" 5 – ok"#;
        assert_eq!(printable(plain), plain);
        assert_eq!(printable_path(Path::new("a\nb")), r"a\nb");
    }

    #[test]
    fn escaping_twice_is_escaping_once() {
        let once = printable("a\nb");
        assert_eq!(printable(&once), once);
    }
}
