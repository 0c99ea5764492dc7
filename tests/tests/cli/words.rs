//! Tests the program's output: commands to paste, JSON, tips, and control characters in names.

use crate::common;
use crate::common::{DATA, DENOISE, Outcome, SHORT_RUN, Sandbox, USAGE};
use serde_json::Value;
use std::process::Command;

/// The one line of JSON on stdout.
#[track_caller]
fn json(outcome: &Outcome) -> Value {
    assert_eq!(outcome.stdout.lines().count(), 1, "{outcome:#?}");
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|e| panic!("{e}: {outcome:#?}"))
}

/// Pastes the command that the report suggests into a shell, and returns its report.
#[track_caller]
#[cfg(unix)]
fn paste(sandbox: &Sandbox, outcome: &Outcome, heading: &str) -> (String, Outcome) {
    let line = outcome.stdout.lines().find_map(|line| line.strip_prefix(heading));
    let line = line.unwrap_or_else(|| panic!("{outcome:#?}"));
    let words = line.strip_prefix(": cargo run -p ae-app -- ").expect(line);
    let mut command = Command::new("sh");
    sandbox.prepare(&mut command);
    let quoted = common::program().to_string_lossy().replace('\'', r"'\''");
    let pasted = Outcome::of(command.arg("-c").arg(format!("'{quoted}' {words}")));
    assert_eq!(pasted.status, Some(0), "{line}: {pasted:#?}");
    (words.to_owned(), pasted)
}

#[test]
#[cfg(unix)]
fn the_next_step_works_when_it_is_pasted_and_has_the_options_of_the_run() {
    let sandbox = Sandbox::new();
    common::data::small(&sandbox.path("it's my data"));
    let mut args = SHORT_RUN;
    args[2] = "it's my data";
    let outcome = sandbox.run(args.iter().chain(&["--threads", "1", "--out", "a run"]));
    outcome.assert_success();
    let (words, wider) = paste(&sandbox, &outcome, "next");
    assert!(words.contains("--threads 1") && words.ends_with("--latent 25"), "{words}");
    // The batch of 20 and the 2 epochs are those of the run.
    assert!(wider.stdout.contains("2 epochs, batch 20, seed 1"), "{wider:#?}");
    let (words, _) = paste(&sandbox, &wider, "next");
    assert!(words.starts_with("generate ") && words.contains("--seed 2"), "{words}");
    // Names that look like options.
    common::data::small(&sandbox.path("-d"));
    let mut args = SHORT_RUN.map(String::from).to_vec();
    args.splice(1..3, ["--dataset=-d".into(), "--out=-o".into()]);
    let (words, _) = paste(&sandbox, sandbox.run(args).assert_success(), "next");
    assert!(words.contains("--config ./-o/config.toml --dataset ./-d"), "{words}");
    // Without Cargo, the program is called by its name.
    let mut command =
        sandbox.command(SHORT_RUN.map(|word| if word == "data" { "./-d" } else { word }));
    let outcome = Outcome::of(command.env_remove("CARGO"));
    let next = format!("next: {} dense --config ", common::program().display());
    assert!(outcome.assert_success().stdout.contains(&next), "{outcome:#?}");
}

#[test]
#[cfg(unix)]
fn a_next_step_that_would_fail_is_not_suggested() {
    let sandbox = Sandbox::with_data();
    // 20 training images are too few for the PCA of 25 numbers.
    let mut args = SHORT_RUN;
    args[4] = "0";
    let outcome = sandbox.run(args);
    let (words, _) = paste(&sandbox, outcome.assert_success(), "next");
    assert!(words.starts_with("generate "), "{words}");
    // The record does not have the description of a model with other layers, so its code length
    // cannot change.
    let layers = ["--encoder", "dense 8 relu; dense {latent} relu"];
    let outcome = sandbox.run(SHORT_RUN.iter().chain(&layers));
    let (words, _) = paste(&sandbox, outcome.assert_success(), "next");
    assert!(words.starts_with("generate "), "{words}");
    // A line with a control character cannot be pasted.
    let args = SHORT_RUN.iter().chain(&["--out", "red\u{1b}[31m"]);
    let outcome = sandbox.run(args);
    assert!(!outcome.assert_success().stdout.contains("next:"), "{outcome:#?}");
}

#[test]
#[cfg(unix)]
fn each_denoising_run_suggests_another_one() {
    let sandbox = Sandbox::with_data();
    let run = |more: &[&str]| sandbox.run(DENOISE.iter().chain(&["--epochs", "1"]).chain(more));
    for (more, expected) in [
        (&["--quick"][..], "--sweep"),
        (&[], "--fresh-noise --sweep"),
        (&["--fresh-noise", "--sweep"], "--seed 2"),
    ] {
        let outcome = run(more);
        let (words, _) = paste(&sandbox, outcome.assert_success(), "next");
        assert!(words.ends_with(expected), "{more:?}: {words}");
    }
    // The full job that is suggested after a quick one has its own number of epochs.
    let outcome = run(&["--quick", "--sweep"]);
    let said = &outcome.assert_success().stdout;
    assert!(said.contains(" --quick=false --epochs 100\n"), "{said}");
}

#[test]
#[cfg(unix)]
fn a_stopped_run_says_how_it_goes_on() {
    use crate::common::running::Running;
    let sandbox = Sandbox::new();
    common::data::small(&sandbox.path("my data"));
    let args = ["dense", "--dataset", "my data", "--classes", "all", "--latent", "4"];
    let more = ["--batch", "20", "--epochs", "1000000", "--out", "a run"];
    let mut running = Running::start(&mut sandbox.command(args.iter().chain(&more)));
    running.until_stderr("val_loss");
    running.press_ctrl_c();
    let outcome = running.end();
    assert_eq!(outcome.status, Some(common::INTERRUPTED), "{outcome:#?}");
    let line = "\nto continue: cargo run -p ae-app -- resume 'a run' --dataset 'my data'\n";
    assert!(outcome.stdout.contains(line) && !outcome.stdout.contains("next:"), "{outcome:#?}");
}

#[test]
#[cfg(unix)]
fn a_control_character_in_a_name_does_not_reach_the_terminal() {
    let sandbox = Sandbox::new();
    let name = "x\u{1b}[31m\u{9b}31mred";
    common::data::small(&sandbox.path(name));
    let mut args = SHORT_RUN;
    args[2] = name;
    let run = sandbox.run(args);
    run.assert_success();
    let folder = sandbox.path("runs");
    let folder = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let folder = folder.to_str().unwrap();
    let lab = ["--samplers", "uniform", "--out", "lab"];
    for outcome in [
        run,
        sandbox.run(["reconstruct", folder, "--out", "r"]),
        sandbox.run(["pca", folder, "--out", "p"]),
        sandbox.run(["export", folder, "--onnx", "m\u{1b}[31m.onnx"]),
        sandbox.run(["resume", folder]),
        sandbox.run(["lab", folder].iter().chain(&lab)),
        sandbox.run(["dense", "--dataset", "y\u{1b}[31m"]),
    ] {
        let said = [&outcome.stdout, &outcome.stderr].map(String::as_str).concat();
        assert!(!said.contains(['\u{1b}', '\u{9b}']), "{outcome:#?}");
    }
}

#[test]
fn an_error_is_an_object_for_programs_too() {
    let sandbox = Sandbox::with_data();
    for (args, status) in [
        (&["resume", "nowhere", "--json"][..], DATA),
        (&["dense", "--json", "--epochs", "0"], USAGE),
        (&["--json", "dense", "--dataset", "minst"], USAGE),
        (&["dense", "--json", "--epoch", "1"], USAGE),
        (&["--json"], USAGE),
        (&["export", "nowhere", "--onnx", "m.onnx", "--json", "-q"], DATA),
    ] {
        let outcome = sandbox.run(args);
        assert_eq!(outcome.status, Some(status), "{args:?}: {outcome:#?}");
        let found = json(&outcome);
        assert_eq!(found["status"], status, "{args:?}");
        // The line on stderr is the same.
        let line = format!("error: {}\n", found["error"].as_str().unwrap());
        assert_eq!(outcome.stderr, line, "{args:?}");
        assert_eq!(found.as_object().unwrap().len(), 2, "{found}");
    }
}

#[test]
fn a_command_whose_output_is_not_data_refuses_json() {
    let sandbox = Sandbox::new();
    for (args, expected) in [
        (&["completions", "bash", "--json"][..], "completions prints a script for a shell"),
        (&["--json", "man"], "man prints manual pages"),
    ] {
        let outcome = sandbox.run(args);
        assert_eq!(outcome.status, Some(USAGE), "{outcome:#?}");
        assert!(json(&outcome)["error"].as_str().unwrap().contains(expected), "{outcome:#?}");
    }
}

#[test]
fn a_decimal_comma_and_a_tilde_get_a_tip() {
    let sandbox = Sandbox::new();
    let line = sandbox.assert_refused(["denoise", "--noise", "0,5"], USAGE);
    assert!(line.ends_with("tip: write a decimal point: 0.5"), "{line}");
    for args in
        [&["dense", "--dataset=~/kmnist"][..], &["resume", "~/run"], &["dense", "--out", "~/x"]]
    {
        let line = sandbox.assert_refused(args, USAGE);
        assert!(line.ends_with("the shell has not replaced ~: write the whole path"), "{line}");
    }
    std::fs::write(sandbox.path("o.toml"), "data-dir = '~/data'\n").unwrap();
    let line = sandbox.assert_refused(["dense", "--config", "o.toml"], USAGE);
    assert!(line.ends_with("a shell replaces ~, a file does not: write the whole path"), "{line}");
}

#[test]
fn what_a_command_finds_is_in_its_json() {
    let sandbox = Sandbox::with_data();
    sandbox.run(SHORT_RUN.iter().chain(&["--out", "run"])).assert_success();
    let found = |args: &[&str]| json(sandbox.run(args).assert_success());

    let pca = found(&["pca", "run", "--json", "--out", "p"]);
    let written: toml::Table =
        std::fs::read_to_string(sandbox.path("p/pca.toml")).unwrap().parse().unwrap();
    assert_eq!(pca["pca"]["pca"]["mse"].as_f64(), written["pca"]["mse"].as_float());

    let lab = found(&["lab", "run", "--samplers", "uniform", "--json", "--out", "l"]);
    let lines = std::fs::read_to_string(sandbox.path("l/scores.csv")).unwrap();
    let scores = lab["scores"].as_array().unwrap();
    assert_eq!(scores.len(), lines.lines().count() - 1, "{lab}");
    let last = lines.lines().last().unwrap().split(',').collect::<Vec<_>>();
    let score = scores.last().unwrap();
    assert_eq!(
        (score["codes_from"].as_str(), score["against"].as_str()),
        (Some(last[2]), Some(last[3]))
    );
    assert_eq!(score["Frechet"].as_f64(), last[4].parse().ok());

    let args = ["export", "run", "--onnx", "m.onnx", "--part", "all", "--npz", "m.npz", "--json"];
    let export = found(&args);
    let written = export["written"].as_array().unwrap();
    let content: Vec<_> = written.iter().filter_map(|file| file["content"].as_str()).collect();
    assert_eq!(content, ["whole", "encoder", "decoder", "arrays"]);
    for file in written {
        assert!(sandbox.path(file["path"].as_str().unwrap()).is_file(), "{file}");
    }
    let codes = &written[3]["arrays"][0];
    assert_eq!(codes["name"], "train_codes");
    assert_eq!(codes["shape"].as_array().unwrap().len(), 2, "{codes}");

    let listed = found(&["models", "--json"]);
    let one = found(&["models", "vae", "--json"]);
    assert!(listed.as_array().unwrap().contains(&one), "{one}");
}

/// Runs the program on an emulated CPU of 2003, if the emulator is installed.
#[test]
#[cfg(all(target_arch = "x86_64", target_os = "linux", target_feature = "avx"))]
fn on_an_older_cpu_the_program_says_what_is_missing() {
    let sandbox = Sandbox::new();
    let mut command = Command::new("qemu-x86_64");
    sandbox.prepare(&mut command);
    command.args(["-cpu", "qemu64"]).arg(common::program()).arg("models");
    let Ok(output) = command.output() else {
        eprintln!("left out: qemu-x86_64 is not installed");
        return;
    };
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(common::FAILURE), "{said}");
    let expected = "error: this program was compiled for a CPU with ";
    assert!(said.lines().any(|line| line.starts_with(expected)), "{said}");
}
