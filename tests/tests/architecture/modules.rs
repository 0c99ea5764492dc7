//! The arrows between the modules of a crate, by the paths in its source.
//!
//! A path is followed to the file that defines what it names: `crate::run::Task` to `run/task.rs`,
//! since `run/mod.rs` re-exports it from there. So a module that only hands on what its parts
//! define is not between them.

use crate::rules::Arrow;
use crate::tokens::{Token, without_tests};
use std::collections::{BTreeMap, BTreeSet};

/// A module's path without the crate: `run::task`; the root is empty.
type Name = Vec<String>;

/// A path in a module's source: where it leads from the root, and under which name it is brought
/// in, if a `use` does so.
#[derive(Clone, Debug)]
struct Path {
    segments: Name,
    alias: Option<String>,
    line: usize,
}

/// The modules of a crate, each with the paths in it.
pub(crate) struct Modules {
    paths: BTreeMap<Name, Vec<Path>>,
    files: BTreeMap<Name, String>,
}

impl Modules {
    /// Of these files, named from the crate's `src`.
    pub(crate) fn new(files: &BTreeMap<String, String>) -> Result<Self, String> {
        let names: BTreeMap<&String, Name> =
            files.keys().map(|file| (file, module_of(file))).collect();
        let all: BTreeSet<&Name> = names.values().collect();
        let mut paths = BTreeMap::new();
        for (file, source) in files {
            let module = &names[file];
            let tokens = without_tests(source);
            if let Some(inline) = inline_module(&tokens) {
                return Err(format!(
                    "{file}:{inline}: a module within a file, which this test does not understand"
                ));
            }
            let is_child = |name: &str| {
                let mut child = module.clone();
                child.push(name.to_owned());
                all.contains(&child)
            };
            paths.insert(module.clone(), paths_in(&tokens, module, is_child));
        }
        let files = names.iter().map(|(file, name)| (name.clone(), (*file).clone())).collect();
        Ok(Self { paths, files })
    }

    /// The modules right below the root, and the root as `main`.
    pub(crate) fn top(&self) -> BTreeSet<String> {
        self.paths.keys().map(|name| top_of(name)).collect()
    }

    /// The arrows between files.
    pub(crate) fn arrows(&self) -> Vec<Arrow> {
        let mut arrows = BTreeSet::new();
        for (from, paths) in &self.paths {
            for path in paths {
                let to = self.resolve(&path.segments, 0);
                if to != *from {
                    let place = format!("{}:{}", self.files[from], path.line);
                    let (from, to) = (self.files[from].clone(), self.files[&to].clone());
                    arrows.insert(Arrow { from, to, place });
                }
            }
        }
        arrows.into_iter().collect()
    }

    /// The arrows between the modules right below the root.
    pub(crate) fn top_arrows(&self) -> Vec<Arrow> {
        let top = |file: &str| top_of(&module_of(file));
        let arrows = self.arrows().into_iter();
        let arrows =
            arrows.map(|Arrow { from, to, place }| Arrow { from: top(&from), to: top(&to), place });
        arrows.filter(|arrow| arrow.from != arrow.to).collect()
    }

    /// The module that defines what this path names.
    fn resolve(&self, segments: &[String], depth: usize) -> Name {
        let mut module = Name::new();
        for (i, segment) in segments.iter().enumerate() {
            let mut child = module.clone();
            child.push(segment.clone());
            if self.paths.contains_key(&child) {
                module = child;
                continue;
            }
            // Sixteen re-exports of re-exports are none of ours.
            let exported =
                self.paths[&module].iter().find(|path| path.alias.as_ref() == Some(segment));
            return match exported {
                Some(path) if depth < 16 => {
                    let rest = path.segments.iter().chain(&segments[i + 1..]).cloned();
                    self.resolve(&rest.collect::<Vec<_>>(), depth + 1)
                }
                _ => module,
            };
        }
        module
    }
}

/// `run/task.rs` is `run::task`, `run/mod.rs` is `run`, `main.rs` and `lib.rs` are the root.
fn module_of(file: &str) -> Name {
    let path = file.strip_suffix(".rs").unwrap_or(file);
    let mut name: Name = path.split('/').map(str::to_owned).collect();
    if name.last().is_some_and(|last| ["mod", "main", "lib"].contains(&last.as_str())) {
        name.pop();
    }
    name
}

fn top_of(name: &[String]) -> String {
    name.first().map_or("main", String::as_str).to_owned()
}

/// The line of a `mod name { ... }`.
fn inline_module(tokens: &[Token]) -> Option<usize> {
    let texts = |w: &[Token]| w[0].text == "mod" && w[2].text == "{";
    tokens.windows(3).find(|window| texts(window)).map(|window| window[0].line)
}

/// The paths that begin with `crate`, `super`, `self` or a child module.
fn paths_in(tokens: &[Token], module: &[String], is_child: impl Fn(&str) -> bool) -> Vec<Path> {
    let mut paths = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        let is_use = tokens[i].text == "use";
        let begin = if is_use { i + 1 } else { i };
        let Some(first) = tokens.get(begin) else { break };
        let follows = tokens.get(begin + 1).is_some_and(|next| next.text == "::");
        let goes_on = begin > 0 && tokens[begin - 1].text == "::";
        let known =
            ["crate", "super", "self"].contains(&first.text.as_str()) || is_child(&first.text);
        i = begin + 1;
        if known && follows && !goes_on {
            let mut tree = Vec::new();
            i = read_tree(tokens, begin, &[], is_use, &mut tree).max(i);
            paths.extend(tree.into_iter().map(|path| absolute(path, module)));
        }
    }
    paths
}

/// Reads `a::b`, `a::{b, c as d, e::*}`, and returns where it ends. Groups are read in a `use`
/// only.
fn read_tree(
    tokens: &[Token],
    mut i: usize,
    before: &[String],
    is_use: bool,
    out: &mut Vec<Path>,
) -> usize {
    let mut segments = before.to_vec();
    let line = tokens[i].line;
    while let Some(token) = tokens.get(i) {
        let is_name = token.text.chars().all(|c| c.is_alphanumeric() || c == '_');
        if is_use && token.text == "{" {
            i += 1;
            while tokens.get(i).is_some_and(|token| token.text != "}") {
                i = if tokens[i].text == "," {
                    i + 1
                } else {
                    read_tree(tokens, i, &segments, true, out)
                };
            }
            return i + 1;
        }
        if !is_name {
            // `*`, or generic arguments, which are read as separate paths.
            break;
        }
        segments.push(token.text.clone());
        i += 1;
        if tokens.get(i).is_none_or(|next| next.text != "::") {
            break;
        }
        i += 1;
    }
    let mut alias = segments.last().cloned();
    if segments.last().is_some_and(|last| last == "self") && segments.len() > 1 {
        segments.pop();
        alias = segments.last().cloned();
    }
    if is_use && tokens.get(i).is_some_and(|token| token.text == "*") {
        (alias, i) = (None, i + 1);
    }
    if is_use && tokens.get(i).is_some_and(|token| token.text == "as") {
        (alias, i) = (tokens.get(i + 1).map(|token| token.text.clone()), i + 2);
    }
    out.push(Path { segments, alias: alias.filter(|_| is_use), line });
    i
}

/// From the root, without `crate`, `super` and `self`.
fn absolute(path: Path, module: &[String]) -> Path {
    let mut segments = module.to_vec();
    for (i, segment) in path.segments.into_iter().enumerate() {
        match segment.as_str() {
            "crate" if i == 0 => segments.clear(),
            "self" if i == 0 => {}
            "super" => drop(segments.pop()),
            _ => segments.push(segment),
        }
    }
    Path { segments, ..path }
}
