//! The commands in the lessons: every package, program, example, test, subcommand and option that
//! they name exists. (`commands.rs` runs them, when it is asked to.)

mod common;

use ae_tests::commands::{commands, of_the_program};
use ae_tests::exercises::markdown;
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Command;

/// A command in a Markdown file.
struct Found {
    place: String,
    words: Vec<String>,
}

/// The commands in all Markdown files, without brackets around what may be left out.
fn all() -> Vec<Found> {
    let mut found = Vec::new();
    for (path, text) in markdown() {
        for command in commands(&text) {
            let place = format!("{path}:{}", command.line);
            let words = command.words.iter();
            let words = words.map(|word| word.trim_matches(['[', ']', ',', ':']).to_owned());
            found.push(Found { place, words: words.collect() });
        }
    }
    found
}

/// The targets of each package: their kinds and names.
fn targets() -> BTreeMap<String, Vec<(String, String)>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
    let output = Command::new(cargo)
        .current_dir(common::workspace())
        .args(["metadata", "--locked", "--offline", "--no-deps", "--format-version", "1"])
        .output()
        .expect("cargo can be started");
    let all: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let of = |package: &Value| {
        let targets = package["targets"].as_array().into_iter().flatten();
        (text(&package["name"]), targets.map(|t| (text(&t["kind"][0]), text(&t["name"]))).collect())
    };
    all["packages"].as_array().into_iter().flatten().map(of).collect()
}

/// What is wrong with a command of cargo.
fn fault_of_cargo(
    words: &[String],
    targets: &BTreeMap<String, Vec<(String, String)>>,
) -> Option<String> {
    let own = words.split(|word| word == "--").next().unwrap_or_default();
    let after = |option: &str| {
        let at = own.iter().position(|word| word == option)?;
        own.get(at + 1).map(String::as_str)
    };
    let package = after("-p")?;
    let Some(known) = targets.get(package) else {
        // A placeholder for any package.
        let is_name = package.contains('-') || package == "autoencoder";
        return is_name.then(|| format!("there is no package {package}"));
    };
    ["bin", "example", "test", "bench"].into_iter().find_map(|kind| {
        let name = after(&format!("--{kind}"))?;
        let exists = known.iter().any(|(k, n)| k == kind && n == name);
        let is_placeholder = name.chars().all(char::is_uppercase);
        (!exists && !is_placeholder).then(|| format!("{package} has no {kind} {name}"))
    })
}

#[test]
fn what_cargo_is_asked_for_exists() {
    let targets = targets();
    let mut found = all();
    found.retain(|Found { words, .. }| words.iter().any(|word| word == "cargo"));
    assert!(found.len() > 100, "{} commands", found.len());
    let faults: Vec<String> = found
        .iter()
        .filter_map(|Found { place, words }| {
            fault_of_cargo(words, &targets).map(|fault| format!("{place}: {fault}"))
        })
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn what_the_program_is_asked_for_exists() {
    let help = |command: &str| {
        let output = Command::new(common::program()).args([command, "--help"]).output();
        let output = output.expect("the program can be started");
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let presets =
        Command::new(common::program()).arg("models").output().expect("it can be started");
    let presets = String::from_utf8_lossy(&presets.stdout).into_owned();
    let presets: Vec<&str> = presets.lines().filter_map(|l| l.split_whitespace().next()).collect();
    let mut helps: BTreeMap<String, Option<String>> = BTreeMap::new();
    let (mut faults, mut checked) = (Vec::new(), 0);
    for Found { place, words } in all() {
        let Some(words) = of_the_program(&words) else { continue };
        let Some(command) = words.first().filter(|word| !word.starts_with('-')) else { continue };
        checked += 1;
        let text = helps.entry(command.clone()).or_insert_with(|| help(command));
        let Some(text) = text else {
            faults.push(format!("{place}: there is no command {command}"));
            continue;
        };
        for option in words.iter().filter(|word| word.starts_with("--")) {
            let name = option.split('=').next().unwrap_or(option);
            // As a whole word: `--no` is not `--noise`.
            let known = text.split(|c: char| !c.is_alphanumeric() && c != '-').any(|w| w == name);
            if !known {
                faults.push(format!("{place}: {command} has no option {name}"));
            }
        }
        for pair in words.windows(2).filter(|pair| pair[0] == "--model" || pair[0] == "--models") {
            for name in pair[1].split(',') {
                let is_preset = presets.iter().any(|preset| preset.trim_matches(':') == name);
                if !is_preset && !name.ends_with(".toml") && !name.chars().all(char::is_uppercase) {
                    faults.push(format!("{place}: there is no model {name}"));
                }
            }
        }
    }
    assert!(checked > 80, "{checked} commands");
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn what_does_not_exist_is_found() {
    let targets = BTreeMap::from([("ae-a".to_owned(), vec![("example".into(), "b".into())])]);
    let fault = |line: &str| {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        fault_of_cargo(&words, &targets)
    };
    assert_eq!(fault("cargo run -p ae-a --example b -- --example c"), None);
    assert_eq!(fault("cargo run -p ae-a --example c").as_deref(), Some("ae-a has no example c"));
    assert_eq!(fault("cargo run -p ae-b").as_deref(), Some("there is no package ae-b"));
}
