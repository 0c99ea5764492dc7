//! Images that stay in a file: the same results as from memory, and clear errors.

use crate::common::data::{SIDE, TRAIN, class_cycle, image};
use crate::common::files::write_png;
use crate::common::{DATA, Outcome, Sandbox, USAGE};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// A sandbox with a folder of images in three classes.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    for (i, label) in (0..).zip(class_cycle(3 * TRAIN, 3)) {
        let class = sandbox.path(format!("images/{label}"));
        fs::create_dir_all(&class).unwrap();
        let pixels = image(i, label);
        let path = class.join(format!("{i:05}.png"));
        write_png(&path, (SIDE, SIDE), png::ColorType::Grayscale, &pixels);
    }
    sandbox
}

/// A job on these images, with a cache.
fn job(sandbox: &Sandbox, job: &[&str], in_memory: &str, out: &str) -> Command {
    let mut args = job.to_vec();
    args.extend(["--dataset", "./images", "--classes", "all", "--batch", "7"]);
    args.extend(["--in-memory", in_memory, "-q", "--out", out]);
    let mut command = sandbox.command(args);
    command.env("AE_CACHE_DIR", "cache");
    command
}

/// The only file of decoded images.
fn cached(sandbox: &Sandbox) -> Option<PathBuf> {
    let files = fs::read_dir(sandbox.path("cache")).ok()?;
    let mut files = files.map(|entry| entry.unwrap().path());
    let file = files.find(|path| path.extension().is_some_and(|end| end == "images"))?;
    assert!(files.next().is_none());
    Some(file)
}

#[test]
fn a_run_from_a_file_is_a_run_from_memory() {
    let sandbox = sandbox();
    let jobs: [(&str, &[&str]); 2] = [
        ("dense", &["dense", "--latent", "3", "--epochs", "2"]),
        ("denoise", &["denoise", "--epochs", "2", "--sweep", "--fresh-noise"]),
    ];
    for (name, args) in jobs {
        let run = |in_memory: &str, threads: &str| {
            let out = format!("{name}-{in_memory}-{threads}");
            let mut command = job(&sandbox, args, in_memory, &out);
            Outcome::of(command.args(["--threads", threads])).assert_success();
            let mut files = sandbox.run_files(&out);
            files.retain(|name, _| {
                !["times.toml", "paths.toml", "report.html", "SHA256SUMS"].contains(&&**name)
            });
            files
        };
        let expected = run("always", "2");
        for threads in ["1", "2"] {
            let files = run("never", threads);
            assert_eq!(files.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
            for (file, bytes) in &files {
                assert!(expected[file] == *bytes, "{name}, {threads} threads: {file}");
            }
        }
    }
    assert!(cached(&sandbox).is_some());
    // What was trained from a file is repeated from memory.
    sandbox.run(["verify", "dense-never-1", "-q"]).assert_success();
    let mut data = sandbox.command(["data", "./images", "--in-memory", "never", "--json"]);
    let from_file = Outcome::of(data.env("AE_CACHE_DIR", "cache"));
    let from_memory = sandbox.run(["data", "./images", "--json"]);
    let counts = |outcome: &Outcome| {
        let json: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
        ["classes", "train", "test", "sha256"].map(|key| json[key].clone())
    };
    assert_eq!(counts(from_file.assert_success()), counts(from_memory.assert_success()));
}

#[test]
fn no_folder_for_the_file_is_an_error() {
    let sandbox = sandbox();
    let args = ["dense", "--dataset", "./images", "--in-memory", "never", "--out", "run"];
    let line = sandbox.assert_refused(args, USAGE);
    assert!(line.contains("--in-memory never") && line.contains("AE_CACHE_DIR"), "{line}");
    let line = sandbox.assert_refused(["dense", "--in-memory", "sometimes"], USAGE);
    assert!(line.contains("expected auto, always or never, found 'sometimes'"), "{line}");
}

#[cfg(unix)]
mod while_it_runs {
    use super::*;
    use crate::common::running::Running;

    /// Starts a job that takes a while, and waits until it learns.
    fn learning(sandbox: &Sandbox, epochs: &str) -> (Running, PathBuf) {
        let args = ["denoise", "--noise", "0.2", "--epochs", epochs];
        let mut running = Running::start(&mut job(sandbox, &args, "never", "run"));
        let history = sandbox.path("run/history.csv");
        running.until("history", || history.exists().then_some(()));
        let file = cached(sandbox).unwrap();
        (running, file)
    }

    #[test]
    fn a_file_that_becomes_shorter_ends_the_run_with_one_line() {
        let sandbox = sandbox();
        let (running, file) = learning(&sandbox, "100000");
        fs::File::options().write(true).open(file).unwrap().set_len(100).unwrap();
        let line = running.end().assert_error(DATA);
        assert!(line.contains(".images: ") && line.contains("become shorter"), "{line}");
        // The damaged file is not used again.
        let args = ["denoise", "--epochs", "1"];
        Outcome::of(&mut job(&sandbox, &args, "never", "again")).assert_success();
    }

    #[test]
    fn a_file_that_is_removed_is_used_to_the_end() {
        let sandbox = sandbox();
        let (running, file) = learning(&sandbox, "30");
        fs::remove_file(file).unwrap();
        running.end().assert_success();
        let args = ["denoise", "--noise", "0.2", "--epochs", "30"];
        Outcome::of(&mut job(&sandbox, &args, "always", "memory")).assert_success();
        let [run, memory] = ["run", "memory"].map(|run| sandbox.run_files(run));
        assert_eq!(run["history.csv"], memory["history.csv"]);
        assert!(run["model.safetensors"] == memory["model.safetensors"]);
    }

    #[test]
    fn a_run_from_a_file_is_resumed_from_memory() {
        let sandbox = sandbox();
        let args = ["denoise", "--epochs", "4", "--checkpoint-every", "1"];
        let mut command = job(&sandbox, &args, "never", "run");
        let mut running = Running::start(command.env("AE_STOP_AT", "mid-epoch:12"));
        running.until_stderr("stopped at mid-epoch\n");
        running.kill();
        sandbox.run(["resume", "run", "-q"]).assert_success();
        Outcome::of(&mut job(&sandbox, &args, "always", "whole")).assert_success();
        let [run, whole] = ["run", "whole"].map(|run| sandbox.run_files(run));
        for file in ["history.csv", "model.safetensors", "denoised.png"] {
            assert!(run[file] == whole[file], "{file}");
        }
    }
}
