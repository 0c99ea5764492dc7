//! `--augment` and `--noise FROM..TO`: recorded, reproducible, the same bits for any number of
//! threads and after a resumption; a model of crops is used on crops.

use crate::common::files::{history, toml};
use crate::common::{DENOISE, SHORT_RUN, Sandbox, TIMED, USAGE};
use ae_npy::{NpyData, NpzReader};
use std::fs::File;

/// A fully convolutional model that predicts the noise.
const RESIDUAL: [&str; 6] = [
    "--encoder",
    "shortcut; conv2d 2 3x3 relu",
    "--decoder",
    "conv2d 1 3x3 linear; add",
    "--loss",
    "mse",
];

const ALL: &str = "crop:6x6:3,flip:both,turn,shift:1,rotate:15";

fn residual<'a>(epochs: &'a str, more: &[&'a str], out: &'a str) -> Vec<&'a str> {
    let options = ["--epochs", epochs, "-q", "--out", out];
    [&DENOISE[..], &RESIDUAL, &options, more].concat()
}

/// The files that two runs of the same results have in common.
#[track_caller]
fn assert_same(sandbox: &Sandbox, found: &str, expected: &str) {
    let [found, expected] = [found, expected].map(|folder| sandbox.run_files(folder));
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (name, content) in &found {
        assert!(TIMED.contains(&name.as_str()) || *content == expected[name], "{name} differs");
    }
}

#[test]
fn an_augmented_run_does_not_depend_on_threads_or_a_resumption() {
    let sandbox = Sandbox::with_data();
    let more = ["--augment", ALL, "--noise", "0.1..0.3", "--fresh-noise"];
    sandbox.run(residual("3", &more, "whole")).assert_success();
    let threads = [&more[..], &["--threads", "3"]].concat();
    sandbox.run(residual("3", &threads, "threads")).assert_success();
    assert_same(&sandbox, "threads", "whole");
    sandbox.run(residual("1", &more, "resumed")).assert_success();
    sandbox.run(["resume", "resumed", "--epochs", "3", "-q"]).assert_success();
    assert_same(&sandbox, "resumed", "whole");
    sandbox.run(["verify", "whole", "-q"]).assert_success();

    let config = toml(&sandbox.run_files("whole"), "config.toml");
    assert_eq!(config["augment"].as_str(), Some(ALL));
    assert_eq!(config["corruption"].as_str(), Some("gaussian:0.1..0.3"));
    let again = ["denoise", "--config", "whole/config.toml", "-q", "--out", "again"];
    sandbox.run(again).assert_success();
    assert_same(&sandbox, "again", "whole");
}

#[test]
fn the_report_counts_crops_and_says_what_changes() {
    let sandbox = Sandbox::with_data();
    let args = [&DENOISE[..], &RESIDUAL, &["--epochs", "1", "--augment", ALL, "--out", "run"]];
    let outcome = sandbox.run(args.concat());
    let stdout = &outcome.assert_success().stdout;
    for line in [
        "train (180, 6, 6, 1)\n",
        "test (54, 6, 6, 1)\n",
        &format!("augment    {ALL}, new in each epoch\n"),
    ] {
        assert!(stdout.contains(line), "{line}: {stdout}");
    }
    // The model of crops is used on crops.
    sandbox.run(["reconstruct", "run", "-q", "--out", "crops"]).assert_success();
    sandbox.run(["export", "run", "--npz", "run.npz", "-q"]).assert_success();
}

#[test]
fn each_change_has_an_effect_and_none_has_none() {
    let sandbox = Sandbox::with_data();
    let losses = |more: &[&str]| {
        let out = format!("run-{}", sandbox.tree().len());
        let args = SHORT_RUN.iter().chain(more).copied();
        sandbox.run(args.chain(["-q", "--out", &out])).assert_success();
        (history(&sandbox.run_files(&out)), toml(&sandbox.run_files(&out), "config.toml"))
    };
    let (usual, config) = losses(&[]);
    assert!(!config.contains_key("augment"));
    let (none, config) = losses(&["--augment", "none"]);
    assert!(none == usual && !config.contains_key("augment"));
    let mut seen = vec![usual];
    for augment in ["flip", "flip:vertical", "turn", "shift:2", "rotate:10", "crop:6x7"] {
        let (found, config) = losses(&["--augment", augment]);
        assert_eq!(config["augment"].as_str(), Some(augment));
        assert!(!seen.contains(&found), "{augment}");
        seen.push(found);
    }
}

#[test]
fn what_cannot_be_is_refused_in_one_line() {
    let sandbox = Sandbox::with_data();
    for (augment, expected) in [
        (
            "crop:9x8",
            "expected a crop of at most 8 x 8 pixels, the size of the images, found 9 x 8",
        ),
        ("turn,crop:6x5", "expected square images to turn by 90 degrees, found 6 x 5"),
        ("shift:8", "expected a shift of less than 8 x 8 pixels, the size of the images, found 8"),
    ] {
        let args = [&DENOISE[..], &["--augment", augment]].concat();
        let line = sandbox.assert_refused(args, USAGE);
        let shown = if augment.starts_with("turn") { "crop:6x5,turn" } else { augment };
        assert_eq!(line, format!("error: --augment {shown}: {expected}"));
    }
    let line = sandbox.assert_refused([&DENOISE[..], &["--augment", "mirror"]].concat(), USAGE);
    assert!(line.contains("expected flip, flip:vertical, "), "{line}");
    let line = sandbox.assert_refused([&DENOISE[..], &["--noise", "0.3..0.1"]].concat(), USAGE);
    assert!(line.contains("expected two factors of at least 0, the smaller first"), "{line}");
}

#[test]
fn a_model_of_crops_is_used_on_those_at_the_center() {
    let sandbox = Sandbox::with_data();
    let run = [&SHORT_RUN[..], &["--augment", "crop:6x6:2,flip", "-q", "--out", "crops"]].concat();
    sandbox.run(run).assert_success();
    for command in ["generate", "reconstruct"] {
        sandbox.run([command, "crops", "-q", "--out", command]).assert_success();
    }
    sandbox.run(["generate", "crops", "--grid", "2", "-q", "--out", "map"]).assert_success();
    sandbox.run(["export", "crops", "--npz", "crops.npz", "-q"]).assert_success();

    // PCA gets one crop of each image, and the model has learned from more.
    let outcome = sandbox.run(["pca", "crops", "--out", "pca"]);
    let said = &outcome.assert_success().stdout;
    let line = "\naugment    crop:6x6:2,flip in training; here crop:6x6 at the center\n";
    assert!(said.contains(line) && said.contains("the two cannot be compared"), "{said}");
    let errors = toml(&sandbox.run_files("pca"), "pca.toml");
    assert_eq!(errors["components"].as_integer(), Some(4));
    let mut npz = NpzReader::new(File::open(sandbox.path("crops.npz")).unwrap()).unwrap();
    let [inputs, outputs] = ["test_inputs", "test_reconstructions"].map(|name| {
        let NpyData::Floats(values) = npz.read(name, 1 << 20).unwrap().data else {
            panic!("{name}")
        };
        values
    });
    let squares = inputs.iter().zip(&outputs).map(|(x, y)| f64::from(x - y).powi(2));
    let expected = squares.sum::<f64>() / inputs.len() as f64;
    let found = errors["auto_encoder"]["mse"].as_float().unwrap();
    assert!((found / expected - 1.0).abs() < 1e-6, "{found} {expected}");
    assert!(errors["pca"]["mse"].as_float().unwrap() < found, "after two epochs");
    let line = sandbox.assert_refused(["lab", "crops"], USAGE);
    let expected =
        "crops: trained with --augment crop:6x6:2,flip; lab expects models of whole images";
    assert_eq!(line, format!("error: {expected}"));
    // Images that are changed in other ways are whole.
    let run = [&SHORT_RUN[..], &["--augment", "flip", "-q", "--out", "flips"]].concat();
    sandbox.run(run).assert_success();
    let outcome = sandbox.run(["pca", "flips", "--out", "whole"]);
    let said = &outcome.assert_success().stdout;
    assert!(said.contains("\naugment    flip in training; here left out\n"), "{said}");
}
