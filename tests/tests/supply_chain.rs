//! The rules for the lock file: the part of `deny.toml` that can be tested without cargo-deny.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use toml::{Table, Value};

fn parsed(name: &str) -> Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    text.parse().unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} is text"))
}

/// The part of a version that Cargo treats as incompatible: the first nonzero number and those
/// before it.
fn major(version: &str) -> String {
    let numbers: Vec<&str> = version.split(['.', '+']).collect();
    let zeros = numbers.iter().take_while(|n| **n == "0").count();
    numbers[..=zeros.min(numbers.len() - 1)].join(".")
}

#[test]
fn a_major_version_is_what_cargo_takes_for_one() {
    assert_eq!(["1.2.3", "0.9.1", "0.0.7", "2.0.0"].map(major), ["1", "0.9", "0.0.7", "2"]);
}

/// The highest major version of a crate needs no reason; each lower one needs one, and no reason
/// may outlive its crate.
#[test]
fn a_second_version_of_a_crate_has_a_reason_in_deny_toml() {
    has_reasons("Cargo.lock", "deny.toml");
    has_reasons("mpi/Cargo.lock", "mpi/deny.toml");
}

fn has_reasons(lock: &str, deny: &str) {
    let names = format!("{lock} on the left, {deny} on the right");
    let lock = parsed(lock);
    let mut majors: BTreeMap<&str, BTreeSet<Vec<u64>>> = BTreeMap::new();
    for package in lock["package"].as_array().expect("packages") {
        let version = major(text(package, "version"));
        let numbers = version.split('.').map(|n| n.parse().expect("a number")).collect();
        majors.entry(text(package, "name")).or_default().insert(numbers);
    }
    assert!(majors.len() > 50, "the lock file was not understood");
    let dotted =
        |numbers: &Vec<u64>| numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(".");
    let lower: BTreeSet<String> = majors
        .iter()
        .flat_map(|(name, all)| {
            all.iter().rev().skip(1).map(move |m| format!("{name}@{}", dotted(m)))
        })
        .collect();

    let deny = parsed(deny);
    let skipped = deny["bans"]["skip"].as_array().expect("a list");
    assert!(skipped.iter().all(|entry| text(entry, "reason").len() > 20));
    let with_reason: BTreeSet<String> =
        skipped.iter().map(|entry| text(entry, "crate").to_owned()).collect();
    assert_eq!(lower, with_reason, "{names}");
}

#[test]
fn every_package_comes_from_the_registry_or_from_here() {
    for name in ["Cargo.lock", "fuzz/Cargo.lock", "mpi/Cargo.lock", "tests/outside/Cargo.lock"] {
        let lock = parsed(name);
        for package in lock["package"].as_array().expect("packages") {
            let name_of = text(package, "name");
            let ours = name_of.starts_with("ae-") || name_of == "autoencoder";
            let source = package.get("source").and_then(Value::as_str);
            assert_eq!(source.is_none(), ours, "{name}: {package}");
            // From the registry, its content is fixed by a checksum.
            assert_eq!(source.is_some(), package.get("checksum").is_some(), "{name}: {package}");
            assert!(source.is_none_or(|s| s.starts_with("registry+")), "{name}: {package}");
        }
    }
}

/// The package for MPI has exceptions of its own, for what only it needs; otherwise it allows what
/// the workspace does.
#[test]
fn the_package_for_mpi_allows_what_the_workspace_allows_and_its_own_exceptions() {
    let [ours, its] = ["deny.toml", "mpi/deny.toml"].map(parsed);
    for (table, key) in [
        ("licenses", "allow"),
        ("licenses", "confidence-threshold"),
        ("bans", "multiple-versions"),
        ("sources", "unknown-registry"),
        ("sources", "unknown-git"),
        ("advisories", "unmaintained"),
    ] {
        assert_eq!(its[table][key], ours[table][key], "{table}.{key}");
    }
    // What both have is the same version, so it is trusted, and compiled, once.
    let versions = |lock: &str| -> BTreeSet<(String, String)> {
        let lock = parsed(lock);
        let packages = lock["package"].as_array().expect("packages").iter();
        packages.map(|p| (text(p, "name").into(), text(p, "version").into())).collect()
    };
    let [ours, its] = ["Cargo.lock", "mpi/Cargo.lock"].map(versions);
    let names: BTreeSet<_> = ours.iter().map(|(name, _)| name).collect();
    let others: Vec<_> = its.difference(&ours).filter(|(name, _)| names.contains(name)).collect();
    // bindgen asks for 1, cc has moved to 2.
    assert_eq!(others, [&("shlex".to_owned(), "1.3.0".to_owned())]);
}
