//! Each crate's examples are short, and their output is as documented.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// All examples, by name, as cargo has built them.
fn programs() -> BTreeMap<String, PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
    let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
    let output = Command::new(cargo)
        .current_dir(common::workspace())
        // The packages of plain `cargo test`: with others there could be other features, and
        // everything would be compiled again.
        .args(["build", "--examples", "--profile", profile])
        .args(["--locked", "--quiet", "--message-format", "json-render-diagnostics"])
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo can be started");
    assert!(output.status.success(), "the examples cannot be built");
    String::from_utf8(output.stdout)
        .expect("cargo's messages are UTF-8")
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["kind"][0] == "example")
        .filter_map(|message| {
            let name = message["target"]["name"].as_str()?.to_owned();
            Some((name, PathBuf::from(message["executable"].as_str()?)))
        })
        .collect()
}

#[test]
fn every_example_does_what_it_says() {
    let programs = programs();
    let digits = common::workspace().join("datasets/mnist/t10k-images-idx3-ubyte.gz");
    let picture = common::workspace().join("docs/pictures/reconstruction.png");
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("table.csv");
    fs::write(&table, "a,b\n1,2\n2,4\n3,6\n").unwrap();
    let path = |path: &PathBuf| path.to_str().expect("UTF-8").to_owned();
    for (name, args, expected) in [
        (
            "read_idx",
            vec![path(&digits)],
            &["u8 (0x08) of dimensions [10000, 28, 28]", "######+++++++++."][..],
        ),
        (
            "look",
            vec![path(&digits)],
            &["IDX files", "images of 28x28", "9000 for training, 1000 for testing"],
        ),
        ("as_mnist", vec![path(&picture), "invert".into()], &["\n"]),
        ("report", vec![path(&folder.path().join("report.html"))], &["wrote "]),
        ("tensors", vec![], &["y = 2.00 -3.00 x", "the same bits on three threads: true"]),
        ("xor", vec![], &["[0.0, 0.0] -> 0.0", "[0.0, 1.0] -> 0.9", "[1.0, 1.0] -> 0.0"]),
        ("summary", vec![], &["Total params: 16,474", "the halves make the whole: true"]),
        ("valley", vec![], &["RMSprop   [[", "[0.999, 1.000]] after"]),
        ("one_weight", vec![], &["RMSprop outside"]),
        ("pca_of_csv", vec![], &["94.3 % +0.285 sepal length"]),
        ("pca_of_csv", vec![path(&table)], &["100.0 % +0.447 a +0.894 b"]),
        ("pca_of_points", vec![], &["at 29.8 degrees, standard deviation 2.97"]),
        ("auto_encoder", vec![], &["epoch 1000  loss 0.0", "\n . . # # # . . .\n"]),
        (
            "whole_or_old",
            vec![],
            &[
                "Written      Some(\"the old file\")",
                "Renamed      Some(\"the new file\")",
                "a write that fails: true\nand the file: Some(\"the new file\")",
            ],
        ),
        ("save_and_load", vec![], &["the same tensor: true", "it is refused: true"]),
        ("gallery", vec![], &["wrote gallery.png"]),
        (
            "ladder",
            vec![],
            &["415024 weights, codes of shape (16,)", "\n  | dense 256 relu; dense 784"],
        ),
        ("three_clusters", vec![], &["mixture            0.9", "pca-gaussian       0.0"]),
        ("small", vec![], &["conv2d_1/kernel              [4, 1, 3, 3]", "Conv("]),
        ("codes", vec![], &["93 4e 55 4d 50 59 01 00", "wrote codes.npz: 574 bytes"]),
        (
            "a_run",
            vec![],
            &["another process works in this folder", "trained to the end: input 16"],
        ),
        ("gradient_check", vec![], &["the formula is right"]),
        ("in_pieces", vec![], &["epoch 10  loss 0.", "one decoded code: 784 pixels"]),
    ] {
        let program = programs.get(name).unwrap_or_else(|| panic!("no example {name}"));
        // Some write into the folder for temporary files, under the number of their process, and so
        // has perhaps one that was killed.
        let output = Command::new(program)
            .args(&args)
            .current_dir(folder.path())
            .env("TMPDIR", folder.path())
            .output()
            .expect(name);
        let said = String::from_utf8(output.stdout).expect(name);
        assert!(output.status.success(), "{name}: {said}{:?}", String::from_utf8(output.stderr));
        for words in expected {
            assert!(said.contains(words), "{name}: no {words:?} in {said}");
        }
    }
    assert!(folder.path().join("gallery.png").exists());
}

#[test]
fn each_crate_has_an_example_that_fits_on_a_page() {
    let mut crates = 0;
    for entry in fs::read_dir(common::workspace().join("crates")).unwrap() {
        let folder = entry.unwrap().path();
        // The library of a program is for other builds of the program.
        if !folder.join("src/lib.rs").exists() || folder.join("src/main.rs").exists() {
            continue;
        }
        let examples = fs::read_dir(folder.join("examples"))
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let shortest = examples
            .map(|file| fs::read_to_string(file.unwrap().path()).unwrap().lines().count())
            .min();
        assert!(shortest.is_some_and(|lines| lines <= 60), "{}: {shortest:?}", folder.display());
        crates += 1;
    }
    assert!(crates >= 16, "{crates} crates only");
}
