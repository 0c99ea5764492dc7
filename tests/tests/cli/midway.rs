//! Errors after a run has begun, or in its output folder: status, message, and the files left
//! behind.

use crate::common;
use crate::common::{DENOISE, DENOISE_FILES, DIVERGED, FAILURE, Outcome, SHORT_RUN, Sandbox};
use std::fs;

/// The message of the operating system, where it is known.
fn os_error(linux: &str) -> Option<&str> {
    cfg!(target_os = "linux").then_some(linux)
}

#[track_caller]
fn assert_line(line: &str, what: &str, reason: Option<&str>) {
    match reason {
        Some(reason) => assert_eq!(line, format!("error: {what}: {reason}")),
        None => assert!(line.starts_with(&format!("error: {what}: ")), "{line}"),
    }
}

/// Both jobs, and their default output folders.
fn jobs() -> [(Vec<&'static str>, &'static str); 2] {
    [(SHORT_RUN.to_vec(), "dense-data-all"), (DENOISE.to_vec(), "denoise-data-all")]
}

#[test]
#[cfg(unix)]
fn case_23b_a_place_that_is_read_only() {
    use std::os::unix::fs::PermissionsExt;
    let denied = os_error("Permission denied (os error 13)");
    for (args, name) in jobs() {
        let sandbox = Sandbox::with_data();
        let mode = |path: &str, mode| {
            fs::set_permissions(sandbox.path(path), fs::Permissions::from_mode(mode)).unwrap();
        };
        fs::create_dir(sandbox.path("mine")).unwrap();
        mode("runs", 0o555);
        mode("mine", 0o555);
        // The administrator can write everywhere, but nobody can create a folder in /proc.
        let obeyed = fs::create_dir(sandbox.path("runs/probe")).is_err();
        if obeyed {
            let refused = |more: &[&str], what: &str| {
                let line = sandbox.assert_refused(args.iter().chain(more), FAILURE);
                assert_line(&line, what, denied);
            };
            refused(&[], &format!("cannot create runs/{name}"));
            refused(&["--out", "runs/new"], "cannot use runs/new for the results");
            refused(&["--out", "mine"], "cannot use mine for the results");
        }
        mode("runs", 0o755);
        mode("mine", 0o755);
        if cfg!(target_os = "linux") {
            let out = "/proc/ae-app-run";
            let line = sandbox.assert_refused(args.iter().chain(&["--out", out]), FAILURE);
            let reason = os_error("No such file or directory (os error 2)");
            assert_line(&line, &format!("cannot use {out} for the results"), reason);
        }
    }
}

/// A disk that accepts at most this many blocks of 512 bytes per file.
#[test]
#[cfg(unix)]
fn case_23c_a_full_disk_while_denoising() {
    let sandbox = Sandbox::with_data();
    let before = sandbox.tree();
    let args = || DENOISE.iter().chain(&["--epochs", "2", "-q", "--out"]);
    let elsewhere = Sandbox::with_data();
    elsewhere.run(args().chain(&["whole"])).assert_success();
    let whole = elsewhere.assert_files("whole", &DENOISE_FILES);
    for blocks in ["0", "1", "4", "16"] {
        let mut limited = std::process::Command::new("sh");
        sandbox.prepare(&mut limited);
        // With the signal ignored, a write beyond the limit fails like one on a full disk.
        limited.args(["-c", "trap '' XFSZ && ulimit -f \"$0\" && exec \"$@\"", blocks]);
        limited.arg(common::program()).args(args()).arg("full");
        let line = Outcome::of(&mut limited).assert_error(FAILURE);
        let (file, reason) = line
            .strip_prefix("error: cannot write full/")
            .and_then(|rest| rest.split_once(": "))
            .unwrap_or_else(|| panic!("{line}"));
        assert!(whole.contains_key(file), "{line}");
        if let Some(expected) = os_error("File too large (os error 27)") {
            assert_eq!(reason, expected);
        }
        // The file that failed does not exist, not even in part; the other files are complete.
        if let Ok(entries) = fs::read_dir(sandbox.path("full")) {
            for entry in entries {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_str().unwrap();
                assert!(name != file && !name.ends_with(".part"), "{name}, with {line}");
                if name.ends_with(".png") {
                    common::files::picture(&fs::read(&path).unwrap());
                }
            }
            fs::remove_dir_all(sandbox.path("full")).unwrap();
        }
        assert!(sandbox.tree() == before, "{:?}", sandbox.tree().keys());
    }
}

/// All images are one batch: the first step is taken, and its epoch ends with a training loss from
/// before it. The second begins with a loss of some 3e32, far from the largest f32: it is finite
/// whatever the rounding.
#[test]
fn case_24c_a_run_that_diverges_later_keeps_what_it_had_until_then() {
    let sandbox = Sandbox::with_data();
    let before = sandbox.tree();
    let args = |epochs| {
        let fixed = ["denoise", "--dataset", "data", "--batch", "60", "--lr", "2e8", "-q"];
        fixed.into_iter().chain(["--epochs", epochs, "--out"])
    };
    let outcome = sandbox.run(args("30").chain(["run"]));
    let line = outcome.assert_error(DIVERGED);
    let (loss, end) = line
        .strip_prefix("error: training diverged: the training and validation loss is ")
        .and_then(|rest| rest.split_once(','))
        .unwrap_or_else(|| panic!("{line}"));
    assert!((1e31..1e34).contains(&loss.parse::<f64>().unwrap()), "{line}");
    assert_eq!(
        end,
        " far above 0.69 at the beginning, in epoch 2, batch 1 (try a smaller learning rate)"
    );
    sandbox.run(args("20").chain(["one"])).assert_error(DIVERGED);
    let (run, one) = (sandbox.run_files("run"), sandbox.run_files("one"));
    // The losses of the first epoch, as another run leaves them, and whole pictures.
    assert_eq!(String::from_utf8_lossy(&run["history.csv"]).lines().count(), 2);
    assert!(run["history.csv"] == one["history.csv"]);
    for name in ["denoised.png", "loss.png"] {
        common::files::picture(&run[name]);
    }
    let config = common::files::toml(&run, "config.toml");
    assert_eq!(config["training"]["epochs_finished"].as_integer(), Some(1), "{config:?}");
    // There is no file that only a complete run has, and no earlier file is changed.
    assert!(!run.contains_key("metrics.toml") && !run.contains_key("times.toml"));
    let mut after = sandbox.tree();
    after.retain(|path, _| !path.starts_with("run") && !path.starts_with("one"));
    assert!(after == before, "{:?}", after.keys());
}
