//! Defects of woven cloth, from the files in MVTec's layout to the measures of the heat maps, all
//! through the program.

mod common;

use ae_image::{Channels, Raster};
use ae_tests::surfaces::{Defect, SIDE, Surface, write_set};
use common::files::toml;
use common::{DATA, Outcome, Sandbox, USAGE};
use std::fs;

/// A sandbox with this many images of sound cloth, and half as many tested ones with each defect.
fn cloth(good: u64, tested: u64) -> Sandbox {
    let sandbox = Sandbox::new();
    write_set(&sandbox.path("cloth"), good, tested).unwrap();
    sandbox
}

#[track_caller]
fn run(sandbox: &Sandbox, args: &[&str], out: &str) -> Outcome {
    let outcome = sandbox.run(["anomaly"].iter().chain(args).chain(&["--out", out]));
    outcome.assert_success();
    outcome
}

/// A number of `metrics.toml`.
#[track_caller]
fn measure(sandbox: &Sandbox, run: &str, table: &[&str]) -> f64 {
    let metrics = toml(&sandbox.run_files(run), "metrics.toml");
    let value =
        table.iter().fold(&::toml::Value::Table(metrics), |value, key| &value[*key]).clone();
    value.as_float().unwrap()
}

#[test]
fn defects_are_found_and_located() {
    let sandbox = cloth(400, 30);
    let trained = ["--dataset", "cloth", "--epochs", "30", "--batch", "20", "--lr", "0.003"];
    let trained = [&trained[..], &["--held-out", "0.05", "--false-alarms", "0.05"]].concat();
    let outcome = run(&sandbox, &[&trained[..], &["--latent", "24", "--json"]].concat(), "run");
    let auroc = measure(&sandbox, "run", &["scores", "patch", "auroc"]);
    assert!(auroc > 0.98, "images {auroc}");
    let pixels = measure(&sandbox, "run", &["pixels", "auroc"]);
    assert!(pixels > 0.97, "pixels {pixels}");
    // The window says more than each pixel, and the share of marked pixels is that of the masks.
    assert!(measure(&sandbox, "run", &["pixels", "error_auroc"]) < pixels);
    let drawn = |number: u64| Defect::ALL.map(|defect| Surface::draw(7, number, Some(defect)).mask);
    let marked = (430..445).flat_map(drawn).flatten().filter(|&marked| marked).count() as f64;
    let all = (75 * SIDE * SIDE) as f64;
    assert_eq!(measure(&sandbox, "run", &["pixels", "defective"]), marked / all);
    let json: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(json["metrics"]["pixels"]["auroc"], pixels);
    assert!(outcome.stderr.contains(&format!("pixels     AUROC {pixels:.4}")), "{outcome:#?}");
    let files = sandbox.run_files("run");
    let read = |name: &str| String::from_utf8(files[name].clone()).unwrap();
    assert!(read("report.html").contains("AUROC of the mean error in windows of 11 x 11"));
    assert!(read("scores.csv").contains("\ntest/scratch/0430.png,scratch,true,"));

    // The run is repeated with its masks, wherever they are now.
    let again = ["run", "-q"];
    run(&sandbox, &again, "again");
    assert_eq!(measure(&sandbox, "again", &["pixels", "auroc"]), pixels);
    fs::rename(sandbox.path("cloth"), sandbox.path("moved")).unwrap();
    sandbox.run(["verify", "run", "-q", "--dataset", "moved"]).assert_success();
    let mask = sandbox.path("moved/ground_truth/stain/0430_mask.png");
    fs::write(&mask, fs::read(sandbox.path("moved/ground_truth/stain/0431_mask.png")).unwrap())
        .unwrap();
    let line = sandbox.assert_refused(["verify", "run", "-q", "--dataset", "moved"], DATA);
    assert!(line.contains("ground_truth: not the masks of the run"), "{line}");

    // Masks are cropped like their images.
    let args = [&trained[..], &["--augment", "crop:48x48", "-q", "--dataset", "moved"]].concat();
    let args: Vec<_> = args.into_iter().skip(2).collect();
    run(&sandbox, &args, "crop");
    let pixels = measure(&sandbox, "crop", &["pixels", "auroc"]);
    assert!(pixels > 0.9, "pixels of crops {pixels}");
}

/// Masks may be elsewhere, in any size that the images have, and only of some images.
#[test]
fn masks_that_do_not_fit_are_refused_in_a_line() {
    let sandbox = cloth(40, 4);
    let short =
        ["--dataset", "cloth", "--held-out", "0.5", "--false-alarms", "0.1", "--epochs", "1"];
    let short = [&short[..], &["--size", "16x16", "--patch", "5"]].concat();
    let masks = sandbox.path("cloth/ground_truth");
    run(&sandbox, &short, "run");
    let pixels = measure(&sandbox, "run", &["pixels", "auroc"]);

    let elsewhere = [&short[..], &["--masks", "elsewhere", "-q"]].concat();
    fs::rename(&masks, sandbox.path("elsewhere")).unwrap();
    run(&sandbox, &elsewhere, "other");
    assert_eq!(measure(&sandbox, "other", &["pixels", "auroc"]), pixels);
    sandbox.run(["verify", "other", "-q"]).assert_success();
    let line = sandbox.assert_refused(["verify", "run", "-q"], DATA);
    assert!(line.contains("expected the masks of the run") && line.contains("ground_truth"));

    // Without masks there is nothing to measure, and none are looked for again.
    run(&sandbox, &[&short[..], &["-q"]].concat(), "none");
    fs::rename(sandbox.path("elsewhere"), &masks).unwrap();
    // A folder of others where they were does not hide those beside the data.
    fs::create_dir(sandbox.path("elsewhere")).unwrap();
    sandbox.run(["verify", "other", "-q"]).assert_success();
    assert!(!toml(&sandbox.run_files("none"), "metrics.toml").contains_key("pixels"));
    sandbox.run(["verify", "none", "-q"]).assert_success();
    run(&sandbox, &[&short[..], &["--masks", "none", "-q"]].concat(), "unused");
    assert!(!toml(&sandbox.run_files("unused"), "metrics.toml").contains_key("pixels"));

    let refused = |more: &[&str], status: i32, said: &str| {
        let args = ["anomaly"].iter().chain(&short).chain(more).chain(&["--out", "bad"]);
        let line = sandbox.assert_refused(args, status);
        assert!(line.contains(said), "{line}");
    };
    refused(&["--masks", "nowhere"], DATA, "--masks nowhere: expected a folder of masks");
    let file = masks.join("scratch/0044_mask.png");
    let sound = fs::read(&file).unwrap();
    let raster = |side: usize, level: u8| {
        Raster::new(side, side, Channels::Gray, vec![level; side * side]).to_png()
    };
    fs::write(&file, raster(32, 255)).unwrap();
    let size = "0044_mask.png: expected 64x64, the size of test/scratch/0044.png, found 32x32";
    refused(&[], DATA, size);
    fs::write(&file, b"no picture").unwrap();
    refused(&[], DATA, "scratch/0044_mask.png: expected a PNG or JPEG image");
    fs::remove_file(&file).unwrap();
    let missing =
        "expected a mask of test/scratch/0044.png, found none; call it scratch/0044_mask.png";
    refused(&[], DATA, missing);
    fs::write(masks.join("scratch/0044.png"), &sound).unwrap();
    fs::write(masks.join("scratch/1044_mask.png"), &sound).unwrap();
    refused(&[], DATA, "1044_mask.png: expected a mask of an image of the data, found none");
    fs::remove_file(masks.join("scratch/1044_mask.png")).unwrap();
    fs::write(&file, &sound).unwrap();
    refused(&[], DATA, "expected one mask for an image, found a second one");
    let args = ["anomaly", "--masks", "cloth/ground_truth", "--limit", "200"];
    let line = sandbox.assert_refused(args, DATA);
    assert!(line.contains("expected masks of a folder of images, found other data"), "{line}");
    let line = sandbox.assert_refused(["anomaly", "run", "--masks", "cloth/ground_truth"], USAGE);
    assert!(line.contains("--masks"), "{line}");

    // Black masks mark nothing.
    for defect in Defect::ALL {
        for number in [44, 45] {
            let name = format!("{}/{number:04}_mask.png", defect.name());
            fs::write(masks.join(name), raster(SIDE, 0)).unwrap();
        }
    }
    fs::remove_file(masks.join("scratch/0044.png")).unwrap();
    let outcome = run(&sandbox, &[&short[..], &["-q"]].concat(), "black");
    assert!(outcome.stderr.contains("no pixel of the test images is marked"), "{outcome:#?}");
}

/// The masks mark what differs from the same cloth without the defect.
#[test]
fn masks_are_where_the_defects_are() {
    for defect in Defect::ALL {
        let (good, bad) = (Surface::draw(3, 5, None), Surface::draw(3, 5, Some(defect)));
        let marked = bad.mask.iter().filter(|&&marked| marked).count();
        assert!((30..600).contains(&marked), "{}: {marked}", defect.name());
        let far = |inside: bool| {
            let pairs = good.pixels.iter().zip(&bad.pixels).zip(&bad.mask);
            pairs.filter(|&((a, b), &m)| m == inside && a.abs_diff(*b) > 12).count()
        };
        // A pixel at the edge of a defect is changed a little.
        assert!(far(true) > marked / 4, "{}", defect.name());
        assert!(far(false) < marked, "{}", defect.name());
    }
    assert!(Surface::draw(3, 5, None).mask.iter().all(|&marked| !marked));
}
