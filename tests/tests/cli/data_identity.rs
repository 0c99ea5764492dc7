//! Data are identified by their content: a run finds its data wherever it and they have moved.
//! `data_other.rs` tests that it does not mistake other data for them.

use crate::common;
use crate::common::data;
use crate::common::runs::{copy, run_in, sums, train, unfinish, with_run};
use crate::common::{CHECKPOINT, DATA, Outcome, REPORT, Sandbox};
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

#[test]
fn a_value_with_a_separator_is_a_folder_even_if_it_spells_a_known_data_set() {
    let sandbox = with_run();
    for folder in ["mnist", "a/mnist", "fashion-mnist"] {
        data::small(&sandbox.path(folder));
    }
    let absolute = sandbox.path("mnist");
    let spellings = ["mnist/", "./mnist", "a/mnist", "a/mnist/", "fashion-mnist//"].map(Path::new);
    for (index, dataset) in spellings.into_iter().chain([absolute.as_path()]).enumerate() {
        let out = format!("run-{index}");
        train(&sandbox, dataset, &out);
        let [found, expected] = [&out, "run"].map(|run| sandbox.run_files(run));
        let name = dataset.display();
        assert!(found["history.csv"] == expected["history.csv"], "{name} is the built-in set");
        // The content of the data decides the default model, not the name of their folder.
        assert!(found["model.safetensors"].len() < 10_000, "{name}");
    }
    // `mnist` alone is the built-in data set, and a warning mentions the folder of that name.
    let args = ["dense", "--dataset", "mnist", "--limit", "300", "--epochs", "1", "--out", "known"];
    let outcome = sandbox.run(args);
    outcome.assert_success();
    assert!(outcome.stdout.contains("train (300, 784)"), "{outcome:#?}");
    let warning = outcome.stderr.lines().next().unwrap();
    assert!(warning.starts_with("warning: mnist is taken as the known data set in "), "{warning}");
    let end = ", not as the folder here; --dataset ./mnist takes the folder";
    assert!(warning.ends_with(end), "{warning}");
    let outcome = sandbox.run(["verify", "known", "-q"]);
    assert_eq!(outcome.assert_success().stderr, "");
}

#[test]
fn a_path_is_not_a_part_of_the_digest() {
    let sandbox = with_run();
    let expected = sums(&sandbox, "run");
    for (index, dataset) in ["./data", "data/", "runs/../data"].into_iter().enumerate() {
        let out = format!("again-{index}");
        train(&sandbox, dataset, &out);
        assert_eq!(sums(&sandbox, &out), expected, "{dataset}");
    }
    train(&sandbox, sandbox.path("data"), "absolute");
    assert_eq!(sums(&sandbox, "absolute"), expected);
    let config = fs::read_to_string(sandbox.path("run/config.toml")).unwrap();
    assert!(!config.contains("folder"), "{config}");
    let model = fs::read(sandbox.path("run/model.safetensors")).unwrap();
    let path = sandbox.path("data");
    let path = path.as_os_str().as_encoded_bytes();
    assert!(!model.windows(path.len()).any(|bytes| bytes == path));
}

#[test]
fn a_run_is_verified_and_resumed_with_its_data_in_a_renamed_folder() {
    let sandbox = with_run();
    let whole = sandbox.run_files("run");
    copy(&sandbox, "data", "e");
    fs::rename(sandbox.path("data"), sandbox.path("other-name")).unwrap();
    let absolute = sandbox.path("e");
    for dataset in ["e", "./e", "e/", "other-name", absolute.to_str().unwrap()] {
        sandbox.run(["verify", "run", "--dataset", dataset, "-q"]).assert_success();
    }
    unfinish(&sandbox, "run");
    sandbox.run(["resume", "run", "-q", "--dataset", "e"]).assert_success();
    let resumed = sandbox.run_files("run");
    for (name, content) in &whole {
        assert!(
            ["times.toml", "paths.toml", REPORT].contains(&name.as_str())
                || *content == resumed[name]
        );
    }
    // From now on the run knows the new place.
    fs::remove_dir_all(sandbox.path("other-name")).unwrap();
    for command in ["verify", "generate", "reconstruct", "pca"] {
        sandbox.run([command, "run", "-q"]).assert_success();
    }
}

#[test]
fn the_data_of_a_run_are_found_from_any_working_directory() {
    let sandbox = with_run();
    for (folder, run) in [("run", "."), ("runs", "../run"), ("data", "../run"), ("run", "../run/")]
    {
        for command in ["generate", "reconstruct", "pca", "verify"] {
            let mut args = vec![command, run, "-q"];
            let out = sandbox.path(format!("{folder}-{command}-{}", run.len()));
            if command != "verify" {
                args.extend(["--out", out.to_str().unwrap()]);
            }
            run_in(&sandbox, folder, &args).assert_success();
        }
    }
    let npz = sandbox.path("x.npz");
    let args = ["export", "model.safetensors", "--npz", npz.to_str().unwrap(), "-q"];
    run_in(&sandbox, "run", &args).assert_success();
    let args = ["lab", ".", "--samplers", "pca-gaussian", "-q", "--out", "../scores"];
    run_in(&sandbox, "run", &args).assert_success();
}

#[test]
fn a_moved_run_finds_its_data_and_moved_data_are_found_beside_the_run() {
    let sandbox = with_run();
    // Only the run moves.
    fs::create_dir_all(sandbox.path("archive/2026")).unwrap();
    fs::rename(sandbox.path("run"), sandbox.path("archive/2026/renamed")).unwrap();
    sandbox.run(["verify", "archive/2026/renamed", "-q"]).assert_success();
    // Data in the run's folder, beside it, and beside a folder above it.
    for place in ["archive/2026/renamed/data", "archive/2026/data", "archive/data"] {
        fs::rename(sandbox.path("data"), sandbox.path(place)).unwrap();
        run_in(&sandbox, "runs", &["verify", "../archive/2026/renamed", "-q"]).assert_success();
        fs::rename(sandbox.path(place), sandbox.path("data")).unwrap();
    }
    // The run and its data move together, so neither the absolute path nor the working directory
    // helps.
    let elsewhere = Sandbox::new();
    train(&sandbox, "data", "runs/one");
    fs::create_dir_all(elsewhere.path("project/runs")).unwrap();
    for (from, to) in [("runs/one", "project/runs/one"), ("data", "project/data")] {
        fs::create_dir_all(elsewhere.path(to)).unwrap();
        for (name, content) in sandbox.run_files(from) {
            fs::write(elsewhere.path(to).join(name), content).unwrap();
        }
    }
    fs::remove_dir_all(sandbox.path("data")).unwrap();
    elsewhere.run(["verify", "project/runs/one", "-q"]).assert_success();
}

#[test]
fn data_that_are_gone_are_asked_for_with_the_place_where_they_were() {
    let sandbox = with_run();
    fs::remove_dir_all(sandbox.path("data")).unwrap();
    let was = sandbox.path("").canonicalize().unwrap().join("data");
    let expected = format!(
        "error: run: expected its data in {} or beside the run, found them in neither; --dataset \
         FOLDER says where its data are now",
        was.display()
    );
    for command in ["verify", "generate", "reconstruct", "pca", "lab"] {
        assert_eq!(sandbox.assert_refused([command, "run", "-q"], DATA), expected, "{command}");
    }
    assert_eq!(sandbox.assert_refused(["export", "run", "--npz", "x"], DATA), expected);
    // The error names the option that was given, and no other.
    let line = sandbox.assert_refused(["generate", "run", "--data-dir", "x"], common::USAGE);
    let expected = "error: --data-dir says where a known data set is; run was trained on other data, see \
                    --dataset";
    assert_eq!(line, expected);
    let line = sandbox.assert_refused(["verify", "run", "-q", "--dataset", "./no"], DATA);
    assert!(line.starts_with("error: ./no: expected a folder or file of images"), "{line}");
    // Without `paths.toml`, only the name is known.
    fs::remove_file(sandbox.path("run/paths.toml")).unwrap();
    let line = sandbox.assert_refused(["generate", "run"], DATA);
    assert!(line.starts_with("error: run: expected its data in data or beside the run"), "{line}");
}

#[test]
#[cfg(unix)]
fn a_folder_whose_name_is_not_utf8_is_found_again() {
    use std::os::unix::ffi::OsStrExt;
    let sandbox = Sandbox::with_data();
    let name = OsStr::from_bytes(b"d\xe9\xff %41");
    if fs::rename(sandbox.path("data"), sandbox.path(name)).is_err() {
        return; // A file system that wants its names in UTF-8, as on a Mac.
    }
    train(&sandbox, name, "run");
    for command in ["verify", "generate", "reconstruct", "pca"] {
        sandbox.run([command, "run", "-q"]).assert_success();
    }
    run_in(&sandbox, "runs", &["verify", "../run", "-q"]).assert_success();
    unfinish(&sandbox, "run");
    sandbox.run(["resume", "run", "-q"]).assert_success();
    let paths = fs::read_to_string(sandbox.path("run/paths.toml")).unwrap();
    assert!(paths.contains("given = \"d%E9%FF %2541\""), "{paths}");
}

#[test]
#[cfg(unix)]
fn a_linked_folder_is_the_same_data() {
    use std::os::unix::fs::symlink;
    let sandbox = with_run();
    symlink("data", sandbox.path("link")).unwrap();
    train(&sandbox, "link", "linked");
    assert_eq!(sums(&sandbox, "linked"), sums(&sandbox, "run"));
    symlink("run", sandbox.path("link-to-run")).unwrap();
    sandbox.run(["verify", "link-to-run", "-q"]).assert_success();
    // A link that now leads to a copy.
    fs::remove_file(sandbox.path("link")).unwrap();
    fs::rename(sandbox.path("data"), sandbox.path("copy")).unwrap();
    symlink("copy", sandbox.path("link")).unwrap();
    sandbox.run(["verify", "linked", "-q"]).assert_success();
    sandbox.assert_refused(["verify", "run", "-q"], DATA);
}

#[test]
fn the_built_in_set_is_known_by_its_content_in_any_folder() {
    let sandbox = Sandbox::new();
    let folder = common::workspace().join("datasets/mnist");
    let args = ["dense", "--limit", "300", "--epochs", "1", "-q", "--out"];
    sandbox.run(args.iter().chain(&["named"])).assert_success();
    let dataset = ["path", "--dataset", folder.to_str().unwrap()];
    sandbox.run(args.iter().chain(&dataset)).assert_success();
    assert_eq!(sums(&sandbox, "named"), sums(&sandbox, "path"));
    sandbox.run(["verify", "named", "-q", "--dataset", dataset[2]]).assert_success();
    // If the search for known data sets fails, the run still knows where they were. A place that
    // was given is the only one.
    let mut command = sandbox.command(["generate", "named", "-q"]);
    Outcome::of(command.env("AE_DATA_DIR", "nowhere")).assert_success();
    let line = sandbox.assert_refused(["generate", "named", "--data-dir", "nowhere"], DATA);
    assert!(line.starts_with("error: data set mnist not found: "), "{line}");
}

#[test]
#[cfg(all(unix, debug_assertions))]
fn a_lab_that_was_killed_finds_its_data_as_a_run_does() {
    use crate::common::running::Running;
    let sandbox = Sandbox::with_data();
    let args = ["lab", "--dataset", "data", "--classes", "all", "--models", "notebook-dense"];
    let more = ["--latent", "3", "--batch", "20", "--epochs", "1", "--seeds", "2"];
    let rest = ["--samplers", "pca-gaussian", "-q", "--out"];
    let lab = |out| sandbox.command(args.iter().chain(&more).chain(&rest).chain(&[out]));
    Outcome::of(&mut lab("whole")).assert_success();
    let mut running = Running::start(lab("lab").env("AE_STOP_AT", "scoring"));
    running.until_stderr("stopped at scoring");
    running.kill();
    copy(&sandbox, "data", "copy");
    fs::rename(sandbox.path("data"), sandbox.path("moved")).unwrap();
    let line = sandbox.run(["resume", "lab", "-q"]).assert_error(DATA);
    assert!(line.starts_with("error: lab: expected its data in "), "{line}");
    common::runs::change_a_pixel(&sandbox, "copy");
    let line = sandbox.run(["resume", "lab", "-q", "--dataset", "copy"]).assert_error(DATA);
    assert!(line.contains(": not the file that lab was trained on: "), "{line}");
    sandbox.run(["resume", "lab", "-q", "--dataset", "moved"]).assert_success();
    for name in ["scores.csv", "report.md"] {
        let [found, expected] = ["lab", "whole"].map(|run| sandbox.path(run).join(name));
        assert!(fs::read(found).unwrap() == fs::read(expected).unwrap(), "{name}");
    }
}

/// A folder with files of [`SHORT_RUN`] on `data`, written by version 0.1.0: the configuration and
/// the model of the whole run, and a checkpoint after its first epoch.
fn older_run(sandbox: &Sandbox, folder: &str) {
    let older = common::workspace().join("tests/tests/run_0_1_0");
    fs::create_dir(sandbox.path(folder)).unwrap();
    for name in ["config.toml", CHECKPOINT, "model.safetensors"] {
        fs::copy(older.join(name), sandbox.path(folder).join(name)).unwrap();
    }
}

#[test]
fn a_run_with_a_path_in_its_configuration_is_repeated_and_verified_as_before() {
    let sandbox = Sandbox::with_data();
    older_run(&sandbox, "older");
    let args = ["dense", "--config", "older/config.toml", "-q", "--out", "run"];
    sandbox.run(args).assert_success();
    let config = fs::read_to_string(sandbox.path("run/config.toml")).unwrap();
    assert!(config.contains("folder = \"data\"\n"), "{config}");
    fs::remove_file(sandbox.path("run/paths.toml")).unwrap();
    sandbox.run(["verify", "run", "-q"]).assert_success();
    fs::rename(sandbox.path("data"), sandbox.path("copy")).unwrap();
    sandbox.run(["verify", "run", "-q", "--dataset", "./copy"]).assert_success();
    let line = sandbox.assert_refused(["verify", "run", "-q"], DATA);
    assert!(line.starts_with("error: run: expected its data in data or beside the run"), "{line}");
}

#[test]
fn a_run_of_version_0_1_0_is_resumed_and_used() {
    let sandbox = Sandbox::with_data();
    older_run(&sandbox, "run");
    for command in ["generate", "reconstruct", "pca"] {
        run_in(&sandbox, "run", &[command, ".", "-q"]).assert_success();
    }
    fs::rename(sandbox.path("data"), sandbox.path("copy")).unwrap();
    sandbox.assert_refused(["generate", "run"], DATA);
    sandbox.run(["resume", "run", "-q", "--dataset", "copy"]).assert_success();
    let config = fs::read_to_string(sandbox.path("run/config.toml")).unwrap();
    assert!(config.contains("folder = \"data\"\n"), "{config}");
    // From now on the new place is known.
    run_in(&sandbox, "runs", &["generate", "../run", "-q"]).assert_success();
    sandbox.run(["resume", "run"]).assert_success();
}
