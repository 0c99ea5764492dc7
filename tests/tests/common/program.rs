//! Finds the program.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The path of `ae-app`, which is built if necessary.
///
/// Cargo tells a test where a program is only if both are in one package (`CARGO_BIN_EXE_...`). So
/// the first test that needs the program lets cargo build it, in the profile of the tests, and
/// report its path. If it is up to date, as after `cargo build`, this takes a moment. Cargo
/// releases its lock on the target folder before it runs tests, so the two do not wait for each
/// other, and `CARGO_TARGET_DIR` is inherited. (A `--target-dir` or `--target` *argument* of the
/// outer cargo is not: the program is then built again in its usual place.)
pub(crate) fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(build)
}

fn build() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
    let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
    let output = Command::new(cargo)
        .current_dir(super::workspace())
        .args(["build", "--package", "ae-app", "--bin", "ae-app", "--profile", profile])
        .args(["--locked", "--quiet", "--message-format", "json-render-diagnostics"])
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo can be started");
    assert!(output.status.success(), "ae-app cannot be built");
    String::from_utf8(output.stdout)
        .expect("cargo's messages are UTF-8")
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == "ae-app")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .expect("cargo names the program it has built")
}
