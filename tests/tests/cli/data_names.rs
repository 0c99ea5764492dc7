//! Folders of data with the names of other publishers, without labels, or without the default
//! classes of a command.

use crate::common;
use crate::common::data::{self, TRAIN_IMAGES, gzip};
use crate::common::{DATA, Sandbox, USAGE};
use ae_idx::FILE_NAMES;
use std::fs::{self, File};
use std::time::{Duration, SystemTime};

const DENSE: [&str; 7] = ["dense", "--dataset", "data", "--latent", "4", "--batch", "20"];

fn rename(sandbox: &Sandbox, name: impl Fn(&str) -> String) {
    let folder = sandbox.path("data");
    for file in FILE_NAMES {
        fs::rename(folder.join(file), folder.join(name(file))).unwrap();
    }
}

/// Trains for an epoch and returns what was printed on stderr, and the losses.
#[track_caller]
fn trained(sandbox: &Sandbox, dataset: &str, out: &str) -> (String, Vec<u8>) {
    let args = DENSE.map(|arg| if arg == "data" { dataset } else { arg });
    let more = ["--classes", "all", "--epochs", "1", "-q", "--out", out];
    let outcome = sandbox.run(args.iter().chain(&more));
    outcome.assert_success();
    (outcome.stderr, sandbox.run_files(out)["history.csv"].clone())
}

#[test]
fn a_folder_of_the_files_name_beside_a_sound_packed_file_is_passed_over() {
    let sandbox = Sandbox::with_data();
    let (_, expected) = trained(&sandbox, "data", "plain");
    let path = sandbox.path("data").join(TRAIN_IMAGES);
    fs::write(path.with_extension("gz"), gzip(&fs::read(&path).unwrap())).unwrap();
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_eq!(trained(&sandbox, "data", "run"), (String::new(), expected));
}

#[test]
fn the_names_of_other_publishers_are_found() {
    for name in [
        |name: &str| name.replace("-idx", ".idx"),
        |name: &str| format!("emnist-digits-{}", name.replace("t10k", "test")),
        |name: &str| format!("qmnist-{}", name.replace("t10k", "test")),
    ] {
        let sandbox = Sandbox::with_data();
        let (_, expected) = trained(&sandbox, "data", "plain");
        rename(&sandbox, name);
        assert_eq!(trained(&sandbox, "data", "run"), (String::new(), expected));
        // A run does not depend on the names either.
        sandbox.run(["verify", "plain", "-q"]).assert_success();
    }
}

#[test]
fn of_several_parts_of_emnist_one_is_named() {
    let sandbox = Sandbox::with_data();
    let (_, expected) = trained(&sandbox, "data", "plain");
    rename(&sandbox, |name| format!("emnist-letters-{}", name.replace("t10k", "test")));
    let line = |part: &str| {
        for file in FILE_NAMES.map(|name| name.replace("t10k", "test")) {
            let [from, to] = ["letters", part].map(|part| format!("data/emnist-{part}-{file}"));
            fs::copy(sandbox.path(from), sandbox.path(to)).unwrap();
        }
        sandbox.assert_refused(DENSE, DATA)
    };
    let expected_line = "error: data: expected the files of one data set, found those of emnist-digits, \
                         emnist-letters; name one of them, as in data/emnist-digits";
    assert_eq!(line("digits"), expected_line);
    assert_eq!(trained(&sandbox, "data/emnist-letters", "run").1, expected);
    for command in ["verify", "generate"] {
        sandbox.run([command, "run", "-q"]).assert_success();
    }
    // In the folder of the files, the beginning of their names is enough.
    let args = ["dense", "--dataset", "emnist-letters", "--epochs", "1", "--batch", "20", "-q"];
    let mut command = sandbox.command(args.iter().chain(&["--classes", "all", "--out", "../in"]));
    common::Outcome::of(command.current_dir(sandbox.path("data"))).assert_success();
}

#[test]
fn a_stale_plain_file_beside_a_newer_packed_one_is_named() {
    let sandbox = Sandbox::with_data();
    let plain = sandbox.path("data").join(TRAIN_IMAGES);
    let packed = plain.with_extension("gz");
    fs::write(&packed, gzip(&fs::read(&plain).unwrap())).unwrap();
    let written = |path, seconds| {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
    };
    written(&plain, 1000);
    written(&packed, 2000);
    let expected = format!(
        "warning: data/{TRAIN_IMAGES}: read, although data/{TRAIN_IMAGES}.gz is newer; remove the \
         wrong one\n"
    );
    assert_eq!(trained(&sandbox, "data", "stale").0, expected);
    written(&packed, 1000);
    assert_eq!(trained(&sandbox, "data", "fresh").0, "");
}

#[test]
fn data_without_the_default_class_are_taken_with_all_their_classes() {
    let sandbox = Sandbox::with_data();
    let outcome = sandbox.run(DENSE.iter().chain(&["--epochs", "1", "--out", "run"]));
    outcome.assert_success();
    let warning = outcome.stderr.lines().next().unwrap();
    let expected = "warning: data set data: no images of class 5, the default; taking all its classes: \
                    0, 1, 2";
    assert_eq!(warning, expected);
    assert!(outcome.stdout.contains("\nclasses    0, 1, 2\n"), "{outcome:#?}");
    // The suggested command uses these data.
    let next =
        "next: cargo run -p ae-app -- dense --config run/config.toml --dataset data --latent 25";
    assert!(outcome.stdout.contains(next), "{outcome:#?}");
    sandbox.run(["verify", "run", "-q"]).assert_success();
    // A class that was given is not replaced.
    let line = sandbox.assert_refused(DENSE.iter().chain(&["--classes", "5"]), USAGE);
    assert!(line.contains("--classes 5: data has 3 classes, "), "{line}");
    // Data that have the class are taken with that class alone, as before.
    data::write(&sandbox.path("data"), &[5, 1].repeat(30), &[5, 1].repeat(9));
    let outcome = sandbox.run(DENSE.iter().chain(&["--epochs", "1", "--out", "fives"]));
    outcome.assert_success();
    assert!(outcome.stdout.contains("\nclasses    5\n"), "{outcome:#?}");
    // Others lack it in one part only.
    data::write(&sandbox.path("data"), &[5, 1].repeat(30), &[1, 1].repeat(9));
    let outcome = sandbox.run(DENSE.iter().chain(&["--epochs", "1", "--out", "untested"]));
    outcome.assert_success();
    assert!(outcome.stdout.contains("\nclasses    1, 5\n"), "{outcome:#?}");
    // Fives can be trained on here, so the warning does not say that there are none.
    let warning = "warning: data set data: no test images of class 5, the default; taking all its \
                   classes: 1, 5\n";
    assert!(outcome.stderr.starts_with(warning), "{outcome:#?}");
    data::write(&sandbox.path("data"), &[1, 1].repeat(30), &[5, 1].repeat(9));
    let outcome = sandbox.run(DENSE.iter().chain(&["--epochs", "1", "--out", "untrained"]));
    outcome.assert_success();
    let warning = "warning: data set data: no training images of class 5, the default; taking all \
                   its classes: 1\n";
    assert!(outcome.stderr.starts_with(warning), "{outcome:#?}");
}

#[test]
fn the_shoes_of_lab_are_a_default_too() {
    let sandbox = Sandbox::with_data();
    let lab = ["lab", "--dataset", "data", "--models", "notebook-dense", "--epochs", "1"];
    let more = ["--latent", "3", "--batch", "20", "--seeds", "1", "--samplers", "pca-gaussian"];
    let outcome = sandbox.run(lab.iter().chain(&more).chain(&["--out", "lab"]));
    outcome.assert_success();
    let said = |text: &str| outcome.stderr.lines().filter(|line| line.contains(text)).count();
    // The warning appears once, although each training loads the data.
    assert_eq!(
        said("no images of class sandal, sneaker, ankle-boot, the default"),
        1,
        "{outcome:#?}"
    );
}

#[test]
fn denoising_needs_neither_every_class_nor_labels() {
    let sandbox = Sandbox::with_data();
    let denoise = |out| {
        let args = ["denoise", "--dataset", "data", "--batch", "20", "--epochs", "1", "--out", out];
        let outcome = sandbox.run(args);
        outcome.assert_success();
        sandbox.run(["verify", out, "-q"]).assert_success();
        sandbox.run(["reconstruct", out, "-q"]).assert_success();
        // The suggested command works, although it does not know that these were all classes.
        let (config, again) = (format!("{out}/config.toml"), format!("{out}-again"));
        let args = ["denoise", "--config", &config, "--dataset", "data", "-q", "--out", &again];
        sandbox.run(args).assert_success();
        outcome
    };
    // A class of training images without test images.
    data::write(&sandbox.path("data"), &[0, 1, 7].repeat(20), &[0, 1].repeat(9));
    let outcome = denoise("class");
    assert!(outcome.stderr.starts_with("warning: data set data: no test images of class 7\n"));
    assert!(outcome.stdout.contains("\nclasses    0, 1, 7\n"), "{outcome:#?}");
    // A class of test images without training images: its images count too.
    data::write(&sandbox.path("data"), &[0, 1].repeat(30), &[0, 1, 7].repeat(6));
    let outcome = denoise("tested");
    let warning = "warning: data set data: no training images of class 7\n";
    assert!(outcome.stderr.starts_with(warning), "{outcome:#?}");
    assert!(outcome.stdout.contains("\nclasses    0, 1, 7\n"), "{outcome:#?}");
    assert!(outcome.stdout.contains("test (18, "), "{outcome:#?}");
    // `dense` trains on classes, so it leaves out those images, but not in silence.
    let all = ["--classes", "all", "--epochs", "1", "--out", "dense-all"];
    let outcome = sandbox.run(DENSE.iter().chain(&all));
    outcome.assert_success();
    let warning =
        "warning: data set data: no training images of class 7; leaving out its test images\n";
    assert!(outcome.stderr.starts_with(warning), "{outcome:#?}");
    assert!(outcome.stdout.contains("test (12, "), "{outcome:#?}");
    // No class is in both parts.
    data::write(&sandbox.path("data"), &[0, 1].repeat(30), &[7; 18]);
    let outcome = denoise("apart");
    assert!(outcome.stdout.contains("\nclasses    0, 1, 7\n"), "{outcome:#?}");
    assert!(outcome.stdout.contains("test (18, "), "{outcome:#?}");
    let line = sandbox.assert_refused(DENSE.iter().chain(&["--classes", "all"]), DATA);
    let expected =
        "error: data set data: expected images of class 0 among the test images, found those of 7";
    assert_eq!(line, expected);
    data::write(&sandbox.path("data"), &[0, 1, 7].repeat(20), &[0, 1].repeat(9));
    // No labels at all.
    for name in [data::TRAIN_LABELS, data::TEST_LABELS] {
        fs::remove_file(sandbox.path("data").join(name)).unwrap();
    }
    let outcome = denoise("unlabelled");
    assert!(outcome.stdout.contains("\nclasses    unlabelled\n"), "{outcome:#?}");
    // Only a job that needs labels refuses them, because it was asked for some of the classes.
    let line = sandbox.assert_refused(DENSE.iter().chain(&["--classes", "1"]), USAGE);
    assert_eq!(line, "error: --classes 1: data has no files of labels, so no classes");
    let outcome = sandbox.run(DENSE.iter().chain(&["--epochs", "1", "--out", "dense"]));
    outcome.assert_success();
    let warning = "warning: data set data: no files of labels; taking all its images\n";
    assert!(outcome.stderr.starts_with(warning), "{outcome:#?}");
    // The export has no labels if the data have none.
    let outcome = sandbox.run(["export", "dense", "--npz", "dense.npz"]);
    outcome.assert_success();
    assert!(outcome.stdout.contains("test_inputs") && !outcome.stdout.contains("labels"));
}

#[test]
fn a_data_file_of_another_kind_is_named() {
    let sandbox = Sandbox::with_data();
    let path = sandbox.path("data").join(TRAIN_IMAGES);
    let sound = fs::read(&path).unwrap();
    let utf16: Vec<u8> = "a table of labels".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (content, found) in [
        (b"%PDF-1.7\n".to_vec(), "a PDF file"),
        (gzip(b"<!DOCTYPE html><html>"), "an HTML page (did the download fail?)"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n".to_vec(),
            "a Git LFS pointer (run 'git lfs pull')",
        ),
        (utf16, "a text file in UTF-16 (save it as UTF-8)"),
        (gzip(&gzip(&sound)), "gzip data within gzip data (unpack the file once)"),
        (b"PK\x03\x04\x14\0".to_vec(), "a ZIP archive"),
    ] {
        fs::write(&path, content).unwrap();
        let line = sandbox.assert_refused(DENSE, DATA);
        let expected = format!("error: data/{TRAIN_IMAGES}: expected an IDX file, found {found}");
        assert_eq!(line, expected);
    }
}

#[test]
fn a_model_is_not_taken_for_a_preset_because_of_its_name() {
    let sandbox = Sandbox::with_data();
    let own = "latent = 4\nencoder = ['dense 6 relu', 'dense {latent} relu']\n\
               decoder = ['dense {pixels} sigmoid']\n";
    fs::write(sandbox.path("shoes.toml"), own).unwrap();
    let args = ["dense", "--dataset", "data", "--classes", "all", "--batch", "20", "--epochs", "1"];
    let more = ["--model", "shoes.toml", "-q", "--out", "run"];
    sandbox.run(args.iter().chain(&more)).assert_success();
    // The record has the layers, but not which of them depend on the latent size.
    let change = ["dense", "--config", "run/config.toml", "--latent", "3"];
    let line = sandbox.assert_refused(change, USAGE);
    let expected = "error: the run's model shoes is not a preset, so its layers cannot be changed without its \
                    description: expected --model FILE as well";
    assert_eq!(line, expected);
    let typed = ["--model", "shoes.toml", "-q", "--out", "other"];
    sandbox.run(change.iter().chain(&typed)).assert_success();
    // A warning mentions a file with the name of a preset.
    fs::write(sandbox.path("vae"), own).unwrap();
    let more = ["--model", "vae", "-q", "--latent", "2", "--out", "vae-run"];
    let outcome = sandbox.run(args.iter().chain(&more));
    let expected =
        "warning: vae is taken as the preset, not as the file here; --model ./vae takes the file\n";
    assert_eq!(outcome.assert_success().stderr, expected);
}

/// The pixels of a data set are in memory once: 160 MB of them fit into 280 MB of addresses.
#[test]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn a_data_set_takes_its_size_once() {
    const IMAGES: u32 = 200_000;
    let sandbox = Sandbox::with_data();
    let zeros = vec![0; IMAGES as usize * 784];
    let put = |name: &str, dims: &[u32], content: &[u8]| {
        fs::write(sandbox.path("data").join(name), gzip(&data::raw(0x08, dims, content))).unwrap();
    };
    put(FILE_NAMES[0], &[IMAGES, 28, 28], &zeros);
    put(FILE_NAMES[1], &[IMAGES], &zeros[..IMAGES as usize]);
    put(FILE_NAMES[2], &[18, 28, 28], &zeros[..18 * 784]);
    put(FILE_NAMES[3], &[18], &zeros[..18]);
    for classes in ["all", "0"] {
        let mut limited = std::process::Command::new("sh");
        sandbox.prepare(&mut limited);
        limited.args(["-c", "ulimit -v 286720 && exec \"$@\"", "sh"]).arg(common::program());
        let more = ["--classes", classes, "--limit", "40", "--epochs", "1", "--threads", "1", "-q"];
        // Each thread would reserve addresses for a heap of its own.
        limited.env("MALLOC_ARENA_MAX", "1").args(DENSE).args(more).args(["--out", classes]);
        common::Outcome::of(&mut limited).assert_success();
    }
}
