//! `ae-app lab`: its scores, its files, and that both are reproducible.

use crate::common;
use crate::common::{Sandbox, TIMED, USAGE};
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
    assert!(names.iter().all(|name| TIMED.contains(name) || files[*name] == three[*name]));
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
        "error: lab: expected runs of dense, whose codes are sampled, found one of denoise"
    );
    let line = sandbox.assert_refused(["lab", "d", "--seeds", "2"], USAGE);
    assert!(line.contains("cannot be used with"), "{line}");
}

/// The files below a folder, by path, without the times.
#[cfg(unix)]
fn files_below(sandbox: &Sandbox, folder: &str) -> BTreeMap<String, Vec<u8>> {
    let within =
        |path: &std::path::Path| Some(path.strip_prefix(folder).ok()?.to_str()?.to_owned());
    let files = sandbox.tree().into_iter().filter_map(|(path, file)| Some((within(&path)?, file?)));
    files.filter(|(name, _)| !TIMED.iter().any(|timed| name.ends_with(timed))).collect()
}

/// Stops `lab` at this place and ends it there: either kills it, or sends a signal and then a
/// second one.
#[cfg(all(unix, debug_assertions))]
#[track_caller]
fn ended_at(sandbox: &Sandbox, args: &[&str], place: &str, end: &str) {
    use crate::common::running::Running;
    let mut running = Running::start(sandbox.command(args).env("AE_STOP_AT", place));
    running.until_stderr(&format!("stopped at {}\n", place.split(':').next().unwrap()));
    if end == "KILL" {
        running.kill();
        return;
    }
    running.send(end);
    // With --quiet, no output shows that the first was received.
    assert!(running.end_by_ctrl_c().status > Some(128), "{place}, {end}");
}

#[test]
#[cfg(all(unix, debug_assertions))]
fn one_that_was_stopped_or_killed_is_resumed_to_the_same_files() {
    let sandbox = Sandbox::with_data();
    let own = sandbox.path("own.toml");
    fs::write(&own, OWN).unwrap();
    sandbox.run(lab(&["-q", "--out", "whole"])).assert_success();
    let whole = files_below(&sandbox, "whole");
    // Two models with two seeds, two epochs of three steps each: the folder of the lab is claimed
    // first, then one for each training.
    for (place, end) in [
        ("claimed:2", "KILL"),
        ("half-written:1", "KILL"),
        ("half-written:6", "INT"),
        ("mid-epoch:2", "HUP"),
        ("mid-epoch:24", "TERM"),
        ("scoring", "KILL"),
        ("scoring", "HUP"),
    ] {
        let out = format!("{}-{end}", place.replace(':', "-"));
        fs::write(&own, OWN).unwrap();
        ended_at(&sandbox, &lab(&["-q", "--out", &out]), place, end);
        assert!(!sandbox.path(&out).join("report.md").exists(), "{place}");
        // The description may have changed since, because it has been recorded.
        fs::write(&own, "nothing of the kind").unwrap();
        let outcome = sandbox.run(["resume", &out]);
        outcome.assert_success();
        let files = files_below(&sandbox, &out);
        assert_eq!(files.keys().collect::<Vec<_>>(), whole.keys().collect::<Vec<_>>(), "{out}");
        assert!(files.iter().all(|(name, content)| *content == whole[name]), "{out}");
        let outcome = sandbox.run(["resume", &out]);
        assert!(outcome.assert_success().stdout.ends_with(" is complete: nothing is left to do\n"));
    }
}

#[test]
#[cfg(all(unix, debug_assertions))]
fn resume_leaves_to_a_shard_what_it_trains_and_takes_what_was_killed() {
    use crate::common::running::Running;
    let sandbox = Sandbox::with_data();
    fs::write(sandbox.path("own.toml"), OWN).unwrap();
    sandbox.run(lab(&["-q", "--out", "whole"])).assert_success();
    // Each shard stands in the first of its two models, and one of them is killed there.
    let [killed, standing] = ["1/2", "2/2"].map(|shard| {
        let args = lab(&["--out", "lab", "--shard", shard]);
        let mut running = Running::start(sandbox.command(args).env("AE_STOP_AT", "mid-epoch:4"));
        running.until_stderr("stopped at mid-epoch\n");
        running
    });
    killed.kill();
    let said = sandbox.run(["resume", "lab"]).assert_success().stdout.clone();
    let trained = said.lines().filter(|line| line.contains(": training, see")).count();
    assert!(trained == 3 && said.contains("notebook-dense, seed 1: training"), "{said}");
    assert!(said.ends_with("1 training of 4 left to other processes; the last one scores\n"));
    standing.kill();
    let said = sandbox.run(["resume", "lab"]).assert_success().stdout.clone();
    assert!(said.contains("notebook-dense, seed 2: training, see"), "{said}");
    assert_eq!(files_below(&sandbox, "lab"), files_below(&sandbox, "whole"));
}

#[test]
#[cfg(all(unix, debug_assertions))]
fn a_signal_ends_it_while_it_trains_and_at_once_while_it_scores() {
    use crate::common::running::Running;
    let sandbox = Sandbox::with_data();
    fs::write(sandbox.path("own.toml"), OWN).unwrap();
    // Training ends after the step.
    let args = |out: &'static str| {
        let mut args = lab(&["--out", out]);
        args[10] = "1000000";
        args
    };
    let mut running = Running::start(&mut sandbox.command(args("trains")));
    let model = sandbox.path("trains/notebook-dense-seed-1/checkpoint-previous.safetensors");
    running.until("checkpoints", || model.exists().then_some(()));
    running.send("TERM");
    let outcome = running.end();
    assert_eq!(outcome.status, Some(common::TERMINATED), "{outcome:#?}");
    let next = "\nto continue: cargo run -p ae-app -- resume trains --dataset ";
    assert!(outcome.stdout.contains(next), "{outcome:#?}");
    let said = "SIGTERM: stopping, and writing the results so far; another signal quits at once\n";
    assert!(outcome.stderr.ends_with(said), "{outcome:#?}");
    // So does a shard.
    let shard = [&args("shard")[..], &["--shard", "2/2"]].concat();
    let mut running = Running::start(&mut sandbox.command(shard));
    let model = sandbox.path("shard/notebook-dense-seed-2/checkpoint-previous.safetensors");
    running.until("checkpoints", || model.exists().then_some(()));
    running.send("TERM");
    let outcome = running.end();
    assert_eq!(outcome.status, Some(common::TERMINATED), "{outcome:#?}");
    assert!(outcome.stdout.contains(&next.replace("trains", "shard")), "{outcome:#?}");
    assert!(outcome.stderr.ends_with(said), "{outcome:#?}");
    let claims = sandbox.tree().into_keys().filter(|path| path.ends_with(".running"));
    assert_eq!(claims.count(), 0);

    for (signal, status, name) in
        [("INT", common::INTERRUPTED, "Ctrl-C"), ("TERM", common::TERMINATED, "SIGTERM")]
    {
        let mut command = sandbox.command(lab(&["--json", "--out", signal]));
        let mut running = Running::start(command.env("AE_STOP_AT", "scoring"));
        running.until_stderr("stopped at scoring");
        running.send(signal);
        let outcome = running.end();
        assert_eq!(outcome.status, Some(status), "{outcome:#?}");
        let line =
            format!("stopped by {name}; to continue: cargo run -p ae-app -- resume {signal} ");
        assert!(outcome.stderr.contains(&line), "{outcome:#?}");
        assert_eq!(outcome.stdout, format!("{{\"ended\":\"stopped\",\"status\":{status}}}\n"));
        assert!(!sandbox.path(signal).join(".running").exists());
    }
    // A laboratory with given models leaves nothing.
    let before = sandbox.tree();
    let runs = ["lab", "INT/own-seed-1", "INT/own-seed-2", "--out", "new/folder"];
    let mut running = Running::start(sandbox.command(runs).env("AE_STOP_AT", "scoring"));
    running.until_stderr("stopped at scoring");
    running.send("HUP");
    let outcome = running.end();
    assert_eq!(outcome.status, Some(common::HUNG_UP), "{outcome:#?}");
    assert!(outcome.stderr.ends_with("stopped by SIGHUP; no report was written\n"), "{outcome:#?}");
    assert!(sandbox.tree() == before);
}

#[test]
#[cfg(all(unix, debug_assertions))]
fn a_record_that_was_edited_other_data_and_epochs_are_refused() {
    let sandbox = Sandbox::with_data();
    fs::write(sandbox.path("own.toml"), OWN).unwrap();
    ended_at(&sandbox, &lab(&["-q", "--out", "lab"]), "mid-epoch:8", "KILL");
    let line = sandbox.assert_refused(["resume", "lab", "--epochs", "5"], USAGE);
    assert!(line.contains("--epochs: a lab trains several models"), "{line}");
    let path = sandbox.path("lab/lab.toml");
    let text = fs::read_to_string(&path).unwrap();
    for edited in [text.replace("epochs = 2", "epochs = 3"), text[10..].to_owned(), String::new()] {
        fs::write(&path, edited).unwrap();
        let line = sandbox.assert_refused(["resume", "lab"], common::DATA);
        let start = "error: lab/lab.toml: expected the record of a lab as it was written, found ";
        assert!(line.starts_with(start), "{line}");
    }
    fs::write(&path, text).unwrap();
    let line = sandbox.assert_refused(lab(&["--out", "lab"]), USAGE);
    let why =
        "holds a lab that has not ended; name a new folder, or continue it: ae-app resume lab";
    assert_eq!(line, format!("error: --out lab: {why}"));
    common::data::write(&sandbox.path("data"), &[0, 1, 2].repeat(20), &[2, 1, 0].repeat(6));
    let line = sandbox.run(["resume", "lab"]).assert_error(common::DATA);
    assert!(line.contains("t10k-"), "{line}");
}
