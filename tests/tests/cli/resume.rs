//! A run that is killed anywhere can be resumed and ends with the files of a run that was never
//! killed.
#![cfg(unix)]

use crate::common;
use crate::common::running::Running;
use crate::common::{
    CHECKPOINT, DATA, FAILURE, INTERRUPTED, PREVIOUS, SUMS, Sandbox, TIMED, USAGE,
};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

/// Five epochs of four steps.
const DENSE: [&str; 11] = [
    "dense",
    "--dataset",
    "data",
    "--classes",
    "all",
    "--latent",
    "4",
    "--batch",
    "16",
    "--epochs",
    "5",
];
/// Three epochs of three steps, with different noise in each epoch.
const DENOISE: [&str; 8] =
    ["denoise", "--dataset", "data", "--batch", "20", "--epochs", "3", "--fresh-noise"];

const SIGKILL: i32 = 9;

type Files = BTreeMap<String, Vec<u8>>;

/// A run without interruption.
#[track_caller]
fn undisturbed(sandbox: &Sandbox, args: &[&str]) -> Files {
    sandbox.run(args.iter().chain(&["-q", "--out", "whole"])).assert_success();
    sandbox.run_files("whole")
}

/// Asserts that two runs have left the same files, except for the times.
#[track_caller]
fn assert_same(found: &Files, expected: &Files, when: &str) {
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{when}");
    for (name, content) in found {
        assert!(
            TIMED.contains(&name.as_str()) || *content == expected[name],
            "{name} differs, {when}"
        );
    }
}

/// The ways to end a program: kill it, or send a signal and then Ctrl-C.
const ENDS: [&str; 4] = ["KILL", "INT", "TERM", "HUP"];

/// Stops the program at this place, and ends it there.
#[track_caller]
fn ended_at(sandbox: &Sandbox, args: &[&str], place: &str, end: &str) {
    let mut command = sandbox.command(args);
    command.env("AE_STOP_AT", place);
    let name = place.split(':').next().unwrap();
    let mut running = Running::start(&mut command);
    running.until_stderr(&format!("stopped at {name}\n"));
    if end == "KILL" {
        assert_eq!(running.kill().signal(), Some(SIGKILL), "{place}");
        return;
    }
    running.send(end);
    running.until_stderr("stopping, and writing the results so far; ");
    running.press_ctrl_c();
    assert_eq!(running.end().status, Some(INTERRUPTED), "{place}, {end}");
}

/// Ends a run at each of these places, resumes it and compares with one that was never ended. It
/// is killed everywhere, and ended in the other ways in turn.
#[cfg(debug_assertions)]
fn ended_and_resumed(args: &[&str], places: &[&str]) {
    let sandbox = Sandbox::with_data();
    let whole = undisturbed(&sandbox, args);
    let ends = |i: usize| [ENDS[0], ENDS[1 + i % 3]];
    let cases = places.iter().enumerate().flat_map(|(i, place)| ends(i).map(|end| (place, end)));
    for (place, end) in cases {
        let run = format!("{}-{end}", place.replace(':', "-"));
        ended_at(&sandbox, &[args, &["--out", &run]].concat(), place, end);
        let left = sandbox.run_files(&run);
        assert!(!left.contains_key(SUMS), "{place}, {end}");
        // After two signals the run leaves what a killed run leaves, except for the claim.
        assert_eq!(left.contains_key(".running"), end == "KILL", "{place}, {end}");
        let outcome = sandbox.run(["resume", &run]);
        outcome.assert_success();
        assert!(!outcome.stderr.contains("warning"), "{outcome:#?}");
        assert_same(&sandbox.run_files(&run), &whole, &run);
    }
}

#[test]
#[cfg(debug_assertions)]
fn case_22_killed_while_a_checkpoint_is_written() {
    ended_and_resumed(
        &DENSE,
        &[
            "half-written:1",
            "half-written:2",
            "half-written:4",
            "written:3",
            "previous-kept:2",
            "previous-kept:6",
            "renamed:1",
            "renamed:3",
            "synced:5",
            "mid-epoch:1",
            "mid-epoch:7",
            "mid-epoch:20",
        ],
    );
}

#[test]
#[cfg(debug_assertions)]
fn case_22b_denoising_goes_on_with_its_noise() {
    ended_and_resumed(&DENOISE, &["half-written:3", "previous-kept:3", "renamed:2", "mid-epoch:5"]);
}

#[test]
#[cfg(debug_assertions)]
fn case_22c_killed_again_and_again() {
    let sandbox = Sandbox::with_data();
    let whole = undisturbed(&sandbox, &DENSE);
    ended_at(&sandbox, &[&DENSE[..], &["--out", "run"]].concat(), "renamed:2", "KILL");
    let places = ["mid-epoch:3", "half-written:1", "previous-kept:2", "renamed:1", "mid-epoch:1"];
    for (place, end) in places.into_iter().zip(ENDS.into_iter().cycle()) {
        ended_at(&sandbox, &["resume", "run"], place, end);
    }
    sandbox.run(["resume", "run", "-q"]).assert_success();
    assert_same(&sandbox.run_files("run"), &whole, "killed six times");
}

/// Keeping the best and stopping early are resumed, too: the epochs waited for and the best weights
/// are in the checkpoint.
#[test]
#[cfg(debug_assertions)]
fn early_stopping_and_the_best_weights_are_resumed() {
    let keep = ["--epochs", "9", "--keep-best", "--patience", "2", "--min-delta", "0.5"];
    ended_and_resumed(&[&DENSE[..9], &keep].concat(), &["mid-epoch:6", "renamed:3", "synced:4"]);
    let sparse = ["--epochs", "5", "--keep-best", "--checkpoint-every", "2"];
    ended_and_resumed(
        &[&DENSE[..9], &sparse].concat(),
        &["mid-epoch:7", "renamed:2", "mid-epoch:19"],
    );
}

/// The two folders that a kill leaves before the first checkpoint: with the configuration, and
/// without any file.
#[test]
#[cfg(debug_assertions)]
fn killed_before_its_first_checkpoint_a_run_begins_anew() {
    let sandbox = Sandbox::with_data();
    let whole = undisturbed(&sandbox, &DENSE);
    let begin = |out: &'static str| [&DENSE[..], &["-q", "--out", out]].concat();
    let left = ["config.toml", "paths.toml"];
    for place in ["half-written:1", "written:1"] {
        ended_at(&sandbox, &begin("run"), place, "KILL");
        let files = sandbox.run_files("run");
        assert!(files.keys().filter(|name| !name.starts_with('.')).eq(left), "{place}");
        fs::write(sandbox.path("run/notes.txt"), "somebody's").unwrap();
        // The same command does not continue it, because the folder could contain results.
        let line = sandbox.assert_refused(begin("run"), USAGE);
        assert_eq!(
            line,
            "error: --out run: holds a run that has not ended; name a new folder, or continue it: ae-app resume run"
        );
        if place == "written:1" {
            // The run was killed even before it wrote where its data are.
            fs::remove_file(sandbox.path("run/paths.toml")).unwrap();
        }
        sandbox.run(["resume", "run", "-q"]).assert_success();
        fs::remove_file(sandbox.path("run/notes.txt")).unwrap();
        fs::remove_file(sandbox.path("run").join(SUMS)).unwrap();
        sandbox.run(["resume", "run", "-q"]).assert_success();
        assert_same(&sandbox.run_files("run"), &whole, place);
        fs::remove_dir_all(sandbox.path("run")).unwrap();
    }
    ended_at(&sandbox, &begin("run"), "claimed", "KILL");
    assert!(sandbox.run_files("run").keys().eq([".running"]));
    let line = sandbox.run(["resume", "run"]).assert_error(DATA);
    assert!(
        line.ends_with(": expected the folder of a run with a checkpoint, found none"),
        "{line}"
    );
    sandbox.run(begin("run")).assert_success();
    assert_same(&sandbox.run_files("run"), &whole, "begun again");
    // Other data do not count as the same run.
    ended_at(&sandbox, &begin("other"), "half-written:1", "KILL");
    common::data::write(&sandbox.path("data"), &[0, 1, 2].repeat(20), &[2, 1, 0].repeat(6));
    let line = sandbox.run(["resume", "other"]).assert_error(DATA);
    assert!(line.contains(": not the file that other was trained on: "), "{line}");
}

#[test]
fn case_22d_killed_at_any_time() {
    let sandbox = Sandbox::with_data();
    let args = [&DENSE[..9], &["--epochs", "40"]].concat();
    let whole = undisturbed(&sandbox, &args);
    // The instants are not chosen: they are spread from before the first file to after the last.
    // On a slow machine all of the first kind come before the first epoch has ended; those of the
    // second kind come after it.
    let mut after_an_epoch = 0;
    for round in 0..24u64 {
        let run = format!("run-{round}");
        let path = sandbox.path(&run);
        let mut command = sandbox.command(args.iter().chain(&["-q", "--out", &run]));
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut has_begun = || path.join(PREVIOUS).exists() || child.try_wait().unwrap().is_some();
        while round % 2 == 1 && !has_begun() {
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(Duration::from_micros(750 * round * round));
        child.kill().unwrap();
        let status = child.wait().unwrap();
        assert!(status.success() || status.signal() == Some(SIGKILL), "{status}");
        after_an_epoch += usize::from(!status.success() && path.join(PREVIOUS).exists());
        if path.join("config.toml").exists() {
            sandbox.run(["resume", &run, "-q"]).assert_success();
        } else {
            // It was killed before it wrote anything: the folder is as good as new.
            sandbox.run(args.iter().chain(&["-q", "--out", &run])).assert_success();
        }
        let mut files = sandbox.run_files(&run);
        // Killed after the last file and before its lock was removed, a run is complete.
        files.remove(".running");
        assert_same(&files, &whole, &run);
    }
    assert!(after_an_epoch > 0, "no run of 24 was killed between its first epoch and its end");
}

#[test]
#[cfg(debug_assertions)]
fn stopped_by_ctrl_c_it_goes_on_as_well() {
    let sandbox = Sandbox::with_data();
    let whole = undisturbed(&sandbox, &DENOISE);
    let mut command = sandbox.command(DENOISE.iter().chain(&["--out", "run"]));
    let mut running = Running::start(command.env("AE_HOLD_AT", "mid-epoch:5"));
    running.until_stderr("held at mid-epoch\n");
    running.press_ctrl_c();
    let outcome = running.end();
    assert_eq!(outcome.status, Some(INTERRUPTED), "{outcome:#?}");
    let line = "\nto continue: cargo run -p ae-app -- resume run --dataset data\n";
    assert!(outcome.stdout.contains(line), "{outcome:#?}");
    assert!(!sandbox.path("run").join(SUMS).exists());
    let outcome = sandbox.run(["resume", "run"]);
    outcome.assert_success();
    assert!(outcome.stdout.contains("\nresumed    after 1 epoch\n"), "{outcome:#?}");
    assert_same(&sandbox.run_files("run"), &whole, "stopped by Ctrl-C");
    // If it is complete, there is nothing to do, and nothing changes.
    let before = sandbox.tree();
    let outcome = sandbox.run(["resume", "run"]);
    outcome.assert_success();
    assert_eq!(outcome.stdout, "run is complete: nothing is left to do\n");
    assert!(sandbox.tree() == before);
}

#[test]
fn the_number_of_threads_may_change_on_the_way() {
    let sandbox = Sandbox::with_data();
    for args in [&DENSE[..], &DENOISE] {
        let out = format!("whole-{}", args[0]);
        sandbox.run(args.iter().chain(&["-q", "--threads", "1", "--out", &out])).assert_success();
        let whole = sandbox.run_files(&out);
        for threads in ["2", "3"] {
            let run = format!("{}-{threads}", args[0]);
            let begin = ["-q", "--threads", threads, "--out", &run];
            sandbox.run(args.iter().chain(&begin)).assert_success();
            assert_same(&sandbox.run_files(&run), &whole, &run);
            // As if it had been killed after all but the last epoch.
            fs::remove_file(sandbox.path(&run).join(SUMS)).unwrap();
            fs::remove_file(sandbox.path(&run).join(CHECKPOINT)).unwrap();
            sandbox.run(["resume", &run, "--threads", "1"]).assert_success();
            assert_same(&sandbox.run_files(&run), &whole, &run);
        }
    }
}

#[test]
fn case_25_the_second_process_is_refused() {
    let sandbox = Sandbox::with_data();
    let args = [&DENSE[..9], &["--epochs", "100000000", "--out", "run"]].concat();
    let mut running = Running::start(&mut sandbox.command(&args));
    running.until_stderr("epoch         3/");
    for command in ["resume", "verify"] {
        let line = sandbox.run([command, "run"]).assert_error(FAILURE);
        assert_eq!(line, "error: run: another process works in this folder");
    }
    // It was not disturbed, and its lock was not removed.
    sandbox.run(["resume", "run"]).assert_error(FAILURE);
    running.press_ctrl_c();
    assert_eq!(running.end().status, Some(INTERRUPTED));
    assert!(!sandbox.path("run/.running").exists());
}
