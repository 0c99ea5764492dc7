//! Whether the current tree is slower than an earlier commit: both versions' `roofline`, in turns,
//! on this machine.
//!
//! ```text
//! cargo run --release -p ae-bench --bin compare -- COMMIT [--threads N] [--rounds N] [--part PART]
//! ```
//!
//! The commit is checked out in a git worktree among the temporary files, which is removed in the
//! end; both versions are built with optimisations in folders of their own below `target/compare`,
//! with what the tree holds now, committed or not. Each round (5) runs both, every second round in
//! the opposite order, and the ratio now / then is taken within a round. The table has its median
//! and its spread for every name; below 0.95 it is marked `slower`.
//!
//! It ends with 0; with 1 if a median is below 0.9; with 2 if there was nothing to compare. Give it
//! a machine with nothing else to do: when in doubt, compare with `HEAD` in an unchanged tree and
//! see what the noise is.

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

/// Whether there is no regression.
fn run() -> Result<bool, String> {
    let arguments = Arguments::parse(std::env::args().skip(1))?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let root = root.canonicalize().map_err(|error| format!("{}: {error}", root.display()))?;
    let commit = format!("{}^{{commit}}", arguments.commit);
    let commit = git(&root, &["rev-parse", "--verify", "--quiet", "--end-of-options", &commit])
        .map_err(|_| format!("there is no commit `{}`", arguments.commit))?;
    let short = git(&root, &["rev-parse", "--short", &commit])?;
    // A look at its source spares a build.
    git(&root, &["grep", "--quiet", "-e", "--tsv", &commit, "--", "benches/src"]).map_err(
        |_| format!("the roofline of {short} knows no --tsv, so there is nothing to compare with"),
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
            let mut value = || given.next().ok_or(format!("{argument} wants a value\n{USAGE}"));
            let number = |text: String| match text.parse() {
                Ok(number @ 1..) => Ok(number),
                _ => Err(format!("`{text}` is no number from 1 on\n{USAGE}")),
            };
            match argument.as_str() {
                "--threads" => result.threads = number(value()?)?,
                "--rounds" => result.rounds = number(value()?)?,
                "--part" => result.part = Some(value()?),
                _ if result.commit.is_empty() && !argument.starts_with('-') => {
                    result.commit = argument;
                }
                _ => return Err(format!("`{argument}` is not understood\n{USAGE}")),
            }
        }
        if result.commit.is_empty() { Err(USAGE.to_owned()) } else { Ok(result) }
    }
}

/// Prints the table; whether there is no regression.
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

/// Runs a `roofline` and reads what it says.
fn measure(binary: &Path, arguments: &Arguments) -> Result<Run, String> {
    // The flag first: a version that does not know it takes it for the number of threads and stops
    // at once.
    let mut command = Command::new(binary);
    command.args(["--tsv", &arguments.threads.to_string()]).args(&arguments.part);
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| error.to_string())?;
    parse(&text(&output)?)
}

/// Builds the `roofline` of a tree; where it is.
fn build(tree: &Path, target: &Path) -> Result<PathBuf, String> {
    eprintln!("building {}", tree.display());
    // In the tree: its .cargo/config.toml says for which CPU.
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

/// A commit checked out in a folder of its own, as long as this lives.
struct Worktree {
    root: PathBuf,
    path: PathBuf,
}

impl Worktree {
    fn add(root: &Path, commit: &str) -> Result<Self, String> {
        // The same folder each time, so that one that an interrupted comparison left behind is
        // found and goes. Not below `target`: there the current tree's .cargo/config.toml would
        // have its say as well.
        let mut hasher = DefaultHasher::new();
        root.hash(&mut hasher);
        let name = format!("ae-bench-compare-{:016x}", hasher.finish());
        let tree = Self { root: root.to_owned(), path: std::env::temp_dir().join(name) };
        tree.remove();
        let path = tree.path.to_str().ok_or("the folder of temporary files has no UTF-8 name")?;
        git(root, &["worktree", "add", "--quiet", "--detach", path, commit])?;
        Ok(tree)
    }

    fn remove(&self) {
        // Nothing to be done about an error; most often there is nothing to be removed.
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

/// What git prints.
fn git(root: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("git").arg("-C").arg(root).args(arguments).output();
    Ok(text(&output.map_err(|error| format!("git: {error}"))?)?.trim().to_owned())
}

/// What a program printed, if it ended well.
fn text(output: &Output) -> Result<String, String> {
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{}. {}", output.status, said.trim()));
    }
    String::from_utf8(output.stdout.clone()).map_err(|error| error.to_string())
}
