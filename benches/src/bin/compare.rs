//! Tells whether the current tree is slower than an earlier commit: runs the `roofline` of both
//! versions in turns on this machine.
//!
//! ```text
//! cargo run --release -p ae-bench --bin compare -- COMMIT [--threads N] [--rounds N] [--part PART]
//! ```
//!
//! The commit is checked out in a temporary git worktree, which is removed at the end. Both
//! versions are built with optimizations in separate folders below `target/compare`; the current
//! tree is built as it is, committed or not. Each round (5) runs both, every second round in the
//! opposite order, and the ratio now / then is taken within a round. The table has its median and
//! its spread for every name; below 0.95 it is marked `slower`.
//!
//! It exits with 0; with 1 if a median is below 0.9; with 2 if there was nothing to compare. Run it
//! on an otherwise idle machine. To see the noise, compare with `HEAD` in an unchanged tree.

use ae_bench::comparison::{Run, compare, parse};
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output, Stdio};

const USAGE: &str = "usage: compare COMMIT [--threads N] [--rounds N] [--part PART]";

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("compare: {message}");
            ExitCode::from(2)
        }
    }
}

/// Returns whether there is no regression.
fn run() -> Result<bool, String> {
    let arguments = Arguments::parse(std::env::args().skip(1))?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let root = root.canonicalize().map_err(|error| format!("{}: {error}", root.display()))?;
    let commit = format!("{}^{{commit}}", arguments.commit);
    let commit = git(&root, &["rev-parse", "--verify", "--quiet", "--end-of-options", &commit])
        .map_err(|_| format!("unknown commit `{}`", arguments.commit))?;
    let short = git(&root, &["rev-parse", "--short", &commit])?;
    // Inspecting the source may save a build.
    git(&root, &["grep", "--quiet", "-e", "--tsv", &commit, "--", "benches/src"]).map_err(
        |_| format!("the roofline of {short} does not support --tsv, so there is nothing to compare with"),
    )?;

    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from);
    let target = std::path::absolute(target.join("compare")).map_err(|error| error.to_string())?;
    fs::create_dir_all(&target).map_err(|error| format!("{}: {error}", target.display()))?;
    // Until the process ends, however it ends.
    let _lock = lock(&target)?;
    let tree = Worktree::add(&root, &commit)?;
    let then = build(&tree.path, &target.join("then"))?;
    let now = build(&root, &target.join("now"))?;

    let mut rounds = Vec::new();
    for round in 0..arguments.rounds {
        eprintln!("round {} of {}", round + 1, arguments.rounds);
        let run = |binary: &Path, who: &str| {
            measure(binary, &arguments).map_err(|error| format!("the roofline of {who}: {error}"))
        };
        rounds.push(if round % 2 == 0 {
            let then = run(&then, &short)?;
            (then, run(&now, "this tree")?)
        } else {
            let now = run(&now, "this tree")?;
            (run(&then, &short)?, now)
        });
    }
    Ok(print(&rounds, &short, &arguments))
}

struct Arguments {
    commit: String,
    threads: usize,
    rounds: usize,
    part: Option<String>,
}

impl Arguments {
    fn parse(mut given: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut result = Self { commit: String::new(), threads: 1, rounds: 5, part: None };
        while let Some(argument) = given.next() {
            let mut value = || given.next().ok_or(format!("{argument} needs a value\n{USAGE}"));
            let number = |text: String| match text.parse() {
                Ok(number @ 1..) => Ok(number),
                _ => Err(format!("`{text}` is not a number of at least 1\n{USAGE}")),
            };
            match argument.as_str() {
                "--threads" => result.threads = number(value()?)?,
                "--rounds" => result.rounds = number(value()?)?,
                "--part" => result.part = Some(value()?),
                _ if result.commit.is_empty() && !argument.starts_with('-') => {
                    result.commit = argument;
                }
                _ => return Err(format!("unknown argument `{argument}`\n{USAGE}")),
            }
        }
        if result.commit.is_empty() { Err(USAGE.to_owned()) } else { Ok(result) }
    }
}

/// Prints the table; returns whether there is no regression.
fn print(rounds: &[(Run, Run)], then: &str, arguments: &Arguments) -> bool {
    let (ratios, [gone, new]) = compare(rounds);
    println!(
        "now against {then}, {} thread(s), {} round(s); above 1 now is faster",
        arguments.threads, arguments.rounds
    );
    println!("{:<46} {:>9} {:>9}           {:>5}  {:>11}", "", "then", "now", "ratio", "spread");
    for ratio in &ratios {
        let [low, high] = ratio.spread;
        let line = format!(
            "{:<46} {:>9.2} {:>9.2} {:<9} {:>5.3}  {low:.3}-{high:.3}  {}",
            ratio.name,
            ratio.then,
            ratio.now,
            ratio.unit,
            ratio.ratio,
            ratio.mark()
        );
        println!("{}", line.trim_end());
    }
    for (names, when) in [(gone, "then"), (new, "now")] {
        names.iter().for_each(|name| println!("{name:<46} only {when}"));
    }
    let regressions = ratios.iter().filter(|ratio| ratio.is_regression()).count();
    match regressions {
        0 => println!("no regression"),
        _ => println!("{regressions} of {} below 0.9", ratios.len()),
    }
    regressions == 0
}

/// Runs a `roofline` and parses its output.
fn measure(binary: &Path, arguments: &Arguments) -> Result<Run, String> {
    // The flag comes first: a version that does not know it parses it as the number of threads and
    // stops at once.
    let mut command = Command::new(binary);
    command.args(["--tsv", &arguments.threads.to_string()]).args(&arguments.part);
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| error.to_string())?;
    parse(&text(&output)?)
}

/// Builds the `roofline` of a tree and returns its path.
fn build(tree: &Path, target: &Path) -> Result<PathBuf, String> {
    eprintln!("building {}", tree.display());
    // In the tree: its .cargo/config.toml sets the target CPU.
    let status = Command::new("cargo")
        .args(["build", "--quiet", "--release", "--locked", "-p", "ae-bench", "--bin", "roofline"])
        .arg("--target-dir")
        .arg(target)
        .current_dir(tree)
        .status()
        .map_err(|error| format!("cargo: {error}"))?;
    if !status.success() {
        return Err(format!("{} does not build", tree.display()));
    }
    Ok(target.join("release").join(format!("roofline{}", std::env::consts::EXE_SUFFIX)))
}

/// One comparison at a time: two would slow each other down, and share a worktree.
fn lock(target: &Path) -> Result<File, String> {
    let path = target.join("lock");
    let file = File::create(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    file.try_lock().map_err(|_| "another comparison is running".to_owned())?;
    Ok(file)
}

/// A commit checked out in a separate folder, for the lifetime of this value.
struct Worktree {
    root: PathBuf,
    path: PathBuf,
}

impl Worktree {
    fn add(root: &Path, commit: &str) -> Result<Self, String> {
        // Always the same folder, so that one left behind by an interrupted comparison is found and
        // removed. It is not below `target`: there the current tree's .cargo/config.toml would
        // apply as well.
        let mut hasher = DefaultHasher::new();
        root.hash(&mut hasher);
        let name = format!("ae-bench-compare-{:016x}", hasher.finish());
        let tree = Self { root: root.to_owned(), path: std::env::temp_dir().join(name) };
        tree.remove();
        let path = tree
            .path
            .to_str()
            .ok_or("the folder of temporary files has a name that is not UTF-8")?;
        git(root, &["worktree", "add", "--quiet", "--detach", path, commit])?;
        Ok(tree)
    }

    fn remove(&self) {
        // Errors are ignored; usually there is nothing to remove.
        if let Some(path) = self.path.to_str() {
            let _ = git(&self.root, &["worktree", "remove", "--force", path]);
        }
    }
}

impl Drop for Worktree {
    fn drop(&mut self) {
        self.remove();
    }
}

/// The output of git.
fn git(root: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("git").arg("-C").arg(root).args(arguments).output();
    Ok(text(&output.map_err(|error| format!("git: {error}"))?)?.trim().to_owned())
}

/// The output of a program, if it succeeded.
fn text(output: &Output) -> Result<String, String> {
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{}. {}", output.status, said.trim()));
    }
    String::from_utf8(output.stdout.clone()).map_err(|error| error.to_string())
}
