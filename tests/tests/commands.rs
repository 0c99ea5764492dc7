//! The commands in the lessons, in `docs/` and in the README run: each once, in a temporary folder
//! with the images, tables and runs that they name. It takes minutes, so only when it is asked for:
//!
//! ```text
//! cargo test -p ae-tests --test commands -- --ignored --nocapture
//! AE_COMMANDS=docs/howto cargo test -p ae-tests --test commands -- --ignored --nocapture
//! ```
//!
//! `commands.toml` says what is left out, and what is shortened.

mod common;

use ae_tests::commands::{commands, of_the_program};
use ae_tests::exercises::markdown;
use common::{Sandbox, files, workspace};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// No command takes as long, even while others use the machine.
const LIMIT: Duration = Duration::from_secs(900);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    left_out: Vec<LeftOut>,
    shorter: Vec<Shorter>,
    status: Vec<Status>,
    run: Vec<Run>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LeftOut {
    text: String,
    because: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shorter {
    text: String,
    unless: Vec<String>,
    adds: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Status {
    text: String,
    status: i32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Run {
    text: String,
    folders: Vec<String>,
}

fn rules() -> Rules {
    let text = fs::read_to_string(workspace().join("tests/commands.toml")).expect("the rules");
    toml::from_str(&text).expect("they are TOML")
}

/// A command of a lesson, its words without settings, and the file for its output.
struct Shown {
    place: String,
    words: Vec<String>,
    into: Option<String>,
}

/// The commands that a reader runs. Those in other folders are for who changes the workspace.
fn shown() -> Vec<Shown> {
    let mut found = Vec::new();
    for (path, text) in markdown() {
        if !(path.starts_with("crates/") || path.starts_with("docs/") || path == "README.md") {
            continue;
        }
        for command in commands(&text) {
            let place = format!("{path}:{}", command.line);
            found.push(Shown { place, words: command.words, into: command.into });
        }
    }
    found
}

#[test]
fn each_rule_is_of_use() {
    let Rules { left_out, shorter, status, run } = rules();
    let texts: Vec<String> = shown().iter().map(|shown| shown.words.join(" ")).collect();
    let first = left_out.iter().map(|rule| &rule.text).chain(shorter.iter().map(|rule| &rule.text));
    let second = status.iter().map(|rule| &rule.text).chain(run.iter().map(|rule| &rule.text));
    for text in first.chain(second) {
        assert!(texts.iter().any(|command| command.contains(text.as_str())), "no {text:?}");
    }
    assert!(left_out.iter().all(|rule| rule.because.len() > 10));
}

#[test]
#[ignore = "takes minutes: the commands of all lessons, see the head of this file"]
fn the_commands_of_the_lessons_run() {
    let sandbox = Sandbox::new();
    fill(&sandbox);
    let chosen = std::env::var("AE_COMMANDS").unwrap_or_default();
    let first = [
        "dense",
        "dense --latent 25",
        "denoise",
        "lab",
        "anomaly",
        "anomaly --dataset parts --size 64x64",
    ];
    let first = first.map(|line| Shown {
        place: "before the first".into(),
        words: format!("ae-app {line}").split(' ').map(str::to_owned).collect(),
        into: None,
    });
    let rules = rules();
    let (mut done, mut failed) = (BTreeSet::new(), Vec::new());
    for shown in first.into_iter().chain(shown()) {
        let text = shown.words.join(" ");
        if !shown.place.contains(&chosen) && shown.place != "before the first" {
            continue;
        }
        // `ae-app pca` in a sentence is a name: what it needs is left out.
        if shown.words.len() == 2 && shown.words[0] == "ae-app" && shown.place.contains(':') {
            continue;
        }
        if let Some(rule) = rules.left_out.iter().find(|rule| text.contains(&rule.text)) {
            println!("{}: left out: {text} ({})", shown.place, rule.because);
            continue;
        }
        let Some(mut command) = prepared(&sandbox, &rules, &shown.words) else {
            failed.push(format!("{}: {text}: no rule says how to run it", shown.place));
            continue;
        };
        if !done.insert(format!("{command:?} {:?}", shown.into)) {
            continue;
        }
        let log = sandbox.path("log");
        let output = shown.into.as_ref().map_or(log.clone(), |name| sandbox.path(name));
        command.stdout(File::create(output).expect("a file"));
        command.stderr(File::create(sandbox.path("errors")).expect("a file"));
        let began = Instant::now();
        let status = to_its_end(&mut command);
        let expected = rules.status.iter().find(|rule| text.contains(&rule.text));
        let expected = expected.map_or(0, |rule| rule.status);
        let seconds = began.elapsed().as_secs_f64();
        println!("{}: {seconds:.1} s: {text}", shown.place);
        if status != Some(expected) {
            let errors = fs::read_to_string(sandbox.path("errors")).unwrap_or_default();
            let last = errors.lines().last().unwrap_or_default();
            println!("    status {status:?}, not {expected}: {command:?}: {last}");
            failed.push(format!("{}: {text}: {last}", shown.place));
        }
    }
    println!("{} commands", done.len());
    assert!(failed.is_empty(), "{failed:#?}");
}

/// The command in the sandbox: the program itself, or cargo with the workspace's packages.
fn prepared(sandbox: &Sandbox, rules: &Rules, words: &[String]) -> Option<Command> {
    let text = words.join(" ");
    let run = rules.run.iter().find(|rule| text.contains(&rule.text));
    let mut runs = run.into_iter().flat_map(|rule| rule.folders.iter().cycle().cloned());
    let own = |word: &String| match word.as_str() {
        "RUN" => runs.next().unwrap_or_else(|| word.clone()),
        _ => word.clone(),
    };
    let mut command = if let Some(arguments) = of_the_program(words) {
        // A page would open.
        let mut command =
            sandbox.command(arguments.iter().filter(|word| *word != "--open").map(own));
        // With a blank at its end, for names that begin other names.
        let text = format!("{} ", arguments.join(" "));
        for Shorter { text: begin, unless, adds } in &rules.shorter {
            if text.contains(begin) && !unless.iter().any(|word| text.contains(word)) {
                command.args(adds.split(' '));
            }
        }
        command
    } else if words[..2] == ["cargo", "run"] {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
        let mut command = Command::new(cargo);
        sandbox.prepare(&mut command);
        let words = words[2..].iter().filter(|word| *word != "--release");
        command.arg("run").arg("--manifest-path").arg(workspace().join("Cargo.toml"));
        command.args(["--locked", "--quiet"]).args(words.map(own));
        command
    } else {
        return None;
    };
    command.env("AE_DATA_DIR", workspace().join("datasets"));
    // `--in-memory never` needs it.
    command.env("AE_CACHE_DIR", sandbox.path("cache"));
    Some(command)
}

/// The status, or nothing if the command was ended by a signal or did not end.
fn to_its_end(command: &mut Command) -> Option<i32> {
    let began = Instant::now();
    let mut child = command.spawn().expect("it can be started");
    loop {
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            return status.code();
        }
        if began.elapsed() > LIMIT {
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        sleep(Duration::from_millis(20));
    }
}

/// The files that the lessons name.
fn fill(sandbox: &Sandbox) {
    #[cfg(unix)]
    std::os::unix::fs::symlink(workspace().join("datasets"), sandbox.path("datasets"))
        .expect("a link");
    // Drawings and photographs, light on dark and the reverse.
    for name in ["five.png", "page.png", "photo.png", "noisy.png", "drawing.png"] {
        write_picture(&sandbox.path(name), 96, name.len() as u32, name != "page.png", false);
    }
    let ring = (0..96 * 96).map(|i: i32| {
        let square = (i / 96 - 48).pow(2) + (i % 96 - 48).pow(2);
        if (400..900).contains(&square) { 255 } else { 0 }
    });
    let (path, gray) = (sandbox.path("new.png"), png::ColorType::Grayscale);
    files::write_png(&path, (96, 96), gray, &ring.collect::<Vec<u8>>());
    for folder in ["PATH", "FOLDER", "PHOTOS", "photos", "path/to/photos"] {
        for index in 0..40 {
            let path = sandbox.path(format!("{folder}/{index}.png"));
            write_picture(&path, 80, index, true, folder == "photos");
        }
    }
    // A threshold for one false alarm in a hundred needs a hundred images that are held out.
    for (folder, count) in [("train/good", 1100), ("test/good", 20), ("test/scratch", 10)] {
        for index in 0..count {
            let path = sandbox.path(format!("parts/{folder}/{index}.png"));
            write_picture(&path, 16, index % 7, true, folder == "test/scratch");
        }
    }
    // The file that the program's page shows.
    let page = fs::read_to_string(workspace().join("crates/ae-app/README.md")).expect("the page");
    let block = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next());
    fs::write(sandbox.path("sevens.toml"), block.expect("a block of TOML")).expect("a file");
    // The plan of the how-to, with fewer images and epochs.
    let howto = fs::read_to_string(workspace().join("docs/howto.md")).expect("the page");
    let block = howto.split("```toml\n").find(|block| block.starts_with("command = "));
    let plan = block.and_then(|rest| rest.split("```").next()).expect("a plan");
    let plan = plan.replace("epochs = 20", "epochs = 1\nlimit = 200");
    for name in ["codes.toml", "plan.toml"] {
        fs::write(sandbox.path(name), &plan).expect("a file");
    }
    let beats = (0..2400).map(|row| {
        let values = (0..24).map(|i| (f64::from(i * (1 + row % 3)) * 0.26).sin());
        values.map(|value| format!("{value:.4}")).collect::<Vec<_>>().join(",") + "\n"
    });
    fs::write(sandbox.path("beats.csv"), beats.collect::<String>()).expect("a file");
    let mut npz = ae_npy::Npz::new(File::create(sandbox.path("mnist.npz")).expect("a file"));
    for (part, count) in [("train", 600usize), ("test", 100)] {
        let labels: Vec<u8> = (0..count).map(|index| (index % 10) as u8).collect();
        let pixels: Vec<u8> =
            (0..count * 784).map(|i| (i % 784 / 4 + i / 784 % 50) as u8).collect();
        npz.add(&format!("x_{part}"), &[count, 28, 28], &pixels).expect("an array");
        npz.add(&format!("y_{part}"), &[count], &labels).expect("an array");
    }
    npz.finish().expect("a file");
}

/// Writes a square picture of waves on paper, in gray or in color, with a scratch or without.
fn write_picture(path: &std::path::Path, side: u32, kind: u32, is_gray: bool, is_scratched: bool) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    let mut pixels = Vec::new();
    for (row, column) in (0..side).flat_map(|row| (0..side).map(move |column| (row, column))) {
        let wave = (f64::from(row + kind) * 0.4).sin() + (f64::from(column) * 0.3).cos();
        let is_scratch = is_scratched && row.abs_diff(column) < 2;
        let value = if is_scratch { 255 } else { (110.0 + 50.0 * wave) as u8 };
        let channels = [value, value / 2, 255 - value];
        pixels.extend(if is_gray { &channels[..1] } else { &channels[..] });
    }
    let color = if is_gray { png::ColorType::Grayscale } else { png::ColorType::Rgb };
    files::write_png(path, (side, side), color, &pixels);
}
