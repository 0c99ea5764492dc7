//! `ae-app dense` from the arguments to the files: its output, its files, and that both are
//! reproducible.

use crate::common;
use crate::common::files::{assert_times, history, picture, sizes, toml};
use crate::common::{CHECKPOINT, PREVIOUS, RUN_FILES, SHORT_RUN, Sandbox, TIMED, data};
use ae_idx::MNIST;
use std::fs;

/// The notebook's own data, a few epochs.
const FIVES: [&str; 3] = ["dense", "--epochs", "2"];

#[test]
fn the_fives_of_mnist() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.run(FIVES);
    outcome.assert_success();
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    let position = |wanted: &str| {
        lines.iter().position(|line| *line == wanted).unwrap_or_else(|| panic!("{outcome:#?}"))
    };
    let train = position("train (5421, 784)");
    assert_eq!(position("test (892, 784)"), train + 1);
    assert!(position("Total params: 16,474") > train);
    let named = position("in runs/dense-mnist-5:");
    for file in RUN_FILES.iter().filter(|file| ![CHECKPOINT, PREVIOUS].contains(file)) {
        assert!(lines[named..].iter().any(|line| line.contains(file)), "{file}: {outcome:#?}");
    }

    sandbox.assert_whole_run("runs/dense-mnist-5");
    let files = sandbox.run_files("runs/dense-mnist-5");
    assert_eq!(
        sizes(&files),
        [
            // Ten tiles of 28 pixels enlarged threefold, under a caption in each row.
            ("generated-naive.png", 970, 156, 1),
            ("generated-pca.png", 970, 282, 1),
            ("latent-pca.png", 1800, 820, 3),
            ("loss.png", 1200, 720, 3),
            ("reconstruction.png", 970, 282, 1),
        ]
    );

    let history = history(&files);
    assert_eq!(history.len(), 2);
    // Untrained, each pixel costs ln 2.
    assert!(history[0].0 < std::f64::consts::LN_2 && history[1].0 < history[0].0, "{history:?}");
    assert!(history[1].1 < history[0].1, "{history:?}");
    let (loss, val_loss) = history[1];
    position(&format!("loss {loss:.4}, val_loss {val_loss:.4}"));

    let config = toml(&files, "config.toml");
    assert_eq!(config["job"].as_str(), Some("dense"));
    assert_eq!(config["seed"].as_integer(), Some(1));
    assert_eq!(config["data"]["dataset"].as_str(), Some("mnist"));
    assert_eq!(config["data"]["train_images"].as_integer(), Some(5421));
    for file in &MNIST.files {
        let sum = &config["data"]["sha256"][file.name];
        assert_eq!(sum.as_str(), Some(file.sha256), "{}", file.name);
    }
    assert_eq!(config["model"]["latent"].as_integer(), Some(10));
    assert_eq!(config["training"]["epochs"].as_integer(), Some(2));
    assert_eq!(config["training"]["batch"].as_integer(), Some(250));
    assert_eq!(config["training"]["epochs_finished"].as_integer(), Some(2));
    assert!(!config["training"].as_table().unwrap().contains_key("stopped"), "{config:?}");
    assert_times(&lines, &toml(&files, "times.toml"), "2 epochs");
}

#[test]
fn the_number_of_threads_changes_times_alone() {
    for (sandbox, args) in
        [(Sandbox::new(), &FIVES[..]), (Sandbox::with_data(), &[&SHORT_RUN[..], &["-q"]].concat())]
    {
        let run = |threads: &str, out: &str| {
            let args = args.iter().copied().chain(["--threads", threads, "--out", out]);
            sandbox.run(args).assert_success();
            let mut files = sandbox.run_files(out);
            let times = toml(&files, "times.toml");
            // At most one for each core.
            let cores = std::thread::available_parallelism().unwrap().get() as i64;
            let expected = threads.parse::<i64>().unwrap().min(cores);
            assert_eq!(times["threads"].as_integer(), Some(expected));
            TIMED.iter().for_each(|name| drop(files.remove(*name)));
            files
        };
        let first = run("1", "one");
        assert_eq!(first.len(), RUN_FILES.len() - TIMED.len());
        for (threads, out) in [("2", "two"), ("3", "three"), ("1", "one again")] {
            for (name, content) in run(threads, out) {
                assert!(content == first[&name], "{name} differs with {threads} threads");
            }
        }
    }
}

#[test]
fn the_seed_changes_whatever_is_random() {
    let sandbox = Sandbox::with_data();
    let run = |seed: &str, out: &str| {
        let args = SHORT_RUN.into_iter().chain(["-q", "--seed", seed, "--out", out]);
        sandbox.run(args).assert_success();
        sandbox.run_files(out)
    };
    let (one, two) = (run("1", "one"), run("2", "two"));
    for name in RUN_FILES.into_iter().filter(|name| *name != "paths.toml") {
        assert!(one[name] != two[name], "{name} is the same for two seeds");
    }
    // In one batch of all images the order does not matter, so only the weights distinguish the
    // seeds.
    let first_loss = |seed: &str| {
        let mut args = SHORT_RUN;
        (args[8], args[10]) = ("60", "1");
        let out = format!("weights of {seed}");
        sandbox.run(args.iter().chain(&["--seed", seed, "--out", &out])).assert_success();
        history(&sandbox.run_files(out))[0].0
    };
    let (loss_1, loss_2) = (first_loss("1"), first_loss("2"));
    assert!((loss_1 - loss_2).abs() > 1e-5, "{loss_1} and {loss_2}");
    // 1 is the default.
    sandbox.run(SHORT_RUN.into_iter().chain(["--out", "default"])).assert_success();
    assert!(sandbox.run_files("default")["history.csv"] == one["history.csv"]);
}

#[test]
fn a_folder_of_ones_own() {
    let sandbox = Sandbox::with_data();
    for (classes, numbers, out) in
        [("all", &[0, 1, 2][..], "all"), ("0,2", &[0, 2], "two"), ("2,0,02,0", &[0, 2], "same")]
    {
        let args = ["dense", "--dataset", "data", "--classes", classes, "--latent", "4"];
        let args = args.into_iter().chain(["--epochs", "3", "--batch", "16", "--out", out]);
        let outcome = sandbox.run(args);
        outcome.assert_success();
        let (train, test) = (20 * numbers.len(), 6 * numbers.len());
        let shapes = format!("\ntrain ({train}, 64)\ntest ({test}, 64)\n");
        assert!(outcome.stdout.contains(&shapes), "{outcome:#?}");

        sandbox.assert_whole_run(out);
        let files = sandbox.run_files(out);
        assert_eq!(history(&files).len(), 3);
        assert_eq!(
            sizes(&files),
            [
                // Ten tiles of 8 pixels enlarged tenfold.
                ("generated-naive.png", 930, 152, 1),
                ("generated-pca.png", 930, 274, 1),
                ("latent-pca.png", 1800, 820, 3),
                ("loss.png", 1200, 720, 3),
                ("reconstruction.png", 930, 274, 1),
            ]
        );
        let config = toml(&files, "config.toml");
        let recorded = config["data"]["classes"].as_array().unwrap();
        let recorded: Vec<i64> = recorded.iter().map(|n| n.as_integer().unwrap()).collect();
        assert_eq!(recorded, numbers);
        assert_eq!(config["data"]["image"].to_string(), "[8, 8]");
        assert_eq!(shown(&files["reconstruction.png"], 10, numbers), 10);
    }
    // The same classes by other names give the same run.
    let (two, same) = (sandbox.run_files("two"), sandbox.run_files("same"));
    assert!(
        two.iter().all(|(name, content)| TIMED.contains(&name.as_str()) || *content == same[name])
    );
}

/// How many different test images, all of these classes, the upper row of the gallery shows.
#[track_caller]
fn shown(png: &[u8], tiles: usize, classes: &[i64]) -> usize {
    let (width, _, _, pixels) = picture(png);
    let (side, scale) = (data::SIDE as usize, 10);
    let labels = data::class_cycle(3 * data::TEST, 3);
    let known: Vec<Vec<u8>> = (data::FIRST_TEST..)
        .zip(labels)
        .filter(|(_, label)| classes.contains(&i64::from(*label)))
        .map(|(index, label)| data::image(index, label))
        .collect();
    let tile = |number: usize| -> Vec<u8> {
        let (left, top) = (20 + number * (side * scale + 10), 52);
        let at = |y, x| pixels[(top + y * scale + 5) * width as usize + left + x * scale + 5];
        (0..side).flat_map(|y| (0..side).map(move |x| at(y, x))).collect()
    };
    let mut found: Vec<usize> = (0..tiles)
        .map(|number| known.iter().position(|image| *image == tile(number)).expect("a test image"))
        .collect();
    found.sort_unstable();
    found.dedup();
    found.len()
}

#[test]
fn one_latent_number_has_no_plane_to_scatter_in() {
    let sandbox = Sandbox::with_data();
    let args = ["dense", "--dataset", "data", "--classes", "all", "--latent", "1"];
    sandbox
        .run(args.into_iter().chain(["--batch", "60", "--epochs", "1", "--out", "run"]))
        .assert_success();
    sandbox.assert_whole_run("run");
    let files = sandbox.run_files("run");
    assert!(sizes(&files).contains(&("latent-pca.png", 1000, 720, 3)), "{:?}", sizes(&files));
}

#[test]
fn a_gallery_shows_as_many_images_as_asked_for_or_as_there_are() {
    let sandbox = Sandbox::with_data();
    for (samples, width) in [("1", 120), ("3", 300), ("100", 20 + 18 * 90 + 10)] {
        let args = ["-q", "--samples", samples, "--out", samples];
        sandbox.run(SHORT_RUN.into_iter().chain(args)).assert_success();
        let files = sandbox.run_files(samples);
        let (found, ..) = picture(&files["reconstruction.png"]);
        // A narrow gallery is widened for its captions.
        assert!(found == width || samples != "100" && found > width, "{samples}: {found}");
        // There are 18 test images, but any number of new ones.
        for name in ["generated-naive.png", "generated-pca.png"] {
            let (found, ..) = picture(&files[name]);
            assert!(
                found == 20 + 100 * 90 + 10 || samples != "100" && found < 930,
                "{name}: {found}"
            );
        }
        let tiles = samples.parse::<usize>().unwrap().min(18);
        assert_eq!(shown(&files["reconstruction.png"], tiles, &[0, 1, 2]), tiles);
    }
}

#[test]
fn each_optimizer_learns_in_its_own_way() {
    let sandbox = Sandbox::with_data();
    let mut seen = Vec::new();
    for name in ["rmsprop", "rmsprop-keras3", "adadelta"] {
        // A rate at which the position of epsilon has an effect within two epochs.
        let args = ["-q", "--optimizer", name, "--lr", "0.1", "--out", name];
        sandbox.run(SHORT_RUN.into_iter().chain(args)).assert_success();
        let files = sandbox.run_files(name);
        let config = toml(&files, "config.toml");
        let rate = &config["training"]["optimizer_constants"]["learning_rate"];
        assert_eq!(rate.as_str(), Some("0.1"), "{name}");
        seen.push((config["training"].to_string(), files["history.csv"].clone()));
    }
    for (i, j) in [(0, 1), (0, 2), (1, 2)] {
        assert_ne!(seen[i].0, seen[j].0);
        assert!(seen[i].1 != seen[j].1, "{} and {} give the same losses", seen[i].0, seen[j].0);
    }
}

#[test]
fn data_is_found_where_the_variable_or_the_option_says() {
    let sandbox = Sandbox::new();
    let source = common::workspace().join("datasets/mnist");
    for place in ["collection/mnist", "variable"] {
        fs::create_dir_all(sandbox.path(place)).unwrap();
        for file in fs::read_dir(&source).unwrap() {
            let file = file.unwrap();
            if file.file_name().to_str().unwrap().contains("ubyte") {
                fs::copy(file.path(), sandbox.path(place).join(file.file_name())).unwrap();
            }
        }
    }
    let run = |variable: &str, option: &[&str]| {
        let args = ["dense", "--epochs", "1"].iter().chain(option);
        common::Outcome::of(sandbox.command(args).env("AE_DATA_DIR", variable))
    };
    let used = |outcome: &common::Outcome, folder: &str| {
        outcome.assert_success();
        assert!(outcome.stdout.contains(&format!("mnist, {folder}\n")), "{outcome:#?}");
    };
    used(&run("variable", &[]), "variable");
    used(&run("collection", &[]), "collection/mnist");
    used(&run("variable", &["--data-dir", "collection"]), "collection/mnist");
    used(&run("nowhere", &["--data-dir", "variable"]), "variable");
    let line = run("nowhere", &[]).assert_error(common::DATA);
    assert!(line.ends_with("looked in nowhere/mnist, nowhere"), "{line}");
}
