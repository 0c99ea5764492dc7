//! `ae-app lab`: its scores, its files, and that both are reproducible.

mod common;

use common::{Sandbox, USAGE};
use std::collections::BTreeMap;
use std::fs;

const OWN: &str = "\
latent = 3
encoder = ['dense 6 relu', 'dense {2*latent} linear', 'sampling 0.1']
decoder = ['dense 6 relu', 'dense {pixels} sigmoid']
";
const LAB: [&str; 10] =
    ["lab", "--dataset", "data", "--classes", "all", "--batch", "20", "--latent", "3", "--epochs"];

fn lab<'a>(more: &[&'a str]) -> Vec<&'a str> {
    LAB.iter()
        .copied()
        .chain(["2", "--seeds", "2", "--models", "notebook-dense,own.toml"])
        .chain(more.iter().copied())
        .collect()
}

/// The files in a folder, without those of the folders in it.
fn files_in(sandbox: &Sandbox, folder: &str) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(sandbox.path(folder)).unwrap().map(Result::unwrap);
    let files = entries.filter(|entry| entry.file_type().unwrap().is_file());
    files
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect()
}

/// The lines of `scores.csv`, their first four fields and the numbers.
fn scores(text: &str) -> Vec<(Vec<String>, Vec<f64>)> {
    let line = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let (names, numbers) = fields.split_at(4);
        (
            names.iter().map(ToString::to_string).collect(),
            numbers.iter().map(|x| x.parse().unwrap()).collect(),
        )
    };
    text.lines().skip(1).map(line).collect()
}

#[test]
fn models_samplers_and_seeds_are_scored() {
    let sandbox = Sandbox::with_data();
    fs::write(sandbox.path("own.toml"), OWN).unwrap();
    let outcome = sandbox.run(lab(&["--threads", "1", "--out", "lab"]));
    let said = &outcome.assert_success().stdout;
    assert!(said.contains("own, seed 2: sampling and scoring"), "{said}");
    let files = files_in(&sandbox, "lab");
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    let pictures = [
        "samples-notebook-dense.png",
        "samples-own.png",
        "walk-notebook-dense.png",
        "walk-own.png",
    ];
    assert!(pictures.iter().all(|name| names.contains(name)), "{names:?}");

    let csv = String::from_utf8(files["scores.csv"].clone()).unwrap();
    let rows = scores(&csv);
    // Two models, two seeds; six samplers against both sets, and the decoded test images against
    // one.
    assert_eq!(rows.len(), 2 * 2 * (6 * 2 + 1));
    for (names, numbers) in &rows {
        assert_eq!(numbers.len(), 7);
        let shares =
            &numbers[1..2].iter().chain(&numbers[3..5]).chain(&numbers[6..]).collect::<Vec<_>>();
        assert!(
            numbers[0] >= 0.0 && shares.iter().all(|x| (0.0..=1.0).contains(*x)),
            "{names:?} {numbers:?}"
        );
    }
    let report = String::from_utf8(files["report.md"].clone()).unwrap();
    assert!(report.starts_with("# Generated images, data, all classes\n"), "{report}");
    // The mean over the seeds, and their range.
    let of = |model: &str, codes: &str| -> Vec<f64> {
        let wanted =
            |names: &[String]| names[0] == model && names[2] == codes && names[3] == "test";
        rows.iter().filter(|(names, _)| wanted(names)).map(|(_, numbers)| numbers[0]).collect()
    };
    let [a, b] = of("own", "mixture")[..] else { panic!("two seeds") };
    let digits = if (a + b) / 2.0 < 10.0 { 3 } else { 1 };
    let cell =
        format!("{:.digits$} ({:.digits$} to {:.digits$})", (a + b) / 2.0, a.min(b), a.max(b));
    assert!(report.contains(&format!("| own | mixture | {cell} |")), "{cell}: {report}");
    for picture in pictures {
        assert!(report.contains(&format!("({picture})")));
    }

    // The same on three threads, and from its existing runs without training them.
    sandbox.run(lab(&["--threads", "3", "-q", "--out", "three"])).assert_success();
    let three = files_in(&sandbox, "three");
    assert!(names.iter().all(|name| files[*name] == three[*name]));
    let runs = ["notebook-dense-seed-1", "notebook-dense-seed-2", "own-seed-1", "own-seed-2"];
    let runs = runs.map(|run| format!("lab/{run}"));
    let again: Vec<&str> = ["lab"].into_iter().chain(runs.iter().map(String::as_str)).collect();
    sandbox.run(again.iter().chain(&["-q", "--out", "again"])).assert_success();
    assert_eq!(files_in(&sandbox, "again")["scores.csv"], files["scores.csv"]);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let sandbox = Sandbox::with_data();
    let line = sandbox.assert_refused(lab(&["--samplers", "unifrom"]), USAGE);
    assert!(line.contains("unifrom") && line.contains("pca-gaussian"), "{line}");
    sandbox
        .run(["denoise", "--dataset", "data", "--batch", "20", "--epochs", "1", "--out", "d", "-q"])
        .assert_success();
    let line = sandbox.assert_refused(["lab", "d"], USAGE);
    assert_eq!(
        line,
        "error: lab: a denoising model has no codes to sample; expected runs of dense"
    );
    let line = sandbox.assert_refused(["lab", "d", "--seeds", "2"], USAGE);
    assert!(line.contains("cannot be used with"), "{line}");
}
