//! `--loss`, `--schedule`, `--clip-norm`, `--summation`, `--corruption`, `--optimizer adamw`: their
//! effect is recorded in the configuration, and is reproducible.

use crate::common::files::{history, toml};
use crate::common::{DENOISE, SHORT_RUN, Sandbox, USAGE};
use ::toml::Table;
use std::fs;

/// The configuration of a run of these options, after the run was repeated from it.
#[track_caller]
fn configuration(sandbox: &Sandbox, args: &[&str]) -> Table {
    let out = format!("run-{}", sandbox.tree().len());
    sandbox.run(args.iter().copied().chain(["-q", "--out", &out])).assert_success();
    sandbox.run(["verify", &out, "-q"]).assert_success();
    toml(&sandbox.run_files(&out), "config.toml")
}

#[track_caller]
fn losses(sandbox: &Sandbox, more: &[&str]) -> Vec<(f64, f64)> {
    let out = format!("run-{}", sandbox.tree().len());
    let args = SHORT_RUN.iter().chain(more).copied();
    sandbox.run(args.chain(["-q", "--out", &out])).assert_success();
    history(&sandbox.run_files(out))
}

#[test]
fn each_option_is_written_down_and_a_run_with_it_can_be_repeated() {
    let sandbox = Sandbox::with_data();
    let usual = configuration(&sandbox, &SHORT_RUN);
    let training = usual["training"].as_table().unwrap();
    assert_eq!(training["loss"].as_str(), Some("binary_crossentropy"));
    // Without these options, the files have no new entries.
    for key in ["schedule", "clip_norm", "summation"] {
        assert!(!training.contains_key(key), "{key}");
    }
    for (options, key, expected) in [
        (["--loss", "mse"], "loss", "\"mean_squared_error\""),
        (["--schedule", "warmup:1+cosine:0.1"], "schedule", "\"warmup:1+cosine:0.1\""),
        (["--schedule", "plateau:1:0.5"], "schedule", "\"plateau:1:0.5\""),
        (["--clip-norm", "0.5"], "clip_norm", "0.5"),
        (["--summation", "pairwise"], "summation", "\"pairwise\""),
        (["--optimizer", "adamw"], "rule", "\"adamw\""),
    ] {
        let config = configuration(&sandbox, &[&SHORT_RUN[..], &options].concat());
        assert_eq!(config["training"][key].to_string(), expected, "{options:?}");
    }
}

#[test]
fn each_option_changes_what_is_learned() {
    let sandbox = Sandbox::with_data();
    let usual = losses(&sandbox, &[]);
    for options in [
        ["--loss", "mse"],
        ["--schedule", "step:1:0.1"],
        ["--clip-norm", "0.001"],
        ["--optimizer", "adamw"],
    ] {
        assert_ne!(losses(&sandbox, &options), usual, "{options:?}");
    }
    assert_eq!(losses(&sandbox, &["--schedule", "constant", "--loss", "bce"]), usual);
    // The first epoch has the requested rate, the second half of it.
    let halved = losses(&sandbox, &["--schedule", "step:1:0.5"]);
    assert_eq!(halved[0], usual[0]);
    assert_ne!(halved[1], usual[1]);
    // A gradient whose norm is below the limit does not change.
    assert_eq!(losses(&sandbox, &["--clip-norm", "1e6"]), usual);
}

#[test]
fn the_order_of_summation_shows_where_a_batch_has_several_shards() {
    let sandbox = Sandbox::with_data();
    // A batch of 40 images with 20,000 numbers each is eight shards.
    let wide = "encoder = ['dense 20000 relu', 'dense 4 relu']\n\
                decoder = ['dense {pixels} sigmoid']\n";
    fs::write(sandbox.path("wide.toml"), wide).unwrap();
    let weights = |summation| {
        let args = ["dense", "--dataset", "data", "--classes", "all", "--model", "wide.toml"];
        let more = ["--batch", "40", "--epochs", "1", "--samples", "2", "-q", "--out", summation];
        let asked = ["--summation", summation];
        sandbox.run(args.iter().chain(&more).chain(&asked)).assert_success();
        let file = &sandbox.run_files(summation)["model.safetensors"];
        let (len, rest) = file.split_first_chunk().unwrap();
        rest[u64::from_le_bytes(*len) as usize..].to_vec()
    };
    assert!(weights("in-order") != weights("pairwise"));
}

#[test]
fn another_corruption_takes_the_place_of_the_noise() {
    let sandbox = Sandbox::with_data();
    let short = [&DENOISE[..], &["--epochs", "1"]].concat();
    let noisy = configuration(&sandbox, &short);
    assert_eq!((noisy["noise"].as_float(), noisy.get("corruption")), (Some(0.5), None));
    let gaussian =
        configuration(&sandbox, &[&short[..], &["--corruption", "gaussian:0.5"]].concat());
    assert_eq!(gaussian, noisy);
    for corruption in ["masking:0.25", "salt-and-pepper:0.125"] {
        let args = [&short[..], &["--corruption", corruption, "--sweep", "--fresh-noise"]].concat();
        let config = configuration(&sandbox, &args);
        assert_eq!((config["corruption"].as_str(), config.get("noise")), (Some(corruption), None));
    }
    let args = short.iter().copied().chain(["--corruption", "masking:0.25", "--out", "run"]);
    let outcome = sandbox.run(args);
    let line = "noise      masking, each pixel 0 with probability 0.25, drawn once\n";
    assert!(outcome.assert_success().stdout.contains(line), "{outcome:#?}");

    // The command line overrides the file, for either of the two options.
    let file = "dataset = 'data'\nbatch = 20\nepochs = 1\ncorruption = 'masking:0.25'\n";
    fs::write(sandbox.path("mine.toml"), file).unwrap();
    for config in ["mine.toml", "run/config.toml"] {
        let found = configuration(&sandbox, &["denoise", "--config", config]);
        assert_eq!(found["corruption"].as_str(), Some("masking:0.25"));
        let found = configuration(&sandbox, &["denoise", "--config", config, "--noise", "0.25"]);
        assert_eq!((found["noise"].as_float(), found.get("corruption")), (Some(0.25), None));
    }
}

#[test]
fn a_models_description_may_say_how_it_is_trained() {
    let sandbox = Sandbox::with_data();
    let model = "encoder = ['dense 4 relu']\ndecoder = ['dense {pixels} linear']\n[training]\nepochs = 1\nbatch = 20\n\
                 optimizer = 'adamw'\nloss = 'mse'\nschedule = 'cosine'\nclip-norm = 2.0\n";
    fs::write(sandbox.path("linear.toml"), model).unwrap();
    let args = ["dense", "--dataset", "data", "--classes", "all", "--model", "linear.toml"];
    let config = configuration(&sandbox, &args);
    let training = &config["training"];
    assert_eq!(training["loss"].as_str(), Some("mean_squared_error"));
    assert_eq!(training["schedule"].as_str(), Some("cosine"));
    assert_eq!(training["clip_norm"].as_float(), Some(2.0));
    assert_eq!(training["rule"].as_str(), Some("adamw"));
    // Options override the file. A cross-entropy needs a probability, so the model would need a
    // sigmoid.
    let line = sandbox.assert_refused(args.iter().copied().chain(["--loss", "bce"]), USAGE);
    assert!(line.contains("--model linear: expected a sigmoid at its end"), "{line}");
}

#[test]
fn values_that_make_no_sense_are_refused_with_what_was_expected() {
    let sandbox = Sandbox::with_data();
    for (option, value, expected) in [
        (
            "--loss",
            "hinge",
            "expected binary_crossentropy (or bce) or mean_squared_error (or mse), found \"hinge\"",
        ),
        ("--schedule", "saw", "expected constant, step:EPOCHS:FACTOR, "),
        ("--clip-norm", "0", "it must be a positive number"),
        ("--summation", "tree", "expected in-order or pairwise"),
        ("--clip-norm", "-1", "it must be a positive number"),
        (
            "--optimizer",
            "adamx",
            "[possible values: rmsprop, rmsprop-keras3, adadelta, adam, adamw, sgd]",
        ),
    ] {
        let line = sandbox.assert_refused(SHORT_RUN.into_iter().chain([option, value]), USAGE);
        assert!(line.contains(&format!("invalid value '{value}' for '{option} <")), "{line}");
        assert!(line.contains(expected), "{line}");
    }
    for (value, expected) in [
        (
            "blur:3",
            "expected gaussian:FACTOR, gaussian:FROM..TO, masking:PROBABILITY or salt-and-pepper:PROBABILITY",
        ),
        ("masking:1.5", "expected a probability from 0 to 1, found \"1.5\""),
    ] {
        let line =
            sandbox.assert_refused(DENOISE.into_iter().chain(["--corruption", value]), USAGE);
        assert!(line.contains(expected), "{line}");
    }
    let both = DENOISE.into_iter().chain(["--corruption", "masking:0.1", "--noise", "0.5"]);
    let line = sandbox.assert_refused(both, USAGE);
    assert!(line.contains("cannot be used with '--noise <FACTOR|FROM..TO>'"), "{line}");
}
