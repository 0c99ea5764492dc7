//! The command line end to end: a file for each subject, all in one program, because each program
//! is linked by itself and lets Cargo look at `ae-app` once more.
//!
//! ```text
//! cargo test -p ae-tests --test cli midway::       one file
//! ```

#[path = "../common/mod.rs"]
mod common;

mod anomaly;
mod augment;
mod checkpoints;
mod color;
mod config;
mod data_faults;
mod data_identity;
mod data_names;
mod data_other;
mod data_places;
mod denoise;
mod denoise_refusals;
mod explore;
mod export;
mod folders;
mod gradcheck;
mod image_negatives;
mod image_noise;
mod image_sources;
mod images;
mod interrupt;
mod lab;
mod large;
mod longer;
mod manners;
mod midway;
mod models;
mod numbers;
mod output;
mod report;
mod resume;
mod run;
mod signals;
mod sources;
mod sweep;
mod sweep_changes;
mod training_options;
mod usage;
mod words;

/// A file that is not named above is not compiled, and nobody would miss its tests.
#[test]
fn every_file_is_part_of_the_program() {
    let named = include_str!("main.rs");
    for entry in std::fs::read_dir(common::workspace().join("tests/tests/cli")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(
            name == "main" || named.contains(&format!("\nmod {name};")),
            "tests/tests/cli/main.rs does not name {name}"
        );
    }
}

/// A test that sleeps bets on the speed of the machine. It waits for the event itself
/// (`common::running`), or for a place at which the program stands (`AE_STOP_AT`, `AE_HOLD_AT`).
#[test]
fn no_test_waits_for_a_time() {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(common::workspace().join("tests/tests/cli")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        found.extend(text.matches(concat!("sleep", "(")).map(|_| name.clone()));
    }
    // One kills the program at any time, and demands no particular one.
    assert_eq!(found, ["resume.rs"]);
}
