//! SIGTERM and SIGHUP end the program like Ctrl-C, in every command, and leave no claim and no
//! temporary folder.
#![cfg(unix)]

use crate::common;
use crate::common::running::Running;
use crate::common::{
    CHECKPOINT, DENOISE, HUNG_UP, INTERRUPTED, RUN_FILES, SHORT_RUN, SUMS, Sandbox, TERMINATED,
};
use std::fs;
use std::process::Command;

/// The signals, their exit statuses, and how the report names them.
const SIGNALS: [(&str, i32, &str); 3] =
    [("INT", INTERRUPTED, "Ctrl-C"), ("TERM", TERMINATED, "SIGTERM"), ("HUP", HUNG_UP, "SIGHUP")];

/// A training that runs until it is stopped.
fn endless(out: &str) -> Vec<&str> {
    let mut args = SHORT_RUN.to_vec();
    args[10] = "1000000000";
    args.extend(["--out", out]);
    args
}

#[test]
fn each_ends_training_with_its_status_and_everything_is_written() {
    let sandbox = Sandbox::with_data();
    for (signal, status, name) in SIGNALS {
        let mut running = Running::start(&mut sandbox.command(endless(signal)));
        running.until_stderr("epoch          2/1000000000");
        running.send(signal);
        let outcome = running.end();
        assert_eq!(outcome.status, Some(status), "{outcome:#?}");
        assert!(outcome.stdout.contains(&format!("\nstopped by {name} in epoch ")), "{outcome:#?}");
        assert!(outcome.stderr.contains("stopping, and writing the results so far; "));
        let files: Vec<_> = RUN_FILES.into_iter().filter(|name| *name != SUMS).collect();
        sandbox.assert_files(signal, &files);
    }
}

/// Whoever sees that a program ends has seen why: the line is there before training hears of the
/// signal. Here the program never gets as far as the line, so it goes on.
#[test]
#[cfg(debug_assertions)]
fn the_line_that_a_signal_came_is_printed_before_training_ends() {
    let sandbox = Sandbox::with_data();
    let mut command = sandbox.command(endless("run"));
    let mut running = Running::start(command.env("AE_STOP_AT", "announcing"));
    running.until_stderr("epoch          2/1000000000");
    running.send("TERM");
    running.until_stderr("stopped at announcing\n");
    running.until_more_on_stderr(3);
    running.kill();
}

#[test]
fn under_nohup_a_closed_terminal_ends_nothing() {
    let sandbox = Sandbox::with_data();
    let mut shell = Command::new("sh");
    sandbox.prepare(&mut shell);
    shell.args(["-c", "trap '' HUP && exec \"$0\" \"$@\""]).arg(common::program());
    let mut running = Running::start(shell.args(endless("run")));
    running.until_stderr("epoch          2/1000000000");
    running.send("HUP");
    // For a moment, only the previous one exists.
    let newest = || fs::metadata(sandbox.path("run").join(CHECKPOINT)).ok()?.modified().ok();
    let then = running.until("checkpoint", newest);
    running.until("later checkpoint", || newest().filter(|now| *now > then));
    running.send("TERM");
    let outcome = running.end();
    assert_eq!(outcome.status, Some(TERMINATED), "{outcome:#?}");
    assert!(outcome.stdout.contains("\nstopped by SIGTERM in epoch "), "{outcome:#?}");
}

/// Each command that makes a folder, stopped when it has just claimed it.
#[test]
#[cfg(debug_assertions)]
fn a_command_that_does_not_train_leaves_no_folder() {
    let sandbox = Sandbox::with_data();
    sandbox.run(SHORT_RUN.iter().chain(&["-q", "--out", "run"])).assert_success();
    let before = sandbox.tree();
    let commands = [&["generate", "run"][..], &["pca", "run"], &["reconstruct", "run"]];
    for (args, (signal, status, _)) in commands.into_iter().zip(SIGNALS) {
        let mut command = sandbox.command(args.iter().chain(&["--out", "new/folder"]));
        let mut running = Running::start(command.env("AE_STOP_AT", "claimed"));
        running.until_stderr("stopped at claimed");
        running.send(signal);
        assert_eq!(running.end().status, Some(status), "{args:?}");
        assert!(sandbox.tree() == before, "{args:?}: {:?}", sandbox.tree().keys());
    }
}

/// `verify` has nothing to write before it ends, so it ends at once, in the middle of a step.
#[test]
#[cfg(debug_assertions)]
fn verify_ends_at_once_and_removes_what_it_has_repeated() {
    let sandbox = Sandbox::with_data();
    let args = DENOISE.iter().chain(&["--epochs", "2", "-q", "--out", "run"]);
    sandbox.run(args).assert_success();
    fs::create_dir(sandbox.path("temporary")).unwrap();
    let before = sandbox.tree();
    for (signal, status, name) in SIGNALS {
        let mut command = sandbox.command(["verify", "run"]);
        command.env("TMPDIR", sandbox.path("temporary")).env("AE_STOP_AT", "mid-epoch:2");
        let mut running = Running::start(&mut command);
        running.until_stderr("stopped at mid-epoch");
        // While it works, nothing is written to the run's own folder, because that may be
        // read-only.
        assert!(!sandbox.path("run/.running").exists());
        assert_eq!(fs::read_dir(sandbox.path("temporary")).unwrap().count(), 1);
        running.send(signal);
        let outcome = running.end();
        assert_eq!(outcome.status, Some(status), "{outcome:#?}");
        let line = format!("stopped by {name}; nothing has changed\n");
        assert!(outcome.stderr.ends_with(&line), "{outcome:#?}");
        assert!(sandbox.tree() == before, "{signal}: {:?}", sandbox.tree().keys());
    }
}

#[test]
fn a_complete_run_that_is_read_only_is_verified_and_needs_no_resume() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::with_data();
    sandbox.run(SHORT_RUN.iter().chain(&["-q", "--out", "run"])).assert_success();
    let mode = |mode| {
        fs::set_permissions(sandbox.path("run"), fs::Permissions::from_mode(mode)).unwrap();
    };
    // root may write everywhere; then this shows only that nothing is written.
    mode(0o555);
    let before = sandbox.tree();
    sandbox.run(["verify", "run"]).assert_success();
    let outcome = sandbox.run(["resume", "run"]);
    assert_eq!(outcome.assert_success().stdout, "run is complete: nothing is left to do\n");
    for (i, args) in
        [&["generate", "run"][..], &["export", "run", "--onnx", "m.onnx"]].into_iter().enumerate()
    {
        let out = format!("out-{i}");
        let more: &[&str] = if args[0] == "export" { &[] } else { &["--out", &out] };
        sandbox.run(args.iter().chain(more)).assert_success();
    }
    let mut after = sandbox.tree();
    after.retain(|path, _| before.contains_key(path));
    assert!(after == before);
    mode(0o755);
}
