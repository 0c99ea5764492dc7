//! The errors of `ae-app denoise`: each is one line, and nothing is left behind.

use crate::common;
use crate::common::data::{self, TEST_IMAGES, TRAIN_IMAGES, raw};
use crate::common::{DATA, DENOISE, DENOISE_FILES, DIVERGED, Sandbox, USAGE};
use std::fs;
use std::process::Stdio;

/// Asserts the whole message for the small data set and these arguments.
#[track_caller]
fn assert_refused(sandbox: &Sandbox, more: &[&str], status: i32, message: &str) {
    let line = sandbox.assert_refused(DENOISE.iter().chain(more), status);
    assert_eq!(line, format!("error: {message}"), "{more:?}");
}

#[test]
fn case_26_sides_that_cannot_be_halved_twice() {
    let sandbox = Sandbox::with_data();
    let dense = "--model notebook-dense or deep-dense or sparse or vae or shoes or anomaly or vectors takes";
    for ([height, width], fitting) in [
        ([30u32, 30], "--model clothes takes"),
        ([28, 30], "--model clothes takes"),
        ([10, 8], "--model clothes takes"),
        ([27, 29], dense),
        // The default code is half of the pixels, rounded up.
        ([1, 1], dense),
    ] {
        for (name, count) in [(TRAIN_IMAGES, 60), (TEST_IMAGES, 18)] {
            let pixels = vec![7; (count * height * width) as usize];
            let file = raw(0x08, &[count, height, width], &pixels);
            fs::write(sandbox.path("data").join(name), file).unwrap();
        }
        let [out_height, out_width] = [height, width].map(|side| side.next_multiple_of(4));
        let message = format!(
            "data: model notebook-conv makes ({out_height}, {out_width}, 1) of images of shape ({height}, {width}, 1): \
             expected outputs of the same shape, with sides that it can halve as often as it doubles them; \
             --pad surrounds them with zeros, and {fitting} images of {height} x {width}"
        );
        assert_refused(&sandbox, &[], DATA, &message);
        assert_refused(&sandbox, &["--out", "new"], DATA, &message);
    }
    // The data are valid as such: the dense job accepts them.
    let dense = ["dense", "--dataset", "data", "--classes", "all", "--batch", "20", "--latent"];
    sandbox.run(dense.iter().chain(&["1", "--epochs", "1"])).assert_success();
}

/// A user of Keras begins with `flatten`: the message names that, and not the sides.
#[test]
fn a_vector_from_an_image_is_explained() {
    let sandbox = Sandbox::with_data();
    let model = |last: &str| {
        let text = format!("encoder = ['flatten', 'dense 4 relu']\ndecoder = [{last}]\n");
        fs::write(sandbox.path("mine.toml"), text).unwrap();
    };
    model("'dense {pixels*channels} sigmoid'");
    assert_refused(
        &sandbox,
        &["--model", "mine.toml"],
        DATA,
        "data: model mine makes (64,) of images of shape (8, 8, 1): expected outputs of the same shape; \
         leave out a flatten at the start, or end with reshape {height}x{width}x{channels}",
    );
    let reshape = "'reshape {height}x{width}x{channels}', 'activation sigmoid'";
    model(&format!("'dense {{pixels*channels}} linear', {reshape}"));
    let args = ["--model", "mine.toml", "--epochs", "1", "--out", "run"];
    sandbox.run(DENOISE.iter().chain(&args)).assert_success();
}

#[test]
fn images_that_are_no_squares_are_welcome() {
    let sandbox = Sandbox::with_data();
    for (name, count) in [(TRAIN_IMAGES, 60u32), (TEST_IMAGES, 18)] {
        let pixels: Vec<u8> = (0..count * 12 * 4).map(|i| (i % 251) as u8).collect();
        fs::write(sandbox.path("data").join(name), raw(0x08, &[count, 12, 4], &pixels)).unwrap();
    }
    sandbox.run(DENOISE.iter().chain(&["--epochs", "1", "--out", "run"])).assert_success();
    sandbox.assert_files("run", &DENOISE_FILES);
}

#[test]
fn a_batch_of_none_or_of_more_than_there_are() {
    let sandbox = Sandbox::with_data();
    let refused = |args: &[&str], message| {
        let line =
            sandbox.assert_refused(["denoise", "--dataset", "data"].iter().chain(args), USAGE);
        assert_eq!(line, format!("error: {message}"));
    };
    refused(&["--batch", "0"], "invalid value '0' for '--batch <N>': it must be at least 1");
    refused(&["--batch", "61"], "--batch 61: expected 1 to 60, the training images");
    refused(
        &["--batch", "20", "--limit", "19"],
        "--batch 20: expected 1 to 19, the training images",
    );
}

#[test]
fn numbers_out_of_range() {
    let sandbox = Sandbox::with_data();
    for noise in ["NaN", "-0.5", "-1e-9", "-0", "inf", "-inf", "1e39", "much"] {
        let message = "it must be a number of at least 0";
        let message = format!("invalid value '{noise}' for '--noise <FACTOR|FROM..TO>': {message}");
        assert_refused(&sandbox, &[&format!("--noise={noise}")], USAGE, &message);
        // clap parses these as options unless they follow an equals sign.
        if !["-inf", "-1e-9"].contains(&noise) {
            assert_refused(&sandbox, &["--noise", noise], USAGE, &message);
        }
    }
    for rate in ["NaN", "-0.001", "0", "inf"] {
        let message = "it must be a positive number (between 1.2e-38 and 3.4e38)";
        let message = format!("invalid value '{rate}' for '--lr <RATE>': {message}");
        assert_refused(&sandbox, &["--lr", rate], USAGE, &message);
    }
    for option in ["--limit", "--epochs", "--samples", "--threads"] {
        let message = format!("invalid value '0' for '{option} <N>': it must be at least 1");
        assert_refused(&sandbox, &[option, "0"], USAGE, &message);
    }
    for (option, value) in [("--latents", "10"), ("--nois", "1")] {
        let line = sandbox.assert_refused(DENOISE.iter().chain(&[option, value]), USAGE);
        assert!(
            line.starts_with(&format!("error: unexpected argument '{option}' found")),
            "{line}"
        );
    }
}

#[test]
fn classes_that_do_not_exist_or_have_no_images() {
    let sandbox = Sandbox::with_data();
    assert_refused(
        &sandbox,
        &["--classes", "3"],
        USAGE,
        "--classes 3: data has 3 classes, by number from 0 or by name: 0, 1, 2",
    );
    data::write(&sandbox.path("data"), &[0, 2, 3].repeat(20), &[0, 3].repeat(9));
    assert_refused(
        &sandbox,
        &["--classes", "1"],
        DATA,
        "data set data: expected images of class 1 among the training images, found those of 0, 2, 3",
    );
    assert_refused(
        &sandbox,
        &["--classes", "0,2"],
        DATA,
        "data set data: expected images of class 2 among the test images, found those of 0, 3",
    );
}

#[test]
fn a_folder_that_is_not_empty_or_not_there() {
    let sandbox = Sandbox::with_data();
    assert_refused(
        &sandbox,
        &["--out", "runs/dense-data-all"],
        USAGE,
        "--out runs/dense-data-all: not empty; name a new folder, nothing is overwritten",
    );
    let line = sandbox.assert_refused(["denoise", "--dataset", "no/data"], DATA);
    assert_eq!(line, "error: no/data: expected a folder or file of images, found nothing there");
}

#[test]
fn a_run_that_diverges_leaves_nothing_but_the_reports_beginning() {
    let sandbox = Sandbox::with_data();
    let before = sandbox.tree();
    let outcome = sandbox.run(DENOISE.iter().chain(&["--lr", "1e38"]));
    let line = outcome.assert_error(DIVERGED);
    assert!(line.starts_with("error: training diverged: the "), "{line}");
    assert!(outcome.stdout.contains("\nwatch runs/denoise-data-all/denoised.png"), "{outcome:#?}");
    assert!(sandbox.tree() == before, "{:?}", sandbox.tree().keys());
}

#[test]
fn a_reader_who_leaves_does_not_stop_the_run() {
    let sandbox = Sandbox::with_data();
    let mut child = sandbox
        .command(DENOISE.iter().chain(&["--epochs", "1", "--sweep", "--out", "run"]))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    sandbox.assert_files("run", &[&DENOISE_FILES[..], &common::SWEEP_FILES].concat());
}
