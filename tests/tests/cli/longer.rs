//! `resume --epochs N`: a run becomes, byte for byte, the run of N epochs.

use crate::common;
use crate::common::files::{history, toml};
use crate::common::{DENOISE, SHORT_RUN, Sandbox, TIMED, USAGE};
use std::fs;

/// A run of this many epochs, with further options, in a folder of its own.
fn run<'a>(epochs: &'a str, more: &[&'a str], out: &'a str) -> Vec<&'a str> {
    let beginning: &[&str] = if out.starts_with("denoise") { &DENOISE } else { &SHORT_RUN[..9] };
    [beginning, &["--epochs", epochs], more, &["-q", "--out", out]].concat()
}

/// Asserts that two folders hold the same files, except for the times.
#[track_caller]
fn assert_same(sandbox: &Sandbox, found: &str, expected: &str, when: &str) {
    let [found, expected] = [found, expected].map(|folder| sandbox.run_files(folder));
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{when}");
    for (name, content) in &found {
        assert!(
            TIMED.contains(&name.as_str()) || *content == expected[name],
            "{name} differs, {when}"
        );
    }
}

#[test]
fn a_complete_run_trained_on_equals_one_that_was_longer_from_the_start() {
    let sandbox = Sandbox::with_data();
    let early = ["--patience", "2", "--min-delta", "0.5", "--keep-best"];
    for (name, more, steps, last) in [
        ("dense", &[][..], &["2", "5"][..], "7"),
        ("denoise", &["--fresh-noise"], &["1"], "3"),
        // The last checkpoint of the shorter run is not one of the longer run's.
        ("dense-sparse", &["--checkpoint-every", "3"], &["4", "5"], "8"),
        ("dense-sparse-end", &["--checkpoint-every", "3"], &["4"], "5"),
        ("dense-step", &["--schedule", "warmup:2+step:2:0.5", "--optimizer", "adam"], &["3"], "6"),
        ("dense-plateau", &["--schedule", "plateau:1:0.5"], &["3"], "6"),
        ("dense-best", &["--keep-best"], &["2"], "5"),
        // The run has stopped early, and so does the longer run, at the same epoch.
        ("dense-early", &early, &["50"], "60"),
        ("dense-early-end", &early, &["3"], "60"),
    ] {
        let whole = format!("{name}-whole");
        sandbox.run(run(steps[0], more, name)).assert_success();
        for epochs in steps[1..].iter().chain([&last]) {
            sandbox.run(["resume", name, "--epochs", epochs, "-q"]).assert_success();
        }
        sandbox.run(run(last, more, &whole)).assert_success();
        assert_same(&sandbox, name, &whole, name);
        sandbox.run(["verify", name]).assert_success();
    }
}

#[test]
fn a_run_may_be_made_shorter_as_long_as_it_has_not_been_trained_further() {
    let sandbox = Sandbox::with_data();
    sandbox.run(run("5", &[], "run")).assert_success();
    for (epochs, trained) in [("4", 5), ("1", 5)] {
        let line = sandbox.assert_refused(["resume", "run", "--epochs", epochs], USAGE);
        let expected =
            format!("expected at least {trained}, the epochs that the run has been trained for");
        assert_eq!(line, format!("error: --epochs {epochs}: {expected}"));
    }
    // The run's own number of epochs changes nothing.
    let before = sandbox.tree();
    let outcome = sandbox.run(["resume", "run", "--epochs", "5"]);
    assert_eq!(outcome.assert_success().stdout, "run is complete: nothing is left to do\n");
    assert!(sandbox.tree() == before);
    sandbox.assert_refused(["resume", "run", "--epochs", "0"], USAGE);
}

#[test]
#[cfg(all(unix, debug_assertions))]
fn one_that_was_killed_after_two_of_nine_epochs_becomes_one_of_two_or_four() {
    let sandbox = Sandbox::with_data();
    for epochs in ["2", "4"] {
        let whole = format!("whole-{epochs}");
        sandbox.run(run(epochs, &[], &whole)).assert_success();
        ended_at(&sandbox, &run("9", &[], epochs), "mid-epoch:8");
        sandbox.run(["resume", epochs, "--epochs", epochs, "-q"]).assert_success();
        assert_same(&sandbox, epochs, &whole, epochs);
    }
}

/// If a run is killed while it is being extended, it is either the old one or the new one, and both
/// can be resumed.
#[test]
#[cfg(all(unix, debug_assertions))]
fn killed_while_it_is_made_longer_it_is_one_of_the_two() {
    let sandbox = Sandbox::with_data();
    for epochs in ["2", "4"] {
        sandbox.run(run(epochs, &[], &format!("whole-{epochs}"))).assert_success();
    }
    for place in ["half-written:1", "written:1", "renamed:1", "synced:1", "mid-epoch:1"] {
        let out = place.replace(':', "-");
        sandbox.run(run("2", &[], &out)).assert_success();
        ended_at(&sandbox, &["resume", &out, "--epochs", "4", "-q"], place);
        sandbox.run(["resume", &out, "-q"]).assert_success();
        let epochs = history(&sandbox.run_files(&out)).len();
        assert_same(&sandbox, &out, &format!("whole-{epochs}"), place);
        assert_eq!(epochs == 2, place.contains("written"), "{place}");
        // From there it becomes the longer run, if it was not yet.
        sandbox.run(["resume", &out, "--epochs", "4", "-q"]).assert_success();
        assert_same(&sandbox, &out, "whole-4", place);
    }
}

#[test]
fn a_schedule_that_depends_on_the_number_of_epochs_cannot_go_on() {
    let sandbox = Sandbox::with_data();
    for schedule in ["cosine", "warmup:1+cosine:0.1"] {
        let out = schedule.replace([':', '+'], "-");
        sandbox.run(run("2", &["--schedule", schedule], &out)).assert_success();
        let line = sandbox.assert_refused(["resume", &out, "--epochs", "3"], USAGE);
        let start = format!(
            "error: --epochs 3: the schedule {schedule} depends on the number of epochs, 2 so far: "
        );
        assert!(line.starts_with(&start), "{line}");
    }
}

/// Values edited by hand are also refused here, except for the number of epochs, which `--epochs`
/// replaces.
#[test]
fn an_edited_configuration_is_refused() {
    let sandbox = Sandbox::with_data();
    sandbox.run(run("2", &[], "run")).assert_success();
    let path = sandbox.path("run/config.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("batch = 20", "batch = 10")).unwrap();
    for args in [&["resume", "run"][..], &["resume", "run", "--epochs", "3"]] {
        let line = sandbox.assert_refused(args, common::DATA);
        assert!(
            line.starts_with("error: run/config.toml: training.batch: expected 20, "),
            "{line}"
        );
    }
    fs::write(&path, text).unwrap();
    sandbox.run(["resume", "run", "--epochs", "3", "-q"]).assert_success();
    let config = toml(&sandbox.run_files("run"), "config.toml");
    assert_eq!(config["training"]["epochs"].as_integer(), Some(3));
}

/// Stops the program at this place, and kills it there.
#[cfg(all(unix, debug_assertions))]
#[track_caller]
fn ended_at(sandbox: &Sandbox, args: &[&str], place: &str) {
    let mut command = sandbox.command(args);
    let mut running = common::running::Running::start(command.env("AE_STOP_AT", place));
    running.until_stderr(&format!("stopped at {}\n", place.split(':').next().unwrap()));
    running.kill();
}
