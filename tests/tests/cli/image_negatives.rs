//! Tests negatives of a model's training images, drawings that exist only in the opacity, and
//! photographs of drawings, on the command line.

use crate::common;
use crate::common::files::{picture, write_png};
use crate::common::{DATA, DENOISE, SHORT_RUN, Sandbox, data};
use ae_idx::{Dataset, FILE_NAMES, IdxArray, IdxData, MNIST, Packing};

fn negative(pixels: &[u8]) -> Vec<u8> {
    pixels.iter().map(|pixel| 255 - pixel).collect()
}

/// The small data set in `data`, and its negatives in `negatives`; a denoising and a dense model of
/// each: `denoise-data`, `dense-negatives` ..
fn with_models() -> Sandbox {
    let sandbox = Sandbox::with_data();
    let (train, test) =
        (data::class_cycle(3 * data::TRAIN, 3), data::class_cycle(3 * data::TEST, 3));
    data::small(&sandbox.path("negatives"));
    for (name, labels, first) in
        [(FILE_NAMES[0], &train, 0), (FILE_NAMES[2], &test, data::FIRST_TEST)]
    {
        let images = (first..).zip(labels).flat_map(|(i, &label)| data::image(i, label));
        let pixels = negative(&images.collect::<Vec<u8>>());
        let count = u32::try_from(labels.len()).unwrap();
        let array =
            IdxArray::new(vec![count, data::SIDE, data::SIDE], IdxData::U8(pixels)).unwrap();
        let path = sandbox.path("negatives").join(name);
        ae_idx::write_file(path, &array, Packing::Plain).unwrap();
    }
    for folder in ["data", "negatives"] {
        for (job, args) in [("denoise", &DENOISE[..]), ("dense", &SHORT_RUN[..9])] {
            let args: Vec<&str> =
                args.iter().map(|arg| if *arg == "data" { folder } else { *arg }).collect();
            let out = format!("{job}-{folder}");
            let more = ["--epochs", "60", "-q", "--out", &out];
            sandbox.run(args.iter().chain(&more)).assert_success();
        }
    }
    sandbox
}

/// A drawing of 8 x 8 images of the data set, side by side.
fn drawing() -> Vec<u8> {
    let images: Vec<Vec<u8>> = (0..25).map(|i| data::image(200 + i, (i % 3) as u8)).collect();
    (0..1600).map(|i| images[i / 40 / 8 * 5 + i % 40 / 8][i / 40 % 8 * 8 + i % 8]).collect()
}

/// Returns what the program warns of, without the name of the image and the rest of the line.
fn warning(sandbox: &Sandbox, args: &[&str]) -> Option<String> {
    let outcome = sandbox.run(args);
    outcome.assert_success();
    let line = outcome.stderr.strip_prefix("warning: ")?;
    assert_eq!(line.lines().count(), 1, "{line}");
    Some(line.split_once(": ").unwrap().1.trim_end().into())
}

/// A model of drawings that are dark on light was told to invert them, and made them worse.
#[test]
fn a_negative_is_one_of_what_the_model_has_learned() {
    let sandbox = with_models();
    write_png(&sandbox.path("light.png"), (40, 40), png::ColorType::Grayscale, &drawing());
    let dark = negative(&drawing());
    write_png(&sandbox.path("dark.png"), (40, 40), png::ColorType::Grayscale, &dark);
    for (job, command) in [("denoise", "denoise-image"), ("dense", "reconstruct")] {
        for (folder, learned, other) in [
            ("data", "light on dark", "dark on light"),
            ("negatives", "dark on light", "light on dark"),
        ] {
            let model = format!("{job}-{folder}");
            let (alike, unlike) = if folder == "data" {
                ("light.png", "dark.png")
            } else {
                ("dark.png", "light.png")
            };
            let warned = |more: &[&str]| {
                let args = [&[command, &model[..], "--no-centre"][..], more].concat();
                let denoise: Vec<&str> =
                    args.iter().copied().filter(|arg| *arg != "--no-centre").collect();
                warning(&sandbox, if job == "dense" { &args } else { &denoise })
            };
            assert_eq!(warned(&[alike]), None, "{model}");
            assert_eq!(warned(&[unlike, "--invert"]), None, "{model}");
            let missing = format!("looks {other}, the model learned {learned}; try --invert");
            assert_eq!(warned(&[unlike]), Some(missing), "{model}");
            let needless =
                format!("looks {learned}, as the model learned it; try it without --invert");
            assert_eq!(warned(&[alike, "--invert"]), Some(needless), "{model}");
        }
    }
}

/// Drawing programs save black ink on a transparent sheet as one gray with an opacity. The result
/// was black on black, without a warning.
#[test]
fn a_drawing_in_the_opacity_alone_is_seen() {
    let sandbox = with_models();
    let ink = |gray: u8| drawing().iter().flat_map(|&alpha| [gray, alpha]).collect::<Vec<u8>>();
    write_png(&sandbox.path("black.png"), (40, 40), png::ColorType::GrayscaleAlpha, &ink(0));
    write_png(&sandbox.path("white.png"), (40, 40), png::ColorType::GrayscaleAlpha, &ink(255));
    let dark = negative(&drawing());
    write_png(&sandbox.path("dark.png"), (40, 40), png::ColorType::Grayscale, &dark);
    write_png(&sandbox.path("light.png"), (40, 40), png::ColorType::Grayscale, &drawing());
    for model in ["denoise-data", "denoise-negatives"] {
        for invert in [&[][..], &["--invert"]] {
            // Black ink counts as ink on white paper, white ink as chalk on a black board.
            for (name, same) in [("black", "dark"), ("white", "light")] {
                let result = |name: &str| {
                    let out = format!("{model}-{}-{name}", invert.len());
                    let image = format!("{name}.png");
                    let args = ["denoise-image", model, &image, "--out", &out];
                    let warned = warning(&sandbox, &[&args[..], invert].concat());
                    let file = format!("{name}-denoised.png");
                    (warned, picture(&sandbox.run_files(&out)[&file]).3)
                };
                let ((warned, pixels), (expected_warning, expected)) = (result(name), result(same));
                assert_eq!(warned, expected_warning, "{model} {name}");
                assert!(pixels == expected, "{model} {name} {invert:?}");
            }
        }
    }
}

/// Cuts the digit as the model sees it out of the middle row of `reconstruction.png`.
fn seen(file: &[u8]) -> Vec<u8> {
    let (width, _, _, pixels) = picture(file);
    // The second row's tile: threefold, below a margin, two captions, a row and a gap.
    let (top, left) = (20 + 32 + 84 + 10 + 32, 20);
    (0..784)
        .map(|i| pixels[(top + 3 * (i / 28) + 1) * width as usize + left + 3 * (i % 28) + 1])
        .collect()
}

/// Digits of MNIST photographed on gray paper with a shadow. Each was once a bright block.
#[test]
fn a_photographed_digit_is_reconstructed_and_not_its_paper() {
    let sandbox = Sandbox::new();
    sandbox.run(["dense", "--epochs", "1", "-q", "--out", "model"]).assert_success();
    let folder = common::workspace().join("datasets/mnist");
    let test = Dataset::load_known(&MNIST, folder).unwrap().test;
    let mut state = 1u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 27) as f32 - 15.5
    };
    for number in [0, 1, 7, 8] {
        let digit = test.image(number);
        // Ten times as large in the middle of a sheet of 400 x 420.
        let (cols, rows) = (400u32, 420u32);
        let ink = |x: u32, y: u32| match (x.checked_sub(60), y.checked_sub(70)) {
            (Some(x), Some(y)) if x < 280 && y < 280 => {
                f32::from(digit[(y / 10 * 28 + x / 10) as usize]) / 255.0
            }
            _ => 0.0,
        };
        let gray = |i: u32| {
            let (x, y) = (i % cols, i / cols);
            let paper = 195.0 - 0.15 * x as f32 - 0.1 * y as f32;
            (paper * (1.0 - 0.75 * ink(x, y)) + 0.6 * noise()).clamp(0.0, 255.0) as u8
        };
        let photo: Vec<u8> = (0..cols * rows).map(gray).collect();
        write_png(&sandbox.path("photo.png"), (cols, rows), png::ColorType::Grayscale, &photo);
        let out = format!("out{number}");
        let args = ["reconstruct", "model", "photo.png", "--invert", "--out", &out];
        assert_eq!(warning(&sandbox, &args), None);
        let seen = seen(&sandbox.run_files(&out)["reconstruction.png"]);
        // The center of mass may be rounded to the next pixel.
        let moved = |by: usize| {
            let off = (0..784).map(|i| u32::from(seen[i].abs_diff(digit[(i + 755 + by) % 784])));
            off.sum::<u32>()
        };
        let off = [0, 1, 2, 28, 29, 30, 56, 57, 58].map(moved).into_iter().min().unwrap();
        let all: u32 = digit.iter().map(|&pixel| u32::from(pixel)).sum();
        assert!(3 * off < all, "image {number} is off by {off} of {all}");
    }
    // No drawing is found on blank paper, whatever its shadow.
    let gray = |i: u32| (190.0 - 0.1 * (i % 300) as f32 + 0.3 * noise()) as u8;
    let blank: Vec<u8> = (0..300 * 200).map(gray).collect();
    write_png(&sandbox.path("blank.png"), (300, 200), png::ColorType::Grayscale, &blank);
    let line = sandbox.assert_refused(["reconstruct", "model", "blank.png", "--invert"], DATA);
    assert!(line.starts_with("error: blank.png: expected a drawing, "), "{line}");
}
