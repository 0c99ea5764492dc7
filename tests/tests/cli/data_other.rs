//! Data are identified by their content: a run does not accept other data in the old place, or
//! those of another run.

use crate::common;
use crate::common::data::{self, TRAIN_IMAGES};
use crate::common::runs::{change_a_pixel, copy, run_in, sums, train, unfinish, with_run};
use crate::common::{DATA, SHORT_RUN, Sandbox};
use std::fs;

#[test]
fn other_data_in_the_old_place_are_refused_and_the_file_is_named() {
    let sandbox = with_run();
    change_a_pixel(&sandbox, "data");
    let start = format!("error: data/{TRAIN_IMAGES}: not the file that run was trained on: ");
    let refused = |args: &[&str]| {
        let line = sandbox.assert_refused(args, DATA);
        assert!(line.starts_with(&start), "{line}");
        assert!(line.ends_with("; --dataset FOLDER says where its data are now"), "{line}");
    };
    for command in ["generate", "reconstruct", "pca", "verify", "lab"] {
        refused(&[command, "run", "-q"]);
    }
    refused(&["export", "run", "--npz", "x"]);
    refused(&["reconstruct", "run", "--classes", "1"]);
    unfinish(&sandbox, "run");
    refused(&["resume", "run"]);
    // They are also refused if `--dataset` names them as the run's data, without the advice to use
    // that option.
    for command in ["resume", "verify"] {
        let args = [command, "run", "--dataset", "./data"];
        let outcome = sandbox.run(args);
        if command == "resume" {
            let line = outcome.assert_error(DATA);
            assert!(line.contains(": not the file that run was trained on: "), "{line}");
            assert!(!line.contains("--dataset"), "{line}");
        }
    }
    // The right data are still found if they are beside the run.
    data::small(&sandbox.path("run/data"));
    sandbox.run(["resume", "run", "-q"]).assert_success();
}

#[test]
fn a_file_more_or_less_is_another_data_set() {
    let sandbox = with_run();
    for name in [data::TRAIN_LABELS, data::TEST_LABELS] {
        fs::remove_file(sandbox.path("data").join(name)).unwrap();
    }
    let line = sandbox.assert_refused(["generate", "run"], DATA);
    let named = format!("error: data/{}: not the file that run was ", data::TRAIN_LABELS);
    assert!(line.starts_with(&named) && line.contains(", found no such file"), "{line}");
}

#[test]
fn whether_images_are_other_images_is_judged_by_their_content() {
    let sandbox = with_run();
    copy(&sandbox, "data", "same");
    copy(&sandbox, "data", "other");
    change_a_pixel(&sandbox, "other");
    let pca = |more: &[&str]| {
        let outcome = sandbox.run(["pca", "run"].iter().chain(more));
        outcome.assert_success();
        let other = outcome.stdout.contains("images     not those that the model was trained on\n");
        let compared = !outcome.stdout.contains("the two cannot be compared");
        assert!(other != compared, "{outcome:#?}");
        compared
    };
    for same in [&[][..], &["--dataset", "./data"], &["--dataset", "same"], &["--classes", "0,1,2"]]
    {
        assert!(pca(same), "{same:?}");
    }
    for other in [&["--dataset", "other"][..], &["--classes", "0,2"]] {
        assert!(!pca(other), "{other:?}");
    }
    // Other images lack the run's classes, which the user has not given.
    data::write(&sandbox.path("pair"), &[0, 1].repeat(30), &[0, 1].repeat(9));
    for command in ["pca", "generate", "reconstruct"] {
        let line = sandbox.assert_refused([command, "run", "--dataset", "pair"], DATA);
        let expected = "error: data set pair: expected images of class 0, 1, 2, as the run had them, \
                        found those of 0, 1; --classes takes others";
        assert_eq!(line, expected);
    }
    for command in ["generate", "reconstruct"] {
        for (dataset, says) in [("same", false), ("other", true)] {
            let outcome = sandbox.run([command, "run", "--dataset", dataset]);
            outcome.assert_success();
            assert_eq!(outcome.stdout.contains("not those that the model"), says, "{outcome:#?}");
        }
    }
}

#[test]
fn runs_of_different_images_are_not_averaged() {
    let sandbox = with_run();
    copy(&sandbox, "data", "other");
    change_a_pixel(&sandbox, "other");
    train(&sandbox, "other", "run-other");
    let classes = SHORT_RUN.map(|arg| if arg == "all" { "0,1" } else { arg });
    sandbox.run(classes.iter().chain(&["-q", "--out", "run-01"])).assert_success();
    sandbox
        .run(SHORT_RUN.iter().chain(&["-q", "--limit", "40", "--out", "run-40"]))
        .assert_success();
    for (other, differ) in [
        ("run-other", format!("{TRAIN_IMAGES}: expected SHA-256 ")),
        ("run-01", "expected classes 0,1,2, found 0,1; ".into()),
        ("run-40", "expected 60 + 18 training and test images, found 40 + 18; ".into()),
    ] {
        let line = sandbox.assert_refused(["lab", "run", other], DATA);
        let start = format!("error: {other}: not trained on the images of run: {differ}");
        assert!(line.starts_with(&start), "{line}");
    }
    // The same images in another folder are the same.
    copy(&sandbox, "data", "copy");
    let seed = ["-q", "--seed", "2", "--out", "run-copy"];
    let copied = SHORT_RUN.map(|arg| if arg == "data" { "copy" } else { arg });
    sandbox.run(copied.iter().chain(&seed)).assert_success();
    let lab = |runs: &[&str], out: &str| {
        let more = ["--samplers", "pca-gaussian", "-q", "--out", out];
        sandbox.run(["lab"].iter().chain(runs).chain(&more)).assert_success();
        let csv = fs::read_to_string(sandbox.path(out).join("scores.csv")).unwrap();
        let models = csv.lines().skip(1).map(|line| line.split(',').next().unwrap().to_owned());
        let mut models: Vec<String> = models.collect();
        models.dedup();
        models
    };
    assert_eq!(lab(&["run", "run-copy"], "scores"), ["notebook-dense"]);
    // Two different trainings with one name each have their own rows.
    let more = ["--lr", "0.1", "-q", "--out", "fast"];
    sandbox.run(SHORT_RUN.iter().chain(&more)).assert_success();
    let names = ["notebook-dense-run", "notebook-dense-fast"];
    assert_eq!(lab(&["run", "run-copy", "fast"], "named"), names);
    let line = sandbox.assert_refused(["lab", "run", "./run"], common::USAGE);
    assert!(line.contains("./run is the training of run again, with seed 1"), "{line}");
    // The same option as elsewhere names the place of moved data.
    fs::rename(sandbox.path("data"), sandbox.path("moved")).unwrap();
    fs::remove_dir_all(sandbox.path("copy")).unwrap();
    sandbox.assert_refused(["lab", "run", "run-copy"], DATA);
    assert_eq!(lab(&["run", "run-copy", "--dataset", "moved"], "again"), ["notebook-dense"]);
}

#[test]
fn the_configuration_of_a_run_brings_its_data_along() {
    let sandbox = with_run();
    let absolute = sandbox.path("run/config.toml");
    let config = absolute.to_str().unwrap();
    let args = ["dense", "--config", config, "-q", "--out", "../again"];
    run_in(&sandbox, "runs", &args).assert_success();
    assert_eq!(sums(&sandbox, "again"), sums(&sandbox, "run"));
    copy(&sandbox, "data", "other");
    change_a_pixel(&sandbox, "data");
    let line = sandbox.assert_refused(["dense", "--config", "run/config.toml"], DATA);
    assert!(line.contains(": not the file that run/config.toml records: "), "{line}");
    let line = run_in(&sandbox, "run", &["dense", "--config", "config.toml"]).assert_error(DATA);
    assert!(line.contains(": not the file that config.toml records: "), "{line}");
    // A job with a data set that was given is a different job, whatever the content.
    let typed = ["dense", "--config", "run/config.toml", "--dataset", "data", "-q", "--out", "new"];
    sandbox.run(typed).assert_success();
    assert_ne!(sums(&sandbox, "new"), sums(&sandbox, "run"));
}

#[test]
fn a_name_edited_by_hand_does_not_make_other_data_of_the_recorded_ones() {
    let sandbox = Sandbox::new();
    let args = ["dense", "--limit", "300", "--epochs", "1", "-q", "--out", "run"];
    sandbox.run(args).assert_success();
    let path = sandbox.path("run/config.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("dataset = \"mnist\"", "dataset = \"fashion-mnist\"")).unwrap();
    let line = sandbox.assert_refused(["dense", "--config", "run/config.toml"], DATA);
    let expected = "error: run/config.toml: dataset: expected \"mnist\", whose checksums are recorded, found \
                    \"fashion-mnist\"; --dataset takes other data";
    assert_eq!(line, expected);
}

#[test]
fn images_of_as_many_pixels_but_another_shape_are_refused() {
    let sandbox = with_run();
    for (folder, rows, cols) in [("wide", 4, 16), ("flat", 1, 64)] {
        copy(&sandbox, "data", folder);
        for name in [TRAIN_IMAGES, data::TEST_IMAGES] {
            let path = sandbox.path(folder).join(name);
            let bytes = fs::read(&path).unwrap();
            let count = u32::from_be_bytes(bytes[4..8].try_into().unwrap());
            fs::write(&path, data::raw(8, &[count, rows, cols], &bytes[16..])).unwrap();
        }
        let expected = format!(
            "error: {folder}: expected images of shape (8, 8), as the model was trained on, found \
             ({rows}, {cols})"
        );
        for command in ["reconstruct", "generate", "pca"] {
            let line = sandbox.assert_refused([command, "run", "--dataset", folder], DATA);
            assert_eq!(line, expected, "{command}");
        }
        let line =
            sandbox.assert_refused(["export", "run", "--npz", "x", "--dataset", folder], DATA);
        assert_eq!(line, expected);
    }
}

#[test]
fn the_file_that_differs_is_named_as_it_is_called() {
    let sandbox = with_run();
    copy(&sandbox, "data", "other");
    change_a_pixel(&sandbox, "other");
    let plain = sandbox.path("other").join(TRAIN_IMAGES);
    let content = fs::read(&plain).unwrap();
    fs::remove_file(&plain).unwrap();
    for name in [format!("{TRAIN_IMAGES}.gz"), "train-images.idx3-ubyte.gz".into()] {
        let path = sandbox.path("other").join(&name);
        fs::write(&path, data::gzip(&content)).unwrap();
        let outcome = sandbox.run(["verify", "run", "-q", "--dataset", "other"]);
        let line = outcome.assert_error(DATA);
        let start = format!("error: other/{name}: not the file that run was trained on: ");
        assert!(line.starts_with(&start), "{line}");
        fs::remove_file(&path).unwrap();
    }
    for name in [data::TRAIN_LABELS, data::TEST_LABELS, data::TEST_IMAGES] {
        let other = format!("qmnist-{}", name.replace("t10k", "test"));
        let folder = sandbox.path("other");
        fs::rename(folder.join(name), folder.join(other)).unwrap();
    }
    let name = format!("qmnist-{TRAIN_IMAGES}");
    fs::write(sandbox.path("other").join(&name), &content).unwrap();
    let line = sandbox.run(["verify", "run", "-q", "--dataset", "other"]).assert_error(DATA);
    assert!(line.starts_with(&format!("error: other/{name}: not the file that run ")), "{line}");
}

#[test]
fn a_file_that_is_missing_beside_a_moved_run_is_named_too() {
    let sandbox = with_run();
    fs::create_dir(sandbox.path("moved")).unwrap();
    fs::rename(sandbox.path("run"), sandbox.path("moved/run")).unwrap();
    copy(&sandbox, "data", "moved/data");
    fs::remove_file(sandbox.path("moved/data").join(data::TEST_LABELS)).unwrap();
    change_a_pixel(&sandbox, "data");
    let line = sandbox.assert_refused(["generate", "moved/run"], DATA);
    let missing = format!(
        "moved/data: expected {0} or {0}.gz in this folder, found neither; data/{TRAIN_IMAGES}: not \
         the file that moved/run was trained on: expected SHA-256 ",
        data::TEST_LABELS
    );
    assert!(line.contains(&missing), "{line}");
    assert!(line.ends_with("; --dataset FOLDER says where its data are now"), "{line}");
}
