//! `ae-app anomaly` from the arguments to the files: images, folders, vectors, new data, and what
//! it refuses.

use crate::common::files::{sizes, toml, write_png};
use crate::common::runs::{sums, unfinish};
use crate::common::{DATA, Outcome, SUMS, Sandbox, TIMED, USAGE, data};
use std::collections::BTreeMap;
use std::f64::consts::TAU;
use std::fmt::Write as _;
use std::fs;

/// The status if something was flagged, with `--fail-if-any`.
const FLAGGED: i32 = 5;

/// A short run on [`bars`]: a fifth of 120 images is held out.
const SHORT: [&str; 19] = [
    "anomaly",
    "--dataset",
    "data",
    "--classes",
    "0",
    "--latent",
    "8",
    "--batch",
    "10",
    "--epochs",
    "100",
    "--lr",
    "0.01",
    "--held-out",
    "0.2",
    "--false-alarms",
    "0.1",
    "--patch",
    "3",
];

/// Horizontal bars are normal; the test part has vertical ones, too.
fn bars() -> Sandbox {
    let sandbox = Sandbox::new();
    data::write(&sandbox.path("data"), &[0; 120], &[0, 1].repeat(24));
    sandbox
}

#[track_caller]
fn train(sandbox: &Sandbox, more: &[&str], out: &str) -> Outcome {
    let outcome = sandbox.run(SHORT.iter().chain(more).chain(&["--out", out]));
    outcome.assert_success();
    outcome
}

/// The columns of `scores.csv` by their names.
#[track_caller]
fn table(files: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<String>> {
    let text = std::str::from_utf8(&files["scores.csv"]).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').map(String::from).collect::<Vec<_>>());
    let head = lines.next().unwrap();
    let rows: Vec<_> = lines.collect();
    let column = |i: usize| rows.iter().map(|row| row[i].clone()).collect();
    head.into_iter().enumerate().map(|(i, name)| (name, column(i))).collect()
}

#[track_caller]
fn measure(files: &BTreeMap<String, Vec<u8>>, score: &str, name: &str) -> f64 {
    toml(files, "metrics.toml")["scores"][score][name].as_float().unwrap()
}

fn share(flags: impl Iterator<Item = bool>) -> f64 {
    let flags: Vec<bool> = flags.collect();
    let set = u32::try_from(flags.iter().filter(|flag| **flag).count()).unwrap();
    f64::from(set) / f64::from(u32::try_from(flags.len()).unwrap())
}

#[test]
fn bars_of_another_direction_are_found() {
    let sandbox = bars();
    let outcome = train(&sandbox, &["--threads", "1"], "run");
    assert!(outcome.stdout.contains("held out   24 normal images"), "{outcome:#?}");
    let files = sandbox.run_files("run");
    let pictures: Vec<_> = sizes(&files).iter().map(|size| size.0).collect();
    let expected = ["anomalies.png", "loss.png", "precision-recall.png", "roc.png", "scores.png"];
    assert_eq!(pictures, expected);
    for score in ["mse", "cross-entropy", "patch", "mahalanobis", "neighbors"] {
        let auroc = measure(&files, score, "auroc");
        assert!((0.0..=1.0).contains(&auroc), "{score}: {auroc}");
    }
    assert!(measure(&files, "patch", "auroc") > 0.9, "{outcome:#?}");

    // The measures are those of the table, counted here.
    let table = table(&files);
    let threshold = measure(&files, "patch", "threshold");
    let above = |i: usize| table["patch"][i].parse::<f64>().unwrap() > threshold;
    let of = |truth: &str| {
        let rows: Vec<_> = (0..48).filter(|&i| table["anomalous"][i] == truth).collect();
        assert_eq!(rows.len(), 24);
        share(rows.into_iter().map(above))
    };
    assert_eq!(table["flagged"].len(), 48);
    assert!((0..48).all(|i| table["flagged"][i] == above(i).to_string()));
    assert!((of("true") - measure(&files, "patch", "recall")).abs() < 1e-12);
    assert!((of("false") - measure(&files, "patch", "false_alarms")).abs() < 1e-12);

    // Neither the number of threads nor a stop changes a byte.
    train(&sandbox, &["--threads", "3", "-q"], "again");
    assert_eq!(sums(&sandbox, "again"), sums(&sandbox, "run"));
    unfinish(&sandbox, "again");
    sandbox.run(["resume", "again", "-q"]).assert_success();
    let again = sandbox.run_files("again");
    for (name, content) in &files {
        let timed = TIMED.contains(&name.as_str());
        assert!(timed || again[name] == *content, "{name} differs");
    }
    sandbox.run(["verify", "run", "-q"]).assert_success();
    for command in ["reconstruct", "generate", "pca", "explore"] {
        sandbox.run([command, "run", "-q"]).assert_success();
    }

    // A damaged detector is refused.
    fs::write(sandbox.path("again/detector.safetensors"), "x").unwrap();
    let line = sandbox.assert_refused(["anomaly", "again"], 1);
    assert!(line.contains("detector.safetensors: not the file"), "{line}");
}

#[test]
fn new_images_are_scored() {
    let sandbox = bars();
    train(&sandbox, &["-q"], "run");
    let own = sandbox.run_files("run");

    // The same test images again, by the same scores; by another score others are flagged.
    sandbox.run(["anomaly", "run", "-q", "--out", "same"]).assert_success();
    let same = sandbox.run_files("same");
    assert_eq!(same["scores.csv"], own["scores.csv"]);
    // As many images in a row as are asked for.
    let args = ["anomaly", "run", "--samples", "3", "-q", "--out", "few"];
    sandbox.run(args).assert_success();
    let few = sandbox.run_files("few");
    let width = |files: &BTreeMap<String, Vec<u8>>| {
        sizes(files).into_iter().find(|size| size.0 == "anomalies.png").unwrap().1
    };
    assert!(width(&few) < width(&same));
    let measures = |files| toml(files, "metrics.toml")["scores"].clone();
    assert_eq!(measures(&same), measures(&own));
    let args = ["anomaly", "run", "--score", "mse", "--false-alarms", "0.2", "-q", "--out", "mse"];
    sandbox.run(args).assert_success();
    let (mse, own) = (table(&sandbox.run_files("mse")), table(&own));
    assert_eq!(mse["mse"], own["mse"]);
    let flagged = |table: &BTreeMap<String, Vec<String>>| {
        table["flagged"].iter().filter(|flag| *flag == "true").count()
    };
    assert!(flagged(&mse) > 0 && mse["flagged"] != own["flagged"]);

    // Single pictures: a bar, and noise.
    let side = (data::SIDE, data::SIDE);
    let noise: Vec<u8> = (0..64_u32).map(|i| if i * 37 % 64 < 32 { 255 } else { 0 }).collect();
    write_png(&sandbox.path("bar.png"), side, png::ColorType::Grayscale, &data::image(0, 0));
    write_png(&sandbox.path("noise.png"), side, png::ColorType::Grayscale, &noise);
    let score = |names: &[&str], out: &str| {
        let args = ["anomaly", "run", "--fail-if-any", "--json", "--out", out];
        sandbox.run(args.iter().chain(names))
    };
    let outcome = score(&["noise.png", "bar.png"], "both");
    assert_eq!(outcome.status, Some(FLAGGED), "{outcome:#?}");
    assert_eq!(table(&sandbox.run_files("both"))["flagged"], ["true", "false"]);
    let json: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert!(json.to_string().contains("\"flagged\":1"), "{json}");
    score(&["bar.png"], "bar").assert_success();

    let line = sandbox.assert_refused(["anomaly", "run", "nowhere.png"], DATA);
    assert!(line.contains("nowhere.png"), "{line}");
    for option in ["--epochs", "--held-out", "--config", "--test-share", "--min-delta", "--seed"] {
        let value = if option.ends_with('s') || option == "--seed" { "3" } else { "0.5" };
        let line = sandbox.assert_refused(["anomaly", "run", option, value], USAGE);
        assert!(line.contains(option) && line.contains("cannot be used with"), "{line}");
    }
}

#[test]
fn a_folder_of_good_parts_needs_no_classes() {
    let sandbox = Sandbox::new();
    let draw = |folder: &str, count: u32, label: u8| {
        fs::create_dir_all(sandbox.path(folder)).unwrap();
        for i in 0..count {
            let path = sandbox.path(format!("{folder}/{i:03}.png"));
            let pixels = data::image(i, label);
            write_png(&path, (data::SIDE, data::SIDE), png::ColorType::Grayscale, &pixels);
        }
    };
    draw("parts/train/good", 100, 0);
    draw("parts/test/good", 20, 0);
    draw("parts/test/scratch", 20, 2);
    let short = ["--held-out", "0.2", "--false-alarms", "0.1", "--epochs", "20", "--batch", "10"];
    let args = ["anomaly", "--dataset", "parts", "--patch", "3", "-q", "--out", "run"];
    sandbox.run(args.iter().chain(&short)).assert_success();
    let files = sandbox.run_files("run");
    let table = table(&files);
    for (class, anomalous) in table["class"].iter().zip(&table["anomalous"]) {
        assert_eq!((class == "scratch").to_string(), *anomalous);
    }
    let auroc = measure(&files, "patch", "auroc");
    assert!(auroc > 0.9, "{auroc}");
    let outcome = sandbox.run(["anomaly", "run", "parts/test/scratch", "--fail-if-any", "-q"]);
    assert_eq!(outcome.status, Some(FLAGGED), "{outcome:#?}");
}

/// Rows of sines, with a spike in those that are not sound.
fn waves(count: u32, spikes: bool) -> String {
    let mut text = "label,t0".to_owned();
    (1..24).for_each(|t| write!(text, ",t{t}").unwrap());
    for i in 0..count {
        let spike = spikes && i % 2 == 1;
        write!(text, "\n{}", if spike { "spike" } else { "sound" }).unwrap();
        for t in 0..24 {
            let value = (TAU * (f64::from(t) + f64::from(i * 7 % 10) / 10.0) / 12.0).sin();
            let noise = f64::from((i * 131 + t * 17) % 29) / 290.0;
            let fault = if spike && t == i % 24 { 2.5 } else { 0.0 };
            write!(text, ",{:.4}", 100.0 + value + noise + fault).unwrap();
        }
    }
    text + "\n"
}

#[test]
fn rows_of_measurements_are_scored() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("waves")).unwrap();
    fs::write(sandbox.path("waves/train.csv"), waves(200, false)).unwrap();
    fs::write(sandbox.path("waves/test.csv"), waves(60, true)).unwrap();
    let args = ["anomaly", "--dataset", "waves", "--vectors", "--false-alarms", "0.1"];
    let outcome = sandbox.run(args.iter().chain(&["--epochs", "40", "--out", "run"]));
    let files = sandbox.run_files("run");
    // Nothing that is said speaks of images: neither the report nor the page, but for keys.
    let page = String::from_utf8_lossy(&files["report.html"]).replace("_images", "");
    for said in [&outcome.assert_success().stdout, &page] {
        assert!(said.contains("rows/s") && !said.contains(" image"), "{said}");
    }
    assert_eq!(toml(&files, "metrics.toml")["images"].as_integer(), Some(60));
    assert!(files.contains_key("series.png") && files.contains_key(SUMS));
    assert_eq!(toml(&files, "metrics.toml")["score"].as_str(), Some("mse"));
    assert!(measure(&files, "mse", "auroc") > 0.9, "{}", measure(&files, "mse", "auroc"));
    assert_eq!(toml(&files, "detector.toml")["shifts"].as_array().unwrap().len(), 24);
    sandbox.run(["verify", "run", "-q"]).assert_success();

    // The same rows as new ones have the same scores.
    let score = ["anomaly", "run", "waves/test.csv", "-q", "--out", "new"];
    sandbox.run(score).assert_success();
    assert_eq!(table(&sandbox.run_files("new"))["mse"], table(&files)["mse"]);

    // Somebody has removed how the columns are scaled.
    let record = fs::read_to_string(sandbox.path("run/detector.toml")).unwrap();
    let without = record.replace("shifts", "# shifts").replace("scales", "# scales");
    fs::write(sandbox.path("run/detector.toml"), without).unwrap();
    let line = sandbox.assert_refused(["anomaly", "run", "waves/test.csv"], DATA);
    assert!(line.ends_with("expected the shifts of the columns, found none"), "{line}");
    fs::write(sandbox.path("run/detector.toml"), record).unwrap();

    let text = waves(4, false);
    let bad = text.lines().enumerate().map(|(i, line)| match i {
        2 => line.rsplit_once(',').unwrap().0.to_owned() + ",NaN\n",
        _ => format!("{line}\n"),
    });
    fs::write(sandbox.path("bad.csv"), bad.collect::<String>()).unwrap();
    let line = sandbox.assert_refused(["anomaly", "run", "bad.csv"], DATA);
    assert!(line.contains("bad.csv") && line.contains("line 3"), "{line}");
    fs::write(sandbox.path("short.csv"), "a,b\n1,2\n3,4\n").unwrap();
    let line = sandbox.assert_refused(["anomaly", "run", "short.csv"], DATA);
    assert!(line.contains("short.csv"), "{line}");
}

#[test]
fn what_cannot_work_is_refused_in_a_line() {
    let sandbox = bars();
    let refused = |more: &[&str], status: i32, said: &str| {
        let mut args: Vec<&str> = SHORT.to_vec();
        for pair in more.chunks(2) {
            match args.iter().position(|arg| *arg == pair[0]) {
                Some(at) => args[at + 1] = pair[1],
                None => args.extend(pair),
            }
        }
        args.extend(["--out", "run"]);
        let line = sandbox.assert_refused(args, status);
        assert!(line.contains(said), "{line}");
    };
    let needed = "expected at least 99 held-out images, found 24 (--held-out 0.2 of 120 normal \
                  training images); hold out more, or accept more false alarms: \
                  --false-alarms 0.04";
    refused(&["--false-alarms", "0.01"], USAGE, needed);
    refused(&["--false-alarms", "1"], USAGE, "above 0 and below 1");
    refused(&["--limit", "1"], USAGE, "expected at least");
    refused(&["--score", "beauty"], USAGE, "mahalanobis");
    refused(&["--classes", "1"], DATA, "1");
    let data = ["anomaly", "--dataset", "data", "--classes", "0", "--held-out", "0.2"];
    let conv = ["--model", "notebook-conv", "--epochs", "1", "--false-alarms", "0.1"];
    let score = ["--score", "neighbors", "--out", "run"];
    let line = sandbox.assert_refused(data.iter().chain(&conv).chain(&score), USAGE);
    let no_code = "--score neighbors: expected an encoder whose code is a vector";
    assert!(line.contains(no_code), "{line}");

    // A code score of a trained model without vector codes, and images that are not there.
    sandbox.run(data.iter().chain(&conv).chain(&["--out", "conv", "-q"])).assert_success();
    let line = sandbox.assert_refused(["anomaly", "conv", "--score", "neighbors"], USAGE);
    assert!(line.contains("expected one of mse, cross-entropy, patch, which"), "{line}");
    let line = sandbox.assert_refused(["anomaly", "conv", "nothing"], DATA);
    let expected = "nothing: expected an image, or a folder or file of images, found nothing there";
    assert!(line.ends_with(expected), "{line}");
}

/// Data that cannot be normal: none, one image, rows with NaN, a test part of another size than the
/// training part.
#[test]
fn bad_data_are_refused_in_a_line() {
    let sandbox = Sandbox::new();
    let draw = |path: &str, side: u32| {
        let path = sandbox.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let pixels: Vec<u8> = (0..side * side).map(|i| (i * 7 % 256) as u8).collect();
        write_png(&path, (side, side), png::ColorType::Grayscale, &pixels);
    };
    let refused = |dataset: &str, more: &[&str], status: i32, said: &str| {
        let args = ["anomaly", "--dataset", dataset, "--false-alarms", "0.5", "--out", "run"];
        let line = sandbox.assert_refused(args.iter().chain(more), status);
        assert!(line.contains(said), "{line}");
    };
    draw("empty/test/bad/0.png", 8);
    fs::create_dir_all(sandbox.path("empty/train/good")).unwrap();
    // A warning names the class without images.
    let outcome = sandbox.run(["anomaly", "--dataset", "empty", "--out", "run"]);
    assert_eq!(outcome.status, Some(USAGE), "{outcome:#?}");
    let line = outcome.stderr.lines().last().unwrap();
    assert_eq!(line, "error: data set empty: expected normal images to train on, found none");
    draw("one/train/good/0.png", 8);
    draw("one/test/bad/0.png", 8);
    refused("one", &[], USAGE, "expected at least 1 held-out images, found 0");
    refused("one", &["--held-out", "0.999999"], USAGE, "found 0");
    for i in 0..20 {
        draw(&format!("sizes/train/good/{i}.png"), 8);
    }
    draw("sizes/test/bad/0.png", 6);
    refused("sizes", &[], DATA, "expected images of one size, found 8x8 (20), 6x6 (1)");

    fs::create_dir(sandbox.path("rows")).unwrap();
    let rows = |bad: &str| format!("{}{bad}\n1,2\n", "1,2\n3,4\n".repeat(10));
    fs::write(sandbox.path("rows/train.csv"), rows("5,NaN")).unwrap();
    fs::write(sandbox.path("rows/test.csv"), rows("5,6")).unwrap();
    refused("rows", &["--vectors"], DATA, "train.csv: expected");
    fs::write(sandbox.path("rows/train.csv"), rows("5,6")).unwrap();
    fs::write(sandbox.path("rows/test.csv"), rows("5,inf")).unwrap();
    refused("rows", &["--vectors"], DATA, "test.csv: expected");
    fs::write(sandbox.path("rows/test.csv"), "1,2,3\n4,5,6\n").unwrap();
    refused("rows", &["--vectors"], DATA, "rows: expected test rows of 2 columns");
    fs::write(sandbox.path("rows/train.csv"), "1,2\n").unwrap();
    fs::write(sandbox.path("rows/test.csv"), "1,2\n").unwrap();
    refused("rows", &["--vectors"], USAGE, "expected at least 1 held-out rows, found 0");
}

/// Images that are all equal do not stop a run: they tell nothing, and a line says so.
#[test]
fn equal_scores_tell_nothing() {
    let sandbox = Sandbox::new();
    let write = |folder: &str, count: u32| {
        fs::create_dir_all(sandbox.path(folder)).unwrap();
        for i in 0..count {
            let path = sandbox.path(format!("{folder}/{i}.png"));
            write_png(&path, (4, 4), png::ColorType::Grayscale, &[90; 16]);
        }
    };
    write("gray/train/good", 60);
    write("gray/test/good", 5);
    write("gray/test/bad", 5);
    let args = ["anomaly", "--dataset", "gray", "--held-out", "0.2", "--false-alarms", "0.2"];
    let more = ["--epochs", "1", "--latent", "4", "--patch", "2", "--out", "run", "-q"];
    let outcome = sandbox.run(args.iter().chain(&more));
    outcome.assert_success();
    assert!(outcome.stderr.contains("for all that was scored: it tells nothing"), "{outcome:#?}");
    let auroc = measure(&sandbox.run_files("run"), "patch", "auroc");
    assert!((auroc - 0.5).abs() < 1e-12, "{auroc}");
}
