//! `ae-app denoise` from the arguments to the files: its output, its files, and that both are
//! reproducible.

use crate::common::data::{self, TEST, TRAIN};
use crate::common::files::{assert_times, history, picture, sizes, toml};
use crate::common::{CHECKPOINT, DENOISE, DENOISE_FILES, PREVIOUS, SWEEP_FILES, Sandbox, TIMED};
use ae_idx::MNIST;
use std::collections::BTreeMap;

/// A run on the small data set with more arguments, and its files.
#[track_caller]
fn small_run(sandbox: &Sandbox, more: &[&str], out: &str) -> BTreeMap<String, Vec<u8>> {
    let quiet = ["-q", "--out", out];
    sandbox.run(DENOISE.iter().chain(more).chain(&quiet)).assert_success();
    sandbox.run_files(out)
}

/// A number of `metrics.toml`.
#[track_caller]
fn metric(files: &BTreeMap<String, Vec<u8>>, name: &str) -> f64 {
    toml(files, "metrics.toml")[name].as_float().unwrap()
}

#[test]
fn the_digits_of_mnist() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.run(["denoise", "--limit", "256", "--epochs", "1"]);
    outcome.assert_success();
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    let position = |wanted: &str| {
        lines.iter().position(|line| *line == wanted).unwrap_or_else(|| panic!("{outcome:#?}"))
    };
    let train = position("train (256, 28, 28, 1)");
    assert_eq!(position("test (256, 28, 28, 1)"), train + 1);
    assert!(position("Total params: 28,353") > train);
    position("optimizer  Adadelta, learning_rate 1, rho 0.95, epsilon 1e-7");
    position("noise      Gaussian, 0.5 times N(0, 1), clipped to [0, 1], drawn once");
    position("training   1 epoch, batch 128, seed 1");
    position("limit      at most 256 training and 256 test images");
    let watch = "watch runs/denoise-mnist-all/denoised.png, ";
    assert_eq!(lines.iter().filter(|line| line.starts_with(watch)).count(), 1, "{outcome:#?}");
    let named = position("in runs/denoise-mnist-all:");
    for file in DENOISE_FILES.iter().filter(|file| ![CHECKPOINT, PREVIOUS].contains(file)) {
        assert!(lines[named..].iter().any(|line| line.contains(file)), "{file}: {outcome:#?}");
    }
    assert!(!outcome.stdout.contains("sweep.png"), "{outcome:#?}");
    assert!(outcome.stderr.starts_with("epoch 1/1  loss "), "{outcome:#?}");

    let files = sandbox.assert_files("runs/denoise-mnist-all", &DENOISE_FILES);
    assert_eq!(
        sizes(&files),
        [
            // A title, and three rows of ten tiles of 28 pixels enlarged threefold, each under its
            // caption.
            ("denoised.png", 970, 454, 1),
            // A title, a caption, and four rows of eight tiles of 3 pixels enlarged to 84.
            ("filters.png", 782, 484, 1),
            ("loss.png", 1200, 720, 3),
        ]
    );
    let history = history(&files);
    assert_eq!(history.len(), 1);
    position(&format!("loss {:.4}, val_loss {:.4}", history[0].0, history[0].1));
    let times = toml(&files, "times.toml");
    assert_times(&lines, &times, "1 epoch");
    // The steps alone, by which images are counted, are a part of training with validation.
    let number = |name: &str| times[name].as_float().unwrap();
    assert!(256.0 / number("images_per_second") < number("training_seconds"), "{times:?}");

    let metrics = toml(&files, "metrics.toml");
    assert_eq!(metrics["epochs"].as_integer(), Some(1));
    assert_eq!(metric(&files, "loss"), history[0].0);
    assert!((metric(&files, "val_loss") - history[0].1).abs() < 1e-9, "{metrics:?}");
    // The effect of noise 0.5 on a digit of MNIST does not depend on the model.
    assert!((metric(&files, "psnr_noisy") - 9.4).abs() < 0.2, "{metrics:?}");
    for (heading, name) in [("noisy", "noisy"), ("denoised", "denoised")] {
        let (psnr, ssim) =
            (metric(&files, &format!("psnr_{name}")), metric(&files, &format!("ssim_{name}")));
        assert!(psnr > 5.0 && ssim > 0.0 && ssim < 1.0, "{metrics:?}");
        position(&format!(
            "{heading:<10} PSNR {psnr:.2} dB, SSIM {ssim:.4}, means over the test images"
        ));
    }

    let config = toml(&files, "config.toml");
    assert_eq!(config["job"].as_str(), Some("denoise"));
    assert_eq!(config["noise"].as_float(), Some(0.5));
    for name in ["fresh_noise", "quick", "sweep"] {
        assert_eq!(config[name].as_bool(), Some(false), "{name}");
    }
    assert_eq!(config["limit"].to_string(), "[256, 256]");
    assert_eq!(config["data"]["train_images"].as_integer(), Some(256));
    assert_eq!(config["data"]["test_images"].as_integer(), Some(256));
    for file in &MNIST.files {
        let sum = &config["data"]["sha256"][file.name];
        assert_eq!(sum.as_str(), Some(file.sha256), "{}", file.name);
    }
    assert_eq!(config["model"]["name"].as_str(), Some("notebook-conv"));
    assert_eq!(config["model"]["parameters"].as_integer(), Some(28_353));
    assert!(!config["model"].as_table().unwrap().contains_key("latent"), "{config:?}");
    assert_eq!(config["training"]["epochs"].as_integer(), Some(1));
    assert_eq!(config["training"]["epochs_finished"].as_integer(), Some(1));
    assert_eq!(config["training"]["optimizer_constants"]["rho"].as_str(), Some("0.95"));
    assert!(!config["training"].as_table().unwrap().contains_key("stopped"), "{config:?}");
}

#[test]
fn the_number_of_threads_changes_times_alone() {
    let sandbox = Sandbox::new();
    let run = |threads: &str, out: &str| {
        let args = ["denoise", "-q", "--limit", "300", "--epochs", "2", "--sweep"];
        sandbox.run(args.into_iter().chain(["--threads", threads, "--out", out])).assert_success();
        let mut files = sandbox.assert_files(out, &[&DENOISE_FILES[..], &SWEEP_FILES].concat());
        let times = toml(&files, "times.toml");
        // At most one for each core.
        let cores = std::thread::available_parallelism().unwrap().get() as i64;
        let expected = threads.parse::<i64>().unwrap().min(cores);
        assert_eq!(times["threads"].as_integer(), Some(expected));
        TIMED.iter().for_each(|name| drop(files.remove(*name)));
        files
    };
    let first = run("1", "one");
    for (threads, out) in [("2", "two"), ("3", "three")] {
        for (name, content) in run(threads, out) {
            assert!(content == first[&name], "{name} differs with {threads} threads");
        }
    }
}

#[test]
fn a_sweep_measures_at_nine_noise_levels() {
    let sandbox = Sandbox::new();
    let args = ["denoise", "--limit", "256", "--epochs", "1", "--sweep", "--out", "run"];
    let outcome = sandbox.run(args);
    outcome.assert_success();
    let files = sandbox.assert_files("run", &[&DENOISE_FILES[..], &SWEEP_FILES].concat());
    let text = std::str::from_utf8(&files["sweep.csv"]).unwrap();
    let mut lines = text.lines();
    assert_eq!(
        lines.next(),
        Some("noise,psnr_noisy,psnr_denoised,ssim_noisy,ssim_denoised,val_loss")
    );
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    let number = |row: usize, column: usize| -> f64 { rows[row][column].parse().unwrap() };
    assert_eq!(rows.len(), 9);
    let start = outcome.stdout.find("\nnoise  PSNR noisy  denoised").expect("a table");
    let mut table = outcome.stdout[start..].lines().skip(2);
    for (i, row) in rows.iter().enumerate() {
        assert_eq!(row[0], format!("0.{}", i + 1));
        assert_eq!(row.len(), 6);
        for column in [1, 3] {
            assert!(i == 0 || number(i, column) < number(i - 1, column), "{text}");
        }
        // The table on stdout has the same numbers, rounded.
        let shown: Vec<&str> = table.next().unwrap().split_whitespace().collect();
        let places = [2, 2, 4, 4, 4];
        let expected = (1..6).map(|c| format!("{:.*}", places[c - 1], number(i, c)));
        assert_eq!(shown[1..], expected.collect::<Vec<_>>());
    }
    assert_eq!(table.next(), Some(""), "more rows than in sweep.csv");
    // At the noise of training the sweep is the usual measure, on the same noisy images.
    let names = ["psnr_noisy", "psnr_denoised", "ssim_noisy", "ssim_denoised", "val_loss"];
    for (column, name) in (1..).zip(names) {
        assert_eq!(number(4, column), metric(&files, name), "{name}");
    }
    let sizes = sizes(&files);
    // A title, the originals, and a noisy and a denoised row for each of five noise levels.
    assert!(sizes.contains(&("sweep.png", 970, 20 + 46 + 11 * 116 + 10 * 10 + 20, 1)), "{sizes:?}");
    assert!(sizes.contains(&("sweep-psnr.png", 1200, 720, 3)), "{sizes:?}");
}

#[test]
fn small_images_of_ones_own_have_no_ssim() {
    let sandbox = Sandbox::with_data();
    let more = ["--epochs", "2", "--sweep", "--out", "run"];
    let outcome = sandbox.run(DENOISE.iter().chain(&more));
    outcome.assert_success();
    let shapes = format!("\ntrain ({}, 8, 8, 1)\ntest ({}, 8, 8, 1)\n", 3 * TRAIN, 3 * TEST);
    assert!(outcome.stdout.contains(&shapes), "{outcome:#?}");
    assert!(outcome.stdout.contains(" dB, SSIM -, means"), "{outcome:#?}");
    let files = sandbox.assert_files("run", &[&DENOISE_FILES[..], &SWEEP_FILES].concat());
    assert!(sizes(&files).contains(&("denoised.png", 930, 442, 1)), "{:?}", sizes(&files));
    let metrics = toml(&files, "metrics.toml");
    assert_eq!(
        metrics.keys().collect::<Vec<_>>(),
        ["epochs", "loss", "psnr_denoised", "psnr_noisy", "val_loss"]
    );
    let csv = std::str::from_utf8(&files["sweep.csv"]).unwrap();
    for line in csv.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        assert_eq!((fields.len(), fields[3], fields[4]), (6, "", ""), "{line}");
    }
    let config = toml(&files, "config.toml");
    assert_eq!(config["sweep"].as_bool(), Some(true));
    assert!(!config.contains_key("limit"), "{config:?}");
}

#[test]
fn a_quick_run_is_short_and_says_so_everywhere() {
    let sandbox = Sandbox::with_data();
    let outcome = sandbox.run(DENOISE.iter().chain(&["--quick", "--out", "quick"]));
    outcome.assert_success();
    let line =
        "\nquick run  at most 10000 training and 2000 test images: a first impression only\n";
    assert!(outcome.stdout.contains(line), "{outcome:#?}");
    let quick = sandbox.run_files("quick");
    let config = toml(&quick, "config.toml");
    assert_eq!(config["quick"].as_bool(), Some(true));
    assert_eq!(config["limit"].to_string(), "[10000, 2000]");
    assert_eq!(config["training"]["epochs"].as_integer(), Some(3));
    // There are fewer images, so the explicit option gives the same files except for the titles.
    let same = small_run(&sandbox, &["--epochs", "3"], "same");
    for name in ["history.csv", "metrics.toml"] {
        assert!(quick[name] == same[name], "{name} differs");
    }
    for name in ["denoised.png", "filters.png", "loss.png"] {
        assert!(quick[name] != same[name], "the title of {name} is that of a long run");
        let (width, height, _, pixels) = picture(&quick[name]);
        let (_, _, _, others) = picture(&same[name]);
        // Only the title's line differs.
        let below = pixels.len() / height as usize * 60;
        assert!(pixels[below..] == others[below..], "{name}, of {width} x {height}");
    }
    // Fewer images on request.
    let less = small_run(&sandbox, &["--quick", "--epochs", "1", "--limit", "40"], "less");
    assert_eq!(history(&less).len(), 1);
    assert_eq!(toml(&less, "config.toml")["data"]["train_images"].as_integer(), Some(40));
}

#[test]
fn a_limit_takes_the_first_images() {
    let sandbox = Sandbox::with_data();
    let limited = small_run(&sandbox, &["--epochs", "2", "--limit", "30"], "limited");
    let (train, test) = (data::class_cycle(30, 3), data::class_cycle(3 * TEST, 3));
    data::write(&sandbox.path("first"), &train, &test);
    let args = ["denoise", "--dataset", "first", "--batch", "20", "--epochs", "2", "--out", "all"];
    sandbox.run(args).assert_success();
    assert!(limited["history.csv"] == sandbox.run_files("all")["history.csv"]);
    // Of the test images, too.
    let limited = small_run(&sandbox, &["--epochs", "1", "--limit", "20"], "20");
    let config = toml(&limited, "config.toml");
    assert_eq!(config["data"]["test_images"].as_integer(), Some(18));
    let args = ["--classes", "2,1", "--epochs", "1", "--limit", "20"];
    let config = toml(&small_run(&sandbox, &args, "two"), "config.toml");
    assert_eq!(config["data"]["train_images"].as_integer(), Some(20));
    assert_eq!(config["data"]["test_images"].as_integer(), Some(12));
    assert_eq!(config["data"]["classes"].to_string(), "[1, 2]");
}

#[test]
fn noise_is_what_was_asked_for() {
    let sandbox = Sandbox::with_data();
    let half = small_run(&sandbox, &["--epochs", "2"], "half");
    let fresh = small_run(&sandbox, &["--epochs", "2", "--fresh-noise"], "fresh");
    // The model is evaluated on the same images and trained on others.
    assert_eq!(metric(&half, "psnr_noisy"), metric(&fresh, "psnr_noisy"));
    assert_ne!(half["history.csv"], fresh["history.csv"]);
    assert_eq!(toml(&fresh, "config.toml")["fresh_noise"].as_bool(), Some(true));
    let less = small_run(&sandbox, &["--epochs", "1", "--noise", "0.1"], "less");
    assert!(metric(&less, "psnr_noisy") > metric(&half, "psnr_noisy") + 5.0);
    // Written in decimal, although f32 cannot represent 0.1.
    assert_eq!(toml(&less, "config.toml")["noise"].as_float(), Some(0.1));
    let none = small_run(&sandbox, &["--epochs", "1", "--noise", "0"], "none");
    assert_eq!(metric(&none, "psnr_noisy"), f64::INFINITY);
    assert!(metric(&none, "psnr_denoised").is_finite());
}
