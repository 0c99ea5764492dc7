//! The engine of the page is committed as WebAssembly, so that nobody needs a compiler for it. It
//! must not be older than its sources: `crates/ae-web/src/assets/engine.digest` lists those it was
//! built from.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

const ASSETS: &str = "crates/ae-web/src/assets";
const ADVICE: &str = "run tools/build-wasm.sh and commit what it writes";

/// The lines of the list by their first word, without comments.
fn list() -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string(common::workspace().join(ASSETS).join("engine.digest")).unwrap();
    let mut lines: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (kind, rest) = line.split_once(' ').unwrap_or_else(|| panic!("{line}"));
        lines.entry(kind.to_owned()).or_default().insert(rest.to_owned());
    }
    lines
}

/// The crates of the workspace that the module consists of.
fn crates() -> BTreeSet<String> {
    let metadata = common::metadata();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let mut arrows: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in metadata["packages"].as_array().unwrap() {
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        // What is for some systems only is not for browsers.
        let kept = dependencies.filter(|d| d["kind"].is_null() && d["target"].is_null());
        arrows.insert(text(&package["name"]), kept.map(|d| text(&d["name"])).collect());
    }
    let mut reached = BTreeSet::new();
    let mut next = vec!["ae-web".to_owned()];
    while let Some(name) = next.pop() {
        if let Some(to) = arrows.get(&name)
            && reached.insert(name)
        {
            next.extend(to.iter().cloned());
        }
    }
    reached
}

/// Whether the module has anything of this file.
fn is_source(path: &str) -> bool {
    let code = path.ends_with(".rs") || path.ends_with(".toml");
    let test = path.ends_with("/tests.rs") || path.contains("/tests/");
    let native = path.strip_prefix("crates/ae-web/src/").is_some_and(|path| {
        ["page.rs", "page/", "bundle.rs", "bundle/"].iter().any(|part| path.starts_with(part))
    });
    code && !test && !native
}

/// Adds the files in a folder, or the file itself, by their paths in the workspace.
fn add(path: &str, files: &mut BTreeSet<String>) {
    let full = common::workspace().join(path);
    if full.is_dir() {
        for entry in fs::read_dir(full).unwrap() {
            let name = entry.unwrap().file_name().into_string().expect("names are UTF-8");
            add(&format!("{path}/{name}"), files);
        }
    } else if full.is_file() && is_source(path) {
        files.insert(path.to_owned());
    }
}

/// The checksum of a file without the unit tests at its end.
fn checksum(path: &str) -> String {
    let text = fs::read_to_string(common::workspace().join(path)).unwrap();
    let code = text.find("\n#[cfg(test)]\nmod tests").map_or(&text[..], |end| &text[..=end]);
    ae_checkpoint::sha256(code.as_bytes())
}

#[test]
fn the_module_is_built_from_these_sources() {
    let list = list();
    let mut files = BTreeSet::new();
    for name in crates() {
        for part in ["Cargo.toml", "src", "presets"] {
            add(&format!("crates/{name}/{part}"), &mut files);
        }
    }
    assert!(files.len() > 100, "{files:?}");
    let mut now: BTreeSet<String> =
        files.iter().map(|file| format!("{} {file}", checksum(file))).collect();
    let script = "tools/build-wasm.sh";
    let text = fs::read(common::workspace().join(script)).unwrap();
    now.insert(format!("{} {script}", ae_checkpoint::sha256(&text)));

    let of = |line: &String| line.split_once(' ').map(|(_, file)| file.to_owned());
    let changed: BTreeSet<_> = now.symmetric_difference(&list["file"]).filter_map(of).collect();
    assert!(
        changed.is_empty(),
        "{ASSETS}/engine.wasm.gz: expected a module of these sources, found one from before they \
         were changed: {changed:?}; {ADVICE}"
    );
}

#[test]
fn the_module_is_built_from_these_versions_of_its_dependencies() {
    let list = list();
    let read = |path: &str| fs::read_to_string(common::workspace().join(path)).unwrap();
    let lock: toml::Table = read("Cargo.lock").parse().unwrap();
    let text = |package: &toml::Value, key: &str| package[key].as_str().unwrap().to_owned();
    let packages = lock["package"].as_array().unwrap().iter();
    let locked: BTreeSet<_> =
        packages.map(|p| format!("{} {}", text(p, "name"), text(p, "version"))).collect();
    let other: Vec<_> = list["package"].difference(&locked).collect();
    assert!(
        list["package"].len() > 20 && other.is_empty(),
        "not in Cargo.lock: {other:?}; {ADVICE}"
    );

    // Their features are in the manifest of the workspace.
    let manifest = read("Cargo.toml");
    let lines: BTreeSet<&str> = manifest.lines().collect();
    let other: Vec<_> =
        list["dependency"].iter().filter(|line| !lines.contains(line.as_str())).collect();
    assert!(other.is_empty(), "not in Cargo.toml: {other:?}; {ADVICE}");
}

#[test]
fn the_list_is_that_of_the_module() {
    let module = fs::read(common::workspace().join(ASSETS).join("engine.wasm.gz")).unwrap();
    let expected = BTreeSet::from([ae_checkpoint::sha256(&module)]);
    assert_eq!(list()["module"], expected, "{ADVICE}");
    // A part of each page, and of a page by mail.
    assert!(module.len() < 500_000, "{} bytes", module.len());
}

/// What is compared must be able to differ.
#[test]
fn tests_and_the_page_itself_are_not_part_of_the_module() {
    let sources = |paths: &[&str]| paths.iter().map(|path| is_source(path)).collect::<Vec<_>>();
    let part = ["crates/ae-web/src/calls.rs", "crates/ae-models/presets/vae.toml"];
    assert_eq!(sources(&part), [true; 2]);
    let none = [
        "crates/ae-web/src/page.rs",
        "crates/ae-web/src/bundle/codes.rs",
        "crates/ae-train/src/fit/tests/options.rs",
        "crates/ae-train/src/fit/tests.rs",
        "crates/ae-web/src/assets/engine.js",
        "crates/ae-tensor/src/kernels/conv/LESSON.md",
    ];
    assert_eq!(sources(&none), [false; 6]);
    let names = crates();
    assert!(names.contains("ae-tensor") && names.contains("ae-image"));
    assert!(!names.contains("ae-page") && !names.contains("ae-run"));
}
