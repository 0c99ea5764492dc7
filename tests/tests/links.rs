//! Every relative link in the repository's Markdown leads to a file that exists, and every anchor
//! to a heading.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// The folders without Markdown of this repository.
const SKIPPED: [&str; 6] = [".git", ".venv", "target", "runs", "node_modules", "__pycache__"];

/// A link and its line, counted from 1.
#[derive(Debug, PartialEq, Eq)]
struct Link {
    line: usize,
    target: String,
}

/// All Markdown files below `folder`, sorted.
fn markdown_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, name) = (entry.path(), entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            if !SKIPPED.iter().any(|skipped| *skipped == name) {
                found.extend(markdown_files(&path));
            }
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The lines outside code blocks, with their numbers from 1.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_code = false;
    text.lines().enumerate().filter_map(move |(i, line)| {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        (!fence && !in_code).then_some((i + 1, line))
    })
}

/// The line without its code spans.
fn without_inline_code(line: &str) -> String {
    line.split('`').step_by(2).collect()
}

/// Inline links and images `[text](target)`, and reference definitions `[name]: target`.
fn links(text: &str) -> Vec<Link> {
    let mut links = Vec::new();
    for (line, content) in prose(text) {
        let content = without_inline_code(content);
        let mut targets: Vec<&str> = content
            .match_indices("](")
            .filter_map(|(at, _)| content[at + 2..].split_once(')'))
            .map(|(target, _)| target)
            .collect();
        // Prose that begins so, such as "[`Var`]: a value", is not a definition.
        let definition = content.strip_prefix('[').and_then(|rest| rest.split_once("]: "));
        let target = definition.map(|(_, target)| target.trim());
        targets.extend(target.filter(|target| !target.contains(char::is_whitespace)));
        links.extend(targets.into_iter().map(|target| Link { line, target: target.into() }));
    }
    links
}

/// Whether this test checks the target: it is not on the web and not an item of rustdoc.
fn is_relative(target: &str) -> bool {
    let elsewhere = ["http://", "https://", "mailto:"];
    !elsewhere.iter().any(|scheme| target.starts_with(scheme)) && !target.contains("::")
}

/// The anchors of a page's headings, as GitHub forms them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let headings = prose(text).filter_map(|(_, line)| {
        let title = line.trim_start_matches('#');
        (title.len() < line.len()).then(|| title.strip_prefix(' ')).flatten()
    });
    headings
        .map(|title| {
            let anchor = anchor(title);
            let count = counts.entry(anchor.clone()).or_default();
            *count += 1;
            if *count == 1 { anchor } else { format!("{anchor}-{}", *count - 1) }
        })
        .collect()
}

/// One heading's anchor: lower case, blanks as hyphens, no other punctuation.
fn anchor(title: &str) -> String {
    let kept = title.trim().chars().filter(|&c| c.is_alphanumeric() || " -_".contains(c));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// `path` without `.` and `..`, so that a link that leaves the repository is seen.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => assert!(normal.pop(), "{path:?} goes above the root"),
            other => normal.push(other),
        }
    }
    normal
}

/// Whether `path` exists below `root`, comparing upper and lower case: Windows and macOS ignore
/// case, but a forge does not.
fn exists(root: &Path, path: &Path) -> bool {
    let Ok(relative) = path.strip_prefix(root) else { return false };
    let mut folder = root.to_path_buf();
    relative.components().all(|component| {
        let name = component.as_os_str();
        let found = fs::read_dir(&folder)
            .is_ok_and(|entries| entries.flatten().any(|entry| entry.file_name() == name));
        folder.push(name);
        found
    })
}

/// The broken relative links of one file, one line each.
fn broken(root: &Path, file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    let folder = file.parent().unwrap();
    let mut broken = Vec::new();
    for Link { line, target } in links(&text).into_iter().filter(|link| is_relative(&link.target)) {
        let (path, anchor) = target.split_once('#').unwrap_or((&target, ""));
        let page = if path.is_empty() { file.to_path_buf() } else { normal(&folder.join(path)) };
        let place = format!("{}:{line}", file.strip_prefix(root).unwrap().display());
        if !exists(root, &page) {
            broken.push(format!("{place}: {target}: no such file"));
        } else if !anchor.is_empty() {
            let page = if page.is_dir() { page.join("README.md") } else { page };
            // An anchor in a file that is not Markdown, such as a line of code, is left to the
            // forge.
            let markdown = page.extension().is_some_and(|extension| extension == "md");
            if markdown && !anchors(&fs::read_to_string(&page).unwrap()).contains(anchor) {
                broken.push(format!("{place}: {target}: no such heading"));
            }
        }
    }
    broken
}

#[test]
fn every_relative_link_leads_somewhere() {
    let root = common::workspace();
    let files = markdown_files(&root);
    assert!(files.len() >= 30, "{} Markdown files only", files.len());
    let broken: Vec<String> = files.iter().flat_map(|file| broken(&root, file)).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// The code spans of a text that name a source file or a folder of some: `src/lib.rs`.
fn sources(text: &str) -> BTreeSet<&str> {
    let spans = prose(text).flat_map(|(_, line)| line.split('`').skip(1).step_by(2));
    spans.filter(|span| span.starts_with("src/") && !span.contains(' ')).collect()
}

#[test]
fn a_source_file_that_a_readme_names_is_in_its_crate_or_in_another() {
    let crates = common::workspace().join("crates");
    let folders: Vec<PathBuf> =
        fs::read_dir(&crates).unwrap().map(|entry| entry.unwrap().path()).collect();
    let mut named = 0;
    for readme in markdown_files(&crates) {
        let text = fs::read_to_string(&readme).unwrap();
        for source in sources(&text) {
            named += 1;
            let found = folders.iter().any(|folder| exists(folder, &folder.join(source)));
            assert!(found, "{}: {source} is in no crate", readme.display());
        }
    }
    assert!(named > 50, "{named}");
}

#[test]
fn the_first_readme_leads_to_every_crate() {
    let root = common::workspace();
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let targets: BTreeSet<String> = links(&readme).into_iter().map(|link| link.target).collect();
    for folder in fs::read_dir(root.join("crates")).unwrap() {
        let name = folder.unwrap().file_name().into_string().expect("names are UTF-8");
        assert!(targets.contains(&format!("crates/{name}")), "README.md has no link to {name}");
    }
}

#[test]
fn a_broken_link_or_anchor_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::write(root.join("other.md"), "# Other\n\n## The same, twice?\n\n## The same, twice?\n")
        .unwrap();
    let page = root.join("page.md");
    let good = "[a](other.md) ![b](other.md#the-same-twice) [c](other.md#the-same-twice-1)\n\
                [d](https://example.org/nothing) [`Shape`](crate::Shape) `[e](nothing.md)`\n\
                ```text\n[f](nothing.md)\n```\n# Here\n[g](#here) [h](.)\n[`i`]: a value\n";
    fs::write(&page, good).unwrap();
    assert_eq!(broken(root, &page), Vec::<String>::new());
    let bad = "# Here\n[a](nothing.md)\n[b](Other.md) and [c](other.md#the-same)\n\n[d]: there.md\n[e](#there)\n";
    fs::write(&page, bad).unwrap();
    assert_eq!(
        broken(root, &page),
        [
            "page.md:2: nothing.md: no such file",
            "page.md:3: Other.md: no such file",
            "page.md:3: other.md#the-same: no such heading",
            "page.md:5: there.md: no such file",
            "page.md:6: #there: no such heading",
        ]
    );
}
