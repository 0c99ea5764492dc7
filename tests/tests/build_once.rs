//! `cargo test` uses what `cargo run -p ae-app` has compiled: with the same features, nothing is
//! compiled twice.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use toml::{Table, Value};

/// The packages that Cargo compiles for the packages and kinds of dependencies in `args`, each with
/// its version and features.
fn compiled(args: &[&str]) -> BTreeSet<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
    let output = Command::new(cargo)
        .current_dir(common::workspace())
        .args(["tree", "--locked", "--offline", "--prefix", "none", "--format", "{p} with {f}"])
        .args(args)
        .output()
        .expect("cargo can be started");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("names are UTF-8");
    // "(*)" marks a package whose dependencies were listed before.
    text.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect()
}

#[test]
fn the_tests_ask_for_no_features_that_the_program_does_without() {
    let program = compiled(&["--package", "ae-app", "--edges", "normal,build"]);
    let tests = compiled(&["--edges", "normal,build,dev"]);
    assert!(program.len() > 100 && tests.len() > program.len(), "{program:#?}");
    let again: Vec<_> = program.difference(&tests).collect();
    assert!(again.is_empty(), "these would be compiled a second time: {again:#?}");
}

fn parsed(name: &str) -> Table {
    fs::read_to_string(common::workspace().join(name)).unwrap().parse().unwrap()
}

/// How a package is compiled in the profile `dev`: level of optimization, debug information.
fn compiled_as(profile: &Value, name: &str, is_member: bool) -> [Option<Value>; 2] {
    let packages = &profile["package"];
    let any = (!is_member).then(|| &packages["*"]);
    let own = packages.get(name);
    ["opt-level", "debug"].map(|key| {
        let tables = [own, any, Some(profile)];
        tables.into_iter().flatten().find_map(|table| table.get(key)).cloned()
    })
}

/// The package for MPI is outside of the workspace, so our crates are ordinary dependencies of it:
/// without a line for each, they would not be optimized, and compiled a second time.
#[test]
fn the_package_for_mpi_compiles_what_it_shares_with_the_workspace_in_the_same_way() {
    let [ours, its] = ["Cargo.toml", "mpi/Cargo.toml"].map(parsed);
    let [ours, its] = [&ours, &its].map(|manifest| &manifest["profile"]["dev"]);
    let lock = parsed("mpi/Cargo.lock");
    let mut members = 0;
    for package in lock["package"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        let is_member = package.get("source").is_none();
        if name != "ae-app-mpi" {
            members += usize::from(is_member);
            let [ours, its] = [compiled_as(ours, name, is_member), compiled_as(its, name, false)];
            assert_eq!(its, ours, "{name}: mpi/Cargo.toml on the left");
        }
    }
    assert!(members > 20, "{members} crates only");
}
