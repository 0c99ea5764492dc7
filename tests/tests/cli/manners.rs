//! Output for other programs: `--json`, completions, manual pages, and `doctor`.

use crate::common;
use crate::common::files::{history, toml};
use crate::common::{DATA, FAILURE, INTERRUPTED, RUN_FILES, SHORT_RUN, SUMS, Sandbox, USAGE};
use serde_json::Value;
use std::fs;

/// The one line of JSON on stdout.
#[track_caller]
fn json(outcome: &common::Outcome) -> Value {
    assert_eq!(outcome.stdout.lines().count(), 1, "{outcome:#?}");
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|e| panic!("{e}: {outcome:#?}"))
}

#[test]
fn the_results_of_a_run_as_json() {
    let sandbox = Sandbox::with_data();
    let outcome = sandbox.run(SHORT_RUN.into_iter().chain(["--json", "--out", "run"]));
    let found = json(outcome.assert_success());
    assert_eq!(found["ended"], "done");
    assert_eq!(found["folder"], "run");
    let names: Vec<&str> =
        found["files"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let mut expected = RUN_FILES.to_vec();
    expected.sort_unstable();
    assert_eq!(names, expected);
    let files = sandbox.run_files("run");
    let losses: Vec<(f64, f64)> = found["losses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|at| (at["loss"].as_f64().unwrap(), at["val_loss"].as_f64().unwrap()))
        .collect();
    assert_eq!(losses.len(), 2);
    for ((loss, val_loss), (written, val_written)) in losses.iter().zip(history(&files)) {
        assert!((loss - written).abs() < 1e-12 && (val_loss - val_written).abs() < 1e-12);
    }
    assert_eq!(found["losses"][1]["epoch"], 2);
    assert_eq!(found["config"]["training"]["batch"], 20);
    assert_eq!(found["config"]["job"], "dense");
    let times = toml(&files, "times.toml");
    assert_eq!(found["times"]["training_seconds"].as_f64(), times["training_seconds"].as_float());
    let digest = found["digest"].as_str().unwrap().to_owned();
    assert_eq!(digest, ae_checkpoint::sha256(&files[SUMS]));
    // The report is on stderr, and `--quiet` suppresses it.
    assert!(outcome.stderr.contains("\ntrain (60, 64)\n"), "{outcome:#?}");
    assert!(outcome.stderr.contains(&format!("digest {digest}")), "{outcome:#?}");
    let quiet = sandbox.run(["--json", "verify", "run", "-q"]);
    let found = json(quiet.assert_success());
    assert_eq!((&found["ended"], &found["digest"]), (&"done".into(), &digest.into()));
    assert_eq!(quiet.stderr, "");

    let found = json(sandbox.run(["resume", "run", "--json"]).assert_success());
    assert_eq!(found["ended"], "complete");
    let found = json(sandbox.run(["generate", "run", "--json", "--out", "new"]).assert_success());
    assert_eq!(found["files"].as_array().unwrap().len(), 4, "{found}");
}

#[test]
fn measures_and_a_sweep_as_json() {
    let sandbox = Sandbox::with_data();
    let args = ["denoise", "--dataset", "data", "--batch", "20", "--epochs", "1", "--noise", "0.7"];
    let outcome = sandbox.run(args.into_iter().chain(["--sweep", "--json", "-q", "--out", "run"]));
    let found = json(outcome.assert_success());
    assert_eq!(outcome.stderr, "");
    let metrics = toml(&sandbox.run_files("run"), "metrics.toml");
    assert_eq!(found["metrics"]["psnr_denoised"].as_f64(), metrics["psnr_denoised"].as_float());
    // As typed, not the f32 value in f64.
    assert_eq!(found["config"]["noise"].to_string(), "0.7");
    let noise: Vec<String> =
        found["sweep"].as_array().unwrap().iter().map(|at| at["noise"].to_string()).collect();
    assert_eq!(noise, ["0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9"]);
    assert_eq!(found["sweep"][6]["val_loss"], found["metrics"]["val_loss"]);
}

#[test]
#[cfg(unix)]
fn a_run_that_was_stopped_says_so_in_json() {
    use crate::common::running::Running;
    let sandbox = Sandbox::with_data();
    let mut args = SHORT_RUN;
    args[10] = "1000000";
    let mut command = sandbox.command(args.into_iter().chain(["--json", "--out", "run"]));
    let mut running = Running::start(&mut command);
    running.until_stderr("val_loss");
    running.press_ctrl_c();
    let outcome = running.end();
    assert_eq!(outcome.status, Some(INTERRUPTED));
    let found = json(&outcome);
    assert_eq!((&found["ended"], found.get("digest")), (&"stopped".into(), None));
}

#[test]
fn verbose_says_what_an_epoch_took() {
    let sandbox = Sandbox::with_data();
    let outcome = sandbox.run(SHORT_RUN.into_iter().chain(["-v", "--out", "run"]));
    let lines: Vec<&str> = outcome.assert_success().stderr.lines().collect();
    assert_eq!(lines.len(), 2);
    for line in lines {
        assert!(line.starts_with("epoch ") && line.contains(" s, steps "), "{line}");
    }
    assert!(outcome.stdout.contains("\nof that "), "{outcome:#?}");
    let line = sandbox.assert_refused(["dense", "-v", "-q"], USAGE);
    assert_eq!(line, "error: the argument '--verbose' cannot be used with '--quiet'");
}

#[test]
fn colors_are_for_terminals_unless_asked_for() {
    let sandbox = Sandbox::new();
    for (args, colored) in [
        (&["--color", "always", "--help"][..], true),
        (&["dense", "--color=always", "--help"], true),
        (&["--color", "never", "--help"], false),
        (&["--color", "auto", "--help"], false),
        (&["--help"], false),
    ] {
        let outcome = sandbox.run(args);
        assert_eq!(outcome.assert_success().stdout.contains("\u{1b}["), colored, "{args:?}");
    }
    // Even so, an error has no color.
    let line = sandbox.assert_refused(["dense", "--color", "always", "--epochs", "0"], USAGE);
    assert!(!line.contains('\u{1b}'), "{line}");
}

#[test]
fn a_shell_completes_all_commands_and_options() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let outcome = sandbox.run(["completions", shell]);
        let script = &outcome.assert_success().stdout;
        for word in ["denoise", "doctor", "keep-best"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
        assert_eq!(outcome.stderr, "");
    }
    let line = sandbox.assert_refused(["completions", "bas"], USAGE);
    assert!(line.ends_with("tip: a similar value exists: 'bash'"), "{line}");
}

#[test]
fn every_command_has_a_manual_page() {
    let sandbox = Sandbox::new();
    sandbox.run(["man", "--out", "a/man"]).assert_success();
    let pages = sandbox.run_files("a/man");
    let help = sandbox.run(["--help"]).stdout;
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let commands: Vec<&str> = commands
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(commands.len() >= 9, "{commands:?}");
    assert_eq!(pages.len(), commands.len() + 1);
    let all = sandbox.run(["man"]).assert_success().stdout.clone();
    for name in commands {
        let page = String::from_utf8(pages[&format!("ae-app-{name}.1")].clone()).unwrap();
        assert!(page.contains(&format!(".TH ae-app-{name} 1")), "{page}");
        assert!(page.contains("Examples:") && page.contains(r"\-\-json"), "{page}");
        assert!(all.contains(&page), "{name}");
    }
    assert!(String::from_utf8_lossy(&pages["ae-app.1"]).contains("Exit status:"));
}

#[test]
fn a_manual_page_replaces_only_a_manual_page() {
    let sandbox = Sandbox::new();
    sandbox.run(["man", "--out", "man"]).assert_success();
    let pages = sandbox.run_files("man");
    // The page of an earlier version.
    let page = String::from_utf8(pages["ae-app.1"].clone()).unwrap();
    let old = page.replace(env!("CARGO_PKG_VERSION"), "0.0.1");
    assert_ne!(old, page);
    fs::write(sandbox.path("man/ae-app.1"), old).unwrap();
    sandbox.run(["man", "--out", "man"]).assert_success();
    assert_eq!(sandbox.run_files("man"), pages);
    // Nothing is written beside somebody's file, whatever it is.
    fs::create_dir(sandbox.path("mine")).unwrap();
    for content in ["", "my notes\n", ".TH ls 1\n"] {
        fs::write(sandbox.path("mine/ae-app-verify.1"), content).unwrap();
        let line = sandbox.assert_refused(["man", "--out", "mine"], USAGE);
        assert_eq!(
            line,
            "error: --out mine/ae-app-verify.1: expected its manual page or nothing, found another \
             file; name another folder"
        );
    }
    fs::remove_file(sandbox.path("mine/ae-app-verify.1")).unwrap();
    fs::create_dir(sandbox.path("mine/ae-app-verify.1")).unwrap();
    sandbox.assert_refused(["man", "--out", "mine"], FAILURE);
}

#[test]
fn doctor_finds_what_is_there_and_what_is_not() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.run(["doctor", "--json"]);
    let found = json(outcome.assert_success());
    assert_eq!(found["version"], env!("CARGO_PKG_VERSION"));
    let states = |found: &Value| -> Vec<String> {
        let data = found["data"].as_array().unwrap();
        data.iter()
            .map(|data| format!("{} {}", data["dataset"], data["state"]).replace('"', ""))
            .collect()
    };
    assert_eq!(states(&found), ["mnist intact", "fashion-mnist intact"]);
    assert_eq!(found["estimates"].as_array().unwrap().len(), 3);
    for estimate in found["estimates"].as_array().unwrap() {
        assert!(estimate["seconds"].as_f64().unwrap() > 0.0, "{estimate}");
    }
    assert!(outcome.stderr.contains("mnist          intact: "), "{outcome:#?}");
    assert!(sandbox.tree().is_empty(), "it left something");

    // One file is changed, and the other data set is missing.
    let source = common::workspace().join("datasets/mnist");
    fs::create_dir_all(sandbox.path("data/mnist")).unwrap();
    for file in fs::read_dir(&source).unwrap().map(|file| file.unwrap()) {
        fs::copy(file.path(), sandbox.path("data/mnist").join(file.file_name())).unwrap();
    }
    fs::write(sandbox.path("data/mnist/t10k-labels-idx1-ubyte"), [0, 0, 8, 1, 0, 0, 0, 0]).unwrap();
    let outcome = sandbox.run(["doctor", "--data-dir", "data", "--json", "-q", "--threads", "1"]);
    assert_eq!(outcome.status, Some(DATA));
    assert_eq!(outcome.stderr, "error: mnist is damaged, fashion-mnist is missing\n");
    let found = json(&outcome);
    assert_eq!(states(&found), ["mnist damaged", "fashion-mnist missing"]);
    assert_eq!(found["threads"], 1);
}

#[test]
#[cfg(unix)]
fn doctor_sees_a_folder_that_cannot_be_written_to() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::new();
    // A file where the folder of runs should be stops root as well.
    fs::write(sandbox.path("runs"), "").unwrap();
    fs::set_permissions(sandbox.path("runs"), fs::Permissions::from_mode(0o444)).unwrap();
    let outcome = sandbox.run(["doctor", "-q"]);
    let line = outcome.assert_error(FAILURE);
    assert!(
        line.starts_with("error: runs: expected a folder that can be written to, found: "),
        "{line}"
    );
}
