//! What one forgets when one adds something, and what neither the compiler nor a test of the crate
//! notices: the checklists of ARCHITECTURE.md name the tests of this file.
//!
//! They read the sources: a variant that is not in its list can be reached by no name, so no other
//! test would ever see it.

use std::fs;
use std::path::{Path, PathBuf};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is in the workspace").into()
}

fn read(path: &str) -> String {
    fs::read_to_string(workspace().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Things that one chooses by name: the variants of an enum.
struct Kind {
    /// The file of the enum.
    file: &'static str,
    name: &'static str,
    /// The beginning of the place that lists the variants, and that may lack one: `const ALL`, or
    /// the function that reads a name. It ends before the tests.
    list: &'static str,
    /// How the words that a user writes are found.
    words: Words,
    /// The files that must have each word.
    places: &'static [&'static str],
}

enum Words {
    /// `Self::Adam => "adam"`.
    Named,
    /// `"masking" =>`, or `("flip", _) =>`.
    Read,
}

/// The help of a command is in its snapshot, so an option whose help lacks a word fails here.
const KINDS: [Kind; 7] = [
    Kind {
        file: "crates/ae-optim/src/named.rs",
        name: "OptimizerName",
        list: "const ALL",
        words: Words::Named,
        places: &[
            "tests/tests/snapshots/dense-help.txt",
            "crates/ae-optim/README.md",
            "crates/ae-app/README.md",
            "crates/ae-web/src/assets/train-form.js",
        ],
    },
    Kind {
        file: "crates/ae-optim/src/schedule/named.rs",
        name: "Decay",
        list: "fn decay(",
        words: Words::Read,
        places: &[
            "tests/tests/snapshots/dense-help.txt",
            "crates/ae-optim/README.md",
            "crates/ae-app/README.md",
            "docs/howto.md",
        ],
    },
    Kind {
        file: "crates/ae-train/src/corruption/named.rs",
        name: "NamedCorruption",
        list: "FromStr for",
        words: Words::Read,
        places: &[
            "tests/tests/snapshots/denoise-help.txt",
            "crates/ae-train/README.md",
            "docs/howto.md",
        ],
    },
    Kind {
        file: "crates/ae-train/src/loss.rs",
        name: "NamedLoss",
        list: "FromStr for",
        words: Words::Read,
        places: &["tests/tests/snapshots/dense-help.txt"],
    },
    Kind {
        file: "crates/ae-lab/src/sampler.rs",
        name: "SamplerKind",
        list: "const ALL",
        words: Words::Named,
        places: &["crates/ae-lab/README.md"],
    },
    Kind {
        file: "crates/ae-lab/src/anomaly/kind.rs",
        name: "ScoreKind",
        list: "const ALL",
        words: Words::Named,
        places: &[
            "tests/tests/snapshots/anomaly-help.txt",
            "crates/ae-lab/src/anomaly/LESSON.md",
            "docs/howto.md",
        ],
    },
    Kind {
        file: "crates/ae-gradcheck/src/broken.rs",
        name: "Bug",
        list: "const ALL",
        words: Words::Named,
        places: &["tests/tests/snapshots/gradcheck-help.txt"],
    },
];

/// The variants of an enum, by its source.
fn variants(text: &str, name: &str) -> Vec<String> {
    let (_, rest) = text.split_once(&format!("pub enum {name} {{\n")).expect(name);
    let (body, _) = rest.split_once("\n}").expect("its end");
    // Those of the enum itself are indented once.
    let lines = body.lines().filter_map(|line| line.strip_prefix("    "));
    let lines = lines.filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()));
    lines.map(|line| line.split([',', ' ', '(']).next().unwrap_or_default().to_owned()).collect()
}

/// The sources without the tests, from `start` on.
fn part<'a>(text: &'a str, start: &str) -> &'a str {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let at = text.find(start).unwrap_or_else(|| panic!("there is no {start:?}"));
    let end = if start == "const ALL" { text[at..].find("];") } else { None };
    end.map_or(&text[at..], |end| &text[at..at + end])
}

fn words(kind: &Kind, text: &str) -> Vec<String> {
    let first = |line: &str| line.split('"').next().unwrap_or_default().to_owned();
    match kind.words {
        Words::Named => {
            let named = part(text, "fn name(").lines().map(str::trim);
            let named = named.take_while(|line| *line != "}");
            named.filter_map(|line| Some(first(line.split_once(" => \"")?.1))).collect()
        }
        Words::Read => {
            let arms = part(text, kind.list).lines().map(str::trim);
            let arms = arms.filter(|line| line.contains("=>"));
            arms.filter_map(|line| {
                Some(first(line.strip_prefix("(").unwrap_or(line).strip_prefix('"')?))
            })
            .collect()
        }
    }
}

/// Whether the text has the word, and not as a part of a longer one.
fn has(text: &str, word: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].ends_with(inside) && !text[at + word.len()..].starts_with(inside)
    })
}

#[test]
fn every_variant_is_in_its_list_and_can_be_named() {
    for kind in &KINDS {
        let text = read(kind.file);
        let (variants, list) = (variants(&text, kind.name), part(&text, kind.list));
        assert!(variants.len() >= 2, "{}: {variants:?}", kind.name);
        for variant in variants {
            assert!(
                has(list, &format!("Self::{variant}"))
                    || has(list, &format!("{}::{variant}", kind.name)),
                "{}: {:?} has no {variant}",
                kind.file,
                kind.list
            );
        }
    }
}

#[test]
fn every_name_is_in_the_help_and_in_the_lessons() {
    for kind in &KINDS {
        let words = words(kind, &read(kind.file));
        assert!(words.len() >= 2, "{}: {words:?}", kind.name);
        for place in kind.places {
            let text = read(place);
            for word in &words {
                assert!(
                    has(&text, word),
                    "{place} has no {word}, a {} of {}",
                    kind.name,
                    kind.file
                );
            }
        }
    }
}

#[test]
fn every_preset_is_in_the_list_and_in_the_lesson() {
    let (list, lesson) =
        (read("crates/ae-models/src/presets.rs"), read("crates/ae-models/README.md"));
    let mut count = 0;
    for entry in fs::read_dir(workspace().join("crates/ae-models/presets")).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        let name = file.strip_suffix(".toml").expect("a preset is a TOML file");
        let line = format!("preset!(\"{name}\")");
        assert!(list.contains(&line), "crates/ae-models/src/presets.rs has no {line}");
        assert!(has(&lesson, name), "crates/ae-models/README.md has no {name}");
        count += 1;
    }
    assert!(count >= 12, "{count} presets");
}

/// A rule of `crates/ae-optim/src` stands beside Keras and PyTorch and beside its formula.
#[test]
fn every_optimizer_has_a_golden_and_a_formula() {
    let text = read("crates/ae-optim/src/named.rs");
    let build = part(&text, "pub fn build(");
    let (imports, _) = text.split_once("};\n").expect("the optimizers' types");
    let types = imports.split(['{', ',', ' ']).filter(|name| *name != "Optimizer");
    let types: Vec<&str> = types.filter(|name| has(build, name) && !name.is_empty()).collect();
    assert!(types.len() >= 5, "{types:?}");
    for place in ["tests/tests/golden_optimizers.rs", "crates/ae-optim/tests/rules.rs"] {
        let text = read(place);
        for name in &types {
            assert!(has(&text, name), "{place} has no {name}");
        }
    }
}

/// The modules that a file of Rust declares.
fn declares(text: &str, module: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim();
        line == format!("mod {module};") || line.ends_with(&format!(" mod {module};"))
    })
}

/// Rust does not say that a file is part of no crate: what is in it is neither compiled nor tested.
fn lost(folder: &Path, parents: &[PathBuf], found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let is_root = ["lib", "main", "mod"].contains(&&*name);
        if path.is_dir() && name != "bin" {
            let parents = [path.join("mod.rs"), path.with_extension("rs")];
            lost(&path, &parents, found);
        } else if path.extension().is_some_and(|end| end == "rs") && !is_root {
            let texts = parents.iter().filter_map(|parent| fs::read_to_string(parent).ok());
            if !texts.into_iter().any(|text| declares(&text, &name)) {
                found.push(path);
            }
        }
    }
}

#[test]
fn every_file_is_part_of_its_crate() {
    let mut found = Vec::new();
    for entry in fs::read_dir(workspace().join("crates")).unwrap() {
        let folder = entry.unwrap().path().join("src");
        lost(&folder, &[folder.join("lib.rs"), folder.join("main.rs")], &mut found);
    }
    assert!(found.is_empty(), "no module declares {found:?}");
}

#[test]
fn what_is_missing_is_found() {
    let text = "pub enum Rule {\n    /// One.\n    One,\n    Two { x: f32 },\n    Six(u8),\n}\n\
        const ALL: [Self; 1] = [Self::One];\nfn name() {\n Self::One => \"one\",\n}\nSelf::Two\n";
    assert_eq!(variants(text, "Rule"), ["One", "Two", "Six"]);
    let list = part(text, "const ALL");
    assert!(has(list, "Self::One") && !has(list, "Self::Two"));
    assert!(has("(adam)", "adam") && !has("adamw keras-adam", "adam"));
    assert!(declares("pub(crate) mod one;", "one") && !declares("mod one;", "on"));
}
