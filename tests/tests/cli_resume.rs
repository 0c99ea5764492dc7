//! A run that is killed anywhere can be resumed and ends with the files of a run that was never
//! killed.
#![cfg(unix)]

mod common;

use common::running::Running;
use common::{CHECKPOINT, DATA, FAILURE, INTERRUPTED, PREVIOUS, SUMS, Sandbox};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
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
        assert!(name == "times.toml" || *content == expected[name], "{name} differs, {when}");
    }
}

/// Lets the program stop at this place, and kills it there.
#[track_caller]
fn killed_at(sandbox: &Sandbox, args: &[&str], place: &str) {
    let mut command = sandbox.command(args);
    command.env("AE_STOP_AT", place);
    let name = place.split(':').next().unwrap();
    let mut running = Running::start(&mut command);
    running.until_stderr(&format!("stopped at {name}\n"));
    assert_eq!(running.kill().signal(), Some(SIGKILL), "{place}");
}

/// Kills a run at each of these places, resumes it and compares with `whole`.
#[cfg(debug_assertions)]
fn killed_and_resumed(args: &[&str], places: &[&str]) {
    let sandbox = Sandbox::with_data();
    let whole = undisturbed(&sandbox, args);
    for place in places {
        let run = place.replace(':', "-");
        killed_at(&sandbox, &[args, &["--out", &run]].concat(), place);
        let left = sandbox.run_files(&run);
        assert!(!left.contains_key(SUMS) && left.contains_key(".running"), "{place}");
        let outcome = sandbox.run(["resume", &run]);
        outcome.assert_success();
        assert!(!outcome.stderr.contains("warning"), "{outcome:#?}");
        assert_same(&sandbox.run_files(&run), &whole, place);
    }
}

#[test]
#[cfg(debug_assertions)]
fn case_22_killed_while_a_checkpoint_is_written() {
    killed_and_resumed(
        &DENSE,
        &[
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
    killed_and_resumed(
        &DENOISE,
        &["half-written:3", "previous-kept:3", "renamed:2", "mid-epoch:5"],
    );
}

#[test]
#[cfg(debug_assertions)]
fn case_22c_killed_again_and_again() {
    let sandbox = Sandbox::with_data();
    let whole = undisturbed(&sandbox, &DENSE);
    killed_at(&sandbox, &[&DENSE[..], &["--out", "run"]].concat(), "renamed:2");
    for place in ["mid-epoch:3", "half-written:1", "previous-kept:2", "renamed:1", "mid-epoch:1"] {
        killed_at(&sandbox, &["resume", "run"], place);
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
    killed_and_resumed(&[&DENSE[..9], &keep].concat(), &["mid-epoch:6", "renamed:3", "synced:4"]);
    let sparse = ["--epochs", "5", "--keep-best", "--checkpoint-every", "2"];
    killed_and_resumed(
        &[&DENSE[..9], &sparse].concat(),
        &["mid-epoch:7", "renamed:2", "mid-epoch:19"],
    );
}

#[test]
fn case_22d_killed_at_any_time() {
    let sandbox = Sandbox::with_data();
    let args = [&DENSE[..9], &["--epochs", "40"]].concat();
    let whole = undisturbed(&sandbox, &args);
    // The instants are not chosen; there must be many, from before the first file to after the
    // last.
    let (mut killed, mut before) = (0, 0);
    for round in 0..24u64 {
        let run = format!("run-{round}");
        let mut command = sandbox.command(args.iter().chain(&["-q", "--out", &run]));
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(1500 * round * round / 2));
        child.kill().unwrap();
        let status = child.wait().unwrap();
        assert!(status.success() || status.signal() == Some(SIGKILL), "{status}");
        killed += usize::from(!status.success());
        let path = sandbox.path(&run);
        if !path.join(CHECKPOINT).exists() && !path.join(PREVIOUS).exists() {
            before += 1;
            if path.exists() {
                sandbox.run(["resume", &run]).assert_error(DATA);
            }
            continue;
        }
        sandbox.run(["resume", &run, "-q"]).assert_success();
        assert_same(&sandbox.run_files(&run), &whole, &run);
    }
    assert!(killed > before, "{killed} of 24 were killed, {before} before the first checkpoint");
}

#[test]
fn stopped_by_ctrl_c_it_goes_on_as_well() {
    let sandbox = Sandbox::with_data();
    let args = [&DENOISE[..5], &["--epochs", "12"]].concat();
    let whole = undisturbed(&sandbox, &args);
    let mut running = Running::start(&mut sandbox.command(args.iter().chain(&["--out", "run"])));
    running.until_stderr("epoch  2/12");
    running.press_ctrl_c();
    let outcome = running.end();
    assert_eq!(outcome.status, Some(INTERRUPTED), "{outcome:#?}");
    let line = "\nto go on: cargo run -p ae-app -- resume run --dataset data\n";
    assert!(outcome.stdout.contains(line), "{outcome:#?}");
    assert!(!sandbox.path("run").join(SUMS).exists());
    let outcome = sandbox.run(["resume", "run"]);
    outcome.assert_success();
    assert!(outcome.stdout.contains("\nresumed    after "), "{outcome:#?}");
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
