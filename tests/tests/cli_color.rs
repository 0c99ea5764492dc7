//! Color on the command line: a model of gray images on color images, and models of color images.

mod common;

use common::files::{picture, write_png};
use common::{DENOISE, SHORT_RUN, Sandbox, USAGE};
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
    for option in ["--keep-color", "--keep-color=luma"] {
        let out = option.trim_start_matches('-');
        let (files, _) = denoised(&[option], &["photo.png", "gray.png"], out);
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
    }

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
    let (samples, by_luma) = run(&["--keep-color"], "luma");
    assert_eq!(samples, 3);
    assert_eq!(by_luma.len(), 3 * plain.len());
    let (samples, by_channel) = run(&["--keep-color=channels"], "channels");
    assert_eq!(samples, 3);
    assert_ne!(by_luma, by_channel);
    let line = sandbox.assert_refused(["reconstruct", "model", "--keep-color"], USAGE);
    assert!(line.contains("<IMAGE>"), "{line}");
}
