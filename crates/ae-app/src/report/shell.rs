//! Commands to be pasted into a shell.

use std::ffi::OsString;

/// Returns a line that a shell splits into these words. Returns `None` if a word has control
/// characters or is not UTF-8, because such a line cannot be pasted.
pub(crate) fn line(words: &[OsString]) -> Option<String> {
    let words: Option<Vec<_>> = words.iter().map(|word| word.to_str().and_then(quoted)).collect();
    Some(words?.join(" "))
}

/// Quotes the word if necessary: in single quotes on Unix, in double quotes on Windows, whose names
/// cannot contain them.
fn quoted(word: &str) -> Option<String> {
    let plain =
        |c: char| c.is_alphanumeric() || "-_./=,:+%@".contains(c) || cfg!(windows) && c == '\\';
    if word.chars().any(char::is_control) {
        None
    } else if !word.is_empty() && word.chars().all(plain) {
        Some(word.into())
    } else if cfg!(windows) {
        Some(format!("\"{word}\""))
    } else {
        Some(format!("'{}'", word.replace('\'', r"'\''")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn a_shell_reads_the_words_that_were_meant() {
        let words =
            ["plain", "my data", "it's", "$HOME `x` \"y\" \\", "", "漢", "*?", "~/x", "a=b c"];
        let line = line(&words.map(OsString::from)).unwrap();
        let script = format!("for word in {line}; do printf '%s\\n' \"$word\"; done");
        let output = std::process::Command::new("sh").arg("-c").arg(script).output().unwrap();
        let read = String::from_utf8(output.stdout).unwrap();
        assert_eq!(read.lines().collect::<Vec<_>>(), words);
    }

    #[test]
    fn what_cannot_be_pasted_is_not_a_line() {
        assert_eq!(line(&["a".into(), "b\u{1b}[31m".into()]), None);
        assert_eq!(line(&["a".into(), "b\n".into()]), None);
    }
}
