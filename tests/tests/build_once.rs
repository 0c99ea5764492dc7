//! `cargo test` uses what `cargo run -p ae-app` has compiled: with the same features, nothing is
//! compiled twice.

mod common;

use std::collections::BTreeSet;
use std::process::Command;

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
