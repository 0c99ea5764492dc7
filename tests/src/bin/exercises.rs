//! Runs the exercises that break the code on purpose: each mutant of `tests/exercises/` in a copy
//! of the sources.
//!
//! ```text
//! cargo run -p ae-tests --bin exercises                     all lessons
//! cargo run -p ae-tests --bin exercises -- ae-pca           one lesson: part of its path
//! cargo run -p ae-tests --bin exercises -- ae-pca 3         one exercise
//! cargo run -p ae-tests --bin exercises -- --names ae-pca   with the names of what fails
//! ```
//!
//! The copy is in `target/exercises/`, with a target folder of its own, and stays for the next
//! time. The checkout is never edited, so an interrupted run leaves nothing to mend. The status is
//! 1 if other tests fail than the table says, if a mutant does not compile, or if its tests do not
//! end within a quarter of an hour.

use ae_tests::exercises::{Mutant, tables, workspace};
use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// How long a mutant may compile and run its tests. The slowest takes two minutes alone.
const LIMIT: Duration = Duration::from_secs(900);

fn main() -> ExitCode {
    let (options, words): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|word| word.starts_with("--"));
    let number = words.last().and_then(|word| word.parse::<usize>().ok());
    let chosen = &words[..words.len() - usize::from(number.is_some())];
    let names = options.iter().any(|option| option == "--names");
    if options.iter().any(|option| option != "--names") || number == Some(0) {
        eprintln!(
            "exercises: expected [--names] [LESSON...] [NUMBER], found {options:?} {words:?}"
        );
        return ExitCode::from(2);
    }
    let copy = workspace().join("target/exercises/sources");
    // Two at once would edit each other's sources.
    let lock = fs::create_dir_all(copy.with_file_name("target"))
        .and_then(|()| fs::File::create(copy.with_file_name("lock")));
    if let Err(error) = lock.as_ref().map_err(ToString::to_string).and_then(|lock| {
        lock.try_lock().map_err(|error| format!("another run may be at work: {error}"))
    }) {
        eprintln!("exercises: target/exercises: {error}");
        return ExitCode::FAILURE;
    }
    if let Err(error) = take_dependencies(&copy.with_file_name("target")) {
        println!("the dependencies are compiled again: {error}");
    }
    let (mut ran, mut wrong, began) = (0, 0, Instant::now());
    println!("{:<28} {:>5} {:>7} {:>8}  what is done", "lesson", "fail", "table", "seconds");
    for table in tables() {
        let lesson = table.lesson.as_str();
        // One after the other, each from sound sources.
        for mutant in &table.mutant {
            let is_chosen = chosen.is_empty() || chosen.iter().any(|part| lesson.contains(part));
            if !is_chosen || number.is_some_and(|number| number != mutant.exercise) {
                continue;
            }
            let start = Instant::now();
            let found = refresh(&workspace(), &copy)
                .and_then(|()| apply(mutant, &copy))
                .and_then(|()| failing(mutant, &copy));
            let (count, found) = match found {
                Ok(found) => (found.len().to_string(), found),
                Err(reason) => (format!("? {reason}"), vec!["?".into()]),
            };
            let seconds = start.elapsed().as_secs();
            let place = format!("{} {}", lesson.trim_end_matches("/README.md"), mutant.exercise);
            let expected = mutant.fails.len();
            println!("{place:<28} {count:>5} {expected:>7} {seconds:>8}  {}", mutant.what);
            let missing = mutant.fails.iter().filter(|name| !found.contains(name));
            missing.for_each(|name| println!("    should fail:     {name}"));
            let others = found.iter().filter(|name| names || !mutant.fails.contains(name));
            others.for_each(|name| println!("    fails:           {name}"));
            ran += 1;
            wrong += usize::from(found != mutant.fails);
        }
    }
    let seconds = began.elapsed().as_secs();
    println!("{ran} mutants in {seconds} s, {wrong} not as the table says");
    ExitCode::from(u8::from(wrong > 0 || ran == 0))
}

/// Gives the copy's target folder the compiled dependencies of the checkout's, beside which this
/// program lies. Cargo takes them if it would compile them in the same way, and they are most of
/// the work. Our own crates stay behind: Cargo knows them by their path within the
/// workspace, so it would take a sound crate for the mutant, or the reverse.
fn take_dependencies(target: &Path) -> io::Result<()> {
    let program = std::env::current_exe()?;
    let Some(from) = program.parent().filter(|folder| folder.ends_with("debug")) else {
        return Err(io::Error::other("this program is not in a folder `debug`"));
    };
    for folder in [".fingerprint", "build", "deps"] {
        let to = target.join("debug").join(folder);
        take(&from.join(folder), &to, &|name| {
            let name = name.strip_prefix("lib").unwrap_or(name);
            let is_ours = ["ae-", "ae_", "autoencoder"].iter().any(|own| name.starts_with(own));
            // In `deps` also programs: the tests, which have no extension on Unix.
            let is_program = folder == "deps" && !name.contains('.') || name.ends_with(".exe");
            !is_ours && !is_program
        })?;
    }
    Ok(())
}

/// Links or copies, with their times, the files of a folder that are chosen by name and not there.
fn take(from: &Path, to: &Path, is_chosen: &dyn Fn(&str) -> bool) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if !is_chosen(&entry.file_name().to_string_lossy()) || target.is_file() {
            continue;
        }
        if source.is_dir() {
            // What Cargo has compiled here is left as it is.
            take(&source, &target, &|_| true)?;
        } else if from.parent().is_some_and(|folder| folder.ends_with(".fingerprint"))
            || fs::hard_link(&source, &target).is_err()
        {
            // Cargo writes into these files. The others it replaces.
            fs::copy(&source, &target)?;
            fs::File::options()
                .append(true)
                .open(&target)?
                .set_modified(entry.metadata()?.modified()?)?;
        }
    }
    Ok(())
}

/// Makes `to` equal to `from`, without what is built. A file that is equal keeps its time, so that
/// Cargo does not compile it again.
fn refresh(from: &Path, to: &Path) -> Result<(), String> {
    let at = |path: &Path| {
        let path = path.display().to_string();
        move |error: io::Error| format!("{path}: {error}")
    };
    fs::create_dir_all(to).map_err(at(to))?;
    let mut kept = Vec::new();
    for entry in fs::read_dir(from).map_err(at(from))? {
        let entry = entry.map_err(at(from))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let name = entry.file_name().to_string_lossy().into_owned();
        kept.push(entry.file_name());
        // What is hidden may be a link to something large, and no test reads it.
        if name.starts_with('.') || ["target", "node_modules", "runs"].contains(&&*name) {
            continue;
        }
        if source.is_dir() {
            refresh(&source, &target)?;
        } else {
            let content = fs::read(&source).map_err(at(&source))?;
            if !fs::read(&target).is_ok_and(|old| old == content) {
                fs::write(&target, content).map_err(at(&target))?;
            }
        }
    }
    // What was removed in the checkout: a crate that stayed would be a member of the workspace.
    for entry in fs::read_dir(to).map_err(at(to))? {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name())).map_err(at(to))?;
        if kept.contains(&name) {
            continue;
        }
        let removed =
            if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.map_err(at(&path))?;
    }
    Ok(())
}

fn apply(mutant: &Mutant, copy: &Path) -> Result<(), String> {
    for edit in &mutant.edit {
        let path = copy.join(&edit.file);
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", edit.file))?;
        let text = edit.apply(&text)?;
        fs::write(&path, text).map_err(|error| format!("{}: {error}", edit.file))?;
    }
    Ok(())
}

/// Runs the tests and returns the names of those that fail, sorted.
fn failing(mutant: &Mutant, copy: &Path) -> Result<Vec<String>, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // One pipe for both, so that the names of the programs stand before those of their tests.
    let (mut reader, writer) = io::pipe().map_err(|error| error.to_string())?;
    let mut command = Command::new(cargo);
    command
        .current_dir(copy)
        .args(["test", "--locked", "--no-fail-fast"])
        .args(mutant.test.split_whitespace())
        .env("CARGO_TARGET_DIR", copy.with_file_name("target"))
        .env("CARGO_TERM_COLOR", "never")
        // Inherited from `cargo run`, they would describe this package.
        .env_remove("CARGO_MANIFEST_DIR")
        .env_remove("RUST_BACKTRACE")
        // They would be written and never read.
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .stdin(Stdio::null())
        .stdout(writer.try_clone().map_err(|error| error.to_string())?)
        .stderr(writer);
    // So that its programs can be ended with it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    // It holds the other ends of the pipe.
    drop(command);
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut output = Vec::new();
        let read = reader.read_to_end(&mut output).map(|_| output);
        // Nobody listens after the limit.
        let _ = sender.send(read);
    });
    let Ok(output) = receiver.recv_timeout(LIMIT) else {
        end(&mut child);
        return Err(format!("no end after {} s", LIMIT.as_secs()));
    };
    let output = output.map_err(|error| error.to_string())?;
    let passed = child.wait().map_err(|error| error.to_string())?.success();
    let output = String::from_utf8_lossy(&output);
    let names = names(&output);
    if output.contains("error: could not compile") || names.is_empty() != passed {
        let end: Vec<&str> = output.lines().filter(|line| line.starts_with("error")).collect();
        return Err(end.join("; "));
    }
    Ok(names)
}

/// Ends cargo and the programs that it runs.
fn end(child: &mut Child) {
    if cfg!(unix) {
        let group = format!("-{}", child.id());
        // If it cannot be started, cargo alone is ended below.
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// The tests that failed, by what cargo and the test programs print.
fn names(output: &str) -> Vec<String> {
    let (mut program, mut names) = (String::new(), Vec::new());
    for line in output.lines().map(str::trim) {
        if let Some(file) = line.strip_prefix("Running ").and_then(|rest| rest.split('(').nth(1)) {
            let file = file.trim_end_matches(')').rsplit(['/', '\\']).next().unwrap_or_default();
            program = file.rsplit_once('-').map_or(file, |(name, _)| name).to_owned();
        } else if line.starts_with("Doc-tests ") {
            program = "doc".into();
        } else if let Some(test) =
            line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED"))
        {
            let test = test.split(" - should panic").next().unwrap_or(test);
            let test = test.split(" - compile").next().unwrap_or(test);
            let test = test.split(" (line ").next().unwrap_or(test);
            names.push(format!("{program} {}", test.trim_end_matches(" -")));
        }
    }
    names.sort();
    names
}
