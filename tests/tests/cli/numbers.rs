//! Tests invalid numbers, and extreme amounts of memory, threads and images.

use crate::common;
use crate::common::{DATA, DIVERGED, Outcome, SHORT_RUN, Sandbox, USAGE, files};
use ae_idx::{FILE_NAMES, IdxArray, IdxData, Packing};
use std::fs;
use std::path::Path;

/// [`SHORT_RUN`] with more options.
fn short<'a>(more: &[&'a str]) -> Vec<&'a str> {
    SHORT_RUN.iter().copied().chain(more.iter().copied()).collect()
}

/// Makes `folder` a data set of these images, all of class 0: training images first.
fn write_images(folder: &Path, [height, width]: [u32; 2], parts: [Vec<u8>; 2]) {
    fs::create_dir_all(folder).unwrap();
    for (i, pixels) in parts.into_iter().enumerate() {
        let count = u32::try_from(pixels.len()).unwrap() / (height * width);
        let labels = IdxData::U8(vec![0; count as usize]);
        let images = IdxArray::new(vec![count, height, width], IdxData::U8(pixels)).unwrap();
        let labels = IdxArray::new(vec![count], labels).unwrap();
        for (name, array) in FILE_NAMES[2 * i..].iter().zip([images, labels]) {
            ae_idx::write_file(folder.join(name), &array, Packing::Plain).unwrap();
        }
    }
}

/// Bytes that vary from image to image.
fn pixels(count: usize) -> Vec<u8> {
    (0..count).map(|i| (i * i / 7 % 251) as u8).collect()
}

#[test]
fn a_dense_model_whose_losses_are_finite_and_enormous_has_diverged() {
    let sandbox = Sandbox::with_data();
    let before = sandbox.tree();
    // A single epoch must meet the limit of a result; several end as soon as they are hopeless.
    for (rate, epochs, what) in [
        ("1e15", "1", "training and validation loss"),
        ("1e15", "9", "training and validation loss"),
        ("1e3", "1", "validation loss"),
    ] {
        let mut args = short(&["--lr", rate, "--out", "new", "-q"]);
        args[10] = epochs;
        let line = sandbox.run(args).assert_error(DIVERGED);
        let start = format!("error: training diverged: the {what} is ");
        assert!(line.starts_with(&start) && line.contains("far above 0.6"), "{line}");
        assert!(sandbox.tree() == before, "{line}");
    }
    // A high rate that does not make training diverge.
    sandbox.run(short(&["--lr", "0.3", "--out", "high", "-q"])).assert_success();
}

#[test]
fn a_perfect_image_beside_bad_ones_has_no_infinite_psnr() {
    let sandbox = Sandbox::new();
    // All training images are gray, so PCA reconstructs every image as gray.
    let mut test = pixels(3 * 64);
    test[..64].fill(100);
    write_images(&sandbox.path("data"), [8, 8], [vec![100; 5 * 64], test]);
    sandbox
        .run(["pca", "--dataset", "data", "--classes", "all", "--components", "2", "--out", "pca"])
        .assert_success();
    let errors = files::toml(&sandbox.run_files("pca"), "pca.toml")["pca"].clone();
    let (mse, psnr) = (errors["mse"].as_float().unwrap(), errors["psnr"].as_float().unwrap());
    // A third of 60 dB, and the PSNR of the other images.
    assert!(mse > 0.02 && (20.0..35.0).contains(&psnr), "{mse} {psnr}");
}

#[test]
fn every_seed_can_be_repeated_from_the_configuration() {
    let sandbox = Sandbox::with_data();
    for seed in ["9223372036854775807", "9223372036854775808", "18446744073709551615"] {
        let (first, again) = (format!("a{seed}"), format!("b{seed}"));
        sandbox.run(short(&["--seed", seed, "--out", &first, "-q"])).assert_success();
        let config = format!("{first}/config.toml");
        sandbox.run(["dense", "--config", &config, "--out", &again, "-q"]).assert_success();
        let [first, again] = [first, again].map(|run| sandbox.run_files(run));
        assert!(first["config.toml"] == again["config.toml"]);
        assert!(first["model.safetensors"] == again["model.safetensors"]);
        sandbox.run(["verify", &format!("a{seed}"), "-q"]).assert_success();
    }
}

#[test]
fn counts_that_a_configuration_cannot_hold_are_refused() {
    let sandbox = Sandbox::with_data();
    for option in ["--epochs", "--batch", "--limit", "--checkpoint-every", "--latent", "--patience"]
    {
        let line = sandbox.assert_refused(["dense", option, "9223372036854775808"], USAGE);
        assert!(line.ends_with("it must be at most 9223372036854775807"), "{line}");
    }
}

#[test]
fn fewer_images_than_a_usual_batch_are_one_batch() {
    let sandbox = Sandbox::with_data();
    for (job, usual) in [("dense", 250), ("denoise", 128)] {
        let base = [job, "--dataset", "data", "--classes", "all", "--epochs", "1"];
        let outcome = sandbox.run(base.iter().chain(&["--out", job]));
        let said = &outcome.assert_success().stdout;
        let note = format!("batch      all 60 training images, fewer than the usual {usual}\n");
        assert!(said.contains(&note), "{said}");
        // The record contains the batch size that was used, so the run can be repeated.
        let config = files::toml(&sandbox.run_files(job), "config.toml");
        assert_eq!(config["training"]["batch"].as_integer(), Some(60));
        sandbox.run(["verify", job, "-q"]).assert_success();
        // The result is the same as if this size had been requested.
        sandbox.run(base.iter().chain(&["--batch", "60", "--out", "asked", "-q"])).assert_success();
        let model = |run| sandbox.run_files(run)["model.safetensors"].clone();
        assert!(model(job) == model("asked"));
        fs::remove_dir_all(sandbox.path("asked")).unwrap();
        let line = sandbox.assert_refused(base.iter().chain(&["--batch", "61"]), USAGE);
        assert_eq!(line, "error: --batch 61: expected 1 to 60, the training images");
        // A file also requests it, whether it was written by hand or by a run.
        fs::write(sandbox.path("own.toml"), "batch = 61\n").unwrap();
        let line = sandbox.assert_refused(base.iter().chain(&["--config", "own.toml"]), USAGE);
        assert_eq!(line, "error: --batch 61: expected 1 to 60, the training images");
        let config = format!("{job}/config.toml");
        let args = [job, "--config", &config, "--limit", "20", "--out", "less"];
        let line = sandbox.assert_refused(args, USAGE);
        assert_eq!(line, "error: --batch 60: expected 1 to 20, the training images");
        fs::remove_file(sandbox.path("own.toml")).unwrap();
    }
}

#[test]
fn more_threads_than_cores_are_as_many_as_cores() {
    let cores = std::thread::available_parallelism().unwrap().get();
    let sandbox = Sandbox::with_data();
    let outcome = sandbox.run(short(&["--threads", "256", "--out", "run", "-q"]));
    let noun =
        |count, noun| if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") };
    let expected = format!(
        "warning: --threads 256: found {} for this program, {} will compute\n",
        noun(cores, "core"),
        noun(cores, "thread")
    );
    assert_eq!(outcome.assert_success().stderr, expected);
    let times = files::toml(&sandbox.run_files("run"), "times.toml");
    assert_eq!(times["threads"].as_integer(), Some(cores as i64));
    let outcome = sandbox.run(short(&["--threads", "1", "--out", "one", "-q"]));
    assert_eq!(outcome.assert_success().stderr, "");
}

/// The program with at most this many KiB of memory.
#[cfg(target_os = "linux")]
fn with_memory(sandbox: &Sandbox, kib: &str, args: &[&str]) -> Outcome {
    let mut limited = std::process::Command::new("sh");
    sandbox.prepare(&mut limited);
    limited.args(["-c", "ulimit -v \"$0\" && exec \"$@\"", kib]);
    // Otherwise each thread that allocates may take 64 MB of addresses for itself: how many do, and
    // when, depends on the machine.
    limited.env("MALLOC_ARENA_MAX", "1");
    Outcome::of(limited.arg(common::program()).args(args))
}

/// The covariance matrix of 65,536 pixels would take 34 GB.
#[test]
#[cfg(target_os = "linux")]
fn pca_of_few_large_images_takes_little_memory() {
    let sandbox = Sandbox::new();
    let size = 256 * 256;
    write_images(&sandbox.path("data"), [256, 256], [pixels(60 * size), pixels(4 * size)]);
    let args = ["pca", "--dataset", "data", "--classes", "all", "--components", "60"];
    let args: Vec<&str> = args.iter().chain(&["--out", "pca", "-q"]).copied().collect();
    with_memory(&sandbox, "1000000", &args).assert_success();
    let errors = files::toml(&sandbox.run_files("pca"), "pca.toml");
    // All components of 60 images explain all of their variance.
    let share = errors["explained_variance_ratio"].as_float().unwrap();
    assert!((share - 1.0).abs() < 1e-9, "{share}");
}

#[test]
#[cfg(target_os = "linux")]
fn pca_beyond_its_limit_is_refused_in_one_line() {
    let sandbox = Sandbox::new();
    // 8300 images of 8300 pixels: their matrices would take 2.2 GB.
    write_images(&sandbox.path("data"), [83, 100], [vec![7; 8300 * 8300], pixels(4 * 8300)]);
    for args in [
        &["pca", "--dataset", "data", "--classes", "all", "--components", "10"][..],
        &["lab", "--dataset", "data", "--classes", "all"],
    ] {
        let status = DATA;
        let outcome = with_memory(&sandbox, "1500000", args);
        let line = outcome.assert_error(status);
        let expected = "expected matrices of at most 2048 MiB, found 21";
        assert!(
            line.contains("8300 samples of 8300 columns: ") && line.contains(expected),
            "{line}"
        );
    }
    assert!(!sandbox.path("runs").exists());
}

/// `lab` with these options on the images of this folder.
fn lab<'a>(data: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let fixed = ["lab", "--dataset", data, "--classes", "all", "--seeds", "1", "--epochs", "1"];
    fixed.into_iter().chain(["--latent", "3"]).chain(more.iter().copied()).collect()
}

#[test]
fn lab_refuses_before_it_trains_what_it_would_refuse_afterwards() {
    let sandbox = Sandbox::with_data();
    let model = "encoder = ['dense {latent} relu']\ndecoder = ['dense {pixels} sigmoid']\n";
    for folder in ["a", "b"] {
        fs::create_dir(sandbox.path(folder)).unwrap();
        fs::write(sandbox.path(folder).join("m.toml"), format!("latent = 3\n{model}")).unwrap();
    }
    let undivided = "encoder = ['dense 3 relu', 'dense {pixels} sigmoid']\ndecoder = []\n";
    fs::write(sandbox.path("whole.toml"), undivided).unwrap();
    let models = |models: &'static str| lab("data", &["--models", models]);
    for (args, status, expected) in [
        (
            models("a/m.toml,b/m.toml"),
            USAGE,
            "--models a/m.toml,b/m.toml: expected models with different names, found m twice; rename a file",
        ),
        (
            models("vae,vae"),
            USAGE,
            "--models vae,vae: expected models with different names, found vae twice; rename a file",
        ),
        (models("notebook-dense,whole.toml"), USAGE, "--model whole: "),
        (models("notebook-dense,absent.toml"), DATA, "absent.toml: "),
        (
            lab("data", &["--limit", "3", "--models", "notebook-dense"]),
            DATA,
            "data: lab: expected at least 4 test images, found 3",
        ),
        (
            lab("data", &["--limit", "4", "--models", "notebook-dense", "--latent", "4"]),
            USAGE,
            "classes 0, 1, 2: expected more than 4 training images, for the PCA of 4 latent numbers, found 4",
        ),
        (
            lab("data", &["--batch", "61", "--models", "notebook-dense"]),
            USAGE,
            "--batch 61: expected 1 to 60, the training images",
        ),
    ] {
        let args: Vec<&str> = match args.iter().filter(|arg| **arg == "--latent").count() {
            // An option counts once.
            2 => [&args[..9], &args[11..]].concat(),
            _ => args,
        };
        let line = sandbox.assert_refused(args, status);
        assert!(line.starts_with(&format!("error: {expected}")), "{line}");
    }
}

#[test]
fn lab_works_with_three_test_images_of_a_class_and_one_sample() {
    let sandbox = Sandbox::with_data();
    common::data::write(
        &sandbox.path("few"),
        &common::data::class_cycle(60, 3),
        &common::data::class_cycle(9, 3),
    );
    let more = ["--models", "notebook-dense", "--samples", "1", "--out", "lab", "-q"];
    sandbox.run(lab("few", &more)).assert_success();
    let walk = fs::read(sandbox.path("lab/walk-notebook-dense.png")).unwrap();
    common::files::picture(&walk);
}

#[test]
fn images_of_any_size_fit_a_model_with_zeros_around_them() {
    let sandbox = Sandbox::new();
    write_images(&sandbox.path("data"), [27, 29], [pixels(30 * 783), pixels(10 * 783)]);
    let denoise = ["denoise", "--dataset", "data", "--epochs", "1"];
    let outcome = sandbox.run(denoise.iter().chain(&["--pad", "--out", "run"]));
    let said = &outcome.assert_success().stdout;
    let note = "images     the model pads them with zeros to 28 x 32 and crops its output\n";
    assert!(said.contains(note) && said.contains("cropping2d_1 (Cropping2D)"), "{said}");
    sandbox.assert_files("run", &common::DENOISE_FILES);
    // The run has recorded its architecture, so it no longer needs the option.
    sandbox.run(["verify", "run", "-q"]).assert_success();
    let config = ["denoise", "--config", "run/config.toml", "--seed", "2", "--out", "again", "-q"];
    sandbox.run(config).assert_success();
    sandbox.run(["export", "run", "--onnx", "model.onnx", "-q"]).assert_success();
    sandbox.run(["reconstruct", "run", "--out", "reconstructed", "-q"]).assert_success();
    // A model's description may request padding, and a model that divides the sides also needs it.
    let conv = "pad = true\nencoder = ['conv2d 2 3x3 relu', 'max_pooling2d 4x4']\n\
                decoder = ['up_sampling2d 4x4', 'conv2d 1 3x3 sigmoid']\n";
    fs::write(sandbox.path("own.toml"), conv).unwrap();
    sandbox.run(denoise.iter().chain(&["--model", "own.toml", "--out", "own"])).assert_success();
    let dense = ["dense", "--dataset", "data", "--classes", "all", "--model", "conv-latent"];
    let dense = dense.iter().chain(&["--latent", "3", "--epochs", "1"]);
    let line = sandbox.assert_refused(dense.clone(), USAGE);
    let hint = "; --pad surrounds them with zeros, and --model notebook-dense or ";
    assert!(line.contains("expected a multiple of 4") && line.contains(hint), "{line}");
    sandbox.run(dense.chain(&["--pad", "--out", "dense"])).assert_success();
    // It stays padded if something else about it changes.
    let config =
        ["dense", "--config", "dense/config.toml", "--latent", "2", "--out", "other", "-q"];
    sandbox.run(config).assert_success();
    // Images that fit are not padded.
    write_images(&sandbox.path("fit"), [8, 12], [pixels(30 * 96), pixels(10 * 96)]);
    let fit = ["denoise", "--dataset", "fit", "--epochs", "1", "-q"];
    sandbox.run(fit.iter().chain(&["--out", "a"])).assert_success();
    sandbox.run(fit.iter().chain(&["--pad", "--out", "b"])).assert_success();
    let [a, b] = ["a", "b"].map(|run| sandbox.run_files(run)["model.safetensors"].clone());
    assert!(a == b);
}

/// A large image goes through a padded model in tiles, which need no padding.
#[test]
fn a_padded_model_takes_images_of_other_sizes() {
    let sandbox = Sandbox::new();
    write_images(&sandbox.path("data"), [27, 29], [pixels(30 * 783), pixels(10 * 783)]);
    let train = ["denoise", "--dataset", "data", "--epochs", "1", "--pad", "--out", "run", "-q"];
    sandbox.run(train).assert_success();
    let file = fs::File::create(sandbox.path("page.png")).unwrap();
    let mut encoder = png::Encoder::new(file, 101, 77);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(&pixels(101 * 77)).unwrap();
    sandbox.run(["denoise-image", "run", "page.png", "--out", "page", "-q"]).assert_success();
    let made = fs::read(sandbox.path("page/page-denoised.png")).unwrap();
    let (width, height, ..) = files::picture(&made);
    assert_eq!((width, height), (101, 77));
}
