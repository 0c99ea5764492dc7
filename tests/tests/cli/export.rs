//! `ae-app export`: the files it writes, its errors, and the files it does not change.

use crate::common;
use crate::common::{DATA, DENOISE, FAILURE, SHORT_RUN, Sandbox, USAGE};
use ae_onnx::proto::{Extent, GraphProto, ModelProto};
use prost::Message;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;

/// A dense run, as `run`.
fn with_dense() -> Sandbox {
    let sandbox = Sandbox::with_data();
    sandbox.run(SHORT_RUN.iter().chain(&["-q", "--out", "run"])).assert_success();
    sandbox
}

/// A denoising run, as `run`.
fn with_denoise() -> Sandbox {
    let sandbox = Sandbox::with_data();
    let args = DENOISE.iter().chain(&["--classes", "all", "--epochs", "1", "-q", "--out", "run"]);
    sandbox.run(args).assert_success();
    sandbox
}

fn graph(sandbox: &Sandbox, name: &str) -> GraphProto {
    let bytes = fs::read(sandbox.path(name)).unwrap();
    ModelProto::decode(&bytes[..]).unwrap().graph.unwrap()
}

/// The operators in their order, and the shapes of a sample on both sides.
fn outline(graph: &GraphProto) -> (Vec<&str>, [Vec<i64>; 2]) {
    let shapes = [&graph.input[0], &graph.output[0]].map(|value| {
        let tensor = value.r#type.as_ref().unwrap().tensor_type.as_ref().unwrap();
        let extents = tensor.shape.as_ref().unwrap().dim.iter().skip(1);
        let extent = |dim: &ae_onnx::proto::Dimension| match dim.value {
            Some(Extent::Value(extent)) => extent,
            _ => panic!("{value:?}"),
        };
        extents.map(extent).collect()
    });
    (graph.node.iter().map(|node| node.op_type.as_str()).collect(), shapes)
}

/// The arrays of an archive: the description, and the bytes after it.
fn arrays(sandbox: &Sandbox, name: &str) -> BTreeMap<String, (String, Vec<u8>)> {
    let mut zip = zip::ZipArchive::new(fs::File::open(sandbox.path(name)).unwrap()).unwrap();
    (0..zip.len())
        .map(|i| {
            let mut file = zip.by_index(i).unwrap();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            let name = file.name().unwrap().trim_end_matches(".npy").to_owned();
            let text = String::from_utf8_lossy(&bytes[10..128]).trim_end().to_owned();
            (name, (text, bytes[128..].to_vec()))
        })
        .collect()
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
}

#[test]
fn a_dense_model_whole_and_in_parts() {
    let sandbox = with_dense();
    let outcome = sandbox.run(["export", "run", "--onnx", "m.onnx", "--part", "all"]);
    outcome.assert_success();
    let len = |name| fs::metadata(sandbox.path(name)).unwrap().len();
    let expected = format!(
        "m.onnx: whole, (64,) to (64,), {} bytes\n\
         m-encoder.onnx: encoder, (64,) to (4,), {} bytes\n\
         m-decoder.onnx: decoder, (4,) to (64,), {} bytes\n",
        len("m.onnx"),
        len("m-encoder.onnx"),
        len("m-decoder.onnx")
    );
    assert_eq!(outcome.stdout, expected);
    for (name, ops, shapes) in [
        ("m.onnx", &["Gemm", "Relu", "Gemm", "Sigmoid"][..], [vec![64], vec![64]]),
        ("m-encoder.onnx", &["Gemm", "Relu"], [vec![64], vec![4]]),
        ("m-decoder.onnx", &["Gemm", "Sigmoid"], [vec![4], vec![64]]),
    ] {
        assert_eq!(outline(&graph(&sandbox, name)), (ops.to_vec(), shapes), "{name}");
    }
    // A part is written to the given path, and its weights are those of the model's file.
    let args = ["export", "run/model.safetensors", "--onnx", "d", "--part", "decoder", "-q"];
    assert_eq!(sandbox.run(args).assert_success().stdout, "");
    assert_eq!(
        fs::read(sandbox.path("d")).unwrap(),
        fs::read(sandbox.path("m-decoder.onnx")).unwrap()
    );
    let model = fs::read(sandbox.path("run/model.safetensors")).unwrap();
    for constant in graph(&sandbox, "m.onnx").initializer {
        let weights = constant.raw_data;
        assert!(model.windows(weights.len()).any(|bytes| bytes == weights), "{}", constant.name);
    }
}

#[test]
fn a_convolutional_model_is_turned_at_its_ends() {
    let sandbox = with_denoise();
    sandbox.run(["export", "run", "--onnx", "m.onnx"]).assert_success();
    let graph = graph(&sandbox, "m.onnx");
    let (ops, shapes) = outline(&graph);
    assert_eq!(shapes, [vec![8, 8, 1], vec![8, 8, 1]]);
    assert_eq!(ops.iter().filter(|op| **op == "Conv").count(), 5);
    assert_eq!((ops[0], ops[ops.len() - 1]), ("Transpose", "Transpose"));
    sandbox.run(["export", "run", "--onnx", "parts.onnx", "--part", "all"]).assert_success();
    for (file, ends, convolutions) in [
        ("parts-encoder.onnx", [[8, 8, 1], [2, 2, 32]], 2),
        ("parts-decoder.onnx", [[2, 2, 32], [8, 8, 1]], 3),
    ] {
        let graph = self::graph(&sandbox, file);
        let (ops, shapes) = outline(&graph);
        assert_eq!(shapes, ends.map(|shape| shape.to_vec()));
        assert_eq!(ops.iter().filter(|op| **op == "Conv").count(), convolutions);
    }
}

#[test]
fn what_a_dense_model_makes_of_the_images() {
    let sandbox = with_dense();
    // Test images in another order of classes than the training images.
    common::data::write(&sandbox.path("data"), &[0, 1, 2].repeat(20), &[2, 1, 0].repeat(6));
    let outcome = sandbox.run(["export", "run", "--npz", "a.npz", "--dataset", "data"]);
    outcome.assert_success();
    let arrays = arrays(&sandbox, "a.npz");
    let shapes: Vec<(&str, &str)> = arrays
        .iter()
        .map(|(name, (text, _))| (name.as_str(), text.split_once("'descr': ").unwrap().1))
        .collect();
    let of = |descr: &str, shape: &str| {
        format!("'{descr}', 'fortran_order': False, 'shape': {shape}, }}")
    };
    let expected = [
        ("pca_components", of("<f8", "(4, 4)")),
        ("pca_explained_variance", of("<f8", "(4,)")),
        ("pca_explained_variance_ratio", of("<f8", "(4,)")),
        ("pca_mean", of("<f8", "(4,)")),
        ("test_codes", of("<f4", "(18, 4)")),
        ("test_inputs", of("<f4", "(18, 64)")),
        ("test_labels", of("|u1", "(18,)")),
        ("test_reconstructions", of("<f4", "(18, 64)")),
        ("train_codes", of("<f4", "(60, 4)")),
        ("train_labels", of("|u1", "(60,)")),
    ];
    assert!(
        shapes.iter().copied().eq(expected.iter().map(|(name, text)| (*name, text.as_str()))),
        "{shapes:?}"
    );
    assert!(outcome.stdout.starts_with("images     not those that the model was trained on\n"));
    assert_eq!(outcome.stdout.lines().count(), 2 + expected.len());
    assert!(
        outcome.stdout.contains("\n  test_reconstructions          (18, 64)\n"),
        "{}",
        outcome.stdout
    );

    // The mean is that of the codes, the labels are those of the data, and the images are those of
    // the file.
    let codes = floats(&arrays["train_codes"].1);
    let mean = &arrays["pca_mean"].1;
    for (column, &bytes) in mean.as_chunks::<8>().0.iter().enumerate() {
        let sum: f64 = codes.iter().skip(column).step_by(4).map(|&x| f64::from(x)).sum();
        assert!((f64::from_le_bytes(bytes) - sum / 60.0).abs() < 1e-6);
    }
    let labels = fs::read(sandbox.path("data").join(common::data::TEST_LABELS)).unwrap();
    assert_eq!(arrays["test_labels"].1, labels[8..]);
    let pixels = fs::read(sandbox.path("data").join(common::data::TEST_IMAGES)).unwrap();
    let inputs = floats(&arrays["test_inputs"].1);
    assert!(inputs.iter().zip(&pixels[16..]).all(|(x, &pixel)| *x == f32::from(pixel) / 255.0));

    // Fewer of them on request; the same bytes for any number of threads.
    let export = |more: &[&str]| {
        let args = ["export", "run", "--dataset", "data", "--threads", "1", "-q", "--npz"];
        sandbox.run(args.iter().chain(more)).assert_success().stdout.clone()
    };
    assert_eq!(export(&["b.npz", "--classes", "1"]), "");
    assert!(
        super::export::arrays(&sandbox, "b.npz")["test_labels"].1.iter().all(|&label| label == 1)
    );
    export(&["c.npz"]);
    assert_eq!(fs::read(sandbox.path("a.npz")).unwrap(), fs::read(sandbox.path("c.npz")).unwrap());
}

#[test]
fn a_denoising_model_is_shown_noise() {
    let sandbox = with_denoise();
    sandbox.run(["export", "run", "--npz", "a.npz"]).assert_success();
    let arrays = arrays(&sandbox, "a.npz");
    let names: Vec<&str> = arrays.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["test_codes", "test_inputs", "test_labels", "test_reconstructions", "train_labels"]
    );
    assert!(arrays["test_inputs"].0.ends_with("'shape': (18, 8, 8, 1), }"), "{arrays:?}");
    let pixels = fs::read(sandbox.path("data").join(common::data::TEST_IMAGES)).unwrap();
    let inputs = floats(&arrays["test_inputs"].1);
    let clean =
        inputs.iter().zip(&pixels[16..]).filter(|(x, pixel)| **x == f32::from(**pixel) / 255.0);
    assert!(clean.count() < inputs.len() / 2);
}

#[test]
fn what_is_there_stays_unless_forced() {
    let sandbox = with_dense();
    fs::write(sandbox.path("m-decoder.onnx"), "somebody's").unwrap();
    fs::write(sandbox.path("a.npz"), "somebody's").unwrap();
    let onnx = ["export", "run", "--onnx", "m.onnx", "--part", "all"];
    // If one of the files exists, nothing is written, not even the first ones.
    let line = sandbox.assert_refused(onnx, USAGE);
    assert_eq!(line, "error: --onnx m-decoder.onnx: already exists; --force replaces it");
    let line =
        sandbox.assert_refused(["export", "run", "--onnx", "m.onnx", "--npz", "a.npz"], USAGE);
    assert_eq!(line, "error: --npz a.npz: already exists; --force replaces it");
    sandbox.run(onnx.iter().chain(&["--npz", "a.npz", "--force"])).assert_success();
    assert_eq!(graph(&sandbox, "m-decoder.onnx").name, "decoder");
    assert!(arrays(&sandbox, "a.npz").contains_key("test_codes"));
    // No partial file is left.
    let hidden = sandbox.tree().into_keys().filter(|path| path.to_string_lossy().contains(".part"));
    assert_eq!(hidden.count(), 0);
}

#[test]
fn a_run_and_the_model_that_is_read_are_not_written_over() {
    let sandbox = with_dense();
    fs::copy(sandbox.path("run/model.safetensors"), sandbox.path("alone")).unwrap();
    fs::hard_link(sandbox.path("alone"), sandbox.path("twin")).unwrap();
    fs::write(sandbox.path("run/mine.onnx"), "an older export").unwrap();
    for (model, out, why) in [
        ("run", "run/model.safetensors", "the model that is read"),
        ("run", "./run/../run/model.safetensors", "the model that is read"),
        ("run", "run/config.toml", "a file of a run, which is not replaced"),
        ("alone", "run/loss.png", "a file of a run, which is not replaced"),
        ("alone", "run/SHA256SUMS", "a file of a run, which is not replaced"),
        ("alone", "run/checkpoint.safetensors", "a file of a run, which is not replaced"),
        ("alone", "alone", "the model that is read"),
        ("alone", "./alone", "the model that is read"),
        ("alone", "twin", "the model that is read"),
    ] {
        let args = ["export", model, "--onnx", out, "--force"];
        let line = sandbox.assert_refused(args, USAGE);
        assert_eq!(line, format!("error: --onnx {out}: {why}; name another file"));
    }
    // A file beside those of the run belongs to the user and does not make the run invalid.
    sandbox.run(["export", "run", "--onnx", "run/mine.onnx", "--force", "-q"]).assert_success();
    assert_eq!(graph(&sandbox, "run/mine.onnx").name, "whole");
    fs::copy(sandbox.path("run/loss.png"), sandbox.path("run/mine.png")).unwrap();
    let outcome = sandbox.run(["verify", "run"]);
    let said = &outcome.assert_success().stdout;
    assert!(
        said.contains("\nnot compared, because they are not files of this run: mine.png\n"),
        "{said}"
    );
}

#[test]
fn data_are_not_written_over() {
    let sandbox = with_dense();
    fs::copy(sandbox.path("run/model.safetensors"), sandbox.path("alone")).unwrap();
    common::data::small(&sandbox.path("other"));
    let end = "a file of the run's data, which is not replaced; name another file";
    for option in ["--onnx", "--npz"] {
        for data in [common::data::TRAIN_IMAGES, common::data::TEST_LABELS] {
            let out = format!("data/{data}");
            for (model, force) in [("run", &["--force"][..]), ("run", &[]), ("alone", &[])] {
                let args = ["export", model, option, &out].into_iter().chain(force.iter().copied());
                let line = sandbox.assert_refused(args, USAGE);
                assert_eq!(line, format!("error: {option} {out}: {end}"));
            }
        }
    }
    // Other data that are read, and the run's own if others are read.
    let [own, other] = ["data", "other"].map(|at| format!("{at}/{}", common::data::TEST_IMAGES));
    let other_data = ["export", "run", "--dataset", "other", "--force", "--npz"];
    let line = sandbox.assert_refused(other_data.iter().chain(&[other.as_str()]), USAGE);
    assert!(line.ends_with(": a file of the data that are read; name another file"), "{line}");
    let more = ["a.npz", "--onnx", &own];
    let args = other_data.iter().chain(&more);
    assert_eq!(sandbox.assert_refused(args, USAGE), format!("error: --onnx {own}: {end}"));
    // If only one of the files is left, it stays, and the model needs none of them.
    fs::remove_file(sandbox.path("data").join(common::data::TRAIN_IMAGES)).unwrap();
    sandbox.assert_refused(["export", "run", "--onnx", &own, "--force"], USAGE);
    fs::remove_dir_all(sandbox.path("data")).unwrap();
    sandbox.run(["export", "run", "--onnx", "m.onnx"]).assert_success();
}

#[test]
fn a_lab_is_not_written_over() {
    let sandbox = with_dense();
    let lab = ["lab", "--dataset", "data", "--classes", "all", "--batch", "20", "--epochs", "1"];
    let more =
        ["--latent", "3", "--models", "notebook-dense", "--seeds", "1", "-q", "--out", "lab"];
    sandbox.run(lab.iter().chain(&more)).assert_success();
    sandbox.run(["lab", "run", "-q", "--out", "of-runs"]).assert_success();
    fs::write(sandbox.path("lab/mine.onnx"), "an older export").unwrap();
    for out in [
        "lab/lab.toml",
        "lab/scores.csv",
        "lab/report.md",
        "lab/paths.toml",
        "lab/samples-notebook-dense.png",
        "lab/walk-notebook-dense.png",
        "of-runs/scores.csv",
        "of-runs/report.md",
    ] {
        for option in ["--onnx", "--npz"] {
            let line = sandbox.assert_refused(["export", "run", option, out, "--force"], USAGE);
            let why = "a file of a lab, which is not replaced; name another file";
            assert_eq!(line, format!("error: {option} {out}: {why}"));
        }
    }
    // What is left of a lab that was stopped.
    fs::remove_file(sandbox.path("lab/report.md")).unwrap();
    sandbox.assert_refused(["export", "run", "--onnx", "lab/lab.toml", "--force"], USAGE);
    sandbox.run(["export", "run", "--onnx", "lab/mine.onnx", "--force", "-q"]).assert_success();
}

#[test]
#[cfg(unix)]
fn links_pipes_and_devices_stay_what_they_are_even_if_forced() {
    use std::os::unix::fs::{FileTypeExt, symlink};
    let sandbox = with_dense();
    fs::write(sandbox.path("real"), "mine").unwrap();
    symlink("real", sandbox.path("link")).unwrap();
    symlink("nothing", sandbox.path("dangling")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(sandbox.path("pipe")).status().unwrap();
    assert!(made.success());
    for (out, found) in [
        ("link", "a symbolic link"),
        ("dangling", "a symbolic link"),
        ("pipe", "a named pipe"),
        ("/dev/null", "a device"),
        ("/dev/stdout", "a symbolic link"),
    ] {
        for option in ["--onnx", "--npz"] {
            for force in [&["--force"][..], &[]] {
                let mut command =
                    sandbox.command(["export", "run", option, out].iter().chain(force));
                let line = common::Outcome::of(&mut command).assert_error(USAGE);
                let why = format!("expected a plain file or nothing, found {found}");
                assert_eq!(line, format!("error: {option} {out}: {why}"));
            }
        }
    }
    assert_eq!(fs::read_to_string(sandbox.path("real")).unwrap(), "mine");
    assert_eq!(fs::read_link(sandbox.path("link")).unwrap(), std::path::Path::new("real"));
    assert!(!sandbox.path("nothing").exists());
    let file_type = |path: &str| fs::symlink_metadata(sandbox.path(path)).unwrap().file_type();
    assert!(file_type("pipe").is_fifo() && file_type("/dev/null").is_char_device());
    // The manual pages also overwrite older ones, but not through a link.
    sandbox.run(["man", "--out", "man"]).assert_success();
    sandbox.run(["man", "--out", "man"]).assert_success();
    fs::remove_file(sandbox.path("man/ae-app.1")).unwrap();
    symlink("../real", sandbox.path("man/ae-app.1")).unwrap();
    let line = sandbox.run(["man", "--out", "man"]).assert_error(FAILURE);
    let why = "expected a plain file or nothing, found a symbolic link";
    assert_eq!(line, format!("error: cannot write man/ae-app.1: {why}"));
    assert_eq!(fs::read_to_string(sandbox.path("real")).unwrap(), "mine");
}

#[test]
fn places_and_arguments_that_make_no_sense() {
    let sandbox = with_dense();
    for (args, message) in [
        (&["--onnx", "run", "--force"][..], "error: --onnx run: expected a file, found a folder"),
        (&["--npz", "/"], "error: --npz /: expected a file, found a folder"),
        (
            &["--onnx", "a", "--npz", "a"],
            "error: --npz a: the file of --onnx; two files need two names",
        ),
        (
            &["--onnx", "a", "--npz", "./run/../a"],
            "error: --npz ./run/../a: the file of --onnx; two files need two names",
        ),
    ] {
        let args = ["export", "run"].iter().chain(args);
        assert_eq!(sandbox.assert_refused(args, USAGE), message);
    }
    // Neither of the two, and options of one with only the other.
    let line = sandbox.assert_refused(["export", "run"], USAGE);
    assert_eq!(
        line,
        "error: the following required arguments were not provided: <--onnx <FILE>|--npz <FILE>>"
    );
    for args in [
        &["--npz", "a", "--part", "all"][..],
        &["--onnx", "a", "--classes", "1"],
        &["--onnx", "a", "--part", "half"],
    ] {
        sandbox.assert_refused(["export", "run"].iter().chain(args), USAGE);
    }
    // Each folder is checked before the first file is written.
    fs::write(sandbox.path("file"), "").unwrap();
    for (folder, found) in [("nowhere", "nothing"), ("file", "a file")] {
        let out = format!("{folder}/m");
        let why = format!("expected the folder {folder}, found {found}");
        for args in [&["--onnx", &out][..], &["--onnx", "m.onnx", "--npz", &out]] {
            let option = args[args.len() - 2];
            let line = sandbox.assert_refused(["export", "run"].iter().chain(args), USAGE);
            let advice = "create it or name another file";
            assert_eq!(line, format!("error: {option} {out}: {why}; {advice}"));
        }
    }
    sandbox.assert_refused(["export", "nowhere", "--onnx", "m.onnx"], DATA);
    sandbox.assert_refused(["export", "run", "--npz", "a", "--dataset", "./nowhere"], DATA);
}
