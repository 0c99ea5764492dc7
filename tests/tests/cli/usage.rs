//! The arguments: errors and their messages, the help text, and that the program accepts every
//! example in the help, in reports and in the documentation.

use crate::common;
use crate::common::{DATA, FAILURE, Outcome, SHORT_RUN, Sandbox, USAGE};
use std::fs;
use std::path::Path;

/// Asserts the whole message for arguments after `dense`.
#[track_caller]
fn assert_usage(sandbox: &Sandbox, args: &[&str], message: &str) {
    let line = sandbox.assert_refused(["dense"].iter().chain(args), USAGE);
    assert_eq!(line, format!("error: {message}"), "{args:?}");
}

/// The short run on small data, with these options in place of or in addition to its own.
#[track_caller]
fn assert_short_run_refused(sandbox: &Sandbox, args: &[&str], message: &str) {
    let mut all: Vec<&str> = SHORT_RUN.to_vec();
    for option in args.chunks(2) {
        match all.iter().position(|arg| *arg == option[0]) {
            Some(position) => all[position + 1] = option[1],
            None => all.extend(option),
        }
    }
    let line = sandbox.assert_refused(all, USAGE);
    assert_eq!(line, format!("error: {message}"), "{args:?}");
}

#[test]
fn case_17_a_batch_of_none_or_of_more_than_there_are() {
    let sandbox = Sandbox::with_data();
    let refused = |batch, message| assert_short_run_refused(&sandbox, &["--batch", batch], message);
    refused("0", "invalid value '0' for '--batch <N>': it must be at least 1");
    refused("61", "--batch 61: expected 1 to 60, the training images");
    refused("2.5", "invalid value '2.5' for '--batch <N>': it must be a whole number");
    refused("-1", "unexpected argument '-1' found");
    // All images may be one batch, and so may a single image.
    for batch in ["60", "1"] {
        let mut args = SHORT_RUN;
        args[8] = batch;
        sandbox.run(args.iter().chain(&["--out", batch])).assert_success();
    }
}

#[test]
fn case_18_a_learning_rate_that_is_none() {
    let sandbox = Sandbox::with_data();
    let message = |rate: &str| {
        let wanted = "it must be a positive number (between 1.2e-38 and 3.4e38)";
        format!("invalid value '{rate}' for '--lr <RATE>': {wanted}")
    };
    // The last but one are numbers, but 0 and infinity in f32.
    for rate in ["NaN", "nan", "-0.001", "-1", "0", "-0", "inf", "1e999", "1e-60", "1e39", "fast"] {
        assert_short_run_refused(&sandbox, &["--lr", rate], &message(rate));
    }
    assert_usage(&sandbox, &["--lr=-inf"], &message("-inf"));
}

#[test]
fn case_19_latent_numbers_that_do_not_fit() {
    let sandbox = Sandbox::with_data();
    let refused = |args: &[&str], message| assert_short_run_refused(&sandbox, args, message);
    refused(&["--latent", "0"], "invalid value '0' for '--latent <N>': it must be at least 1");
    refused(&["--latent", "65"], "--latent 65: expected 1 to 64, the pixels of an image");
    // The PCA needs more images than components; the notebook's own data has plenty.
    refused(
        &["--latent", "20", "--classes", "0"],
        "classes 0: expected more than 20 training images, for the PCA of 20 latent numbers, found 20",
    );
    for (latent, classes) in [("19", "0"), ("59", "all")] {
        let mut args = SHORT_RUN;
        (args[4], args[6]) = (classes, latent);
        sandbox.run(args.iter().chain(&["--out", latent])).assert_success();
        sandbox.assert_whole_run(latent);
    }
}

#[test]
fn other_numbers_out_of_range() {
    let sandbox = Sandbox::with_data();
    for (option, value, reason) in [
        ("--epochs", "0", "it must be at least 1"),
        ("--epochs", "many", "it must be a whole number"),
        ("--epochs", "99999999999999999999", "it is too large"),
        ("--samples", "0", "it must be at least 1"),
        ("--samples", "101", "it must be at most 100"),
        ("--threads", "0", "it must be at least 1"),
        ("--threads", "257", "it must be at most 256"),
        ("--seed", "x", "it must be a whole number"),
    ] {
        assert_usage(
            &sandbox,
            &[option, value],
            &format!("invalid value '{value}' for '{option} <N>': {reason}"),
        );
    }
    // The largest seed is one.
    let seed = ["--seed", "18446744073709551615", "--threads", "256", "--out", "run"];
    sandbox.run(SHORT_RUN.iter().chain(&seed)).assert_success();
}

#[test]
fn a_misspelt_word_is_answered_with_the_right_one() {
    let sandbox = Sandbox::with_data();
    assert_usage(
        &sandbox,
        &["--epoch", "3"],
        "unexpected argument '--epoch' found; tip: a similar argument exists: '--epochs'",
    );
    assert_usage(
        &sandbox,
        &["--optimizer", "rmspro"],
        "invalid value 'rmspro' for '--optimizer <OPTIMIZER>' [possible values: rmsprop, rmsprop-keras3, \
         adadelta, adam, adamw, sgd]; tip: a similar value exists: 'rmsprop'",
    );
    let line = sandbox.assert_refused(["dens"], USAGE);
    assert_eq!(
        line,
        "error: unrecognized subcommand 'dens'; tip: some similar subcommands exist: 'models', \
         'denoise-image', 'denoise', 'dense'"
    );
}

#[test]
fn what_is_no_option_at_all() {
    let sandbox = Sandbox::with_data();
    assert_usage(&sandbox, &["extra"], "unexpected argument 'extra' found");
    assert_usage(
        &sandbox,
        &["--quiet=1"],
        "unexpected value '1' for '--quiet' found; no more were expected",
    );
    assert_usage(
        &sandbox,
        &["--out"],
        "a value is required for '--out <FOLDER>' but none was supplied",
    );
    assert_usage(
        &sandbox,
        &["--seed", "1", "--seed", "2"],
        "the argument '--seed <N>' cannot be used multiple times",
    );
    // clap breaks a line where the argument does; joined again it is one.
    sandbox.assert_refused(["dense", "--no\nsuch"], USAGE);
}

#[test]
fn without_a_command_it_says_which_there_are() {
    let sandbox = Sandbox::with_data();
    let line = sandbox.assert_refused([""; 0], USAGE);
    assert!(line.contains("dense") && line.contains("--help") && line.len() < 200, "{line}");
}

#[test]
fn a_class_or_a_data_set_that_does_not_exist() {
    let sandbox = Sandbox::with_data();
    let digits = "mnist has 10 classes, by number from 0 or by name: zero, one, two, three, four, five, six, \
                  seven, eight, nine";
    for class in ["ten", "10", "-1", "5.0"] {
        let option = format!("--classes={class}");
        assert_usage(&sandbox, &[&option], &format!("--classes {class}: {digits}"));
    }
    assert_usage(&sandbox, &["--classes", "5,"], "--classes: a name between commas is empty");
    assert_usage(&sandbox, &["--classes", "5,elf,6"], &format!("--classes elf: {digits}"));
    let tip = "; tip: a similar class exists: 'four'";
    assert_usage(&sandbox, &["--classes", "5,Fourr"], &format!("--classes Fourr: {digits}{tip}"));
    assert_short_run_refused(
        &sandbox,
        &["--classes", "3"],
        "--classes 3: data has 3 classes, by number from 0 or by name: 0, 1, 2",
    );
    assert_usage(
        &sandbox,
        &["--dataset", "cifar"],
        "--dataset cifar: neither a known data set (mnist, fashion-mnist) nor a folder or file",
    );
    assert_usage(
        &sandbox,
        &["--dataset", "fashion"],
        "--dataset fashion: neither a known data set (mnist, fashion-mnist) nor a folder or file; tip: a similar data \
         set exists: 'fashion-mnist'",
    );
    assert_short_run_refused(
        &sandbox,
        &["--data-dir", "elsewhere"],
        "--data-dir says where a known data set is; --dataset already names a folder",
    );
}

#[test]
fn the_statuses_differ_by_whose_fault_it_is() {
    // Three mistakes at once: the arguments come first, then the data, then the folder for the
    // results.
    let sandbox = Sandbox::with_data();
    let out = "runs/dense-data-all/history.csv";
    let run = |epochs: &str, dataset: &str, out: &str, status| {
        let mut args = SHORT_RUN;
        (args[2], args[10]) = (dataset, epochs);
        sandbox.assert_refused(args.iter().chain(&["--out", out]), status);
    };
    run("0", "no/data", out, USAGE);
    run("1", "no/data", out, DATA);
    run("1", "data", out, FAILURE);
}

/// Text as in `snapshots/`, apart from blanks at the ends of lines.
#[track_caller]
fn assert_snapshot(text: &str, name: &str, command: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(name);
    let expected = fs::read_to_string(&path).unwrap();
    let trimmed: Vec<&str> = text.lines().map(str::trim_end).collect();
    let expected: Vec<&str> = expected.lines().map(str::trim_end).collect();
    assert!(
        trimmed == expected,
        "`{command}` says something else than snapshots/{name}; if that is meant, write this there:\n{}",
        trimmed.join("\n")
    );
}

#[test]
fn the_help_is_as_agreed() {
    let sandbox = Sandbox::new();
    for (args, name) in [
        (&["--help"][..], "help.txt"),
        (&["dense", "--help"], "dense-help.txt"),
        (&["denoise", "--help"], "denoise-help.txt"),
        (&["anomaly", "--help"], "anomaly-help.txt"),
        (&["data", "--help"], "data-help.txt"),
        (&["sweep", "--help"], "sweep-help.txt"),
        (&["resume", "--help"], "resume-help.txt"),
        (&["verify", "--help"], "verify-help.txt"),
        (&["reconstruct", "--help"], "reconstruct-help.txt"),
        (&["generate", "--help"], "generate-help.txt"),
        (&["doctor", "--help"], "doctor-help.txt"),
        (&["completions", "--help"], "completions-help.txt"),
        (&["man", "--help"], "man-help.txt"),
        (&["export", "--help"], "export-help.txt"),
        (&["denoise-image", "--help"], "denoise-image-help.txt"),
        (&["pca", "--help"], "pca-help.txt"),
        (&["models", "--help"], "models-help.txt"),
        (&["lab", "--help"], "lab-help.txt"),
        (&["explore", "--help"], "explore-help.txt"),
        (&["gradcheck", "--help"], "gradcheck-help.txt"),
    ] {
        // The same examples for two commands that belong together.
        let first = match args[0] {
            "--help" => "dense",
            "generate" => "reconstruct",
            command => command,
        };
        let start = format!("Examples:\n  ae-app {first} ");
        let outcome = sandbox.run(args);
        let text = &outcome.assert_success().stdout;
        assert_eq!(outcome.stderr, "");
        assert_snapshot(text, name, &format!("ae-app {}", args.join(" ")));
        assert!(text.starts_with(&start), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        // The short form begins with the examples too.
        let short: Vec<&str> = args.iter().map(|a| if *a == "--help" { "-h" } else { a }).collect();
        let text = sandbox.run(short).assert_success().stdout.clone();
        assert!(text.starts_with(&start), "{text}");
    }
    let outcome = sandbox.run(["--version"]);
    assert_eq!(
        outcome.assert_success().stdout,
        concat!("ae-app ", env!("CARGO_PKG_VERSION"), "\n")
    );
    assert!(sandbox.tree().is_empty(), "help wrote something");
}

/// The arguments in a line that shows how to call the program: `ae-app ARGS`,
/// `cargo run -p ae-app -- ARGS` and the like, without the comment after two blanks or a `#`.
/// `None` for any other line.
fn example(line: &str) -> Option<Vec<String>> {
    let line = line.trim().trim_start_matches("$ ");
    let line =
        line.split("  ").next()?.split(" #").next()?.split(" | ").next()?.split(" > ").next()?;
    let mut words = words(line).into_iter();
    let first = words.next()?;
    if first == "cargo" {
        let mut rest = words.skip_while(|word| word != "ae-app");
        rest.next()?;
        return Some(rest.skip_while(|word| word != "--").skip(1).collect());
    }
    (first.rsplit('/').next()? == "ae-app").then(|| words.collect())
}

/// Splits a line into words like a shell, with support for double quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (i, part) in line.split('"').enumerate() {
        // Every second part is within quotes.
        match i % 2 {
            1 => words.push(part.to_owned()),
            _ => words.extend(part.split_whitespace().map(String::from)),
        }
    }
    words
}

#[test]
fn examples_are_told_from_other_lines() {
    let found = |line: &str| example(line).map(|args| args.join(" "));
    assert_eq!(
        found("  ae-app dense --epochs 2     a short one").as_deref(),
        Some("dense --epochs 2")
    );
    assert_eq!(
        found("$ cargo run --release -p ae-app -- dense -q # quiet").as_deref(),
        Some("dense -q")
    );
    assert_eq!(found("./target/release/ae-app dense | head -1").as_deref(), Some("dense"));
    let quoted = example("ae-app dense --encoder \"dense 6 relu\" -q").unwrap();
    assert_eq!(quoted, ["dense", "--encoder", "dense 6 relu", "-q"]);
    for other in ["cargo run -p ae-idx --example read_idx", "ae-apple", "", "see `ae-app dense`"] {
        assert_eq!(found(other), None, "{other}");
    }
}

/// Asserts that the arguments parse, without running anything: `--help` at their end is reached
/// only if all before it is understood.
#[track_caller]
fn assert_parses(sandbox: &Sandbox, args: &[String], place: &str) {
    let outcome = sandbox.run(args.iter().map(String::as_str).chain(["--help"]));
    assert_eq!(outcome.status, Some(0), "{place}: ae-app {}: {outcome:#?}", args.join(" "));
}

#[test]
fn the_check_of_examples_can_fail() {
    let sandbox = Sandbox::new();
    for args in
        [&["dense", "--lr", "nan"][..], &["dense", "--epoch", "3"], &["dens"], &["dense", "x"]]
    {
        let outcome = sandbox.run(args.iter().chain(&["--help"]));
        assert_eq!(outcome.status, Some(USAGE), "{args:?}");
    }
}

/// Sets an option to this value; an option may be given only once.
fn set(args: &mut Vec<String>, option: &str, value: &str) {
    match args.iter().position(|arg| arg == option) {
        Some(position) => args[position + 1] = value.into(),
        None => args.extend([option, value].map(String::from)),
    }
}

#[test]
fn every_example_in_the_help_runs() {
    let sandbox = Sandbox::new();
    // The user's own folder in an example: `~/kmnist`.
    common::data::write(&sandbox.path("home/kmnist"), &[0, 1].repeat(200), &[0, 1].repeat(20));
    // The user's own photographs.
    fs::create_dir(sandbox.path("photos")).unwrap();
    for value in 0..20 {
        let path = sandbox.path(format!("photos/{value}.png"));
        common::files::write_png(&path, (2, 2), png::ColorType::Grayscale, &[value; 4]);
    }
    // A user's own image, dark on light.
    let picture = common::workspace().join("docs/pictures/loss.png");
    fs::copy(picture, sandbox.path("page.png")).unwrap();
    // A user's own plan.
    let plan = "command = 'dense'\n[options]\nlimit = 600\nepochs = 1\n[grid]\nlatent = [2, 3]\n";
    fs::write(sandbox.path("codes.toml"), plan).unwrap();
    let mut count = 0;
    // Of the last four, the examples that are about a run find those that the others have left.
    for args in [
        &["dense", "--help"][..],
        &["denoise", "--help"],
        &["--help"],
        &["resume", "--help"],
        &["reconstruct", "--help"],
        &["export", "--help"],
        &["denoise-image", "--help"],
        &["pca", "--help"],
        &["models", "--help"],
    ] {
        let help = sandbox.run(args).stdout;
        for mut args in help.lines().filter_map(example) {
            assert_parses(&sandbox, &args, "help");
            for arg in &mut args {
                if let Some(rest) = arg.strip_prefix("~/") {
                    *arg = sandbox.path("home").join(rest).into_os_string().into_string().unwrap();
                }
            }
            // One epoch of a few images is enough.
            if ["dense", "denoise"].contains(&args[0].as_str()) {
                set(&mut args, "--epochs", "1");
            }
            match args[0].as_str() {
                "dense" => set(&mut args, "--limit", "600"),
                "denoise" => set(&mut args, "--limit", "128"),
                "resume" if args.contains(&"--epochs".to_owned()) => {
                    set(&mut args, "--epochs", "2");
                }
                _ => {}
            }
            if args == ["lab"] {
                args.extend(["--limit", "300", "--epochs", "1", "--seeds", "1"].map(String::from));
            }
            if args.get(1).is_some_and(|arg| arg == "model.safetensors") {
                args[1] = "runs/dense-mnist-5/model.safetensors".into();
            }
            let outcome = sandbox.run(&args);
            assert_eq!(outcome.status, Some(0), "ae-app {}: {outcome:#?}", args.join(" "));
            count += 1;
        }
    }
    assert!(count >= 15, "{count} examples only");
}

#[test]
fn every_example_in_the_documentation_parses() {
    let sandbox = Sandbox::new();
    let mut checked = 0;
    let mut pages = ["", "benches", "datasets"].map(|name| common::workspace().join(name)).to_vec();
    pages.extend(
        fs::read_dir(common::workspace().join("crates")).unwrap().map(|e| e.unwrap().path()),
    );
    for folder in pages {
        for page in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if page.extension().is_none_or(|extension| extension != "md") {
                continue;
            }
            let text = fs::read_to_string(&page).unwrap();
            // Between fences only: in running text a command may be left incomplete.
            for block in text.split("```").skip(1).step_by(2) {
                for args in block.lines().filter_map(example) {
                    assert_parses(&sandbox, &args, &page.display().to_string());
                    checked += 1;
                }
            }
        }
    }
    assert!(checked >= 10, "only {checked} examples were found");
}

#[test]
fn help_comes_before_what_is_wrong_elsewhere() {
    let sandbox = Sandbox::new();
    let outcome = Outcome::of(sandbox.command(["dense", "--help"]).env("AE_DATA_DIR", "nowhere"));
    outcome.assert_success();
}
