//! An error's message is one line that includes the operating system's reason, and `Error::source`
//! is `None`, so a program that prints the whole chain prints each reason once.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

/// The Rust files below a folder, in order.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The lines of a file by which an error would return its reason a second time.
fn offenses(text: &str) -> Vec<&str> {
    let mut offenses = Vec::new();
    let mut transparent = false;
    // Only there does a field of this name mean something.
    let of_errors = text.contains("thiserror");
    for line in text.lines().map(str::trim) {
        let from = line.contains("#[from]") && !transparent;
        let field = of_errors && (line.starts_with("source: ") || line.starts_with("pub source: "));
        if from || field || line.contains("#[source]") || line.starts_with("fn source(&self)") {
            offenses.push(line);
        }
        // The message and the source of such a variant are those of the error within.
        if line.starts_with("#[error(") {
            transparent = line == "#[error(transparent)]";
        }
    }
    offenses
}

#[test]
fn no_error_offers_its_reason_a_second_time() {
    let mut files = Vec::new();
    for folder in fs::read_dir(common::workspace().join("crates")).unwrap() {
        sources(&folder.unwrap().path().join("src"), &mut files);
    }
    let mut errors = 0;
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        errors += usize::from(text.contains("#[error("));
        assert_eq!(offenses(&text), [""; 0], "{}", file.display());
    }
    assert!(errors >= 10, "{errors} files with errors only");
}

#[test]
fn what_would_print_a_reason_twice_is_found() {
    for line in ["#[source]", "Io(#[from] io::Error),", "source: io::Error,"] {
        let text = format!("#[derive(thiserror::Error)]\n#[error(\"a\")]\n    {line}\n");
        assert_eq!(offenses(&text), [line]);
    }
    assert_eq!(offenses("#[error(transparent)]\nIo(#[from] io::Error),"), [""; 0]);
    let by_hand = "fn source(&self) -> Option<&(dyn Error + 'static)> {";
    assert_eq!(offenses(by_hand), [by_hand]);
}
