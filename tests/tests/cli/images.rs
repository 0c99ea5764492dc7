//! A user's own images on the command line: `denoise-image` and `reconstruct` with files;
//! `generate --grid`, `pca` and `--show`.

use crate::common;
use crate::common::files::{picture, sizes, toml, write_png};
use crate::common::{DATA, DENOISE, Outcome, REPORT, SHORT_RUN, Sandbox, USAGE};
use std::fs;

/// A gray image with a bright slanting bar.
fn bar(side: u32) -> Vec<u8> {
    let bright = |i: u32| (i % side).abs_diff(i / side) <= side / 8;
    (0..side * side).map(|i| if bright(i) { 230 } else { 0 }).collect()
}

/// The small data set, and a denoising model of it in `model`.
fn with_denoiser() -> Sandbox {
    let sandbox = Sandbox::with_data();
    let args = ["--epochs", "2", "-q", "--out", "model"];
    sandbox.run(DENOISE.iter().chain(&args)).assert_success();
    sandbox
}

/// The small data set, and a dense model of it in `model`.
fn with_dense() -> Sandbox {
    let sandbox = Sandbox::with_data();
    sandbox.run(SHORT_RUN.iter().chain(&["-q", "--out", "model"])).assert_success();
    sandbox
}

#[test]
fn images_of_any_size_and_color_are_denoised() {
    let sandbox = with_denoiser();
    let colors: Vec<u8> =
        (0..150 * 91u32).flat_map(|i| [i % 256, i % 7, 3].map(|x| x as u8)).collect();
    write_png(&sandbox.path("page.png"), (150, 91), png::ColorType::Rgb, &colors);
    fs::create_dir(sandbox.path("more")).unwrap();
    write_png(&sandbox.path("more/page.png"), (8, 8), png::ColorType::Grayscale, &bar(8));
    let long = vec![9; 600 * 5];
    write_png(&sandbox.path("long.png"), (600, 5), png::ColorType::Grayscale, &long);

    let args = ["denoise-image", "model", "page.png", "more/page.png", "long.png"];
    let outcome = sandbox.run(args);
    let said = &outcome.assert_success().stdout;
    assert_eq!(outcome.stderr, "");
    for line in [
        "in runs/denoise-image:",
        "  page-denoised.png     150 x 91 pixels in gray (--keep-color keeps the colors)",
        "  page-2-denoised.png   8 x 8 pixels",
        "  long-denoised.png     600 x 5 pixels",
    ] {
        assert!(said.lines().any(|found| found == line), "{line:?} in {said}");
    }
    // Only small images have galleries.
    let files = sandbox.assert_files(
        "runs/denoise-image",
        &[
            "long-denoised.png",
            "page-2-denoised.png",
            "page-2-gallery.png",
            "page-denoised.png",
            "page-gallery.png",
        ],
    );
    for (name, width, height) in [
        ("page-denoised.png", 150, 91),
        ("page-2-denoised.png", 8, 8),
        ("long-denoised.png", 600, 5),
    ] {
        let (w, h, samples, _) = picture(&files[name]);
        assert_eq!((w, h, samples), (width, height, 1), "{name}");
    }

    // Nothing is overwritten.
    sandbox.run(args).assert_success();
    assert!(sandbox.run_files("runs/denoise-image-2") == files);
    let line = sandbox.assert_refused(args.iter().chain(&["--out", "model"]), USAGE);
    assert!(line.contains("not empty"), "{line}");
}

#[test]
fn a_negative_comes_back_as_one() {
    let sandbox = with_denoiser();
    let gray = |name: &str, pixels: &[u8]| {
        write_png(&sandbox.path(name), (40, 40), png::ColorType::Grayscale, pixels);
    };
    gray("light.png", &bar(40));
    gray("dark.png", &bar(40).iter().map(|p| 255 - p).collect::<Vec<_>>());
    let denoised = |args: &[&str], out: &str, name: &str| {
        let outcome =
            sandbox.run(["denoise-image", "model"].iter().chain(args).chain(&["--out", out]));
        outcome.assert_success();
        (picture(&sandbox.run_files(out)[name]).3, outcome.stderr)
    };
    let (light, said) = denoised(&["light.png"], "a", "light-denoised.png");
    assert_eq!(said, "");
    let (dark, said) = denoised(&["dark.png", "--invert"], "b", "dark-denoised.png");
    assert_eq!(said, "");
    assert_eq!(dark, light.iter().map(|p| 255 - p).collect::<Vec<_>>());
    // Without --invert the result differs, and there is a message.
    let (other, said) = denoised(&["dark.png"], "c", "dark-denoised.png");
    assert_ne!(other, dark);
    let warning =
        "warning: dark.png: looks dark on light, the model learned light on dark; try --invert\n";
    assert_eq!(said, warning);
}

#[test]
fn noise_is_added_by_the_seed() {
    let sandbox = with_denoiser();
    write_png(&sandbox.path("x.png"), (40, 40), png::ColorType::Grayscale, &bar(40));
    let run = |out: &str, more: &[&str]| {
        let args = ["denoise-image", "model", "x.png", "--add-noise", "0.4", "--out", out];
        let outcome = sandbox.run(args.iter().chain(more));
        let said = outcome.assert_success().stdout.clone();
        (sandbox.assert_files(out, &["x-denoised.png", "x-gallery.png", "x-noisy.png"]), said)
    };
    let (first, said) = run("a", &[]);
    let line = said.lines().find(|line| line.starts_with("  x-denoised.png")).expect("a line");
    assert!(line.contains("40 x 40 pixels, PSNR ") && line.ends_with(" dB denoised"), "{line}");
    let noisy = picture(&first["x-noisy.png"]).3;
    let changed = noisy.iter().zip(bar(40)).filter(|(a, b)| **a != *b).count();
    assert!(changed > 400, "{changed}");
    assert!(run("b", &["--threads", "2"]).0 == first);
    assert!(picture(&run("c", &["--seed", "2"]).0["x-noisy.png"]).3 != noisy);
}

#[test]
fn a_file_that_is_no_image_is_named_and_nothing_is_written() {
    let sandbox = with_denoiser();
    sandbox.run(SHORT_RUN.iter().chain(&["-q", "--out", "dense"])).assert_success();
    write_png(&sandbox.path("good.png"), (8, 8), png::ColorType::Grayscale, &bar(8));
    let good = fs::read(sandbox.path("good.png")).unwrap();
    fs::write(sandbox.path("cut.png"), &good[..good.len() - 20]).unwrap();
    fs::write(sandbox.path("text.png"), "<!doctype html>").unwrap();
    fs::write(sandbox.path("empty.png"), "").unwrap();
    let mut huge = good.clone();
    huge[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    fs::write(sandbox.path("huge.png"), huge).unwrap();
    let mut broken = good.clone();
    let middle = broken.len() / 2;
    broken[middle] ^= 0x40;
    fs::write(sandbox.path("broken.png"), broken).unwrap();
    for (file, message) in [
        ("missing.png", "missing.png: file not found"),
        ("data", "data: expected a file, found a directory"),
        (
            "text.png",
            "text.png: expected a PNG or JPEG file, found an HTML page (did the download fail?)",
        ),
        ("empty.png", "empty.png: cut: expected more after 0 bytes, found the end of the file"),
        ("cut.png", "cut.png: cut: expected more after "),
        (
            "huge.png",
            "huge.png: expected at most 100000000 pixels, found 65536x65536 (--max-pixels N takes \
             larger images)",
        ),
        ("broken.png", "broken.png: corrupt PNG data: "),
    ] {
        for command in [["denoise-image", "model"], ["reconstruct", "dense"]] {
            let line = sandbox.assert_refused(command.iter().chain(&["good.png", file]), DATA);
            assert!(line.starts_with(&format!("error: {message}")), "{line}");
        }
    }
    for (args, message) in [
        (
            &["denoise-image", "dense", "good.png"][..],
            "denoise-image: expected a model of denoise, found one of dense",
        ),
        (
            &["reconstruct", "dense", "good.png", "--centre"],
            "--centre: makes images of 28 x 28, the model takes 8 x 8",
        ),
        (
            &["reconstruct", "dense", "good.png", "--samples", "3"],
            "the argument '[IMAGE]...' cannot be used with '--samples <N>'",
        ),
        (
            &["reconstruct", "dense", "--invert"],
            "the following required arguments were not provided: <IMAGE>...",
        ),
        (
            &["reconstruct", "dense", "good.png", "--paper", "256"],
            "invalid value '256' for '--paper <GRAY>': it is too large",
        ),
    ] {
        assert_eq!(sandbox.assert_refused(args, USAGE), format!("error: {message}"));
    }
}

#[test]
fn images_of_ones_own_are_reconstructed() {
    let sandbox = with_dense();
    for (name, side) in [("a.png", 8), ("b.png", 100)] {
        write_png(&sandbox.path(name), (side, side), png::ColorType::Grayscale, &bar(side));
    }
    let outcome = sandbox.run(["reconstruct", "model", "a.png", "b.png"]);
    outcome.assert_success();
    assert_eq!(outcome.stderr, "");
    let files = sandbox.assert_files("runs/reconstruct-images", &["reconstruction.png"]);
    // Three rows of tiles of 8 pixels enlarged tenfold, each under its caption; as wide as the
    // longest caption or the tiles.
    let [(_, _, height, 1)] = sizes(&files)[..] else { panic!("{:?}", sizes(&files)) };
    assert_eq!(height, 20 + 3 * (32 + 80) + 2 * 10 + 20);
    // A denoising model takes images as well.
    let other = with_denoiser();
    write_png(&other.path("a.png"), (8, 8), png::ColorType::Grayscale, &bar(8));
    other.run(["reconstruct", "model", "a.png"]).assert_success();
}

/// A digit of MNIST, ten times as large, dark on a light sheet: the model sees it as it was.
#[test]
fn a_drawing_is_placed_as_mnist_places_its_digits() {
    let sandbox = Sandbox::new();
    sandbox.run(["dense", "--epochs", "1", "-q", "--out", "model"]).assert_success();
    let data =
        ae_idx::Dataset::load_known(&ae_idx::MNIST, common::workspace().join("datasets/mnist"));
    let digit = data.unwrap().test.image(0).to_vec();
    let (width, height) = (400u32, 500u32);
    let mut sheet = vec![255u8; (width * height) as usize];
    for y in 0..280u32 {
        for x in 0..280u32 {
            let pixel = digit[(y / 10 * 28 + x / 10) as usize];
            sheet[((y + 200) * width + x + 7) as usize] = 255 - pixel;
        }
    }
    write_png(&sandbox.path("sheet.png"), (width, height), png::ColorType::Grayscale, &sheet);
    let seen = |out: &str, args: &[&str]| {
        let all = ["reconstruct", "model", "sheet.png", "--out", out];
        sandbox.run(all.iter().chain(args)).assert_success();
        let files = sandbox.run_files(out);
        let (width, _, _, pixels) = picture(&files["reconstruction.png"]);
        // The second row's tile: threefold, below a margin, two captions, a row and a gap.
        let (top, left) = (20 + 32 + 84 + 10 + 32, 20);
        let at = |i: usize| (top + 3 * (i / 28) + 1) * width as usize + left + 3 * (i % 28) + 1;
        let off = (0..784).map(|i| u32::from(pixels[at(i)].abs_diff(digit[i])));
        f64::from(off.sum::<u32>()) / 784.0
    };
    // Shrinking smooths slightly; another digit, or the same at another position, differs more.
    let off = seen("centered", &["--invert"]);
    assert!(off < 6.0, "off by {off}");
    let off = seen("whole", &["--invert", "--no-centre"]);
    assert!(off > 10.0, "off by {off}");
    // An entirely black image has no drawing.
    write_png(&sandbox.path("black.png"), (9, 9), png::ColorType::Grayscale, &[0; 81]);
    let line = sandbox.assert_refused(["reconstruct", "model", "black.png"], DATA);
    assert!(line.starts_with("error: black.png: expected a drawing, "), "{line}");
    sandbox.run(["reconstruct", "model", "black.png", "--no-centre"]).assert_success();
}

#[test]
fn a_map_of_the_latent_space() {
    let sandbox = with_dense();
    let outcome = sandbox.run(["generate", "model", "--grid", "6", "--out", "map"]);
    let said = &outcome.assert_success().stdout;
    assert!(said.lines().any(|line| line.starts_with("  latent-map.png ")), "{said}");
    let files = sandbox.assert_files("map", &["latent-map.png", REPORT]);
    // Title, one caption, six rows of six tiles of 8 pixels enlarged tenfold.
    assert_eq!(
        sizes(&files),
        [("latent-map.png", 40 + 6 * 90 - 10, 40 + 46 + 32 + 6 * 90 - 10, 1)]
    );
    sandbox
        .run(["generate", "model", "--grid", "6", "--threads", "1", "--out", "again"])
        .assert_success();
    assert!(sandbox.run_files("again")["latent-map.png"] == files["latent-map.png"]);
    // The number is optional; a path is not a number.
    sandbox.run(["generate", "model", "--grid"]).assert_success();
    let line = sandbox.assert_refused(["generate", "--grid", "model"], USAGE);
    assert!(line.contains("'--grid [<N>]': it must be a whole number"), "{line}");
    let line = sandbox.assert_refused(["generate", "model", "--grid", "61"], USAGE);
    assert!(line.contains("it must be at most 60"), "{line}");

    // Codes of two numbers are already a plane; codes of one number are not.
    for latent in ["2", "1"] {
        let mut args = SHORT_RUN;
        args[6] = latent;
        sandbox.run(args.iter().chain(&["-q", "--out", latent])).assert_success();
    }
    sandbox.run(["generate", "2", "--grid", "3"]).assert_success();
    let line = sandbox.assert_refused(["generate", "1", "--grid", "3"], USAGE);
    assert!(line.contains("has no map"), "{line}");
}

#[test]
fn pca_beside_the_model() {
    let sandbox = with_dense();
    let outcome = sandbox.run(["pca", "model"]);
    let said = &outcome.assert_success().stdout;
    let files = sandbox.assert_files("runs/pca-data-all", &["pca.png", "pca.toml", REPORT]);
    let numbers = toml(&files, "pca.toml");
    assert_eq!(numbers["components"].as_integer(), Some(4));
    assert_eq!(numbers["test_images"].as_integer(), Some(18));
    let error = |whose: &str, name: &str| numbers[whose][name].as_float().unwrap();
    for whose in ["pca", "auto_encoder"] {
        let (mse, psnr) = (error(whose, "mse"), error(whose, "psnr"));
        // Jensen's inequality: the mean of logarithms against the logarithm of the mean.
        assert!(mse > 0.0 && mse < 1.0 && psnr >= -10.0 * mse.log10() - 1e-9, "{numbers}");
        assert!(error(whose, "binary_crossentropy") > 0.0);
        // Eight pixels are too few for its window.
        assert!(!numbers[whose].as_table().unwrap().contains_key("ssim"));
        let name = whose.replace('_', "-").replace("pca", "PCA");
        let row = format!("  {name:<14} {mse:>14.5} ");
        assert!(said.lines().any(|line| line.starts_with(&row)), "{row:?} in {said}");
    }
    // The numbers of the model's own run.
    let history = common::files::history(&sandbox.run_files("model"));
    let (_, val_loss) = history[history.len() - 1];
    assert!((error("auto_encoder", "binary_crossentropy") / val_loss - 1.0).abs() < 1e-4);
    // Two epochs are not enough to beat PCA.
    assert!(said.contains("PCA, the best linear map, is better by both errors"), "{said}");
    let [(_, _, height, 1)] = sizes(&files)[..] else { panic!("{:?}", sizes(&files)) };
    assert_eq!(height, 20 + 3 * (32 + 80) + 2 * 10 + 20);
    // Models that are not comparable are measured without a verdict.
    for more in [["--components", "3"], ["--classes", "1"]] {
        let said =
            sandbox.run(["pca", "model"].iter().chain(&more)).assert_success().stdout.clone();
        assert!(said.contains("the two cannot be compared"), "{said}");
        assert!(!said.contains("better by both errors"), "{said}");
    }
}

#[test]
fn pca_alone() {
    let sandbox = Sandbox::with_data();
    let mse = |components: &str| {
        let args = ["pca", "--dataset", "data", "--classes", "all", "-q"];
        let outcome =
            sandbox.run(args.iter().chain(&["--components", components, "--out", components]));
        assert_eq!(outcome.assert_success().stdout, "");
        let numbers = toml(&sandbox.run_files(components), "pca.toml");
        assert!(!numbers.contains_key("auto_encoder"));
        assert!(numbers["explained_variance_ratio"].as_float().unwrap() <= 1.0 + 1e-9);
        numbers["pca"]["mse"].as_float().unwrap()
    };
    let errors = ["1", "4", "20"].map(mse);
    assert!(errors[0] > errors[1] && errors[1] > errors[2], "{errors:?}");

    let refused = |args: &[&str], message: &str| {
        let line = sandbox.assert_refused(["pca"].iter().chain(args), USAGE);
        assert_eq!(line, format!("error: {message}"));
    };
    refused(&[], "the following required arguments were not provided: <RUN|MODEL>");
    refused(
        &["--dataset", "data", "--classes", "all", "--components", "61"],
        "--components 61: expected 1 to 60, for 60 training images of 64 pixels",
    );
    let denoiser = with_denoiser();
    let line = denoiser.assert_refused(["pca", "model"], USAGE);
    let expected = "pca: a model of denoise has no code to compare with; expected one of dense";
    assert_eq!(line, format!("error: {expected}"));
}

#[test]
fn galleries_in_the_terminal() {
    let sandbox = with_dense();
    write_png(&sandbox.path("a.png"), (8, 8), png::ColorType::Grayscale, &bar(8));
    let run = |args: &[&str], environment: &[(&str, &str)]| {
        let mut command = sandbox.command(args);
        command.envs(environment.iter().copied());
        let outcome = Outcome::of(&mut command);
        outcome.assert_success();
        outcome.stdout
    };
    // Ten images of 8 pixels fill 89 columns.
    let plain = run(&["reconstruct", "model", "-q", "--show"], &[("COLUMNS", "89")]);
    let widest = plain.lines().map(|line| line.chars().count()).max();
    assert_eq!(widest, Some(89), "{plain}");
    // The bars of the test images on a nearly black background.
    let bright = |line: &str| line.contains(['-', '=', '+', '*']) && line.contains("   ");
    assert!(plain.lines().skip(2).take(4).any(bright), "{plain}");
    assert!(
        plain.starts_with("\ntest images\n") && plain.contains("\nreconstructions\n"),
        "{plain}"
    );
    // Two captions, and four lines to each row of tiles.
    assert_eq!(plain.lines().count(), 1 + 2 * (1 + 4));
    let narrow = run(&["reconstruct", "model", "-q", "--show"], &[("COLUMNS", "40")]);
    assert!(narrow.lines().all(|line| line.chars().count() <= 40), "{narrow}");
    assert!(narrow.ends_with("\n4 of 10 columns: not all of them fit\n"), "{narrow}");
    // Nothing is shown without the option, and there is no escape sequence off a terminal or with
    // NO_COLOR.
    assert_eq!(run(&["reconstruct", "model", "-q"], &[]), "");
    let forced = [("CLICOLOR_FORCE", "1"), ("COLORTERM", "")];
    for (environment, sequence) in [
        (&forced[..], "\u{1b}[38;5;"),
        (&[("CLICOLOR_FORCE", "1"), ("COLORTERM", "truecolor")], "\u{1b}[38;2;"),
    ] {
        let colors = run(&["reconstruct", "model", "-q", "--show"], environment);
        assert!(colors.contains(sequence) && colors.contains('▀'), "{colors:?}");
    }
    for text in [&plain, &run(&["reconstruct", "model", "-q", "--show"], &[("NO_COLOR", "1")])] {
        assert!(!text.contains('\u{1b}') && !text.contains('▀'), "{text}");
    }

    // Every command that draws galleries has it.
    let dense: Vec<&str> = SHORT_RUN.iter().chain(&["-q", "--show"]).copied().collect();
    let denoise: Vec<&str> =
        DENOISE.iter().chain(&["--epochs", "2", "-q", "--show"]).copied().collect();
    for (args, captions) in [
        (
            dense,
            &["test images", "decoded from latent numbers", "through PCA, components uniform"][..],
        ),
        (denoise, &["original", "noisy", "denoised"]),
        (vec!["generate", "model", "-q", "--show"], &["decoded from latent", "through PCA"]),
        (vec!["generate", "model", "--grid", "4", "-q", "--show"], &["across component 1"]),
        (
            vec!["pca", "model", "-q", "--show"],
            &["test images", "PCA, 4 components", "auto-encoder"],
        ),
        (vec!["reconstruct", "model", "a.png", "-q", "--show"], &["input", "as the model sees it"]),
        (
            vec!["denoise-image", "runs/denoise-data-all", "a.png", "-q", "--show"],
            &["original", "denoised"],
        ),
    ] {
        let text = run(&args, &[("COLUMNS", "100")]);
        for caption in captions {
            // It is shown once: the galleries of single epochs are not shown.
            let found = text.lines().filter(|line| line.starts_with(caption)).count();
            assert!(found == 1 || (found == 2 && *caption == "through PCA"), "{caption}: {text}");
        }
    }
}
