//! Checkpoints and models that are damaged or of another kind are refused in one line, or the
//! previous checkpoint is used.

use crate::common;
use crate::common::{
    CHECKPOINT, DATA, FAILURE, PREVIOUS, REPORT, SHORT_RUN, SUMS, Sandbox, TIMED, USAGE,
};
use std::fs;

const MODEL: &str = "model.safetensors";

/// A run in `run` that has ended except for the checksums, so that it can be resumed.
fn sandbox_with_run() -> Sandbox {
    let sandbox = Sandbox::with_data();
    sandbox.run(SHORT_RUN.iter().chain(&["-q", "--out", "run"])).assert_success();
    fs::remove_file(sandbox.path("run").join(SUMS)).unwrap();
    sandbox
}

/// Changes a file's bytes.
fn change(sandbox: &Sandbox, name: &str, how: impl FnOnce(&mut Vec<u8>)) {
    let path = sandbox.path(name);
    let mut bytes = fs::read(&path).unwrap();
    how(&mut bytes);
    fs::write(path, bytes).unwrap();
}

#[test]
fn case_20_a_damaged_checkpoint_falls_back_to_the_one_before() {
    let sandbox = sandbox_with_run();
    let whole = sandbox.run_files("run");
    let last = whole[CHECKPOINT].len() - 1;
    let newest = format!("run/{CHECKPOINT}");
    type Damage<'a> = (&'a str, &'a dyn Fn(&mut Vec<u8>));
    let damages: [Damage<'_>; 6] = [
        ("damaged: expected SHA-256 ", &|bytes| bytes[last] ^= 1),
        ("damaged: expected SHA-256 ", &|bytes| bytes[200] ^= 0x10),
        ("damaged: expected SHA-256 ", &|bytes| bytes[0] ^= 0x80),
        ("expected ", &|bytes| bytes.truncate(bytes.len() / 2)),
        ("expected ", &|bytes| bytes.clear()),
        ("expected a safetensors file with a checksum", &|bytes| bytes[8..].fill(b'<')),
    ];
    for (message, damage) in damages {
        change(&sandbox, &newest, damage);
        let outcome = sandbox.run(["resume", "run", "-q"]);
        outcome.assert_success();
        let (start, end) = (
            format!("warning: {newest}: {message}"),
            format!("; continuing from run/{PREVIOUS}\n"),
        );
        assert!(outcome.stderr.starts_with(&start), "{outcome:#?}");
        assert!(
            outcome.stderr.ends_with(&end) && outcome.stderr.lines().count() == 1,
            "{outcome:#?}"
        );
        fs::remove_file(sandbox.path("run").join(SUMS)).unwrap();
        let found = sandbox.run_files("run");
        assert!(
            found
                .iter()
                .all(|(name, content)| TIMED.contains(&name.as_str()) || *content == whole[name])
        );
    }
}

#[test]
fn case_20b_with_both_damaged_nothing_is_changed() {
    let sandbox = sandbox_with_run();
    for name in [CHECKPOINT, PREVIOUS] {
        change(&sandbox, &format!("run/{name}"), |bytes| bytes[300] ^= 4);
    }
    let line = sandbox.assert_refused(["resume", "run"], DATA);
    assert!(
        line.starts_with(&format!("error: run/{CHECKPOINT}: damaged: expected SHA-256 ")),
        "{line}"
    );
    assert!(line.contains(&format!("; and run/{PREVIOUS}: damaged: expected SHA-256 ")), "{line}");
    fs::remove_file(sandbox.path("run").join(PREVIOUS)).unwrap();
    let line = sandbox.assert_refused(["resume", "run"], DATA);
    assert!(!line.contains("; and "), "{line}");
    fs::remove_file(sandbox.path("run").join(CHECKPOINT)).unwrap();
    let line = sandbox.assert_refused(["resume", "run"], DATA);
    assert_eq!(line, "error: run: expected the folder of a run with a checkpoint, found none");
}

/// Replaces a word of the header and writes a matching checksum.
fn forge(sandbox: &Sandbox, name: &str, from: &str, to: &str) {
    assert_eq!(from.len(), to.len());
    change(sandbox, name, |bytes| {
        let at = bytes.windows(from.len()).position(|word| word == from.as_bytes()).expect(from);
        bytes[at..][..to.len()].copy_from_slice(to.as_bytes());
        let sum_at = 8 + "{\"__metadata__\":{\"sha256\":\"".len();
        bytes[sum_at..][..64].fill(b'0');
        let sum = ae_checkpoint::sha256(bytes);
        bytes[sum_at..][..64].copy_from_slice(sum.as_bytes());
    });
}

#[test]
fn case_20c_a_future_version_is_not_passed_over() {
    let sandbox = sandbox_with_run();
    forge(&sandbox, &format!("run/{CHECKPOINT}"), "\"format\":\"1\"", "\"format\":\"2\"");
    let line = sandbox.assert_refused(["resume", "run"], DATA);
    assert_eq!(line, format!("error: run/{CHECKPOINT}: expected format version 1, found 2"));
}

#[test]
fn case_21_another_architecture() {
    let sandbox = sandbox_with_run();
    let args = SHORT_RUN.iter().map(|arg| if *arg == "4" { "5" } else { arg });
    sandbox.run(args.chain(["-q", "--out", "other"])).assert_success();
    fs::copy(sandbox.path("other").join(CHECKPOINT), sandbox.path("run").join(CHECKPOINT)).unwrap();
    let line = sandbox.assert_refused(["resume", "run"], DATA);
    let (expected, found) =
        ("input 64; dense 4 relu | dense 64 sigmoid", "input 64; dense 5 relu | dense 64 sigmoid");
    assert_eq!(
        line,
        format!(
            "error: run/config.toml: model.architecture: expected \"{found}\", as the checkpoint has it, found \"{expected}\""
        )
    );
}

#[test]
fn case_21b_another_data_set() {
    let sandbox = sandbox_with_run();
    // One pixel of one image.
    change(&sandbox, "data/train-images-idx3-ubyte", |bytes| bytes[100] ^= 1);
    let line = sandbox.assert_refused(["resume", "run"], DATA);
    let start =
        "error: data/train-images-idx3-ubyte: not the file that run was trained on: expected ";
    assert!(line.starts_with(start), "{line}");
}

#[test]
fn case_21c_a_configuration_edited_by_hand_is_refused_with_its_key() {
    let sandbox = sandbox_with_run();
    let config = fs::read_to_string(sandbox.path("run/config.toml")).unwrap();
    for (from, to, key) in [
        ("epochs = 2\n", "epochs = 3\n", "training.epochs: expected 2, "),
        ("rho = \"0.9\"", "rho = \"0.8\"", "training.optimizer_constants.rho: expected \"0.9\", "),
        ("seed = 1\n", "seed = 2\n", "seed: expected 1, "),
        ("batch = 20\n", "batch = 20\npatiense = 3\n", "training.patiense: expected no such key, "),
        ("latent = 4\n", "", "model.latent: expected 4, "),
        ("[data.sha256]\n", "[data.sha256]\nmore = \"12\"\n", "data.sha256.more: expected no "),
        (
            "images-idx3-ubyte = \"",
            "images-idx3-ubyte = \"0",
            "data.sha256.t10k-images-idx3-ubyte: ",
        ),
    ] {
        assert!(config.contains(from), "{from}");
        fs::write(sandbox.path("run/config.toml"), config.replacen(from, to, 1)).unwrap();
        let line = sandbox.assert_refused(["resume", "run"], DATA);
        assert!(line.starts_with(&format!("error: run/config.toml: {key}")), "{line}");
    }
    fs::write(sandbox.path("run/config.toml"), "job = 1\n").unwrap();
    let line = sandbox.assert_refused(["resume", "run"], DATA);
    assert!(
        line.starts_with("error: run/config.toml: expected a run's configuration, found: "),
        "{line}"
    );
    // Without this file, the checkpoint has the configuration.
    fs::remove_file(sandbox.path("run/config.toml")).unwrap();
    sandbox.run(["resume", "run", "-q"]).assert_success();
    sandbox.assert_whole_run("run");
}

#[test]
fn what_is_no_run_is_not_resumed() {
    let sandbox = Sandbox::with_data();
    for command in ["resume", "verify"] {
        let line = sandbox.assert_refused([command, "nowhere"], DATA);
        assert_eq!(line, "error: nowhere: expected the folder of a run, found nothing there");
        let line = sandbox.assert_refused([command, "data/train-images-idx3-ubyte"], DATA);
        assert!(line.ends_with(": expected the folder of a run, found a file"), "{line}");
        sandbox.assert_refused([command, "data"], DATA);
        sandbox.assert_refused([command], USAGE);
    }
}

#[test]
fn data_that_has_moved_is_found_and_still_the_same_run() {
    let sandbox = sandbox_with_run();
    let whole = sandbox.run_files("run");
    fs::create_dir(sandbox.path("elsewhere")).unwrap();
    fs::rename(sandbox.path("data"), sandbox.path("elsewhere/data")).unwrap();
    sandbox.assert_refused(["resume", "run"], DATA);
    sandbox.run(["resume", "run", "-q", "--dataset", "elsewhere/data"]).assert_success();
    let found = sandbox.run_files("run");
    let may_differ = ["times.toml", "paths.toml", REPORT];
    for (name, content) in &whole {
        assert!(may_differ.contains(&name.as_str()) || *content == found[name], "{name}");
    }
}

#[test]
fn a_run_is_verified_file_by_file() {
    let sandbox = Sandbox::with_data();
    for (args, out) in [
        (&SHORT_RUN[..], "dense"),
        (&["denoise", "--dataset", "data", "--epochs", "1", "--sweep"], "denoise"),
    ] {
        let batch = if out == "denoise" { &["--batch", "20"][..] } else { &[] };
        let outcome = sandbox.run(args.iter().chain(batch).chain(&["--out", out]));
        outcome.assert_success();
        let digest =
            outcome.stdout.lines().find(|line| line.starts_with("digest ")).unwrap().to_owned();
        let before = sandbox.run_files(out);
        let outcome = sandbox.run(["verify", out, "--threads", "1"]);
        outcome.assert_success();
        let expected = format!(
            "{out}: every file is as it was written\nrunning it again ...\nthe same files again, {digest}\n"
        );
        assert_eq!(outcome.stdout, expected);
        assert!(sandbox.run_files(out) == before);
        let digits = digest.trim_start_matches("digest ");
        assert_eq!(digits, ae_checkpoint::sha256(&before[SUMS]));
        for (name, content) in &before {
            let listed = format!("{}  {name}\n", ae_checkpoint::sha256(content));
            let result = !["times.toml", "paths.toml", REPORT, SUMS, CHECKPOINT, PREVIOUS]
                .contains(&name.as_str());
            let text = String::from_utf8(before[SUMS].clone()).unwrap();
            assert_eq!(text.contains(&listed), result, "{name}");
        }
    }
    // A changed picture is found at once; a configuration that gives other files is found by
    // running it.
    change(&sandbox, "dense/loss.png", |bytes| bytes[50] ^= 1);
    let line = sandbox.assert_refused(["verify", "dense"], FAILURE);
    assert!(line.starts_with("error: dense/loss.png: not as it was written: expected "), "{line}");
    let edited = |bytes: &mut Vec<u8>| {
        *bytes = String::from_utf8_lossy(bytes).replace("seed = 1\n", "seed = 2\n").into();
    };
    change(&sandbox, "denoise/config.toml", edited);
    let sum = ae_checkpoint::sha256(&fs::read(sandbox.path("denoise/config.toml")).unwrap());
    change(&sandbox, &format!("denoise/{SUMS}"), |bytes| {
        let at = String::from_utf8_lossy(bytes).find("  config.toml").unwrap();
        bytes[at - 64..at].copy_from_slice(sum.as_bytes());
    });
    let line = sandbox.run(["verify", "denoise"]).assert_error(FAILURE);
    assert!(
        line.starts_with("error: denoise/denoised.png: not as the configuration makes it: "),
        "{line}"
    );
    // A run that was stopped has no digest yet.
    fs::remove_file(sandbox.path("dense").join(SUMS)).unwrap();
    let line = sandbox.assert_refused(["verify", "dense"], DATA);
    assert!(
        line.ends_with("expected the folder of a run that has ended, found no SHA256SUMS"),
        "{line}"
    );
}

#[test]
fn a_model_works_without_training() {
    let sandbox = sandbox_with_run();
    let run = sandbox.run_files("run");
    fs::copy(sandbox.path("run").join(MODEL), sandbox.path("alone.safetensors")).unwrap();
    for (model, out) in [("run", "a"), ("alone.safetensors", "b")] {
        sandbox.run(["reconstruct", model, "-q", "--out", &format!("{out}-r")]).assert_success();
        let made = sandbox.assert_files(format!("{out}-r"), &["reconstruction.png", REPORT]);
        assert!(made["reconstruction.png"] == run["reconstruction.png"]);
        sandbox.run(["generate", model, "-q", "--out", &format!("{out}-g")]).assert_success();
        let names = ["generated-naive.png", "generated-pca.png", "latent-pca.png", REPORT];
        for (name, content) in sandbox.assert_files(format!("{out}-g"), &names) {
            assert!(name == REPORT || content == run[&name], "{name}");
        }
    }
    sandbox.run(["generate", "run", "--seed", "2", "--samples", "3"]).assert_success();
    let other = sandbox.run_files("runs/generate-data-all");
    assert!(other["generated-pca.png"] != run["generated-pca.png"]);
    sandbox.run(["reconstruct", "run", "--classes", "1"]).assert_success();
    assert!(sandbox.path("runs/reconstruct-data-1").is_dir());

    let denoise =
        ["denoise", "--dataset", "data", "--batch", "20", "--epochs", "2", "-q", "--out", "d"];
    sandbox.run(denoise).assert_success();
    sandbox.run(["reconstruct", "d", "--out", "again"]).assert_success();
    let made = sandbox.assert_files("again", &["denoised.png", REPORT]);
    assert!(made["denoised.png"] == sandbox.run_files("d")["denoised.png"]);
    let line = sandbox.assert_refused(["generate", "d"], USAGE);
    assert!(line.contains("a denoising model has no codes to generate from"), "{line}");
}

#[test]
fn a_model_is_compared_with_its_architecture() {
    let sandbox = sandbox_with_run();
    let refused = |from: &str, to: &str| {
        fs::copy(sandbox.path("run").join(MODEL), sandbox.path("m")).unwrap();
        forge(&sandbox, "m", from, to);
        let line = sandbox.assert_refused(["reconstruct", "m"], DATA);
        line.strip_prefix("error: m: ").unwrap_or_else(|| panic!("{line}")).to_owned()
    };
    assert_eq!(
        refused("input 64; dense 4 relu", "input 64; dense 5 relu"),
        "tensor dense_1/kernel: expected F32 [64, 5], found F32 [64, 4]"
    );
    assert_eq!(
        refused("dense_2/kernel", "dense_3/kernel"),
        "tensor dense_2/kernel: expected F32 [4, 64], found none"
    );
    assert_eq!(
        refused(" | dense 64 sigmoid", " | flatten; flatten"),
        "tensor dense_2/bias: expected no tensor of this name, found F32 [64]"
    );
    assert_eq!(
        refused("input 64", "input 0x"),
        "architecture: expected a whole number from 1 to 1048576, found 0"
    );
    let line = refused("input 64;", "input 6x4");
    assert!(line.starts_with("architecture: expected "), "{line}");
    assert_eq!(
        refused("\"kind\":\"model\"", "\"kind\":\"check\""),
        "kind: expected model, found check"
    );
    // F32 and I32 are as long.
    let line = refused("{\"dtype\":\"F32\"", "{\"dtype\":\"I32\"");
    assert!(line.ends_with("expected F32 or F64, found I32"), "{line}");

    let checkpoint = format!("run/{CHECKPOINT}");
    let line = sandbox.assert_refused(["reconstruct", &checkpoint], DATA);
    assert!(line.ends_with("kind: expected model, found checkpoint"), "{line}");
    change(&sandbox, &format!("run/{MODEL}"), |bytes| bytes[400] ^= 1);
    for command in ["reconstruct", "generate"] {
        let line = sandbox.assert_refused([command, "run"], DATA);
        assert!(line.starts_with(&format!("error: run/{MODEL}: damaged: ")), "{line}");
        let line = sandbox.assert_refused([command, "nowhere"], DATA);
        assert!(
            line.starts_with("error: nowhere: expected a model, or the folder of a run"),
            "{line}"
        );
    }
}

#[test]
fn images_of_another_size_are_refused() {
    let sandbox = sandbox_with_run();
    let line = sandbox
        .assert_refused(["reconstruct", "run", "--dataset", "mnist", "--classes", "5"], DATA);
    let end = ": expected images of shape (64,), as the model takes, found (28, 28)";
    assert!(line.ends_with(end), "{line}");
}

#[test]
fn early_stopping_ends_with_the_best_weights() {
    let sandbox = Sandbox::with_data();
    let keep =
        ["--epochs", "50", "--patience", "3", "--min-delta", "0.5", "--keep-best", "--out", "run"];
    let outcome = sandbox.run(SHORT_RUN[..9].iter().chain(&keep));
    outcome.assert_success();
    assert!(outcome.stdout.contains("\nstopped early, after epoch 4 of 50\n"), "{outcome:#?}");
    assert!(
        outcome.stdout.contains("\nthe weights are those of epoch 1, val_loss "),
        "{outcome:#?}"
    );
    let files = sandbox.run_files("run");
    assert_eq!(common::files::history(&files).len(), 4);
    let config = common::files::toml(&files, "config.toml");
    assert_eq!(config["training"]["epochs_finished"].as_integer(), Some(4));
    assert_eq!(config["training"]["best_epoch"].as_integer(), Some(1));
    assert_eq!(config["training"]["stopped_early"].as_bool(), Some(true));
    // The model is that of a run of one epoch.
    let one = ["--epochs", "1", "-q", "--out", "one"];
    sandbox.run(SHORT_RUN[..9].iter().chain(&one)).assert_success();
    assert!(files["reconstruction.png"] == sandbox.run_files("one")["reconstruction.png"]);
    for refused in [
        ["--patience", "-1"],
        ["--min-delta", "nan"],
        ["--min-delta", "-1"],
        ["--checkpoint-every", "0"],
    ] {
        sandbox.assert_refused(SHORT_RUN.iter().chain(&refused), USAGE);
    }
}
