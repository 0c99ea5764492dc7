//! `ae-app gradcheck`: every preset is right, every mistake is found where it was made.

use crate::common::{DATA, FAILURE, Outcome, Sandbox, USAGE};
use serde_json::Value;

/// Few weights of each parameter.
const FEW: [&str; 4] = ["--images", "1", "--weights", "2"];

fn gradcheck(sandbox: &Sandbox, side: &str, args: &[&str]) -> Outcome {
    sandbox.run([&["gradcheck", "--side", side], args, &FEW].concat())
}

fn json(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|e| panic!("{e}: {outcome:#?}"))
}

#[test]
fn every_preset_is_right() {
    let sandbox = Sandbox::new();
    let names = json(sandbox.run(["models", "--json", "-q"]).assert_success());
    let names: Vec<&str> =
        names.as_array().unwrap().iter().map(|m| m["name"].as_str().unwrap()).collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        // As small as the code of the preset allows.
        let side = match name {
            "sparse" => "16",
            "photo-latent" => "12",
            _ => "8",
        };
        let outcome = gradcheck(&sandbox, side, &[name, "--json", "-q", "--out", name]);
        let found = json(outcome.assert_success());
        assert!(found.get("wrong_in").is_none(), "{name}: {found}");
        let parameters = found["parameters"].as_array().unwrap();
        assert!(parameters.iter().all(|p| p["checked"].as_u64() > Some(0)), "{name}: {found}");
        sandbox.assert_files(name, &["gradcheck.png"]);
    }
}

#[test]
fn every_mistake_is_caught_in_its_layer() {
    let sandbox = Sandbox::new();
    for (bug, layer, where_it_enters) in [
        ("activation", "conv2d_2", "conv2d_2"),
        ("transpose", "conv2d_2", "conv2d_2"),
        ("bias", "conv2d_1", "conv2d_1"),
        ("sign", "conv2d_2", "conv2d_2"),
        ("tap", "conv2d_3", "conv2d_3"),
        // The mean is in the loss, so every layer is wrong, also the last.
        ("mean", "", "conv2d_5"),
    ] {
        let mut args = vec!["notebook-conv", "--json", "-q", "--out", bug, "--break", bug];
        if !layer.is_empty() {
            args.extend(["--break-in", layer]);
        }
        let outcome =
            sandbox.run([&["gradcheck"], &args[..], &["--side", "8", "--images", "2"]].concat());
        let line = outcome.assert_error(FAILURE);
        assert!(line.contains(&format!("{where_it_enters} is the layer nearest")), "{line}");
        let found = json(&outcome);
        assert_eq!(found["wrong_in"], where_it_enters, "{bug}");
        assert_eq!(found["broken"][0], bug);
        sandbox.assert_files(bug, &["gradcheck.png"]);
    }
}

#[test]
fn the_table_says_what_is_wrong() {
    let sandbox = Sandbox::new();
    let right = gradcheck(&sandbox, "16", &["notebook-dense", "--layer", "dense_2"]);
    let said = &right.assert_success().stdout;
    assert!(said.contains("\ndense_2/kernel") && !said.contains("\ndense_1/kernel"), "{said}");
    assert!(said.contains("\nevery gradient is right\n"), "{said}");
    // One image of 16 x 16 pixels: the sum is 256 times the mean.
    let outcome = gradcheck(&sandbox, "16", &["notebook-dense", "--break", "mean"]);
    outcome.assert_error(FAILURE);
    let said = &outcome.stdout;
    let factors = ["WRONG: 256.0", "WRONG: 255.9"].map(|factor| said.matches(factor).count());
    assert_eq!(factors[0] + factors[1], 4, "{said}");
}

#[test]
fn a_mistake_that_does_not_show_is_not_called_right() {
    let sandbox = Sandbox::new();
    // The gradient of the first sample alone is all of it, if there is one; what lies behind a
    // wrong layer is right.
    let hidden = [
        &["--images", "1", "--break", "bias"][..],
        &["--layer", "dense_2", "--break", "sign", "--break-in", "dense_1"],
    ];
    for args in hidden {
        let args = [&["gradcheck", "notebook-dense", "--side", "8"], args].concat();
        let outcome = sandbox.run(args);
        let line = outcome.assert_error(FAILURE);
        assert!(line.contains("the mistake does not show"), "{line}");
        assert!(!outcome.stdout.contains("every gradient is right"), "{outcome:#?}");
    }
}

#[test]
fn what_cannot_be_checked_is_refused() {
    let sandbox = Sandbox::new();
    let refused =
        |args: &[&str], status| sandbox.assert_refused([&["gradcheck"], args].concat(), status);
    let line = refused(&["notebook-dense", "--layer", "conv2d_1"], USAGE);
    assert!(line.contains("dense_1, dense_2") && line.contains("\"conv2d_1\""), "{line}");
    let line = refused(&["notebook-dense", "--break", "tap"], USAGE);
    assert!(line.contains("no layer of this model can have the mistake tap"), "{line}");
    let line =
        refused(&["notebook-dense", "--break", "activation", "--break-in", "dense_2"], USAGE);
    let layers = "mistake activation: expected one of the layers dense_1, found";
    assert!(line.ends_with(&format!("{layers} \"dense_2\"")), "{line}");
    let args = ["notebook-dense", "--break", "activation", "--break-in", "dens"];
    let line = refused(&args, USAGE);
    assert!(line.ends_with(&format!("{layers} \"dens\"")), "{line}");
    refused(&["notebook-dense", "--break", "forgotten"], USAGE);
    refused(&["notebook-dense", "--break-in", "dense_1"], USAGE);
    refused(&["no-such-preset"], USAGE);
    refused(&["no-such-run/model.safetensors"], DATA);
}
