//! The checklists in ARCHITECTURE.md: the files and tests that they name exist.

mod common;

use std::fs;

use ae_layers::Registry;
use serde::Deserialize;

/// A line of a checklist: the code spans in it.
struct Tick {
    line: usize,
    spans: Vec<String>,
}

fn read(path: &str) -> String {
    fs::read_to_string(common::workspace().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The lines that begin with `- [ ]`, with those that go on below them.
fn ticks(text: &str) -> Vec<Tick> {
    let mut ticks: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (number, line) in (1..).zip(text.lines()) {
        if line.starts_with("- [ ] ") {
            ticks.push((number, line.to_owned()));
            open = true;
        } else if open && line.starts_with("  ") {
            let (_, last) = ticks.last_mut().expect("one is open");
            last.push(' ');
            last.push_str(line);
        } else {
            open = false;
        }
    }
    let spans = |text: &str| text.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    ticks.into_iter().map(|(line, text)| Tick { line, spans: spans(&text) }).collect()
}

/// What is wrong with a code span, if it names a file or a test that does not exist. `NAME` in a
/// path stands for the new thing's name.
fn fault(span: &str, is_file: impl Fn(&str) -> bool, tests: &[String]) -> Option<String> {
    let is_path = span.contains('/') && !span.contains([' ', ':', '(']);
    let is_test =
        span.contains('_') && span.matches('_').count() >= 3 && !span.contains(['/', '.', ':']);
    if is_path {
        let folder = span.split("NAME").next().unwrap_or_default();
        let folder = folder.rsplit_once('/').map_or(folder, |(folder, _)| folder);
        let path = if span.contains("NAME") { folder } else { span.trim_end_matches('/') };
        (!is_file(path)).then(|| format!("{path} does not exist"))
    } else if is_test {
        (!tests.iter().any(|test| test == span)).then(|| format!("there is no test {span}"))
    } else {
        None
    }
}

/// The names of all test functions in the workspace.
fn tests() -> Vec<String> {
    fn visit(folder: &std::path::Path, names: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                visit(&path, names);
            } else if name.ends_with(".rs") {
                let text = fs::read_to_string(&path).unwrap();
                let functions = text.split("#[test]").skip(1);
                let name = |part: &str| {
                    let after = part.split_once("fn ")?.1;
                    Some(after.split('(').next()?.trim().to_owned())
                };
                names.extend(functions.filter_map(name));
            }
        }
    }
    let mut names = Vec::new();
    for folder in ["crates", "tests", "benches"] {
        visit(&common::workspace().join(folder), &mut names);
    }
    names
}

#[test]
fn every_file_and_every_test_of_a_checklist_exists() {
    let (text, tests) = (read("ARCHITECTURE.md"), tests());
    let exists = |path: &str| common::workspace().join(path).exists();
    let ticks = ticks(&text);
    assert!(ticks.len() >= 30, "{} lines only", ticks.len());
    let faults: Vec<String> = ticks
        .iter()
        .flat_map(|tick| tick.spans.iter().map(move |span| (tick.line, span)))
        .filter_map(|(line, span)| {
            Some(format!("ARCHITECTURE.md:{line}: {}", fault(span, exists, &tests)?))
        })
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_file_or_a_test_that_is_not_there_is_found() {
    let tests = [String::from("a_test_of_ours")];
    let fault = |span| fault(span, |path| path == "crates/ae-layers/src/layers", &tests);
    assert_eq!(fault("crates/ae-layers/src/layers/NAME.rs"), None);
    assert_eq!(fault("crates/ae-layers/src/layers/"), None);
    assert_eq!(fault("a_test_of_ours"), None);
    assert_eq!(fault("READERS"), None);
    assert!(fault("crates/ae-layers/src/layer/NAME.rs").is_some());
    assert!(fault("a_test_of_theirs_now").is_some());
    let planted = ticks("- [ ] one `a/b` and\n  `c/d`\n- not a tick `e/f`\n- [ ] `g/h`\n");
    let spans: Vec<&str> = planted.iter().flat_map(|t| &t.spans).map(String::as_str).collect();
    assert_eq!(spans, ["a/b", "c/d", "g/h"]);
}

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    words: String,
    class: String,
}

#[test]
fn every_layer_is_in_the_model_for_other_programs_and_among_the_seeds() {
    let tool = read("tools/check_ecosystem.py");
    let model = tool.split_once("EVERY_LAYER = {").and_then(|(_, rest)| rest.split_once("\n}"));
    let model = model.expect("the model of all layers").0.to_owned();
    let seed = read("fuzz/seeds/model_toml/words-all");
    assert!(
        read("fuzz/make_seeds.py").contains(&seed),
        "words-all is not what make_seeds.py makes"
    );
    for keyword in Registry::standard().keywords() {
        let has = |text: &str| {
            let mut parts = text.split(['"', ';', '|']);
            parts.any(|part| part.split_whitespace().next() == Some(keyword))
        };
        // Its outputs are random; the model `vae` is compared there too.
        assert!(
            has(&model) || keyword == "sampling",
            "EVERY_LAYER of tools/check_ecosystem.py lacks {keyword}"
        );
        assert!(has(&seed), "the seed words-all, which fuzz/make_seeds.py makes, lacks {keyword}");
    }
    assert!(seed.parse::<ae_layers::Architecture>().is_ok(), "{seed}");
}

#[test]
fn every_layer_is_in_the_lesson_and_has_a_twin_in_pytorch() {
    let (lesson, torch) = (read("crates/ae-models/README.md"), read("tools/torch_model.py"));
    let cases = ae_tests::read::<Golden>("layers.json").cases;
    for keyword in Registry::standard().keywords() {
        let row = |line: &str| line.starts_with('|') && line.contains(&format!("`{keyword}"));
        assert!(lesson.lines().any(row), "crates/ae-models/README.md has no row for {keyword}");
        // A case of several layers is about the last one.
        let last = |case: &&Case| case.words.split("; ").last().unwrap_or_default().to_owned();
        let of_keras = cases.iter().find(|case| last(case).split(' ').next() == Some(keyword));
        // A class of tools/keras_model.py, not of Keras.
        let class = of_keras.map_or("Sampling", |case| &case.class);
        assert!(of_keras.is_some() || keyword == "sampling", "layers.json has no {keyword}");
        let entry = format!("\"{class}\": ");
        assert!(torch.contains(&entry), "tools/torch_model.py has no twin of {class}");
    }
}
