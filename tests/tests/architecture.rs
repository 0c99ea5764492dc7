//! The arrows between crates and between the modules of the program are those that ARCHITECTURE.md
//! allows.

mod common;
#[path = "architecture/modules.rs"]
mod modules;
#[path = "architecture/rules.rs"]
mod rules;
#[path = "architecture/table.rs"]
mod table;
#[path = "architecture/tokens.rs"]
mod tokens;

use modules::Modules;
use rules::{Arrow, circle, violations};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A table of ARCHITECTURE.md.
fn table(first: &str) -> table::Table {
    let text = fs::read_to_string(common::workspace().join("ARCHITECTURE.md")).unwrap();
    table::parse(&text, first).unwrap_or_else(|error| panic!("ARCHITECTURE.md: {error}"))
}

#[test]
fn crates_import_what_architecture_md_allows() {
    let (crates, arrows) = crates();
    let found = violations(&table("crate"), &crates, &arrows);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// The crates of `crates/` and the guide, and their arrows by their manifests. Tests, examples and
/// build scripts do not count.
fn crates() -> (BTreeSet<String>, Vec<Arrow>) {
    let metadata = common::metadata();
    let folders = ["crates", "docs/guide"]
        .map(|folder| common::workspace().join(folder).canonicalize().unwrap());
    let packages = metadata["packages"].as_array().unwrap();
    let ours: Vec<_> = packages
        .iter()
        .filter(|package| {
            let manifest = Path::new(package["manifest_path"].as_str().unwrap());
            folders.iter().any(|folder| manifest.starts_with(folder))
        })
        .collect();
    let name = |value: &serde_json::Value| value["name"].as_str().unwrap().to_owned();
    let names: BTreeSet<String> = ours.iter().map(|package| name(package)).collect();
    assert!(names.len() >= 18, "{names:?}");
    let mut arrows = Vec::new();
    for package in ours {
        let dependencies = package["dependencies"].as_array().unwrap();
        for dependency in dependencies.iter().filter(|dependency| dependency["kind"].is_null()) {
            let (from, to) = (name(package), name(dependency));
            if names.contains(&to) {
                let place = line_of(&from, &to);
                arrows.push(Arrow { from, to, place });
            }
        }
    }
    (names, arrows)
}

/// Where a manifest names a dependency.
fn line_of(package: &str, dependency: &str) -> String {
    let file = match package {
        "ae-guide" => "docs/guide/Cargo.toml".to_owned(),
        _ => format!("crates/{package}/Cargo.toml"),
    };
    let text = fs::read_to_string(common::workspace().join(&file)).unwrap();
    let names =
        |line: &str| line.starts_with(dependency) && !line[dependency.len()..].starts_with('-');
    match text.lines().position(names) {
        Some(index) => format!("{file}:{}", index + 1),
        None => file,
    }
}

#[test]
fn the_programs_modules_import_what_architecture_md_allows_and_not_in_circles() {
    let mut files = BTreeMap::new();
    read(&common::workspace().join("crates/ae-app/src"), "", &mut files);
    // The program only calls the library, whose root is `lib.rs`.
    assert!(files.remove("main.rs").is_some_and(|main| !main.contains("mod ")));
    assert!(files.len() > 40, "{} files", files.len());
    let modules = Modules::new(&files).unwrap();
    let arrows = modules.arrows();
    // If nothing were parsed, no violation would be found.
    assert!(arrows.len() > 100, "{arrows:#?}");
    let mut found = violations(&table("module"), &modules.top(), &modules.top_arrows());
    found.extend(circle(&arrows));
    assert!(found.is_empty(), "in crates/ae-app/src:\n{}", found.join("\n"));
}

/// The sources below a folder, but for files of tests.
fn read(folder: &Path, below: &str, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let name = if below.is_empty() { name.to_owned() } else { format!("{below}/{name}") };
        if path.is_dir() {
            read(&path, &name, files);
        } else if name.ends_with(".rs") && !name.ends_with("tests.rs") {
            files.insert(name, fs::read_to_string(path).unwrap());
        }
    }
}

/// A program of three floors, with `changed` in the place of a file.
fn program(changed: &[(&str, &str)]) -> Modules {
    let mut files: BTreeMap<String, String> = [
        ("main.rs", "mod top; mod middle; mod low;\nfn main() { top::run() }"),
        ("top.rs", "use crate::middle::{self, Thing as Other};\npub fn run() { middle::go() }"),
        ("middle/mod.rs", "mod thing;\nmod part;\npub(crate) use thing::Thing;\npub fn go() {}"),
        ("middle/thing.rs", "use super::part;\npub struct Thing(crate::low::Low<part::Part>);"),
        ("middle/part.rs", "pub struct Part;"),
        ("low.rs", "pub struct Low<T>(T);"),
    ]
    .map(|(name, source)| (name.to_owned(), source.to_owned()))
    .into();
    files.extend(changed.iter().map(|(name, source)| ((*name).to_owned(), (*source).to_owned())));
    Modules::new(&files).unwrap()
}

const FLOORS: &str = "
| module | may import | what it is |
|---|---|---|
| `low` | nothing | the cellar |
| `middle` | `low` | |
| `top` | `middle`, `low` | |
| `main` | `top` | |
";

/// What is wrong with the program of three floors.
fn found(changed: &[(&str, &str)], floors: &str) -> Vec<String> {
    let modules = program(changed);
    let table = table::parse(floors, "module").unwrap();
    let mut found = violations(&table, &modules.top(), &modules.top_arrows());
    found.extend(circle(&modules.arrows()));
    found
}

#[test]
fn arrows_lead_to_the_file_that_defines_what_is_named() {
    let arrows = program(&[]).arrows();
    let pairs: Vec<(&str, &str)> =
        arrows.iter().map(|arrow| (arrow.from.as_str(), arrow.to.as_str())).collect();
    assert_eq!(
        pairs,
        [
            ("main.rs", "top.rs"),
            ("middle/mod.rs", "middle/thing.rs"),
            ("middle/thing.rs", "low.rs"),
            // Twice: in the use, and where the module is named.
            ("middle/thing.rs", "middle/part.rs"),
            ("top.rs", "middle/mod.rs"),
            ("top.rs", "middle/thing.rs"),
        ]
    );
    assert_eq!(arrows[2].place, "middle/thing.rs:2");
    assert_eq!(found(&[], FLOORS), [""; 0]);
}

#[test]
fn an_upward_import_fails_with_its_file_and_line() {
    let upward = "// A line.\nfn f() {\n    crate::top::run();\n}";
    let found = found(&[("middle/part.rs", upward)], FLOORS);
    assert_eq!(
        found[0],
        "middle/part.rs:3: middle imports top, which ARCHITECTURE.md does not allow"
    );
    // It closes a circle as well: top, thing, part, top.
    assert!(found[1].starts_with("a circle: "), "{found:?}");
    assert!(found[1].contains("middle/part.rs imports top.rs (middle/part.rs:3)"), "{found:?}");
    assert_eq!(found.len(), 2);
}

#[test]
fn imports_of_every_form_are_found() {
    for (source, line) in [
        ("use crate::top::run;", 1),
        ("use crate::{\n    top::run,\n};", 2),
        ("use crate::top::*;", 1),
        ("pub(crate) use super::top as above;", 1),
        ("struct A(Vec<crate::top::B>);", 1),
        ("/* a\n b */ fn f<'a>(c: char) -> bool { c == '\"' && super::top::g('{') }", 2),
        ("const R: &str = r#\"\"\"#; use self::super::top::run;", 1),
        ("#[cfg(test)]\nmod tests { use super::*; fn f() {} }\nuse crate::top::run;", 3),
        ("#[cfg(test)]\nmod tests;\nuse crate::top::run;", 3),
    ] {
        let found = found(&[("low.rs", source)], FLOORS);
        let expected =
            format!("low.rs:{line}: low imports top, which ARCHITECTURE.md does not allow");
        assert_eq!(found.first(), Some(&expected), "{source}: {found:?}");
    }
}

#[test]
fn what_is_not_an_import_is_not_one() {
    for source in [
        "// use crate::top::run;",
        "/// [`crate::top::run`]\nstruct A;",
        "/* use crate::top::run; */",
        "const TEXT: &str = \"use crate::top::run;\";",
        "const RAW: &str = r#\"\" crate::top::run\"#;",
        "#[cfg(test)]\nmod tests {\n    use crate::top::run;\n    fn f() { if true { run() } }\n}",
        "#[cfg(test)]\nuse crate::top::run;",
        "use other::crate_top::run; fn f() { other::top::run() }",
    ] {
        assert_eq!(found(&[("low.rs", source)], FLOORS), [""; 0], "{source}");
    }
}

#[test]
fn a_circle_within_a_module_fails() {
    let found = found(&[("middle/part.rs", "use super::Thing;")], FLOORS);
    let expected = "a circle: middle/thing.rs imports middle/part.rs (middle/thing.rs:1); \
                    middle/part.rs imports middle/thing.rs (middle/part.rs:1)";
    assert_eq!(found, [expected]);
}

#[test]
fn table_and_program_name_the_same_things() {
    let more = found(&[("more.rs", "")], FLOORS);
    assert_eq!(more, ["more has no row in ARCHITECTURE.md"]);
    let gone = found(&[], &format!("{FLOORS}| `cellar` | `low`, `well` |\n"));
    assert_eq!(
        gone,
        ["ARCHITECTURE.md:8: there is no cellar", "ARCHITECTURE.md:8: there is no well"]
    );
}

#[test]
fn a_table_that_allows_an_upward_import_fails() {
    let found = found(&[], &FLOORS.replace("| nothing |", "| `top` |"));
    assert_eq!(found, ["ARCHITECTURE.md:4: low may import top, which does not stand above it"]);
}

#[test]
fn a_table_that_cannot_be_read_is_refused() {
    assert!(table::parse("# Nothing", "crate").unwrap_err().contains("found none"));
    let twice = format!("{FLOORS}| `low` | |\n");
    assert_eq!(table::parse(&twice, "module").unwrap_err(), "line 8: a second row for low");
    let nameless = format!("{FLOORS}| low | |\n");
    assert!(
        table::parse(&nameless, "module").unwrap_err().starts_with("line 8: expected one name")
    );
}
