//! Color on the command line: a model of gray images on color images, and models of color images.

use crate::common::files::{picture, write_png};
use crate::common::{DATA, DENOISE, SHORT_RUN, Sandbox, USAGE};
use png::ColorType::{Grayscale, Rgb};
use std::collections::BTreeMap;
use std::fs;

/// A smooth image of many colors.
fn colors(width: u32, height: u32) -> Vec<u8> {
    let pixel = |i: u32| {
        let (x, y) = (i % width, i / width);
        [120 + 90 * x / width, 200 - 150 * y / height, 40 + 100 * (x + y) / (width + height)]
    };
    (0..width * height).flat_map(pixel).map(|value| value as u8).collect()
}

/// One of three values of each pixel.
fn channel(values: &[u8], channel: usize) -> Vec<u8> {
    values.iter().skip(channel).step_by(3).copied().collect()
}

/// The luma of Rec. 709, from 0 to 255.
fn luma(values: &[u8]) -> Vec<f64> {
    let weigh =
        |p: &[u8]| 0.2126 * f64::from(p[0]) + 0.7152 * f64::from(p[1]) + 0.0722 * f64::from(p[2]);
    values.chunks_exact(3).map(weigh).collect()
}

/// The only result of this name, with its samples per pixel and its values.
fn result(files: &BTreeMap<String, Vec<u8>>, name: &str) -> (usize, Vec<u8>) {
    let (_, _, samples, values) = picture(&files[name]);
    (samples, values)
}

#[test]
fn a_gray_model_keeps_colors_if_it_is_asked_to() {
    let sandbox = Sandbox::with_data();
    let args = ["--epochs", "2", "-q", "--out", "model"];
    sandbox.run(DENOISE.iter().chain(&args)).assert_success();
    let (width, height) = (70, 45);
    let photo = colors(width, height);
    write_png(&sandbox.path("photo.png"), (width, height), Rgb, &photo);
    let gray: Vec<u8> = channel(&photo, 1);
    write_png(&sandbox.path("gray.png"), (width, height), Grayscale, &gray);
    for (index, name) in ["red.png", "green.png", "blue.png"].iter().enumerate() {
        write_png(&sandbox.path(name), (width, height), Grayscale, &channel(&photo, index));
    }
    let denoised = |options: &[&str], images: &[&str], out: &str| {
        let args = ["denoise-image", "model"].iter().chain(options).chain(images);
        let outcome = sandbox.run(args.chain(&["--out", out]));
        outcome.assert_success();
        (sandbox.run_files(out), outcome.stdout.clone())
    };

    let (files, said) = denoised(&[], &["photo.png", "gray.png"], "plain");
    let (samples, plain) = result(&files, "photo-denoised.png");
    assert_eq!(samples, 1);
    assert!(said.contains("70 x 45 pixels in gray (--keep-color keeps the colors)"), "{said}");
    let plain_gray = files["gray-denoised.png"].clone();

    // Each channel by itself is what the model makes of it as a gray image.
    let (files, said) =
        denoised(&["--keep-color=channels"], &["photo.png", "gray.png"], "channels");
    assert!(said.contains("70 x 45 pixels\n"), "{said}");
    assert!(files["gray-denoised.png"] == plain_gray, "a gray image stays gray");
    let (samples, by_channel) = result(&files, "photo-denoised.png");
    assert_eq!(samples, 3);
    assert_eq!(result(&files, "photo-gallery.png").0, 3);
    let (files, _) = denoised(&[], &["red.png", "green.png", "blue.png"], "one-by-one");
    for (index, name) in ["red", "green", "blue"].iter().enumerate() {
        let (_, alone) = result(&files, &format!("{name}-denoised.png"));
        assert!(channel(&by_channel, index) == alone, "{name}");
    }

    // The luma is that of the gray result, where no value had to be clamped.
    let (files, _) = denoised(&["--keep-color=luma"], &["photo.png", "gray.png"], "luma");
    assert!(files["gray-denoised.png"] == plain_gray);
    let (samples, by_luma) = result(&files, "photo-denoised.png");
    assert_eq!(samples, 3);
    let mut compared = 0;
    for ((pixel, found), expected) in by_luma.chunks_exact(3).zip(luma(&by_luma)).zip(&plain) {
        if pixel.iter().all(|value| (1..255).contains(value)) {
            assert!((found - f64::from(*expected)).abs() < 2.0, "{found} {expected}");
            compared += 1;
        }
    }
    assert!(compared > 100, "{compared}");
    assert_ne!(by_luma, by_channel);

    // Channels is what the option means without a value.
    let (files, _) = denoised(&["--keep-color"], &["photo.png"], "default");
    assert!(result(&files, "photo-denoised.png").1 == by_channel);

    // Noise is added to the values of the image, and the PSNR is over all of them.
    let (files, said) = denoised(&["--keep-color", "--add-noise", "0.2"], &["photo.png"], "noisy");
    assert!(said.contains("dB noisy"), "{said}");
    let (samples, noisy) = result(&files, "photo-noisy.png");
    assert_eq!(samples, 3);
    let differences = |index| {
        let pairs = channel(&noisy, index).into_iter().zip(channel(&photo, index));
        pairs.map(|(a, b)| i32::from(a) - i32::from(b)).collect::<Vec<_>>()
    };
    assert_ne!(differences(0), differences(1), "each channel has noise of its own");

    let wrong = ["denoise-image", "model", "photo.png", "--keep-color=chroma"];
    let line = sandbox.assert_refused(wrong, USAGE);
    assert!(line.contains("luma, channels"), "{line}");
}

#[test]
fn reconstructions_of_a_gray_model_keep_colors_if_it_is_asked_to() {
    let sandbox = Sandbox::with_data();
    sandbox.run(SHORT_RUN.iter().chain(&["-q", "--out", "model"])).assert_success();
    write_png(&sandbox.path("photo.png"), (60, 60), Rgb, &colors(60, 60));
    write_png(&sandbox.path("gray.png"), (60, 60), Grayscale, &channel(&colors(60, 60), 0));
    let run = |options: &[&str], out: &str| {
        let args = ["reconstruct", "model", "photo.png", "gray.png"].iter().chain(options);
        sandbox.run(args.chain(&["--out", out])).assert_success();
        result(&sandbox.run_files(out), "reconstruction.png")
    };
    let (samples, plain) = run(&[], "plain");
    assert_eq!(samples, 1);
    let (samples, by_luma) = run(&["--keep-color=luma"], "luma");
    assert_eq!(samples, 3);
    assert_eq!(by_luma.len(), 3 * plain.len());
    let (samples, by_channel) = run(&["--keep-color"], "channels");
    assert_eq!(samples, 3);
    assert_ne!(by_luma, by_channel);
    let line = sandbox.assert_refused(["reconstruct", "model", "--keep-color"], USAGE);
    assert!(line.contains("<IMAGE>"), "{line}");
}

/// A folder of color images of 12 x 12 in two classes: 60 to train on, 24 to test.
fn photos(sandbox: &Sandbox) {
    for (part, count) in [("train", 30u32), ("test", 12)] {
        for (class, warm) in [("cold", 0u32), ("warm", 1)] {
            let folder = sandbox.path(format!("photos/{part}/{class}"));
            fs::create_dir_all(&folder).unwrap();
            for i in 0..count {
                let pixel = |at: u32| {
                    let (x, y) = (at % 12, at / 12);
                    let bright = 60 + (x * (i + 3) + y * (2 * i + 1)) % 120;
                    let (red, blue) =
                        [(bright / 3, bright + 60), (bright + 60, bright / 3)][warm as usize];
                    [red, bright, blue]
                };
                let values: Vec<u8> = (0..144).flat_map(pixel).map(|value| value as u8).collect();
                write_png(&folder.join(format!("{part}-{i}.png")), (12, 12), Rgb, &values);
            }
        }
    }
}

/// Whether a picture has a pixel whose values differ.
fn has_color(files: &BTreeMap<String, Vec<u8>>, name: &str) -> bool {
    let (samples, values) = result(files, name);
    samples == 3 && values.chunks_exact(3).any(|p| p[0].abs_diff(p[2]) > 30)
}

#[test]
fn a_dense_model_of_color_images_from_training_to_export() {
    let sandbox = Sandbox::new();
    photos(&sandbox);
    let train = |more: &[&str], out: &str| {
        let args = ["dense", "--dataset", "photos", "--classes", "all", "--epochs", "30"];
        let args = args.iter().chain(&["--optimizer", "adam", "--lr", "0.01", "--batch", "20"]);
        sandbox.run(args.chain(more).chain(&["--out", out])).assert_success().stdout.clone()
    };
    let said = train(&["--latent", "4"], "vectors");
    assert!(said.contains("train (60, 432)"), "{said}");
    let said = train(&["--model", "conv-latent", "--latent", "4"], "model");
    assert!(said.contains("train (60, 12, 12, 3)"), "{said}");
    let config = fs::read_to_string(sandbox.path("model/config.toml")).unwrap();
    let config: toml::Table = config.parse().unwrap();
    let image = config["data"]["image"].as_array().unwrap();
    assert_eq!(image.iter().map(|n| n.as_integer().unwrap()).collect::<Vec<_>>(), [12, 12, 3]);
    for run in ["vectors", "model"] {
        let files = sandbox.run_files(run);
        for name in ["reconstruction.png", "generated-naive.png", "generated-pca.png"] {
            assert_eq!(result(&files, name).0, 3, "{run}/{name}");
        }
        assert!(has_color(&files, "reconstruction.png"), "{run}");
    }

    let run = |args: &[&str], out: &str| {
        let outcome = sandbox.run(args.iter().chain(&["--out", out]));
        outcome.assert_success();
        (sandbox.run_files(out), outcome.stdout.clone())
    };
    let (files, _) = run(&["generate", "model", "--grid", "4"], "map");
    assert_eq!(result(&files, "latent-map.png").0, 3);
    let (files, _) = run(&["reconstruct", "model"], "again");
    assert!(has_color(&files, "reconstruction.png"));
    let (files, said) = run(&["pca", "model"], "pca");
    assert!(has_color(&files, "pca.png"));
    // 12 pixels are enough for the window of SSIM.
    let line = said.lines().find(|line| line.contains("auto-encoder ")).unwrap_or(&said);
    assert!(line.contains("dB") && !line.contains(" - "), "{said}");

    // Images from files: in color, and gray ones in gray.
    write_png(&sandbox.path("photo.png"), (60, 60), Rgb, &colors(60, 60));
    write_png(&sandbox.path("gray.png"), (60, 60), Grayscale, &channel(&colors(60, 60), 0));
    let (files, _) = run(&["reconstruct", "model", "photo.png", "gray.png"], "own");
    assert!(has_color(&files, "reconstruction.png"));
    let (files, _) = run(&["reconstruct", "model", "gray.png"], "own-gray");
    assert_eq!(result(&files, "reconstruction.png").0, 1);
    let args = ["reconstruct", "model", "photo.png", "--keep-color"];
    let line = sandbox.assert_refused(args, USAGE);
    assert!(line.contains("expected a model of gray images, found one of color images"), "{line}");

    let export = ["export", "model", "--onnx", "model.onnx", "--npz", "model.npz"];
    let said = sandbox.run(export).assert_success().stdout.clone();
    assert!(said.contains("(12, 12, 3) to (12, 12, 3)"), "{said}");
    assert!(said.contains("test_reconstructions") && said.contains("(24, 12, 12, 3)"), "{said}");
}

#[test]
fn a_denoising_model_of_color_images_and_images_from_files() {
    let sandbox = Sandbox::new();
    photos(&sandbox);
    let args = ["denoise", "--dataset", "photos", "--model", "clothes", "--epochs", "10"];
    let args = args.iter().chain(&["--noise", "0.2", "--batch", "10", "--sweep", "--out", "model"]);
    let said = sandbox.run(args).assert_success().stdout.clone();
    assert!(said.contains("train (60, 12, 12, 3)"), "{said}");
    let files = sandbox.run_files("model");
    for name in ["denoised.png", "filters.png", "sweep.png"] {
        assert_eq!(result(&files, name).0, 3, "{name}");
    }
    assert!(has_color(&files, "denoised.png"));
    let metrics: toml::Table =
        std::str::from_utf8(&files["metrics.toml"]).unwrap().parse().unwrap();
    assert!(metrics.contains_key("ssim_denoised"), "{metrics}");

    write_png(&sandbox.path("photo.png"), (70, 45), Rgb, &colors(70, 45));
    write_png(&sandbox.path("gray.png"), (70, 45), Grayscale, &channel(&colors(70, 45), 0));
    let run = |more: &[&str], out: &str| {
        let args = ["denoise-image", "model", "photo.png", "gray.png"].iter().chain(more);
        sandbox.run(args.chain(&["--out", out])).assert_success();
        sandbox.run_files(out)
    };
    let files = run(&["--add-noise", "0.1"], "noisy");
    assert!(has_color(&files, "photo-denoised.png") && has_color(&files, "photo-noisy.png"));
    assert!(has_color(&files, "photo-gallery.png"));
    assert_eq!(result(&files, "gray-denoised.png").0, 1);
    let one = run(&["--threads", "1"], "one");
    assert!(run(&["--threads", "2"], "two") == one, "the bits do not depend on the threads");
}

#[test]
fn a_model_for_gray_images_does_not_take_color_images() {
    let sandbox = Sandbox::with_data();
    photos(&sandbox);
    let recipe = "encoder = ['conv2d 4 3x3 relu']\ndecoder = ['conv2d 1 3x3 sigmoid']\n";
    fs::write(sandbox.path("gray.toml"), recipe).unwrap();
    let args = ["denoise", "--dataset", "photos", "--model", "gray.toml"];
    let line = sandbox.assert_refused(args, DATA);
    assert!(line.contains("a model for color ends with {channels} channels"), "{line}");
    let args = ["--epochs", "1", "-q", "--out", "model"];
    sandbox.run(DENOISE.iter().chain(&args)).assert_success();
    let line = sandbox
        .assert_refused(["reconstruct", "model", "--dataset", "photos", "--classes", "all"], DATA);
    assert!(line.contains("found (12, 12, 3)"), "{line}");
}

#[test]
fn a_jpeg_photograph_is_read_as_the_png_image_of_its_pixels() {
    let sandbox = Sandbox::with_data();
    let args = ["--epochs", "2", "-q", "--out", "model"];
    sandbox.run(DENOISE.iter().chain(&args)).assert_success();
    // Turned by its EXIF orientation, in color.
    let bytes = include_bytes!("../../../crates/ae-data/tests/images/turned.jpg").as_slice();
    let (extents, values) = ae_data::decode_image(bytes, 1 << 20).unwrap();
    let size = (extents.width as u32, extents.height as u32);
    fs::write(sandbox.path("photo.jpg"), bytes).unwrap();
    write_png(&sandbox.path("same.png"), size, Rgb, &values);
    for command in ["denoise-image", "reconstruct"] {
        let args = [command, "model", "photo.jpg", "same.png", "--out", command];
        sandbox.run(args).assert_success();
    }
    let files = sandbox.run_files("denoise-image");
    assert_eq!(picture(&files["photo-denoised.png"]), picture(&files["same-denoised.png"]));

    let args = ["denoise-image", "model", "photo.jpg", "--max-pixels", "10"];
    let line = sandbox.assert_refused(args, DATA);
    assert!(line.contains("photo.jpg: expected at most 10 pixels, found "), "{line}");
    fs::write(sandbox.path("photo.jpg"), &bytes[..bytes.len() / 2]).unwrap();
    let line = sandbox.assert_refused(["denoise-image", "model", "photo.jpg"], DATA);
    assert!(line.contains("photo.jpg: a damaged JPEG image: "), "{line}");
}
