//! `ae-app explore`: what is in the page, what it does without, and that no name becomes markup.

use crate::common;
use crate::common::data::{FIRST_TEST, image, write};
use crate::common::files::write_png;
use crate::common::{DATA, DENOISE, Outcome, SHORT_RUN, Sandbox, USAGE};
use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use std::fs;
use std::io::Read;

/// A page and what it holds.
struct Page {
    html: String,
    bundle: Value,
    said: String,
}

/// Writes a page to the folder `page`.
#[track_caller]
fn explore(sandbox: &Sandbox, args: &[&str]) -> Page {
    let outcome = sandbox.run(["explore"].iter().chain(args).chain(&["--out", "page"]));
    page(sandbox, outcome)
}

#[track_caller]
fn page(sandbox: &Sandbox, outcome: Outcome) -> Page {
    outcome.assert_success();
    let files = sandbox.run_files("page");
    assert_eq!(files.keys().collect::<Vec<_>>(), ["explore.html"]);
    let html = String::from_utf8(files["explore.html"].clone()).unwrap();
    let bundle = serde_json::from_str(within(&html, "bundle")).unwrap();
    fs::remove_dir_all(sandbox.path("page")).unwrap();
    Page { html, bundle, said: outcome.stdout + &outcome.stderr }
}

/// The text of the page's script with this name.
fn within<'a>(html: &'a str, id: &str) -> &'a str {
    let start = html.split_once(&format!("<script id=\"{id}\"")).expect(id).1;
    start.split_once('>').unwrap().1.split_once("</script>").unwrap().0
}

fn bytes(value: &Value) -> Vec<u8> {
    STANDARD.decode(value.as_str().unwrap()).unwrap()
}

fn unpacked(value: &Value) -> Vec<u8> {
    let mut unpacked = Vec::new();
    GzDecoder::new(&bytes(value)[..]).read_to_end(&mut unpacked).unwrap();
    unpacked
}

fn floats(value: &Value) -> Vec<f32> {
    let bytes = bytes(value);
    bytes.as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
}

/// A run of `dense` on the small data, as `run`.
fn with_dense(options: &[&str]) -> Sandbox {
    let sandbox = Sandbox::with_data();
    sandbox.run(SHORT_RUN.iter().chain(options).chain(&["-q", "--out", "run"])).assert_success();
    sandbox
}

/// The pixels of the first training or test images of the small data.
fn small_images(first: u32, count: u32) -> Vec<u8> {
    (0..count).flat_map(|i| image(first + i, (i % 3) as u8)).collect()
}

/// An array of f32 or f64 in an archive of `export`, as f32.
fn array(sandbox: &Sandbox, name: &str) -> Vec<f32> {
    let file = fs::File::open(sandbox.path("run.npz")).unwrap();
    let mut bytes = Vec::new();
    let mut archive = zip::ZipArchive::new(file).unwrap();
    archive.by_name(&format!("{name}.npy")).unwrap().read_to_end(&mut bytes).unwrap();
    let (heading, numbers) = bytes.split_at(128);
    match String::from_utf8_lossy(heading).contains("'<f8'") {
        true => {
            let numbers = numbers.as_chunks::<8>().0.iter();
            numbers.map(|&bytes| f64::from_le_bytes(bytes) as f32).collect()
        }
        false => {
            let numbers = numbers.as_chunks::<4>().0.iter();
            numbers.map(|&bytes| f32::from_le_bytes(bytes)).collect()
        }
    }
}

#[test]
fn a_dense_run_with_its_codes_its_components_and_its_images() {
    let sandbox = with_dense(&[]);
    let Page { html, bundle, said } = explore(&sandbox, &["run"]);
    assert!(
        said.contains("the model notebook-dense, 60 training images, 18 test images"),
        "{said}"
    );
    assert!(said.contains("\nopen page/explore.html with a double click"), "{said}");
    assert!(
        html.contains("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';")
    );
    assert!(!html.contains(" src=") && !html.contains("<link"));
    assert!(html.len() < 3_000_000, "{}", html.len());

    assert_eq!((&bundle["version"], &bundle["program"]), (&json!(1), &json!("ae-app 0.1.0")));
    let run = &bundle["run"];
    assert_eq!(
        (&run["name"], &run["job"], &run["dataset"]),
        (&json!("run"), &json!("dense"), &json!("data"))
    );
    assert_eq!((&run["codeLength"], &run["noise"]), (&json!(4), &Value::Null));
    let command = run["command"].as_str().unwrap();
    assert!(command.contains("explore run --dataset data"), "{command}");
    let files = sandbox.run_files("run");
    let history: Vec<(f64, f64)> = common::files::history(&files);
    let losses =
        |epoch: &Value| (epoch["loss"].as_f64().unwrap(), epoch["val_loss"].as_f64().unwrap());
    let epochs = run["history"].as_array().unwrap();
    assert_eq!(epochs.iter().map(losses).collect::<Vec<_>>(), history);
    assert_eq!(epochs[1]["epoch"], 2);
    assert_eq!(bytes(&bundle["model"]), files["model.safetensors"]);

    assert_eq!(bundle["image"], json!({ "height": 8, "width": 8, "channels": 1 }));
    assert_eq!(bundle["classNames"], json!(["0", "1", "2"]));
    let training = json!({
        "source": "data", "classes": ["0", "1", "2"], "total": 60, "seed": 1, "batch": 20,
        "epochs": 2, "latent": 4, "optimizer": "rmsprop", "rate": 0.001,
    });
    assert_eq!(bundle["training"], training);
    for (part, first, count) in [("train", 0, 60), ("test", FIRST_TEST, 18)] {
        let images = &bundle[part];
        assert_eq!(images["count"], count);
        assert_eq!(images["labels"], json!((0..count).map(|i| i % 3).collect::<Vec<_>>()));
        assert_eq!(unpacked(&images["pixels"]), small_images(first, count));
    }
    let missing = json!({ "latent": null, "draw": "size", "train": null, "inspect": null });
    assert_eq!(bundle["missing"], missing);

    // The numbers are those of another command.
    sandbox.run(["export", "run", "--npz", "run.npz", "-q"]).assert_success();
    assert_eq!(floats(&bundle["codes"]["values"]), array(&sandbox, "train_codes"));
    assert_eq!((&bundle["codes"]["count"], &bundle["codes"]["length"]), (&json!(60), &json!(4)));
    assert_eq!(floats(&bundle["pca"]["mean"]), array(&sandbox, "pca_mean"));
    assert_eq!(floats(&bundle["pca"]["components"]), array(&sandbox, "pca_components"));
    let variances = array(&sandbox, "pca_explained_variance");
    for (deviation, variance) in floats(&bundle["pca"]["deviations"]).iter().zip(variances) {
        assert!(
            (deviation * deviation - variance).abs() <= 1e-6 * variance,
            "{deviation} {variance}"
        );
    }
    let reference = &bundle["reference"];
    let first = |name| array(&sandbox, name);
    assert_eq!(floats(&reference["reconstruction"]), first("test_reconstructions")[..4 * 64]);
    assert_eq!(floats(&reference["codes"]), first("test_codes")[..4 * 4]);
}

#[test]
fn as_many_images_as_are_asked_for() {
    let sandbox = with_dense(&[]);
    let args = ["run", "--train-images", "5", "--test-images", "2"];
    let Page { bundle, .. } = explore(&sandbox, &args);
    assert_eq!((&bundle["train"]["count"], &bundle["test"]["count"]), (&json!(5), &json!(2)));
    // A batch has at most all of them. Codes are those of all images of the run.
    assert_eq!(
        (&bundle["training"]["batch"], &bundle["training"]["total"]),
        (&json!(5), &json!(60))
    );
    assert_eq!(bundle["codes"]["count"], 60);
    assert_eq!(floats(&bundle["reference"]["reconstruction"]).len(), 2 * 64);
    for wrong in ["0", "-1", "many"] {
        sandbox.assert_refused(["explore", "run", "--train-images", wrong], USAGE);
    }
    // The run has recorded how its images are taken.
    for option in ["--transpose", "--limit=3", "--size=4x4"] {
        let line = sandbox.assert_refused(["explore", "run", option], USAGE);
        assert!(line.contains("cannot be used with"), "{line}");
    }
}

#[test]
fn a_denoising_run_has_no_latent_space_and_clean_images() {
    let sandbox = Sandbox::with_data();
    let args = DENOISE.iter().chain(&["--epochs", "1", "--noise", "0.25", "-q", "--out", "run"]);
    sandbox.run(args).assert_success();
    let Page { bundle, .. } = explore(&sandbox, &["run"]);
    let run = &bundle["run"];
    assert_eq!((&run["job"], &run["codeLength"]), (&json!("denoise"), &Value::Null));
    assert_eq!(run["noise"], 0.25);
    assert_eq!((&bundle["codes"], &bundle["pca"]), (&Value::Null, &Value::Null));
    assert_eq!(bundle["missing"]["latent"], "denoise");
    assert_eq!(unpacked(&bundle["test"]["pixels"])[..64], small_images(FIRST_TEST, 1));
    // The page trains the dense model as `dense` does.
    let training = &bundle["training"];
    assert_eq!((&training["epochs"], &training["latent"]), (&json!(200), &json!(10)));
    assert_eq!(training["batch"], 60);
    // A model's file alone has no losses.
    let Page { bundle, .. } = explore(&sandbox, &["run/model.safetensors"]);
    assert_eq!((&bundle["run"]["name"], &bundle["run"]["history"]), (&json!("run"), &json!([])));
}

#[test]
fn a_page_without_a_run_trains_from_nothing() {
    let sandbox = Sandbox::with_data();
    let args = ["--dataset", "data", "--classes", "0,2", "--limit", "30"];
    let Page { bundle, said, .. } = explore(&sandbox, &args);
    assert!(said.contains("no model yet, 30 training images, 12 test images"), "{said}");
    assert_eq!((&bundle["run"], &bundle["model"]), (&Value::Null, &Value::Null));
    assert_eq!(bundle["classNames"], json!(["0", "2"]));
    assert_eq!(bundle["train"]["labels"].as_array().unwrap()[..3], [0, 1, 0]);
    let missing = json!({
        "latent": "no-model", "draw": "no-model", "train": null, "inspect": "no-model",
    });
    assert_eq!(bundle["missing"], missing);
    assert_eq!(bundle["training"]["latent"], 10);
}

#[test]
fn a_run_whose_data_are_gone_still_gets_a_page() {
    let sandbox = with_dense(&[]);
    fs::rename(sandbox.path("data"), sandbox.path("elsewhere")).unwrap();
    let Page { bundle, said, .. } = explore(&sandbox, &["run"]);
    assert!(said.contains("warning: ") && said.contains(": the page has no images\n"), "{said}");
    let missing = json!({
        "latent": "no-data", "draw": "size", "train": "no-data", "inspect": "no-data",
    });
    assert_eq!(bundle["missing"], missing);
    assert_eq!((&bundle["test"]["count"], &bundle["training"]["total"]), (&json!(0), &json!(60)));
    assert_eq!(bundle["image"], json!({ "height": 8, "width": 8, "channels": 1 }));
    let command = bundle["run"]["command"].as_str().unwrap();
    assert!(command.ends_with("explore run --dataset FOLDER"), "{command}");
    // A place that was named must be right.
    sandbox.assert_refused(["explore", "run", "--dataset", "nowhere"], USAGE);
    let Page { bundle, said, .. } = explore(&sandbox, &["run", "--dataset", "elsewhere"]);
    assert!(!said.contains("warning"), "{said}");
    assert_eq!(bundle["test"]["count"], 18);
}

#[test]
fn large_images_in_color_are_not_drawn_and_not_trained_on() {
    let sandbox = Sandbox::new();
    let side = 128;
    for i in 0..24u32 {
        let folder = sandbox.path(if i % 4 == 3 { "photos/test" } else { "photos/train" });
        fs::create_dir_all(&folder).unwrap();
        let value = |place: u32| (place * (i + 1) / 5 % 256) as u8;
        let pixels: Vec<u8> = (0..3 * side * side).map(value).collect();
        write_png(&folder.join(format!("{i}.png")), (side, side), png::ColorType::Rgb, &pixels);
    }
    let args = ["dense", "--dataset", "photos", "--latent", "2", "--epochs", "1", "-q"];
    sandbox.run(args.iter().chain(&["--out", "run"])).assert_success();
    let Page { bundle, .. } = explore(&sandbox, &["run"]);
    assert_eq!(bundle["image"], json!({ "height": 128, "width": 128, "channels": 3 }));
    let missing = json!({ "latent": null, "draw": "color", "train": "large", "inspect": null });
    assert_eq!(bundle["missing"], missing);
    assert_eq!((&bundle["train"]["count"], &bundle["codes"]["count"]), (&json!(0), &json!(18)));
    assert_eq!(unpacked(&bundle["test"]["pixels"]).len(), 6 * 3 * 128 * 128);
}

#[test]
fn a_model_of_crops_gets_crops() {
    let sandbox = with_dense(&["--augment", "crop:6x4:2"]);
    let Page { bundle, .. } = explore(&sandbox, &["run"]);
    assert_eq!(bundle["image"], json!({ "height": 4, "width": 6, "channels": 1 }));
    let center = |picture: Vec<u8>| -> Vec<u8> {
        picture.chunks(8).skip(2).take(4).flat_map(|row| row[1..7].to_vec()).collect()
    };
    let expected: Vec<u8> = (0..60).flat_map(|i| center(image(i, (i % 3) as u8))).collect();
    assert_eq!(unpacked(&bundle["train"]["pixels"]), expected);
}

#[test]
fn a_page_that_would_be_too_large_takes_fewer_images_and_says_so() {
    let sandbox = Sandbox::new();
    write(&sandbox.path("data"), &[0; 2], &[0; 2]);
    let (count, side) = (600u32, 200u32);
    let mut state = 1u32;
    let noise = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let pixels: Vec<u8> = (0..count * side * side).map(noise).collect();
    for (images, labels, count) in [(0, 1, count), (2, 3, 2)] {
        let len = (count * side * side) as usize;
        let file = common::data::raw(8, &[count, side, side], &pixels[..len]);
        fs::write(sandbox.path("data").join(ae_idx::FILE_NAMES[images]), file).unwrap();
        let file = common::data::raw(8, &[count], &vec![0; count as usize]);
        fs::write(sandbox.path("data").join(ae_idx::FILE_NAMES[labels]), file).unwrap();
    }
    let args = ["--dataset", "data", "--classes", "all", "--train-images", "600"];
    let Page { html, bundle, said } = explore(&sandbox, &args);
    assert!((15_000_000..=20_000_000).contains(&html.len()), "{}", html.len());
    let kept = bundle["train"]["count"].as_u64().unwrap();
    let line = format!(
        "images     only {kept} for training and 2 for tests: with more the page would exceed 20.0 MB"
    );
    assert!(said.contains(&line), "{said}");
    assert!(said.contains(&format!(", {kept} training images, 2 test images")), "{said}");
}

#[test]
fn no_name_becomes_markup() {
    let sandbox = Sandbox::with_data();
    let names = "</script><script>alert(1)</script>,\"'&\u{e9}<!--,c";
    let run = if cfg!(unix) { "run <script>alert(2)<!-- \"'\u{e9}" } else { "run '\u{e9}" };
    let args = ["--class-names", names, "-q", "--out", run];
    sandbox.run(SHORT_RUN.iter().chain(&args)).assert_success();
    let Page { html, bundle, .. } = explore(&sandbox, &[run]);
    let class_names: Vec<&str> = names.split(',').collect();
    assert_eq!(bundle["classNames"], json!(class_names));
    assert_eq!(bundle["run"]["name"], run);
    assert!(!html.contains("<script>alert"), "markup");
    // One script that runs, and the texts of the bundle, the engine and the worker.
    assert_eq!(
        html.matches("<script").count() - within(&html, "bundle").matches("<script").count(),
        4
    );
    assert_eq!(html.matches("</script>").count(), 4);
    assert_eq!(html.matches("<!--").count(), 0);
}

#[test]
fn what_is_no_finished_run_is_refused() {
    let sandbox = with_dense(&[]);
    fs::remove_file(sandbox.path("run/model.safetensors")).unwrap();
    let line = sandbox.assert_refused(["explore", "run"], DATA);
    assert!(line.contains("model.safetensors"), "{line}");
    sandbox.assert_refused(["explore", "nowhere"], DATA);
}

#[test]
fn a_folder_with_files_is_not_written_to() {
    let sandbox = with_dense(&[]);
    let line = sandbox.assert_refused(["explore", "run", "--out", "run"], USAGE);
    assert!(line.contains("--out run"), "{line}");
    for name in ["runs/explore-data-all", "runs/explore-data-all-2"] {
        let outcome = sandbox.run(["explore", "run", "--json"]);
        outcome.assert_success();
        let object: Value = serde_json::from_str(&outcome.stdout).unwrap();
        assert_eq!(object["files"], json!(["explore.html"]));
        assert_eq!(object["folder"].as_str().unwrap().replace('\\', "/"), name);
    }
}

/// Its commands and names are not those of the machine on which it was made.
#[test]
fn the_sample_page_is_small_and_tells_nothing_of_where_it_was_made() {
    let page = fs::read_to_string(common::workspace().join("docs/explore.html")).unwrap();
    assert!(page.len() < 1_500_000, "{}", page.len());
    let bundle: Value = serde_json::from_str(within(&page, "bundle")).unwrap();
    assert_eq!((&bundle["version"], &bundle["missing"]["latent"]), (&json!(1), &Value::Null));
    let run = &bundle["run"];
    assert_eq!(run["command"], "cargo run -p ae-app -- explore runs/dense-mnist-5");
    let model = String::from_utf8_lossy(&bytes(&bundle["model"])).into_owned();
    for place in ["/home/", "/tmp/", "/root/", "/Users/"] {
        assert!(!page.contains(place) && !model.contains(place), "{place}");
    }
}

#[cfg(target_os = "linux")]
mod opened {
    use super::*;
    use std::process::Command;
    use std::time::{Duration, Instant};

    /// Writes a page with `--open`, with only these programs to be found.
    fn open(sandbox: &Sandbox) -> Outcome {
        fs::create_dir_all(sandbox.path("bin")).unwrap();
        let args = ["explore", "run", "--open", "--out", "page"];
        Outcome::of(sandbox.command(args).env("PATH", sandbox.path("bin")))
    }

    #[test]
    fn by_the_program_that_the_system_has() {
        let sandbox = with_dense(&[]);
        let (opener, seen) = (sandbox.path("bin/xdg-open"), sandbox.path("seen"));
        fs::create_dir_all(sandbox.path("bin")).unwrap();
        let script = format!(
            "#!/bin/sh\necho \"$1\" > '{0}.new'; /bin/mv '{0}.new' '{0}'\n",
            seen.display()
        );
        // By another process: if this one had the file open for writing, so would for a moment
        // every process that another test forks, and the system does not start a program that is
        // being written.
        let written = Command::new("sh")
            .args(["-c", "printf %s \"$1\" > \"$0\" && chmod 755 \"$0\""])
            .args([opener.as_os_str(), script.as_ref()])
            .status();
        assert!(written.unwrap().success());
        let outcome = open(&sandbox);
        outcome.assert_success();
        assert_eq!(outcome.stderr, "");
        // It is another process, which nothing waits for.
        let start = Instant::now();
        while !seen.exists() {
            let patience = Duration::from_secs(300);
            assert!(start.elapsed() < patience, "the program was not started: {outcome:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
        let path = fs::read_to_string(seen).unwrap();
        assert!(path.trim_end().ends_with("page/explore.html"), "{path}");
    }

    #[test]
    fn or_a_warning_and_the_page_is_written() {
        let sandbox = with_dense(&[]);
        let outcome = open(&sandbox);
        outcome.assert_success();
        assert!(outcome.stderr.starts_with("warning: --open: "), "{outcome:?}");
        assert_eq!(outcome.stderr.lines().count(), 1, "{outcome:?}");
        assert!(sandbox.path("page/explore.html").is_file());
    }
}
