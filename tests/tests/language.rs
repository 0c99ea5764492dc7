//! The language of the repository: phrases that readers stumble over, and lines that are too wide.
//!
//! Checked are Markdown files, and the comments and strings of Rust files. The list of phrases is
//! short on purpose: each of them was once frequent here, and each has a plain replacement.
//! Spelling is left to the `typos` tool (`_typos.toml`).

use std::fs;
use std::path::{Path, PathBuf};

/// The folders and files that are checked so far. The list only grows; when it covers everything,
/// it is replaced by the root.
const CLEAN: &[&str] = &[
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "README.md",
    "SECURITY.md",
    "benches",
    "crates",
    "datasets",
    "docs",
    "fuzz",
    "tests",
    "tools",
];

/// This file quotes what it forbids.
const THIS_FILE: &str = "tests/tests/language.rs";

/// What is French: its lines are measured, but the phrases are English.
const FRENCH: &str = "docs/guide/fr";

/// The widest line of a comment or a paragraph, in characters.
const WIDTH: usize = 100;

/// A phrase to avoid, as whole words.
struct Phrase {
    text: &'static str,
    instead: &'static str,
    /// Words before it with which it is good English.
    good_before: &'static [&'static str],
    /// Words after it with which it is good English.
    good_after: &'static [&'static str],
}

/// A phrase that is never good.
const fn never(text: &'static str, instead: &'static str) -> Phrase {
    Phrase { text, instead, good_before: &[], good_after: &[] }
}

const COMPARATIVES: &[&str] =
    &["longer", "more", "less", "slower", "faster", "larger", "smaller", "better", "worse"];

const PHRASES: &[Phrase] = &[
    Phrase {
        text: "is no",
        instead: "is not a",
        good_before: &["there"],
        good_after: COMPARATIVES,
    },
    Phrase {
        text: "are no",
        instead: "are not",
        good_before: &["there"],
        good_after: COMPARATIVES,
    },
    never("that is none", "that is not one, or: NaN or infinity"),
    never("that are none", "that are not, or: NaN or infinity"),
    never("one's own", "your own, its own, or a separate one"),
    never("shall", "must, or: is to"),
    Phrase { text: "so many", instead: "this many", good_before: &[], good_after: &["that"] },
    never("so manyth", "every n-th"),
    never("in words", "as text"),
    never("whoever was when", "whatever the scheduling"),
    never("what is there", "what exists, or: the content"),
    never("what there is", "what exists, or: the content"),
    never("none if", "`None` if"),
    never("anew", "again"),
    never("for ever", "forever"),
    never("some hundred", "a few hundred"),
    never("some thousand", "a few thousand"),
    never("all the same", "still"),
    never("grey", "gray"),
    never("colour", "color"),
    never("colours", "colors"),
];

/// A line of prose: its number, counted from 1, and its text.
type Line = (usize, String);

/// The prose of a Rust file: comments and the content of strings, line by line.
fn prose_of_rust(text: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut push = |number: usize, c: char| match lines.last_mut() {
        Some((last, line)) if *last == number => line.push(c),
        _ => lines.push((number, c.to_string())),
    };
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let (mut i, mut number) = (0, 1);
    while i < chars.len() {
        match at(i) {
            '\n' => number += 1,
            '/' if at(i + 1) == '/' => {
                while i < chars.len() && at(i) != '\n' {
                    push(number, at(i));
                    i += 1;
                }
                continue;
            }
            // A character that is a quotation mark or a backslash; a lifetime has no end quote.
            '\'' if at(i + 1) == '\\' => i += 2,
            '\'' if at(i + 2) == '\'' => i += 2,
            'r' if (at(i + 1) == '"' || at(i + 1) == '#')
                && !at(i.wrapping_sub(1)).is_alphanumeric() =>
            {
                let hashes = chars[i + 1..].iter().take_while(|c| **c == '#').count();
                if at(i + 1 + hashes) == '"' {
                    i += 2 + hashes;
                    let ends = |i: usize| at(i) == '"' && (1..=hashes).all(|k| at(i + k) == '#');
                    while i < chars.len() && !ends(i) {
                        if at(i) == '\n' {
                            number += 1;
                        } else {
                            push(number, at(i));
                        }
                        i += 1;
                    }
                    push(number, ' ');
                    i += hashes;
                }
            }
            '"' => {
                i += 1;
                while i < chars.len() && at(i) != '"' {
                    match at(i) {
                        '\n' => number += 1,
                        '\\' => {
                            i += 1;
                            number += usize::from(at(i) == '\n');
                        }
                        c => push(number, c),
                    }
                    i += 1;
                }
                push(number, ' ');
            }
            _ => {}
        }
        i += 1;
    }
    lines
}

/// The prose of a Markdown file: everything outside of blocks of code.
fn prose_of_markdown(text: &str) -> Vec<Line> {
    let mut code = false;
    let numbered = text.lines().enumerate().map(|(i, line)| (i + 1, line.to_owned()));
    numbered
        .filter(|(_, line)| {
            let fence = line.trim_start().starts_with("```");
            code ^= fence;
            !code && !fence
        })
        .collect()
}

/// The words of a line in lower case, without code spans and punctuation.
fn words(line: &str) -> Vec<String> {
    let plain: String = line.split('`').step_by(2).collect::<Vec<_>>().join(" ` ");
    plain
        .split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '`'))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// The phrases in some prose, each with its line; a phrase may run on into the next line.
fn offenses(prose: &[Line]) -> Vec<(usize, &'static Phrase)> {
    let mut found = Vec::new();
    for (i, (number, line)) in prose.iter().enumerate() {
        let mut all = words(line);
        let own = all.len();
        if let Some((next, line)) = prose.get(i + 1)
            && *next == number + 1
        {
            all.extend(words(line));
        }
        let before = match i.checked_sub(1).map(|i| &prose[i]) {
            Some((last, line)) if last + 1 == *number => words(line).pop(),
            _ => None,
        };
        for phrase in PHRASES {
            let wanted: Vec<&str> = phrase.text.split(' ').collect();
            for start in 0..own {
                if !all[start..]
                    .iter()
                    .map(String::as_str)
                    .take(wanted.len())
                    .eq(wanted.iter().copied())
                {
                    continue;
                }
                let previous = if start == 0 { before.as_ref() } else { all.get(start - 1) };
                let next = all.get(start + wanted.len());
                let is_in = |word: Option<&String>, list: &[&str]| {
                    word.is_some_and(|word| list.contains(&word.as_str()))
                };
                if !is_in(previous, phrase.good_before) && !is_in(next, phrase.good_after) {
                    found.push((*number, phrase));
                }
            }
        }
    }
    found
}

/// The lines of text that are wider than [`WIDTH`], without code, tables, links and HTML.
fn wide_lines(text: &str, markdown: bool) -> Vec<usize> {
    let mut code = false;
    let mut found = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let trimmed = line.trim_start();
        let prose = match (markdown, trimmed.strip_prefix("//")) {
            (true, _) => trimmed,
            (false, Some(comment)) => comment.trim_start_matches(['/', '!']).trim_start(),
            (false, None) => {
                code = false;
                continue;
            }
        };
        let fence = prose.starts_with("```");
        code ^= fence;
        let exempt =
            code || fence || prose.starts_with(['|', '<', '!']) || prose.contains("](http");
        if line.chars().count() > WIDTH && !exempt && !prose.starts_with('[') {
            found.push(i + 1);
        }
    }
    found
}

/// All Markdown and Rust files below a path of the repository.
fn files(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if ["target", "corpus", "artifacts", "snapshots"].contains(&name) || name.starts_with('.') {
            return;
        }
        for entry in fs::read_dir(path).expect("a folder of the repository") {
            files(&entry.expect("an entry of a folder").path(), found);
        }
    } else if path.extension().is_some_and(|extension| extension == "md" || extension == "rs") {
        found.push(path.to_owned());
    }
}

#[test]
fn the_clean_parts_stay_free_of_awkward_phrases_and_wide_lines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut paths = Vec::new();
    for part in CLEAN {
        let before = paths.len();
        files(&root.join(part), &mut paths);
        assert!(paths.len() > before, "{part} has no files to check");
    }
    paths.sort();
    let mut complaints = Vec::new();
    for path in paths.iter().filter(|path| !path.ends_with(THIS_FILE)) {
        let name = path.strip_prefix(&root).expect("below the root").display();
        let text = fs::read_to_string(path).expect("text in UTF-8");
        let markdown = path.extension().is_some_and(|extension| extension == "md");
        let prose = if markdown { prose_of_markdown(&text) } else { prose_of_rust(&text) };
        let english = !path.starts_with(root.join(FRENCH));
        let phrases = if english { offenses(&prose) } else { Vec::new() };
        for (line, phrase) in phrases {
            complaints
                .push(format!("{name}:{line}: \"{}\": write {}", phrase.text, phrase.instead));
        }
        for line in wide_lines(&text, markdown) {
            complaints.push(format!("{name}:{line}: wider than {WIDTH} characters"));
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// The phrases found in a Rust file, with their lines.
fn found_in_rust(text: &str) -> Vec<(usize, &'static str)> {
    offenses(&prose_of_rust(text)).into_iter().map(|(line, phrase)| (line, phrase.text)).collect()
}

#[test]
fn planted_offenses_are_found_with_their_lines() {
    let text =
        "/// A number that is none.\nfn f() {}\n// It shall\nconst C: &str = \"a Grey one\";\n";
    assert_eq!(found_in_rust(text), [(1, "that is none"), (3, "shall"), (4, "grey")]);
    assert_eq!(found_in_rust("// every so\n// many steps\n"), [(1, "so many")]);
    assert_eq!(found_in_rust("let s = r#\"it \" shall\"#; // all the same\n").len(), 2);
    let markdown = "One's own.\n\n```text\nshall\n```\n\nThis is\nno file.\n";
    let found = offenses(&prose_of_markdown(markdown));
    let found: Vec<_> = found.iter().map(|(line, phrase)| (*line, phrase.text)).collect();
    assert_eq!(found, [(1, "one's own"), (7, "is no")]);
}

#[test]
fn good_english_identifiers_and_code_are_not_offenses() {
    for text in [
        "// There is no file, and it is no longer there; a vector is no slower.",
        "// There\n// is no file.",
        "// `colour` is quoted, shallow and marshalls are other words.",
        "fn shall(colour: char) -> bool { colour == '\"' || colour == '\\'' }",
        "fn f<'a>(grey: &'a str) {} // fine",
        "// So many that it fails.",
    ] {
        assert_eq!(found_in_rust(text), [], "{text}");
    }
}

#[test]
fn wide_lines_are_found_outside_of_code_tables_and_links() {
    let wide = "word ".repeat(21);
    let comment =
        format!("fn f() {{}}\n// {wide}\n/// | {wide} |\n/// ```text\n/// {wide}\n/// ```\n");
    assert_eq!(wide_lines(&comment, false), [2]);
    let markdown = format!("{wide}\n\n```text\n{wide}\n```\n| {wide} |\n<img {wide}>\n- {wide}\n");
    assert_eq!(wide_lines(&markdown, true), [1, 8]);
    assert_eq!(wide_lines(&"ü".repeat(WIDTH), true), []);
}
