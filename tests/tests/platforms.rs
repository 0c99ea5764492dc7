//! Rules for Linux, macOS and Windows: file names, line ends, the oldest compiler. Each crate's
//! README must begin with use.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The folders of generated files.
const MADE: [&str; 5] = [".git", ".venv", "target", "runs", "__pycache__"];

/// The names that Windows reserves for devices, with any extension.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com1", "lpt1"];

/// Every file below `folder`, as a path relative to `root`.
fn files(root: &Path, folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, name) = (entry.path(), entry.file_name());
        if !entry.file_type().unwrap().is_dir() {
            found.push(path.strip_prefix(root).unwrap().to_path_buf());
        } else if !MADE.iter().any(|made| *made == name) {
            found.extend(files(root, &path));
        }
    }
    found
}

/// Whether Windows allows a file of this name.
fn is_portable(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).to_lowercase();
    !name.contains(['<', '>', ':', '"', '|', '?', '*', '\\'])
        && !name.ends_with(['.', ' '])
        && !DEVICES.contains(&&*stem)
}

fn minimum_rust() -> String {
    let manifest = fs::read_to_string(common::workspace().join("Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    manifest["workspace"]["package"]["rust-version"].as_str().unwrap().into()
}

#[test]
fn every_system_can_hold_the_repository() {
    let root = common::workspace();
    let files = files(&root, &root);
    assert!(files.len() > 500, "{} files only", files.len());
    let mut lower: BTreeMap<String, &Path> = BTreeMap::new();
    for file in &files {
        let name = file.to_str().unwrap_or_else(|| panic!("{file:?} is not UTF-8"));
        for part in file.iter() {
            assert!(is_portable(part.to_str().unwrap()), "{name}: Windows has no such name");
        }
        if let Some(other) = lower.insert(name.to_lowercase(), file) {
            panic!("{name} and {} are one file where case does not count", other.display());
        }
    }
}

#[test]
fn names_that_windows_refuses_are_found() {
    for name in ["a:b", "what?", "end.", "AUX", "nul.txt", "a\\b", "x "] {
        assert!(!is_portable(name), "{name}");
    }
    for name in [".gitattributes", "auxiliary.rs", "a-b_c.d", "é"] {
        assert!(is_portable(name), "{name}");
    }
}

#[test]
fn what_is_compared_or_compiled_in_has_unix_line_ends() {
    let root = common::workspace();
    let compared = files(&root, &root).into_iter().filter(|file| {
        let parsed = file.starts_with("fuzz/seeds") || file.starts_with("fuzz/regressions");
        let extension = file.extension().and_then(|extension| extension.to_str());
        !parsed && ["rs", "toml", "md", "json", "txt", "csv"].iter().any(|e| extension == Some(e))
    });
    for file in compared {
        let content = fs::read(root.join(&file)).unwrap();
        assert!(!content.contains(&b'\r'), "{} has a carriage return", file.display());
    }
}

#[test]
fn the_workflow_runs_on_three_systems_and_with_the_oldest_compiler() {
    let file = common::workspace().join(".github/workflows/ci.yml");
    let workflow = fs::read_to_string(file).unwrap();
    let oldest = format!("rust: [stable, \"{}\"]", minimum_rust());
    for needed in ["ubuntu-latest", "macos-latest", "windows-latest", "cargo test", &oldest] {
        assert!(workflow.contains(needed), "no {needed:?} in the workflow");
    }
}

#[test]
fn each_crates_readme_begins_with_its_use() {
    let oldest = minimum_rust();
    for folder in fs::read_dir(common::workspace().join("crates")).unwrap() {
        let folder = folder.unwrap().path();
        let readme = fs::read_to_string(folder.join("README.md")).unwrap();
        let lesson = readme.find("\n## ").unwrap_or_else(|| panic!("{folder:?}: no lesson"));
        let begin = &readme[..lesson];
        let example =
            if folder.join("src/main.rs").exists() { "\ncargo run -p " } else { "\nuse " };
        for needed in ["\n| ", "\n```", example, "feature", &oldest] {
            assert!(begin.contains(needed), "{folder:?}: no {needed:?} before the first section");
        }
    }
}
