//! The folder of a run: it is new, never that of an earlier run, and complete or absent.

use crate::common;
use crate::common::{
    DATA, DIVERGED, FAILURE, Outcome, REPORT, RUN_FILES, SHORT_RUN, Sandbox, USAGE,
};
use std::fs;

fn short_run<'a>(more: &[&'a str]) -> Vec<&'a str> {
    SHORT_RUN.into_iter().chain(["-q"]).chain(more.iter().copied()).collect()
}

#[test]
fn names_count_up_and_an_earlier_run_stays_as_it_is() {
    let sandbox = Sandbox::with_data();
    // The sandbox comes with `runs/dense-data-all`.
    for folder in ["runs/dense-data-all-2", "runs/dense-data-all-3"] {
        let before = sandbox.tree();
        sandbox.run(short_run(&[])).assert_success();
        sandbox.assert_whole_run(folder);
        let mut after = sandbox.tree();
        after.retain(|path, _| !path.starts_with(folder));
        assert!(after == before, "something beside {folder} has changed");
    }
    // A file of that name also blocks it.
    fs::write(sandbox.path("runs/dense-data-all-4"), "in the way").unwrap();
    sandbox.run(short_run(&[])).assert_success();
    assert_eq!(fs::read_to_string(sandbox.path("runs/dense-data-all-4")).unwrap(), "in the way");
    sandbox.assert_whole_run("runs/dense-data-all-5");
}

#[test]
fn the_default_name_tells_the_job_the_data_and_the_classes() {
    let sandbox = Sandbox::new();
    for folder in ["runs/dense-mnist-5", "runs/dense-mnist-5-2"] {
        sandbox.run(["dense", "-q", "--epochs", "1"]).assert_success();
        sandbox.assert_whole_run(folder);
    }
    let sandbox = Sandbox::with_data();
    sandbox
        .run(short_run(&[]).iter().map(|arg| if *arg == "all" { "2,0" } else { arg }))
        .assert_success();
    sandbox.assert_whole_run("runs/dense-data-0-2");
}

#[test]
fn a_folder_that_is_not_empty_is_refused() {
    let sandbox = Sandbox::with_data();
    let line = sandbox.assert_refused(short_run(&["--out", "runs/dense-data-all"]), USAGE);
    assert_eq!(
        line,
        "error: --out runs/dense-data-all: not empty; name a new folder, nothing is overwritten"
    );
    // The same for a folder with a whole run, and with one file of any name.
    sandbox.run(short_run(&["--out", "run"])).assert_success();
    sandbox.assert_refused(short_run(&["--out", "run"]), USAGE);
    fs::create_dir(sandbox.path("notes")).unwrap();
    fs::write(sandbox.path("notes/visible"), "").unwrap();
    sandbox.assert_refused(short_run(&["--out", "notes"]), USAGE);
}

#[test]
fn a_folder_of_hidden_files_and_lost_and_found_is_empty() {
    let sandbox = Sandbox::with_data();
    fs::create_dir_all(sandbox.path("disk/lost+found")).unwrap();
    for (name, content) in [(".DS_Store", "a desktop's"), (".file.part", "somebody's")] {
        fs::write(sandbox.path("disk").join(name), content).unwrap();
    }
    sandbox.run(short_run(&["--out", "disk"])).assert_success();
    assert_eq!(fs::read_to_string(sandbox.path("disk/.file.part")).unwrap(), "somebody's");
    assert!(sandbox.path("disk/lost+found").is_dir());
    fs::remove_dir(sandbox.path("disk/lost+found")).unwrap();
    sandbox.assert_files("disk", &[&RUN_FILES[..], &[".DS_Store", ".file.part"]].concat());
    // Hidden files are not results, so the run has not changed.
    sandbox.run(["verify", "disk"]).assert_success();
}

/// Simulates a network file system without locks by tracing the program.
#[test]
#[cfg(target_os = "linux")]
fn without_locks_the_program_warns_once_and_goes_on() {
    let sandbox = Sandbox::with_data();
    let traced = |error: &str, args: &[&str]| {
        let mut strace = std::process::Command::new("strace");
        sandbox.prepare(&mut strace);
        let inject = format!("inject=flock:error={error}");
        strace.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=flock", "-e", &inject]);
        strace.arg(common::program()).args(args).output().map(Outcome::from)
    };
    let run = |error: &str| traced(error, &short_run(&["--out", error]));
    match run("ENOSYS") {
        Ok(outcome) if outcome.stderr.contains("not permitted") => {
            eprintln!("skipped: programs cannot be traced here");
            return;
        }
        Ok(_) => fs::remove_dir_all(sandbox.path("ENOSYS")).unwrap(),
        Err(_) => {
            eprintln!("skipped: there is no `strace` here");
            return;
        }
    }
    for error in ["ENOSYS", "EOPNOTSUPP", "ENOLCK"] {
        let outcome = run(error).unwrap();
        outcome.assert_success();
        let start = format!("warning: {error}: this file system cannot lock files (");
        assert!(outcome.stderr.starts_with(&start), "{outcome:#?}");
        assert_eq!(outcome.stderr.lines().count(), 1, "{outcome:#?}");
        sandbox.assert_whole_run(error);
    }
    // A claim that a killed process has left does not block anybody.
    fs::remove_file(sandbox.path("ENOSYS/SHA256SUMS")).unwrap();
    fs::write(sandbox.path("ENOSYS/.running"), "").unwrap();
    traced("ENOSYS", &["resume", "ENOSYS", "-q"]).unwrap().assert_success();
    sandbox.assert_whole_run("ENOSYS");
    traced("EIO", &["resume", "ENOSYS", "-q"]).unwrap().assert_success();
    let outcome = traced("EIO", &short_run(&["--out", "EIO"])).unwrap();
    assert!(outcome.assert_error(FAILURE).starts_with("error: cannot use EIO for the results: "));
}

#[test]
fn a_new_folder_is_made_and_an_empty_one_is_taken() {
    let sandbox = Sandbox::with_data();
    fs::create_dir(sandbox.path("empty")).unwrap();
    for out in ["empty", "a/new/one"] {
        sandbox.run(short_run(&["--out", out])).assert_success();
        sandbox.assert_whole_run(out);
    }
}

#[test]
fn a_place_where_no_folder_can_be_is_named() {
    let sandbox = Sandbox::with_data();
    let long = "x".repeat(300);
    for out in ["data/train-images-idx3-ubyte", "runs/dense-data-all/history.csv/below", &long] {
        let line = sandbox.assert_refused(short_run(&["--out", out]), FAILURE);
        assert!(line.starts_with(&format!("error: cannot use {out} for the results: ")), "{line}");
    }
    let sandbox = Sandbox::with_data();
    fs::remove_dir_all(sandbox.path("runs")).unwrap();
    fs::write(sandbox.path("runs"), "a file").unwrap();
    let line = sandbox.assert_refused(short_run(&[]), FAILURE);
    assert!(line.starts_with("error: cannot create runs"), "{line}");
}

#[test]
fn case_24_a_run_that_diverges_leaves_nothing_but_the_reports_beginning() {
    let sandbox = Sandbox::with_data();
    let before = sandbox.tree();
    for more in [&[][..], &["--out", "new"], &["-q"]] {
        let args = SHORT_RUN.into_iter().chain(["--lr", "1e38"]).chain(more.iter().copied());
        let outcome = sandbox.run(args);
        // No epoch ends, so the message is the only line on stderr.
        let line = outcome.assert_error(DIVERGED);
        assert!(line.starts_with("error: training diverged: the "), "{line}");
        assert!(line.ends_with("(try a smaller learning rate)"), "{line}");
        if more == ["-q"] {
            assert_eq!(outcome.stdout, "");
        } else {
            assert!(outcome.stdout.starts_with("data       data, data\n"), "{outcome:#?}");
            assert!(outcome.stdout.contains("\nmachine "), "{outcome:#?}");
            assert!(!outcome.stdout.contains("loss 0"), "{outcome:#?}");
        }
        assert!(sandbox.tree() == before, "{:?}", sandbox.tree().keys());
    }
}

#[test]
fn case_24b_a_failed_run_keeps_an_empty_folder_that_it_did_not_make() {
    let sandbox = Sandbox::with_data();
    fs::create_dir(sandbox.path("mine")).unwrap();
    sandbox.run(short_run(&["--lr", "1e38", "--out", "mine"])).assert_error(DIVERGED);
    assert!(sandbox.path("mine").is_dir());
}

/// EMNIST has up to 62 classes: the picture of the codes then uses one color for all.
#[test]
fn more_classes_than_colors_can_tell_apart_are_no_failure() {
    let sandbox = Sandbox::with_data();
    let data = sandbox.path("data");
    common::data::write(
        &data,
        &common::data::class_cycle(82, 41),
        &common::data::class_cycle(41, 41),
    );
    sandbox.run(short_run(&["--out", "many"])).assert_success();
    sandbox.assert_whole_run("many");
}

/// A disk that accepts at most this many blocks of 512 bytes per file.
#[test]
#[cfg(unix)]
fn case_23_a_full_disk() {
    let sandbox = Sandbox::with_data();
    let before = sandbox.tree();
    let elsewhere = Sandbox::with_data();
    elsewhere.run(short_run(&["--out", "whole"])).assert_success();
    let whole = elsewhere.run_files("whole");
    // The checkpoints are larger than all later files except the picture of the losses.
    for (blocks, file, there) in [
        ("0", "config.toml", false),
        ("4", "checkpoint.safetensors", false),
        ("36", "loss.png", true),
    ] {
        let mut limited = std::process::Command::new("sh");
        sandbox.prepare(&mut limited);
        // With the signal ignored, a write beyond the limit fails like one on a full disk.
        limited.args(["-c", "trap '' XFSZ && ulimit -f \"$0\" && exec \"$@\"", blocks]);
        limited.arg(common::program()).args(short_run(&["--out", "full"]));
        let line = Outcome::of(&mut limited).assert_error(FAILURE);
        assert!(line.starts_with(&format!("error: cannot write full/{file}: ")), "{line}");
        // A run without a finished step leaves nothing.
        assert_eq!(sandbox.path("full").exists(), there, "{blocks}");
        if !there {
            assert!(sandbox.tree() == before, "{:?}", sandbox.tree().keys());
            continue;
        }
        // Existing files are complete: none is cut. With more space, the run continues.
        for (name, content) in sandbox.run_files("full") {
            let timed = ["times.toml", "paths.toml", REPORT].contains(&name.as_str());
            assert!(
                timed || !RUN_FILES.contains(&name.as_str()) || content == whole[&name],
                "{name}"
            );
        }
        sandbox.run(["resume", "full", "-q"]).assert_success();
        sandbox.assert_whole_run("full");
        fs::remove_dir_all(sandbox.path("full")).unwrap();
        assert!(sandbox.tree() == before, "{:?}", sandbox.tree().keys());
    }
}

#[test]
fn case_25_runs_at_the_same_time_have_a_folder_each() {
    let sandbox = Sandbox::with_data();
    let children: Vec<_> =
        (0..4).map(|_| sandbox.command(short_run(&[])).spawn().expect("a process")).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    for number in 2..=5 {
        sandbox.assert_whole_run(format!("runs/dense-data-all-{number}"));
    }
}

#[test]
fn case_25b_of_two_runs_with_one_folder_one_is_refused() {
    let sandbox = Sandbox::with_data();
    for round in 0..3 {
        let out = format!("same-{round}");
        let children: Vec<_> = (0..3)
            .map(|_| {
                let mut command = sandbox.command(short_run(&["--out", &out]));
                command.stderr(std::process::Stdio::null()).spawn().expect("a process")
            })
            .collect();
        let won = children
            .into_iter()
            .map(|mut child| child.wait().unwrap())
            .filter(std::process::ExitStatus::success);
        assert_eq!(won.count(), 1);
        sandbox.assert_whole_run(out);
    }
}

#[test]
#[cfg(unix)]
fn case_28_a_folder_for_the_results_that_is_not_utf8() {
    use std::ffi::{OsStr, OsString};
    use std::os::unix::ffi::OsStrExt;
    let sandbox = Sandbox::with_data();
    let name = OsStr::from_bytes(b"r\xffsults");
    if fs::create_dir(sandbox.path(name)).is_err() {
        return; // A file system that wants its names in UTF-8, as on a Mac.
    }
    let args = || {
        let args = SHORT_RUN.into_iter().chain(["--out"]).map(OsString::from);
        args.chain([name.to_owned()])
    };
    let outcome = sandbox.run(args());
    outcome.assert_success();
    assert!(outcome.stdout.contains("\nin r\u{fffd}sults:\n"), "{outcome:#?}");
    sandbox.assert_whole_run(name);
    let line = sandbox.assert_refused(args(), USAGE);
    assert!(line.starts_with("error: --out r\u{fffd}sults: not empty"), "{line}");
}

#[test]
#[cfg(unix)]
fn case_28b_a_name_of_two_lines_is_reported_in_one() {
    let sandbox = Sandbox::with_data();
    fs::create_dir(sandbox.path("a\nb")).unwrap();
    fs::write(sandbox.path("a\nb/c"), "").unwrap();
    sandbox.assert_refused(short_run(&["--out", "a\nb"]), USAGE);
    sandbox.assert_refused(short_run(&["--out", "a\nb/c/d"]), FAILURE);
    sandbox.assert_refused(["dense", "--dataset", "no\u{1b}[31m\nsuch"], USAGE);
    sandbox.assert_refused(["dense", "--dataset", "./no\nsuch"], DATA);
    sandbox.assert_refused(["dense", "--dataset", "data", "--classes", "a\nb"], USAGE);
}
