//! The exercises of the lessons: their texts, their solutions, and the mutants of those that break
//! the code on purpose.
//!
//! A mutant is a scripted edit of the sources and the tests that fail after it. The tables are in
//! `tests/exercises/`, one for each lesson. `tests/tests/exercises.rs` compares them with the
//! lessons, which is quick; the program `exercises` applies them to a copy of the sources and runs
//! the tests, which is not.

use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};

/// The mutants of a lesson.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// The lesson's file, from the root of the workspace.
    pub lesson: String,
    /// Its mutants, in the order of the exercises.
    pub mutant: Vec<Mutant>,
}

/// One edit of the sources, as an exercise asks for it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mutant {
    /// The number of the exercise.
    pub exercise: usize,
    /// What is done, in a few words.
    pub what: String,
    /// The replacements.
    pub edit: Vec<Edit>,
    /// The arguments of `cargo test --no-fail-fast`.
    pub test: String,
    /// The tests that fail, sorted: the name of the test program and that of the test. For an
    /// example in documentation, `doc` and its file, without the line.
    pub fails: Vec<String>,
}

/// The replacement of a text that a file contains exactly once.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// The file, from the root of the workspace.
    pub file: String,
    /// What it contains.
    pub find: String,
    /// What it contains afterwards.
    pub put: String,
}

impl Edit {
    /// The text after the edit.
    ///
    /// # Errors
    /// If `text` does not contain exactly one place to edit.
    pub fn apply(&self, text: &str) -> Result<String, String> {
        let Self { file, find, put } = self;
        match text.matches(find.as_str()).count() {
            1 => Ok(text.replacen(find.as_str(), put, 1)),
            n => Err(format!("{file}: expected the text once, found it {n} times: {find}")),
        }
    }
}

/// The root of the workspace.
#[must_use]
pub fn workspace() -> PathBuf {
    let mut path = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    path.pop();
    path
}

/// All tables, sorted by their files' names.
///
/// # Panics
/// If one cannot be read.
#[must_use]
pub fn tables() -> Vec<Table> {
    let folder = workspace().join("tests/exercises");
    let mut paths: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("a file").path())
        .collect();
    paths.sort();
    let read = |path: &PathBuf| {
        let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    };
    paths.iter().map(read).collect()
}

/// A numbered exercise of a lesson.
#[derive(Clone, Debug)]
pub struct Exercise {
    /// Its number.
    pub number: usize,
    /// What it asks, in one line.
    pub text: String,
    /// Its hidden solution, in one line; empty if there is none.
    pub solution: String,
}

/// The exercises below the heading "Exercises", with their solutions: the paragraphs that begin
/// with a number and a colon in hidden parts (`<details>`) below the same heading.
#[must_use]
pub fn exercises(markdown: &str) -> Vec<Exercise> {
    let Some((_, section)) = markdown.split_once("\n## Exercises\n") else { return Vec::new() };
    let section = section.split("\n## ").next().unwrap_or(section);
    let (mut found, mut hidden) = (Vec::<Exercise>::new(), false);
    // The place that further lines belong to.
    let mut current: Option<usize> = None;
    for line in section.lines() {
        if line.starts_with("<details>") || line.starts_with("</details>") {
            (hidden, current) = (line.starts_with("<details>"), None);
            continue;
        }
        let begins = |mark| {
            let (number, text) = line.split_once(mark)?;
            Some((number.parse::<usize>().ok()?, text))
        };
        if let Some((number, text)) = begins(". ").filter(|_| !hidden) {
            current = Some(found.len());
            found.push(Exercise { number, text: text.trim().into(), solution: String::new() });
        } else if let Some((number, text)) = begins(": ").filter(|_| hidden) {
            current = found.iter().position(|exercise| exercise.number == number);
            if let Some(place) = current {
                found[place].solution.push_str(text.trim());
            }
        } else if let Some(exercise) = current.map(|place| &mut found[place]) {
            let text = if hidden { &mut exercise.solution } else { &mut exercise.text };
            text.push(' ');
            text.push_str(line.trim());
        }
    }
    found
}

/// The lessons: every README or LESSON in the workspace with exercises, with its path from the
/// root and its text.
///
/// # Panics
/// If a folder or a file cannot be read.
#[must_use]
pub fn lessons() -> Vec<(String, String)> {
    let mut found = markdown();
    found.retain(|(_, text)| text.contains("\n## Exercises\n"));
    found
}

/// Every Markdown file in the workspace, with its path from the root and its text, sorted.
///
/// # Panics
/// If a folder or a file cannot be read.
#[must_use]
pub fn markdown() -> Vec<(String, String)> {
    let mut found = Vec::new();
    visit(&workspace(), Path::new(""), &mut found);
    found.sort();
    found
}

/// Adds all Markdown files below a folder.
fn visit(root: &Path, folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(root.join(folder)).expect("a folder") {
        let name = entry.expect("an entry").file_name();
        let path = folder.join(&name);
        let name = name.to_string_lossy();
        let full = root.join(&path);
        if full.is_dir() {
            // Not what was built, installed or hidden.
            if !name.starts_with('.') && !["target", "node_modules", "runs"].contains(&&*name) {
                visit(root, &path, found);
            }
        } else if name.ends_with(".md") {
            let text = fs::read_to_string(&full).unwrap_or_else(|e| panic!("{full:?}: {e}"));
            found.push((path.to_string_lossy().replace('\\', "/"), text));
        }
    }
}
