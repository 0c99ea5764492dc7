//! The same images from every kind of source: the program trains the same model on them, and says
//! what it sees.

use crate::common;
use crate::common::data::{FIRST_TEST, SIDE, TEST, TRAIN, class_cycle, image};
use crate::common::files::write_png;
use crate::common::{DATA, Outcome, Sandbox};
use ae_npy::Npz;
use std::fs::{self, File};
use std::path::Path;

const SOURCES: [&str; 4] = ["set.npz", "tables", "images", "arrays"];

/// A part's name, its images and their labels.
type Part = (&'static str, Vec<Vec<u8>>, Vec<u8>);

/// Images and labels of `common::data::small`, by part.
fn parts() -> [Part; 2] {
    [("train", 0, 3 * TRAIN), ("test", FIRST_TEST, 3 * TEST)].map(|(part, first, count)| {
        let labels = class_cycle(count, 3);
        let images = (first..).zip(&labels).map(|(index, &label)| image(index, label)).collect();
        (part, images, labels)
    })
}

/// Writes the images as all the kinds of sources.
fn write_sources(folder: &Path) {
    let mut npz = Npz::new(File::create(folder.join("set.npz")).unwrap());
    for name in ["tables", "arrays"] {
        fs::create_dir(folder.join(name)).unwrap();
    }
    let side = SIDE as usize;
    for (part, images, labels) in parts() {
        let all = images.concat();
        npz.add(&format!("x_{part}"), &[labels.len(), side, side], &all).unwrap();
        npz.add(&format!("y_{part}"), &[labels.len()], &labels).unwrap();
        let array = |name: String| File::create(folder.join("arrays").join(name)).unwrap();
        let unit: Vec<f32> = all.iter().map(|&v| f32::from(v) / 255.0).collect();
        let shape = [labels.len(), side, side, 1];
        ae_npy::write_npy(array(format!("{part}_images.npy")), &shape, &unit).unwrap();
        ae_npy::write_npy(array(format!("{part}_labels.npy")), &[labels.len()], &labels).unwrap();
        let mut lines = String::new();
        for (i, (image, label)) in images.iter().zip(&labels).enumerate() {
            let pixels: Vec<String> = image.iter().map(u8::to_string).collect();
            lines.push_str(&format!("{label},{}\n", pixels.join(",")));
            let class = folder.join(format!("images/{part}/{label}"));
            fs::create_dir_all(&class).unwrap();
            let color = png::ColorType::Grayscale;
            write_png(&class.join(format!("{i:05}.png")), (SIDE, SIDE), color, image);
        }
        fs::write(folder.join(format!("tables/{part}.csv")), lines).unwrap();
    }
    npz.finish().unwrap();
}

/// The weights of a model, without the configuration in its head.
fn weights(sandbox: &Sandbox, run: &str) -> Vec<u8> {
    let bytes = fs::read(sandbox.path(run).join("model.safetensors")).unwrap();
    let head = u64::from_le_bytes(*bytes.first_chunk().unwrap()) as usize;
    bytes[8 + head..].to_vec()
}

fn train(sandbox: &Sandbox, command: &str, dataset: &str, out: &str, more: &[&str]) -> Outcome {
    let mut args = vec![command, "--dataset", dataset, "--classes", "all", "--epochs", "1", "-q"];
    args.extend(["--out", out, "--batch", "20"]);
    args.extend(more);
    sandbox.run(args)
}

#[test]
fn every_source_of_the_same_images_trains_the_same_model() {
    let sandbox = Sandbox::with_data();
    write_sources(sandbox.path("").as_path());
    let more = ["--latent", "4"];
    train(&sandbox, "dense", "data", "idx", &more).assert_success();
    let expected = (weights(&sandbox, "idx"), sandbox.run_files("idx"));
    for (number, source) in SOURCES.into_iter().enumerate() {
        let place = format!("./{source}");
        let run = format!("run-{number}");
        train(&sandbox, "dense", &place, &run, &more).assert_success();
        assert_eq!(weights(&sandbox, &run), expected.0, "{source}");
        let files = sandbox.run_files(&run);
        for name in ["history.csv", "reconstruction.png", "generated-pca.png"] {
            assert_eq!(files.get(name), expected.1.get(name), "{source}: {name}");
        }
        // The run finds its data again, and repeats itself.
        sandbox.run(["verify", &run, "-q"]).assert_success();
        sandbox
            .run(["reconstruct", &run, "-q", "--out", &format!("again-{number}")])
            .assert_success();
    }
}

#[test]
fn a_run_records_how_its_images_were_taken() {
    let sandbox = Sandbox::with_data();
    write_sources(sandbox.path("").as_path());
    let more = [
        "--latent",
        "4",
        "--size",
        "6x4",
        "--resize",
        "stretch",
        "--transpose",
        "--class-names",
        "a,b,c",
    ];
    train(&sandbox, "dense", "./images", "run", &more).assert_success();
    let config = fs::read_to_string(sandbox.path("run/config.toml")).unwrap();
    for line in [
        "image = [4, 6]",
        "size = [4, 6]",
        "resize = \"stretch\"",
        "transpose = true",
        "class_names = [\"a\", \"b\", \"c\"]",
    ] {
        assert!(config.contains(line), "{line} in {config}");
    }
    sandbox.run(["verify", "run", "-q"]).assert_success();
    // A changed file is another data set.
    fs::copy(sandbox.path("images/train/0/00000.png"), sandbox.path("images/train/0/00003.png"))
        .unwrap();
    let line = sandbox.assert_refused(["verify", "run", "-q"], DATA);
    assert!(
        line.contains("images: not the images that run was trained on: expected SHA-256"),
        "{line}"
    );
}

#[test]
fn denoising_takes_images_without_labels() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("flat")).unwrap();
    let (_, images, _) = parts().into_iter().next().unwrap();
    for (i, image) in images.iter().enumerate() {
        let path = sandbox.path(format!("flat/{i}.png"));
        write_png(&path, (SIDE, SIDE), png::ColorType::Grayscale, image);
    }
    train(&sandbox, "denoise", "flat/", "run", &[]).assert_success();
    let config = fs::read_to_string(sandbox.path("run/config.toml")).unwrap();
    assert!(config.contains("train_images = 54") && config.contains("test_images = 6"), "{config}");
}

#[test]
fn a_description_says_what_is_there_and_what_is_not() {
    let sandbox = Sandbox::new();
    write_sources(sandbox.path("").as_path());
    let images = sandbox.path("images");
    fs::write(images.join("train/1/broken.png"), b"no image").unwrap();
    fs::write(images.join("train/1/notes.txt"), b"text").unwrap();
    fs::copy(images.join("train/0/00000.png"), images.join("test/1/00000.png")).unwrap();
    let outcome = sandbox.run(["data", "./images", "--json", "-q"]);
    outcome.assert_success();
    let found: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(found["kind"], "a folder of images");
    assert_eq!(found["image"], serde_json::json!([SIDE, SIDE]));
    assert_eq!(found["train"]["images"], 3 * TRAIN);
    assert_eq!(found["test"]["images"], 3 * TEST + 1);
    assert_eq!((&found["in_both_parts"], &found["with_two_labels"]), (&1.into(), &1.into()));
    assert_eq!(found["classes"][1]["test"], TEST + 1);
    let skipped = found["skipped"].as_array().unwrap();
    assert_eq!((skipped.len(), &skipped[0]["lost"]), (2, &true.into()));
    let folder = found["folder"].as_str().unwrap();
    let sheet = fs::read(sandbox.path(folder).join("contact-sheet.png")).unwrap();
    assert!(common::files::picture(&sheet).0 > 10 * SIDE);
    // For a person, and for each source.
    for source in SOURCES {
        let outcome = sandbox.run(["data", &format!("./{source}")]);
        outcome.assert_success();
        assert!(outcome.stdout.contains("60 images"), "{}", outcome.stdout);
    }
    let line = sandbox.assert_refused(["data", "./nowhere"], DATA);
    assert_eq!(line, "error: ./nowhere: expected a folder or file of images, found nothing there");
}
