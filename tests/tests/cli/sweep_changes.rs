//! `ae-app sweep` in a folder that has begun: what may change in between, and what may not.

use super::sweep::{PLAN, with_plan};
use crate::common;
use crate::common::{DATA, USAGE};
use std::fs;

#[test]
fn a_plan_may_grow_and_shrink_in_its_folder_and_what_runs_share_stays() {
    let plan = PLAN.replace("seeds = 2", "seeds = 1").replace("epochs = 2", "epochs = 1");
    let with_model = plan.replace("[options]", "[options]\nmodel = 'own.toml'");
    let sandbox = with_plan(&with_model);
    let model =
        "latent = 2\nencoder = ['dense {latent} relu']\ndecoder = ['dense {pixels} sigmoid']";
    fs::write(sandbox.path("own.toml"), model).unwrap();
    let args = ["sweep", "plan.toml", "--out", "out"];
    sandbox.run(args).assert_success();
    let stored = fs::read_to_string(sandbox.path("out/plan.toml")).unwrap();
    let edit = |from: &str, to: &str| {
        assert!(stored.contains(from), "{stored}");
        fs::write(sandbox.path("out/plan.toml"), stored.replace(from, to)).unwrap();
    };
    let refused = |command: &[&str], status, expected: &str| {
        let line = sandbox.assert_refused(command, status);
        let end = "change it back, or sweep this plan into a new folder";
        let expected = format!("error: out/plan.toml: {expected}; only");
        assert!(line.starts_with(&expected) && line.ends_with(end), "{line}");
    };
    let commands: [&[&str]; 3] =
        [&["sweep", "out"], &["sweep", "out", "--report"], &["resume", "out"]];
    for command in commands {
        edit("epochs = \"1\"", "epochs = \"2\"");
        refused(command, USAGE, "options.epochs: expected \"1\", found \"2\"");
        edit("[options]", "[options]\nlr = 0.1");
        refused(command, USAGE, "options.lr: expected no such key, found \"0.1\"");
    }
    edit("seeds", "seeds");
    fs::write(sandbox.path("own.toml"), model.replace("relu", "tanh")).unwrap();
    let changed = "model: expected own.toml as the sweep began with it, found another file";
    refused(&["sweep", "out"], USAGE, changed);
    fs::write(sandbox.path("own.toml"), model).unwrap();

    // A value fewer, and a value and a seed more.
    let done = |said: &str| said.lines().filter(|line| line.contains(": val_loss ")).count();
    edit("[\"2\", \"4\"]", "[4]");
    let said = sandbox.run(["sweep", "out"]).assert_success().stdout.clone();
    let left_out = "left out: 1 run of out that the plan lacks, latent=2,seed=1 first\n";
    assert!(done(&said) == 0 && said.contains(left_out), "{said}");
    edit("[\"2\", \"4\"]", "[2, 3, 4]");
    let said = sandbox.run(["sweep", "out"]).assert_success().stdout.clone();
    assert!(done(&said) == 1 && said.contains("latent=3,seed=1: ") && !said.contains("left out"));

    // Other data at the same place, before a training and in the report.
    common::data::write(&sandbox.path("data"), &[0, 1, 2].repeat(20), &[2, 1, 0].repeat(6));
    edit("[\"2\", \"4\"]", "[2, 3, 4, 5]");
    let expected = "out/latent=5,seed=1: expected the data of out/latent=2,seed=1, found others \
                    (t10k-images-idx3-ubyte differs); ";
    let line = sandbox.run(["sweep", "out"]).assert_error(DATA);
    assert!(line.starts_with(&format!("error: latent=5,seed=1: {expected}")), "{line}");
    assert_eq!(fs::read_dir(sandbox.path("out/latent=5,seed=1")).unwrap().count(), 0);
    let run = "dense --dataset data --classes all --batch 20 --samples 2 --epochs 1 --latent 5 \
               --model own.toml --out out/latent=5,seed=1 -q";
    sandbox.run(run.split_whitespace()).assert_success();
    let line = sandbox.assert_refused(["sweep", "out", "--report"], DATA);
    assert!(line.starts_with(&format!("error: {expected}")), "{line}");
    // A run of the right name that is not the one of the plan, after the record was lost.
    fs::remove_dir_all(sandbox.path("out/latent=5,seed=1")).unwrap();
    fs::rename(sandbox.path("out/latent=4,seed=1"), sandbox.path("out/latent=5,seed=1")).unwrap();
    fs::remove_file(sandbox.path("out/sweep.toml")).unwrap();
    let line = sandbox.assert_refused(["sweep", "out", "--report"], DATA);
    let expected = "error: out/latent=5,seed=1/config.toml: model.latent: expected 5, as the plan has it, found 4";
    assert_eq!(line, expected);
    edit("epochs = \"1\"", "epochs = \"2\"");
    let line = sandbox.assert_refused(["sweep", "out", "--report"], DATA);
    assert!(line.contains("training.epochs: expected 2, as the plan has it, found 1"), "{line}");
    // An option may choose the data of a run.
    let several = with_model.replace("latent = [2, 4]", "limit = [30, 40]");
    fs::write(sandbox.path("plan.toml"), several).unwrap();
    sandbox.run(["sweep", "plan.toml", "--out", "several"]).assert_success();
}
