//! `--config`: options from a file, and a run repeated from its own `config.toml`.

use crate::common::files::toml;
use crate::common::{DENOISE, SHORT_RUN, SUMS, Sandbox, USAGE};
use std::fs;

/// The checksums of all files that depend on a run's configuration.
#[track_caller]
fn sums(sandbox: &Sandbox, run: &str) -> String {
    String::from_utf8(sandbox.run_files(run)[SUMS].clone()).unwrap()
}

#[test]
fn a_run_is_repeated_from_its_own_configuration() {
    let sandbox = Sandbox::with_data();
    let dense = ["--lr", "0.01", "--optimizer", "adadelta", "--seed", "7", "--keep-best"];
    let dense = [&SHORT_RUN[..], &dense, &["--patience", "1", "--min-delta", "0.25"]].concat();
    let denoise = ["denoise", "--dataset", "data", "--classes", "0,2", "--batch", "20"];
    let rest = ["--epochs", "1", "--noise", "0.7", "--fresh-noise", "--sweep", "--limit", "30"];
    let denoise = [&denoise[..], &rest].concat();
    let quick = ["denoise", "--dataset", "data", "--batch", "20", "--quick", "--epochs", "1"];
    for args in [&dense[..], &denoise, &quick] {
        let sandbox = Sandbox::with_data();
        sandbox.run(args.iter().chain(&["-q", "--out", "first"])).assert_success();
        let again = [args[0], "--config", "first/config.toml", "-q", "--out", "again"];
        let outcome = sandbox.run(again);
        // There is no warning either: it is the same program.
        assert_eq!(outcome.assert_success().stderr, "");
        assert_eq!(sums(&sandbox, "again"), sums(&sandbox, "first"), "{args:?}");
    }

    // A run of another job, and one of this job with something else.
    sandbox.run(SHORT_RUN.into_iter().chain(["-q", "--out", "first"])).assert_success();
    let line = sandbox.assert_refused(["denoise", "--config", "first/config.toml"], USAGE);
    let found = "expected job = \"denoise\", found \"dense\"";
    assert_eq!(line, format!("error: --config first/config.toml: {found}"));
    let other = ["dense", "--config", "first/config.toml", "--seed", "2", "-q", "--out", "other"];
    sandbox.run(other).assert_success();
    assert_ne!(sums(&sandbox, "other"), sums(&sandbox, "first"));
    let config = toml(&sandbox.run_files("other"), "config.toml");
    assert_eq!(config["seed"].as_integer(), Some(2));
    assert_eq!(config["training"]["batch"].as_integer(), Some(20));
}

#[test]
fn a_file_of_ones_own_says_what_the_command_line_could() {
    let sandbox = Sandbox::with_data();
    let file = "# Small and short.\ndataset = 'data'\nclasses = ['0', 1, 2]\nlatent = 4\nbatch = 20\n\
                epochs = 2\nout = 'from-file'\n";
    fs::write(sandbox.path("run.toml"), file).unwrap();
    sandbox.run(["dense", "--config", "run.toml", "-q"]).assert_success();
    sandbox.run(SHORT_RUN.into_iter().chain(["-q", "--out", "from-line"])).assert_success();
    assert_eq!(sums(&sandbox, "from-file"), sums(&sandbox, "from-line"));

    // The command line wins.
    let args = ["dense", "--config", "run.toml", "--latent", "3", "--out", "three", "-q"];
    sandbox.run(args).assert_success();
    let config = toml(&sandbox.run_files("three"), "config.toml");
    assert_eq!(config["model"]["latent"].as_integer(), Some(3));
    assert_eq!(config["training"]["epochs"].as_integer(), Some(2));

    // Switches in both directions, and keys of only one job.
    let file = "job = 'denoise'\ndataset = 'data'\nbatch = 20\nepochs = 1\nsweep = true\nfresh_noise = true\n";
    fs::write(sandbox.path("denoise.toml"), file).unwrap();
    let args = ["denoise", "--config", "denoise.toml", "--sweep=false", "--out", "denoise", "-q"];
    sandbox.run(args).assert_success();
    let config = toml(&sandbox.run_files("denoise"), "config.toml");
    assert_eq!(
        (config["sweep"].as_bool(), config["fresh_noise"].as_bool()),
        (Some(false), Some(true))
    );
}

#[test]
fn what_is_wrong_in_a_file_is_said_with_its_name() {
    let sandbox = Sandbox::with_data();
    sandbox.run(SHORT_RUN.into_iter().chain(["-q", "--out", "run"])).assert_success();
    let recorded = fs::read_to_string(sandbox.path("run/config.toml")).unwrap();
    let changed = |from: &str, to: &str| {
        assert!(recorded.contains(from), "{recorded}");
        recorded.replacen(from, to, 1)
    };
    for (content, message) in [
        ("epoch = 3".into(), "unknown key 'epoch'; tip: a similar key exists: 'epochs'"),
        ("batch = 0".into(), "invalid value '0' for '--batch <N>': it must be at least 1"),
        ("noise = 0.5".into(), "unknown key 'noise'"),
        ("latent = 4\nlatent = 5".into(), "line 2: duplicate key"),
        (
            changed("keep_best = ", "keep_bets = true\nkeep_best = "),
            "unknown key 'training.keep_bets'; tip: a similar key exists: 'keep_best'",
        ),
        (
            changed("seed = 1", "sweep = true\nseed = 1"),
            "unknown key 'sweep'; tip: a similar key exists: 'seed'",
        ),
        (changed("latent = 4", "latent = \"four\""), "line "),
        ("x".repeat(300_000), "expected at most 262144 bytes, found more"),
    ] {
        fs::write(sandbox.path("run.toml"), &content).unwrap();
        let line = sandbox.assert_refused(["dense", "--config", "run.toml"], USAGE);
        let rest = line.strip_prefix("error: --config run.toml: ").expect(&line);
        assert!(rest.starts_with(message), "{line}");
    }
    let line = sandbox.assert_refused(["dense", "--config", "none.toml"], USAGE);
    assert!(line.starts_with("error: --config none.toml: cannot be read: "), "{line}");
    // Options that do not fit the data are refused as usual.
    fs::write(sandbox.path("run.toml"), "dataset = 'data'\nclasses = 'all'\nbatch = 61").unwrap();
    let line = sandbox.assert_refused(["dense", "--config", "run.toml"], USAGE);
    assert_eq!(line, "error: --batch 61: expected 1 to 60, the training images");
    // On the command line everything is as strict as without a file.
    let line = sandbox.assert_refused(["dense", "--config", "run.toml", "--epochs", "0"], USAGE);
    assert_eq!(line, "error: invalid value '0' for '--epochs <N>': it must be at least 1");
}

/// Asserts that the run's configuration with each of these edits is refused with the message.
#[track_caller]
fn edits_refused(sandbox: &Sandbox, job: &str, edits: &[(&str, &str, &str)], status: i32) {
    let path = sandbox.path("run/config.toml");
    let recorded = fs::read_to_string(&path).unwrap();
    for (from, to, message) in edits {
        assert!(recorded.contains(from), "{from}: {recorded}");
        fs::write(&path, recorded.replacen(from, to, 1)).unwrap();
        let line = sandbox.assert_refused([job, "--config", "run/config.toml"], status);
        assert!(line.contains(message), "{to}: {line}");
    }
    fs::write(path, recorded).unwrap();
}

#[test]
fn a_number_in_the_configuration_of_a_run_is_checked_as_on_the_command_line() {
    let sandbox = Sandbox::with_data();
    let run = ["--epochs", "1", "--noise", "0.5", "--limit", "30", "-q", "--out", "run"];
    sandbox.run(DENOISE.into_iter().chain(run)).assert_success();
    let number = "expected a number of at least 0, found";
    let rate = "learning_rate: expected a positive number (between 1.2e-38 and 3.4e38), found";
    let samples = "samples: expected a whole number from 1 to 100, found";
    let limit = "limit: expected the same whole number twice, of at least 1, found";
    let edits = [
        ("noise = 0.5", "noise = nan", format!("noise: {number} NaN")),
        ("noise = 0.5", "noise = -1.0", format!("noise: {number} -1.0")),
        ("noise = 0.5", "noise = inf", format!("noise: {number} inf")),
        ("noise = 0.5", "noise = 0.5\ncorruption = \"masking:0.5\"", "only one of".into()),
        ("checkpoint_every = 1", "checkpoint_every = 0", "training.checkpoint_every: ".into()),
        ("epochs = 1", "epochs = 0", "training.epochs: ".into()),
        ("batch = 20", "batch = 0", "training.batch: ".into()),
        ("min_delta = 0.0", "min_delta = -1.0", format!("min_delta: {number} -1.0")),
        ("min_delta = 0.0", "min_delta = nan", format!("min_delta: {number} NaN")),
        ("batch = 20", "batch = 20\nlearning_rate = 0.0", format!("{rate} 0.0")),
        ("batch = 20", "batch = 20\nlearning_rate = nan", format!("{rate} NaN")),
        ("batch = 20", "batch = 20\nlearning_rate = -1.0", format!("{rate} -1.0")),
        ("batch = 20", "batch = 20\nclip_norm = 0.0", "clip_norm: expected a positive ".into()),
        ("samples = 10", "samples = 0", format!("{samples} 0")),
        ("samples = 10", "samples = 1000", format!("{samples} 1000")),
        ("limit = [30, 30]", "limit = [20, 30]", format!("{limit} [20, 30]")),
        ("limit = [30, 30]", "limit = [0, 0]", format!("{limit} [0, 0]")),
    ];
    let edits = edits.each_ref().map(|(from, to, message)| (*from, *to, &**message));
    edits_refused(&sandbox, "denoise", &edits, USAGE);
}

#[test]
fn a_wrong_value_of_a_denoising_run_is_named_with_its_key() {
    let sandbox = Sandbox::with_data();
    let run = ["--epochs", "1", "--corruption", "masking:0.5", "-q", "--out", "run"];
    sandbox.run(DENOISE.into_iter().chain(run)).assert_success();
    let edits = [
        (
            "corruption = \"masking:0.5\"",
            "corruption = \"masking:7\"",
            "config.toml: corruption: expected ",
        ),
        (
            "corruption = \"masking:0.5\"",
            "noise = \"x\"",
            "config.toml: noise: invalid type: string \"x\"",
        ),
        ("sweep = false", "sweep = 3", "config.toml: sweep: invalid type: integer `3`"),
    ];
    edits_refused(&sandbox, "denoise", &edits, USAGE);
}

#[test]
fn a_seed_that_is_too_large_for_toml_is_written_in_quotes() {
    let sandbox = Sandbox::with_data();
    let options = "dataset = 'data'\nclasses = 'all'\nbatch = 20\nepochs = 1\nout = 'run'\n";
    let seed = u64::MAX;
    fs::write(sandbox.path("run.toml"), format!("{options}seed = {seed} # ours\n")).unwrap();
    let line = sandbox.assert_refused(["dense", "--config", "run.toml"], USAGE);
    assert!(line.ends_with(&format!("; tip: write it in quotes: \"{seed}\"")), "{line}");
    fs::write(sandbox.path("run.toml"), format!("{options}seed = \"{seed}\"\n")).unwrap();
    sandbox.run(["dense", "--config", "run.toml", "-q"]).assert_success();
}

#[test]
fn an_edit_of_what_follows_from_other_keys_is_refused_and_not_ignored() {
    let sandbox = Sandbox::with_data();
    sandbox.run(SHORT_RUN.into_iter().chain(["-q", "--limit", "30", "--out", "run"]));
    let constants = "training.optimizer_constants.";
    let edits = [
        (
            "rho = \"0.9\"",
            "rho = \"0.8\"",
            format!("{constants}rho: expected \"0.9\", as the other keys give it, found \"0.8\""),
        ),
        ("epsilon = \"1e-7", "epsilon = \"1e-6", format!("{constants}epsilon: ")),
        (
            "learning_rate = \"0.001\"",
            "learning_rate = \"1\"",
            format!("{constants}learning_rate: "),
        ),
        (
            "rho = \"0.9\"",
            "rho = \"0.9\"\nrhu = \"1\"",
            format!("{constants}rhu: expected no such key, as the other keys give it"),
        ),
        ("latent = 4", "latent = 5", "model.latent: expected 4, ".into()),
        ("parameters = ", "parameters = 1", "model.parameters: expected ".into()),
        ("optimizer = \"RMSprop\"", "optimizer = \"Adam\"", "training.optimizer: ".into()),
        (
            "class_names = [\"",
            "class_names = [\"x",
            "run/config.toml: data.class_names: expected [\"".into(),
        ),
        (
            "train_images = 30",
            "train_images = 31",
            "data.train_images: expected 30, as the data give it, found 31".into(),
        ),
        ("test_images = ", "test_images = 1", "data.test_images: expected ".into()),
        ("image = [", "image = [1", "data.image: expected [".into()),
    ];
    let edits = edits.each_ref().map(|(from, to, message)| (*from, *to, &**message));
    edits_refused(&sandbox, "dense", &edits, USAGE);
    // Options may change what the others follow from.
    let others = ["--classes", "0,1", "--limit", "20", "--lr", "0.1", "--optimizer", "adam"];
    let again = ["dense", "--config", "run/config.toml", "--latent", "3", "-q", "--out", "again"];
    sandbox.run(again.into_iter().chain(others)).assert_success();
}
