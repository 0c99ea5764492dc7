//! Ctrl-C: the first writes the results so far, the second quits at once.
#![cfg(unix)]

use crate::common::files::{history, picture, sizes, toml};
use crate::common::running::Running;
use crate::common::{
    DENOISE, DENOISE_FILES, INTERRUPTED, Outcome, PREVIOUS, REPORT, RUN_FILES, SHORT_RUN, SUMS,
    Sandbox,
};
use std::collections::BTreeMap;
use std::fs;

/// The files that a stopped run leaves: no checksums, because it has not ended.
fn stopped_files(files: &[&'static str]) -> Vec<&'static str> {
    files.iter().copied().filter(|name| *name != SUMS).collect()
}

/// The program's message when it is asked to stop.
const STOPPING: &str =
    "\nstopping, and writing the results so far; press Ctrl-C again to quit at once\n";

/// Asserts that training was stopped, that report and `config.toml` agree where, and that the
/// history has the epochs before. Returns epoch, batch and batches.
#[track_caller]
fn assert_stopped(outcome: &Outcome, files: &BTreeMap<String, Vec<u8>>) -> [i64; 3] {
    assert_eq!(outcome.status, Some(INTERRUPTED), "{outcome:#?}");
    assert!(outcome.stderr.contains(STOPPING), "{outcome:#?}");
    let config = toml(files, "config.toml");
    let training = &config["training"];
    let stopped = ["epoch", "batch", "batches"]
        .map(|name| training["stopped"][name].as_integer().unwrap_or_else(|| panic!("{config:?}")));
    let ([epoch, batch, batches], epochs) = (stopped, &training["epochs"]);
    let line = format!(
        "\nstopped by Ctrl-C in epoch {epoch} of {epochs}, after batch {batch} of {batches}; everything so far is \
         written\n"
    );
    assert!(outcome.stdout.contains(&line), "no {line:?} in {outcome:#?}");
    // If it stopped at the very end of an epoch, that epoch counts.
    let finished = training["epochs_finished"].as_integer().unwrap();
    assert!(finished == epoch - 1 || finished == epoch && batch == batches, "{config:?}");
    assert_eq!(history(files).len(), usize::try_from(finished).unwrap());
    stopped
}

#[test]
fn once_after_the_first_epoch_everything_is_written() {
    let sandbox = Sandbox::with_data();
    let args = ["--epochs", "1000000", "--out", "run"];
    let mut running = Running::start(&mut sandbox.command(DENOISE.iter().chain(&args)));
    // The picture can be watched: it exists long before the end and is complete at any time.
    let path = sandbox.path("run/denoised.png");
    let first = running.until("picture", || fs::read(&path).ok());
    let mut seen = 0;
    running.until("other pictures", || {
        let now = fs::read(&path).unwrap();
        picture(&now);
        seen += usize::from(now != first);
        (seen > 20).then_some(())
    });
    assert!(fs::read_to_string(sandbox.path("run/history.csv")).unwrap().lines().count() > 1);
    picture(&fs::read(sandbox.path("run/loss.png")).unwrap());
    // If the machine were switched off now, the progress of training would be known.
    let config = fs::read_to_string(sandbox.path("run/config.toml")).unwrap();
    let config: toml::Table = config.parse().unwrap();
    assert!(config["training"]["epochs_finished"].as_integer() > Some(0), "{config:?}");
    running.press_ctrl_c();
    let outcome = running.end();

    let files = sandbox.assert_files("run", &stopped_files(&DENOISE_FILES));
    let [epoch, _, batches] = assert_stopped(&outcome, &files);
    assert!(epoch > 1 && batches == 3, "{epoch}, {batches}");
    sizes(&files);
    let metrics = toml(&files, "metrics.toml");
    assert_eq!(metrics["epochs"].as_integer(), i64::try_from(history(&files).len()).ok());
    assert!(outcome.stdout.contains("\nto continue: "), "{outcome:#?}");
}

#[test]
#[cfg(debug_assertions)]
fn once_in_the_first_epoch_there_is_no_loss_to_draw() {
    let sandbox = Sandbox::with_data();
    let mut command = sandbox.command(DENOISE.iter().chain(&["--out", "run", "--sweep"]));
    let mut running = Running::start(command.env("AE_HOLD_AT", "mid-epoch:2"));
    running.until_stderr("held at mid-epoch\n");
    running.press_ctrl_c();
    let outcome = running.end();
    let mut names = stopped_files(&DENOISE_FILES);
    names.retain(|name| ![PREVIOUS, "loss.png"].contains(name));
    let files = sandbox.assert_files("run", &names);
    assert_eq!(assert_stopped(&outcome, &files), [1, 2, 3]);
    assert!(outcome.stdout.contains("\nwatch run/denoised.png"), "{outcome:#?}");
    assert!(outcome.stdout.contains("\ntrained 0 epochs in "), "{outcome:#?}");
    let note = "\nno epoch has ended: there is nothing to draw in loss.png\n";
    assert!(outcome.stdout.contains(note), "{outcome:#?}");
    let named = outcome.stdout.find("\nin run:\n").unwrap();
    assert!(!outcome.stdout[named..].contains("loss.png"), "{outcome:#?}");
}

#[test]
#[cfg(debug_assertions)]
fn twice_the_program_quits_at_once_and_leaves_what_can_be_resumed() {
    let sandbox = Sandbox::with_data();
    // The first epoch does not end.
    let mut command = sandbox.command(DENOISE.iter().chain(&["--out", "a/new/run"]));
    let mut running = Running::start(command.env("AE_STOP_AT", "mid-epoch:1"));
    // What the report names is there.
    running.until_stdout("\nwatch a/new/run/denoised.png");
    assert!(sandbox.path("a/new/run").join(REPORT).exists());
    running.until_stderr("stopped at mid-epoch\n");
    running.press_ctrl_c();
    running.until_stderr(STOPPING);
    running.press_ctrl_c();
    let outcome = running.end();
    assert_eq!(outcome.status, Some(INTERRUPTED), "{outcome:#?}");
    assert!(!outcome.stdout.contains("trained"), "{outcome:#?}");
    sandbox.assert_files(
        "a/new/run",
        &["checkpoint.safetensors", "config.toml", "paths.toml", REPORT],
    );
}

/// With few checkpoints there are epochs that no checkpoint has.
#[test]
#[cfg(debug_assertions)]
fn twice_after_epochs_without_a_checkpoint_nothing_is_deleted() {
    let sandbox = Sandbox::with_data();
    let args = ["--epochs", "1000000", "--checkpoint-every", "1000000", "--out", "run"];
    let mut command = sandbox.command(DENOISE.iter().chain(&args));
    // The step after three epochs of three batches does not end.
    let mut running = Running::start(command.env("AE_STOP_AT", "mid-epoch:10"));
    running.until_stderr("stopped at mid-epoch");
    let before = sandbox.run_files("run");
    running.press_ctrl_c();
    running.until_stderr(STOPPING);
    running.press_ctrl_c();
    assert_eq!(running.end().status, Some(INTERRUPTED));
    let after = sandbox.run_files("run");
    assert!(before.contains_key("history.csv") && before.contains_key("config.toml"));
    assert!(before.iter().all(|(name, bytes)| name == ".running" || after[name] == *bytes));
}

#[test]
#[cfg(debug_assertions)]
fn in_the_sweep_it_is_left_out() {
    let sandbox = Sandbox::with_data();
    let args = ["--epochs", "1", "--sweep", "--out", "run"];
    let mut command = sandbox.command(DENOISE.iter().chain(&args));
    let mut running = Running::start(command.env("AE_HOLD_AT", "sweep:3"));
    running.until_stderr("held at sweep\n");
    running.press_ctrl_c();
    let outcome = running.end();
    assert_eq!(outcome.status, Some(INTERRUPTED), "{outcome:#?}");
    let line = "\nstopped by Ctrl-C in the sweep, after noise 0.3;";
    assert!(outcome.stdout.contains(line), "{outcome:#?}");
    let files = sandbox.assert_files("run", &stopped_files(&DENOISE_FILES));
    // Training itself was not stopped.
    let config = toml(&files, "config.toml");
    assert!(!config["training"].as_table().unwrap().contains_key("stopped"), "{config:?}");
}

#[test]
fn the_dense_job_stops_as_well() {
    let sandbox = Sandbox::with_data();
    let mut args = SHORT_RUN;
    args[10] = "1000000000";
    let mut running = Running::start(&mut sandbox.command(args.iter().chain(&["--out", "run"])));
    running.until_stderr("epoch          2/1000000000");
    running.press_ctrl_c();
    let outcome = running.end();
    let files = sandbox.assert_files("run", &stopped_files(&RUN_FILES));
    let [epoch, _, batches] = assert_stopped(&outcome, &files);
    assert!(epoch > 1 && batches == 3, "{epoch}, {batches}");
}

#[test]
fn quiet_is_quiet() {
    let sandbox = Sandbox::with_data();
    let args = ["--epochs", "1000000", "--quiet", "--out", "run"];
    let mut running = Running::start(&mut sandbox.command(DENOISE.iter().chain(&args)));
    let path = sandbox.path("run/denoised.png");
    running.until("picture", || path.exists().then_some(()));
    running.press_ctrl_c();
    let outcome = running.end();
    assert_eq!(outcome.status, Some(INTERRUPTED), "{outcome:#?}");
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("", ""));
    sandbox.assert_files("run", &stopped_files(&DENOISE_FILES));
}
