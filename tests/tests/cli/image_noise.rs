//! `denoise-image --noise` and `--strength`: how noisy an image is, and how much is removed.

use crate::common::files::{picture, write_png};
use crate::common::{DENOISE, Outcome, Sandbox, USAGE};
use png::ColorType::{Grayscale, Rgb};

/// The small data set, and a model in `model` that has learned to remove noise of 0.5.
fn with_denoiser() -> Sandbox {
    let sandbox = Sandbox::with_data();
    let args = ["--epochs", "2", "-q", "--out", "model"];
    sandbox.run(DENOISE.iter().chain(&args)).assert_success();
    sandbox
}

/// The `noise`, `contrast` and `strength` of the only image in the JSON.
fn of_image(outcome: &Outcome) -> [f64; 3] {
    let json: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    let image = &json["images"].as_array().unwrap()[0];
    ["noise", "contrast", "strength"].map(|key| image[key].as_f64().unwrap())
}

#[test]
fn the_noise_of_an_image_decides_how_much_is_removed() {
    let sandbox = with_denoiser();
    // A smooth image, to which the program adds noise.
    let smooth: Vec<u8> = (0..90 * 80u32).map(|i| (80 + i % 90) as u8).collect();
    write_png(&sandbox.path("photo.png"), (90, 80), Grayscale, &smooth);
    let run = |options: &[&str], out: &str| {
        let args = ["denoise-image", "model", "photo.png", "--add-noise"].iter().chain(options);
        let outcome = sandbox.run(args.chain(&["--out", out]));
        outcome.assert_success();
        let files = sandbox.run_files(out);
        let values = |name: &str| picture(&files[name]).3;
        let images = ["photo-noisy.png", "photo-denoised.png"].map(values);
        (outcome, images)
    };
    let pixels = |values: &[u8]| values.iter().map(|&v| f64::from(v)).collect::<Vec<_>>();

    // The model was trained on noise of 0.5.
    let (outcome, [noisy, plain]) = run(&["0.1", "--json"], "plain");
    assert!(!outcome.stdout.contains("strength"), "{}", outcome.stdout);
    let (outcome, [_, auto]) = run(&["0.1", "--noise", "auto", "--json"], "auto");
    let [noise, contrast, strength] = of_image(&outcome);
    assert!((noise - 0.1).abs() < 0.01 && contrast == 1.0, "{noise} {contrast}");
    assert!(strength > 0.0 && strength < 1.0, "{strength}");
    let warned = "warning: photo.png: expected noise of 0.5, which the model has learned to remove";
    assert!(outcome.stderr.lines().any(|line| line.starts_with(warned)), "{}", outcome.stderr);
    for ((noisy, plain), auto) in pixels(&noisy).into_iter().zip(pixels(&plain)).zip(pixels(&auto))
    {
        let expected = noisy + strength * (plain - noisy);
        assert!((auto - expected).abs() < 1.1, "{noisy} {plain} {auto} {strength}");
    }

    // A given strength wins, and a known noise is not estimated.
    let (outcome, [noisy, none]) =
        run(&["0.1", "--noise", "0.5", "--strength", "0", "--json"], "none");
    assert_eq!(of_image(&outcome), [0.5, 1.0, 0.0]);
    assert_eq!(none, noisy);
    assert!(!outcome.stderr.contains("warning"), "{}", outcome.stderr);
    let (outcome, [_, known]) = run(&["0.1", "--noise", "0.5"], "known");
    assert!(
        outcome.stdout.contains("80 pixels, noise 0.5000, strength 1.00"),
        "{}",
        outcome.stdout
    );
    assert_eq!(known, plain);
    // More noise than the model knows: less contrast.
    let (outcome, [_, more]) = run(&["0.1", "--noise", "1", "--json"], "more");
    assert_eq!(of_image(&outcome), [1.0, 0.5, 1.0]);
    assert_ne!(more, plain);

    let line =
        sandbox.assert_refused(["denoise-image", "model", "photo.png", "--noise", "much"], USAGE);
    assert!(line.contains("it must be auto or a number of at least 0"), "{line}");
}

#[test]
fn the_noise_of_a_color_image_is_that_of_its_channels() {
    let sandbox = with_denoiser();
    let colors: Vec<u8> =
        (0..90 * 80u32).flat_map(|i| [80 + i % 90, 100, 150]).map(|v| v as u8).collect();
    write_png(&sandbox.path("photo.png"), (90, 80), Rgb, &colors);
    let args = ["denoise-image", "model", "photo.png", "--keep-color", "--add-noise", "0.1"];
    let outcome = sandbox.run(args.iter().chain(&["--noise", "auto"]));
    let said = &outcome.assert_success().stdout;
    assert!(
        said.contains("(red 0.") && said.contains(", green 0.") && said.contains(", blue 0."),
        "{said}"
    );
}

#[test]
fn only_gaussian_noise_is_compared() {
    let sandbox = Sandbox::with_data();
    let args = ["--epochs", "1", "--corruption", "masking:0.3", "-q", "--out", "model"];
    let plain: Vec<&str> = DENOISE.to_vec();
    sandbox.run(plain.iter().chain(&args)).assert_success();
    write_png(&sandbox.path("photo.png"), (8, 8), Grayscale, &[90; 64]);
    let args = ["denoise-image", "model", "photo.png", "--noise", "auto"];
    let line = sandbox.assert_refused(args, USAGE);
    assert!(
        line.contains("expected a model of Gaussian noise, found one of masking:0.3"),
        "{line}"
    );
    sandbox.run(["denoise-image", "model", "photo.png", "--strength", "0.5"]).assert_success();
}
