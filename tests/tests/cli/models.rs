//! Models from presets, files and options, trained end to end, resumed and used.

use crate::common::files::toml;
use crate::common::{DATA, DATA_ARGS, RUN_FILES, SUMS, Sandbox, USAGE};
use std::fs;

/// The arguments of every training on the small data set.
const DENSE: [&str; 9] =
    ["dense", "--dataset", "data", "--classes", "all", "--batch", "20", "--epochs", "2"];
const DENOISE: [&str; 7] = ["denoise", "--dataset", "data", "--batch", "20", "--epochs", "1"];

fn with<'a>(args: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [args, more].concat()
}

#[test]
fn every_preset_with_a_code_is_trained_and_generates() {
    let sandbox = Sandbox::with_data();
    for name in ["notebook-dense", "deep-dense", "sparse", "conv-latent", "vae", "shoes"] {
        let outcome = sandbox.run(with(&DENSE, &["--model", name, "--latent", "4", "--out", name]));
        let said = &outcome.assert_success().stdout;
        assert!(said.contains(&format!("\nmodel      {name}\n")), "{said}");
        let variational = ["vae", "shoes"].contains(&name);
        assert_eq!(
            said.contains("the penalty of the code is added"),
            variational || name == "sparse"
        );
        let mut expected = RUN_FILES.to_vec();
        if variational {
            expected.push("generated-sampled.png");
        }
        sandbox.assert_files(name, &expected);
        let config = toml(&sandbox.run_files(name), "config.toml");
        assert_eq!(config["model"]["name"].as_str(), Some(name));
        assert_eq!(config["model"]["latent"].as_integer(), Some(4));
        assert!(config["model"]["architecture"].as_str().unwrap().contains(" | "));

        let out = format!("{name}-again");
        sandbox.run(["generate", name, "--out", &out]).assert_success();
        let (first, again) = (sandbox.run_files(name), sandbox.run_files(&out));
        assert_eq!(first["generated-pca.png"], again["generated-pca.png"], "{name}");
        let out = format!("{name}-map");
        sandbox.run(["generate", name, "--grid", "3", "--out", &out]).assert_success();
        sandbox.run(["reconstruct", name, "-q"]).assert_success();
        sandbox.run(["pca", name, "-q"]).assert_success();
    }
}

#[test]
fn every_preset_that_keeps_images_removes_noise() {
    let sandbox = Sandbox::with_data();
    for (name, kernels) in
        [("notebook-conv", true), ("clothes", true), ("conv-latent", true), ("deep-dense", false)]
    {
        sandbox.run(with(&DENOISE, &["--model", name, "--out", name])).assert_success();
        let files = sandbox.run_files(name);
        assert!(files.contains_key("denoised.png") && files.contains_key(SUMS));
        // Only a convolution of gray images has kernels that can be shown.
        assert_eq!(files.contains_key("filters.png"), kernels, "{name}");
        sandbox.run(["reconstruct", name, "-q"]).assert_success();
    }
}

/// The name of a file of the model, which does more than a preset.
const OWN: &str = "\
about = 'my own'
latent = 3
encoder = ['conv2d 4 3x3 relu', 'max_pooling2d 2x2', 'flatten', 'dense {2*latent} linear', 'sampling 0.5']
decoder = ['dense {height/2*width/2*4} relu', 'reshape {height/2}x{width/2}x4', 'up_sampling2d 2x2', 'conv2d 1 3x3 sigmoid']

[training]
optimizer = 'sgd'
lr = 0.05
batch = 15
epochs = 3
";

#[test]
fn a_model_of_ones_own_comes_from_a_file() {
    let sandbox = Sandbox::with_data();
    fs::write(sandbox.path("own.toml"), OWN).unwrap();
    let args = ["dense", "--dataset", "data", "--classes", "all", "--model", "own.toml"];
    sandbox.run(with(&args, &["--threads", "1", "--out", "one"])).assert_success();
    let files = sandbox.run_files("one");
    let config = toml(&files, "config.toml");
    let (model, training) = (&config["model"], &config["training"]);
    assert_eq!(model["name"].as_str(), Some("own"));
    let words = "input 8x8x1; conv2d 4 3x3 stride 1x1 same relu; max_pooling2d 2x2 stride 2x2 same; flatten; dense 6 linear; sampling 0.5 | \
                 dense 64 relu; reshape 4x4x4; up_sampling2d 2x2; conv2d 1 3x3 stride 1x1 same sigmoid";
    assert_eq!(model["architecture"].as_str(), Some(words));
    assert_eq!(training["optimizer"].as_str(), Some("SGD"));
    assert_eq!(
        (training["batch"].as_integer(), training["epochs"].as_integer()),
        (Some(15), Some(3))
    );

    // Random codes, and yet the same bytes on three threads; and from the configuration alone,
    // without the file.
    sandbox.run(with(&args, &["--threads", "3", "--out", "three"])).assert_success();
    assert_eq!(sandbox.run_files("three")[SUMS], files[SUMS]);
    fs::remove_file(sandbox.path("own.toml")).unwrap();
    sandbox.run(["verify", "one", "-q"]).assert_success();
    sandbox.run(["dense", "--config", "one/config.toml", "--out", "again", "-q"]).assert_success();
    assert_eq!(sandbox.run_files("again")[SUMS], files[SUMS]);
    // Options on the command line still count.
    let more = ["dense", "--config", "one/config.toml", "--seed", "7", "--out", "other", "-q"];
    sandbox.run(more).assert_success();
    assert_ne!(sandbox.run_files("other")[SUMS], files[SUMS]);
}

#[test]
fn layers_from_the_command_line() {
    let sandbox = Sandbox::with_data();
    let layers =
        ["--encoder", "dense 8 relu; dense {latent} relu", "--decoder", "dense {pixels} sigmoid"];
    sandbox.run(with(&with(&DENSE, &layers), &["--latent", "2", "--out", "run"])).assert_success();
    let config = toml(&sandbox.run_files("run"), "config.toml");
    let words = "input 64; dense 8 relu; dense 2 relu | dense 64 sigmoid";
    assert_eq!(config["model"]["architecture"].as_str(), Some(words));
}

/// A run with random codes and Adam, killed in an epoch, ends as if it had not been.
#[cfg(all(unix, debug_assertions))]
#[test]
fn a_variational_run_goes_on_where_it_was_killed() {
    use crate::common::running::Running;
    let sandbox = Sandbox::with_data();
    let args = with(&DENSE[..7], &["--epochs", "4", "--model", "vae", "--latent", "4"]);
    sandbox.run(with(&args, &["--out", "whole", "-q"])).assert_success();
    let mut command = sandbox.command(with(&args, &["--out", "killed"]));
    command.env("AE_STOP_AT", "mid-epoch:8");
    let mut running = Running::start(&mut command);
    running.until_stderr("stopped at mid-epoch\n");
    running.kill();
    sandbox.run(["resume", "killed", "-q"]).assert_success();
    assert_eq!(sandbox.run_files("killed")[SUMS], sandbox.run_files("whole")[SUMS]);
}

#[test]
fn models_that_make_no_sense_are_refused_in_one_line() {
    let sandbox = Sandbox::with_data();
    let before = sandbox.tree();
    fs::write(sandbox.path("bad.toml"), "encoder = ['dense 3 relu']\n\nencodr = 1\n").unwrap();
    fs::write(
        sandbox.path("words.toml"),
        "encoder = ['dense 3 swish']\ndecoder = ['dense {pixels} sigmoid']",
    )
    .unwrap();
    fs::write(sandbox.path("binary.toml"), [0xff, 0xfe]).unwrap();
    fs::write(sandbox.path("adm.toml"), "encoder = ['dense 3 relu']\ndecoder = ['dense {pixels} sigmoid']\n[training]\noptimizer = 'adm'").unwrap();
    for (args, status, message) in [
        (
            &["--model", "deep-dens"][..],
            USAGE,
            "--model deep-dens: expected a file or one of notebook-dense, deep-dense, sparse, notebook-conv, conv-latent, vae, shoes, \
          clothes, photo-denoise, photo-latent, anomaly, vectors, found neither; tip: a similar model exists: 'deep-dense'",
        ),
        (
            &["--model", "none.toml"],
            DATA,
            "none.toml: cannot be read: No such file or directory (os error 2)",
        ),
        (
            &["--model", "bad.toml"],
            DATA,
            "bad.toml: expected a model in TOML, found: line 3: unknown field `encodr`, expected one of `about`, \
          `latent`, `encoder`, `decoder`, `training`",
        ),
        (
            &["--model", "binary.toml"],
            DATA,
            "binary.toml: expected text in UTF-8, found a text file in UTF-16 (save it as UTF-8)",
        ),
        (
            &["--model", "adm.toml"],
            DATA,
            "model adm: expected the name of an optimizer, found \"adm\"",
        ),
        (
            &["--model", "words.toml"],
            USAGE,
            "--model words: encoder: layer \"dense 3 swish\": expected linear, relu, sigmoid, tanh, softplus, leaky_relu, leaky_relu:SLOPE, elu or elu:ALPHA, found \"swish\"",
        ),
        (
            &["--encoder", "dense {latant} relu"],
            USAGE,
            "--model notebook-dense with another encoder: encoder: layer \"dense {latant} relu\": expected a number, pixels, height, width, \
          channels or latent, found \"latant\"",
        ),
        (
            &["--encoder", "reshape 8x8"],
            USAGE,
            "--model notebook-dense with another encoder: layer dense_1 takes a vector, but is given shape (8, 8)",
        ),
        (
            &["--decoder", "dense {pixels} relu"],
            USAGE,
            "--model notebook-dense with another decoder: expected a sigmoid at its end, since pixels are from 0 to 1",
        ),
        (
            &["--decoder", "dense 3 sigmoid"],
            DATA,
            "data: model notebook-dense with another decoder makes (3,) of images of shape (64,): expected outputs of the same shape",
        ),
        (
            &["--model", "notebook-conv"],
            USAGE,
            "--model notebook-conv: expected an encoder whose code is a vector, and a decoder, found codes of shape (2, 2, 32)",
        ),
        (
            &["--encoder", "dense 1048576 relu; dense 1048576 relu"],
            USAGE,
            "--model notebook-dense with another encoder: expected at most 268435456 weights, found 1099647942720",
        ),
        (
            &["--model", "notebook-conv", "--latent", "4"],
            USAGE,
            "--model notebook-conv: a code of 4 numbers was requested, but the model does not use {latent}",
        ),
    ] {
        let line = sandbox.assert_refused(with(&DENSE, args), status);
        assert!(line.starts_with(&format!("error: {message}")), "{args:?}: {line}");
    }
    assert_eq!(sandbox.tree().len(), before.len() + 4, "nothing was written");
}

#[test]
fn the_models_are_listed_and_shown() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.run(["models"]);
    let listed = &outcome.assert_success().stdout;
    assert_eq!(listed.lines().filter(|line| line.contains("  ")).count(), 12, "{listed}");
    let toml = sandbox.run(["models", "vae"]).assert_success().stdout.clone();
    fs::write(sandbox.path("vae.toml"), &toml).unwrap();
    assert!(toml.contains("\"sampling 1\""), "{toml}");
    let line = sandbox.assert_refused(["models", "vaee"], USAGE);
    assert_eq!(
        line,
        "error: models vaee: there is no such preset; tip: a similar model exists: 'vae'"
    );
}

#[test]
fn a_learning_rate_in_a_description_is_checked_as_on_the_command_line() {
    let sandbox = Sandbox::with_data();
    for (rate, found) in [("0", "0.0"), ("0.0", "0.0"), ("-1", "-1.0"), ("nan", "NaN")] {
        let text = format!(
            "encoder = ['dense 3 relu']\ndecoder = ['dense {{pixels}} sigmoid']\n[training]\nlr = {rate}\n"
        );
        fs::write(sandbox.path("mine.toml"), text).unwrap();
        let args = DATA_ARGS.iter().filter(|arg| !["--latent", "4"].contains(arg));
        let line = sandbox.assert_refused(args.chain(&["--model", "mine.toml"]), DATA);
        let expected = "expected a positive number (between 1.2e-38 and 3.4e38)";
        assert_eq!(line, format!("error: model mine: lr: {expected}, found {found}"));
    }
}
