//! The launcher among programs that only say who they are.
#![cfg(all(unix, target_arch = "x86_64"))]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tempfile::TempDir;

const ALL: [&str; 3] = ["x86-64", "x86-64-v3", "x86-64-v4"];

/// An installed package, below a folder with spaces in its name.
struct Package {
    root: TempDir,
    _alone: MutexGuard<'static, ()>,
}

/// One test at a time: a process that another one starts would for a moment hold a program open
/// that is still being written, and the system does not start such a program. Every test that
/// writes a program or starts one takes this.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Package {
    fn new() -> Self {
        let alone = alone();
        let root = tempfile::Builder::new().prefix("with some spaces ").tempdir().unwrap();
        let package = Self { root, _alone: alone };
        fs::create_dir_all(package.path("bin")).unwrap();
        fs::create_dir_all(package.path("libexec/ae-app")).unwrap();
        fs::copy(env!("CARGO_BIN_EXE_ae-launch"), package.launcher()).unwrap();
        package
    }

    /// A package with all levels; each program prints the end of its name and its arguments.
    fn whole() -> Self {
        let package = Self::new();
        for level in ALL {
            package.add(&format!("libexec/ae-app/ae-app-{level}"), level);
        }
        package
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn launcher(&self) -> PathBuf {
        self.path("bin/ae-app")
    }

    fn add(&self, name: &str, says: &str) {
        let file = self.path(name);
        fs::write(&file, format!("#!/bin/sh\nprintf '%s|' {says} \"$@\"\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// A package whose only program is a shell: its arguments say what it does.
    fn shell() -> Self {
        let package = Self::new();
        symlink("/bin/sh", package.path("libexec/ae-app/ae-app-x86-64")).unwrap();
        package
    }
}

/// A command without the variable that a developer may have set.
fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env_remove("AE_CPU");
    command
}

fn stdout(output: &Output) -> &str {
    assert!(output.status.success(), "{output:?}");
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// The best level of this CPU.
fn best() -> &'static str {
    match (is_x86_feature_detected!("avx512f"), is_x86_feature_detected!("avx2")) {
        (true, _) => "x86-64-v4",
        (false, true) => "x86-64-v3",
        (false, false) => "x86-64",
    }
}

#[test]
fn the_best_program_gets_the_arguments_as_they_are() {
    let package = Package::whole();
    let output = command(package.launcher()).args(["dense", "--out", "a b", "", "*"]).output();
    assert_eq!(stdout(&output.unwrap()), format!("{}|dense|--out|a b||*|", best()));
    let output = command(package.launcher()).arg(OsStr::from_bytes(b"\xff\xfe")).output().unwrap();
    assert!(output.stdout.ends_with(b"|\xff\xfe|"), "{output:?}");
}

#[test]
fn a_package_in_one_folder_and_a_link_to_the_launcher_work_too() {
    let package = Package::new();
    package.add("bin/ae-app-x86-64", "flat");
    assert_eq!(stdout(&command(package.launcher()).output().unwrap()), "flat|");
    let link = package.path("link");
    symlink(package.launcher(), &link).unwrap();
    assert_eq!(stdout(&command(link).output().unwrap()), "flat|");
}

#[test]
fn the_variable_names_another_level() {
    let package = Package::whole();
    let with = |value: &str| command(package.launcher()).env("AE_CPU", value).output().unwrap();
    assert_eq!(stdout(&with("x86-64")), "x86-64|");
    assert_eq!(stdout(&with("")), format!("{}|", best()));
    let output = with("x86-64-v9");
    assert_eq!(output.status.code(), Some(2));
    let expected = "error: AE_CPU is 'x86-64-v9': expected one of x86-64-v4, x86-64-v3, x86-64\n";
    assert_eq!(stderr(&output), expected);
}

#[test]
fn without_any_program_one_line_says_what_is_missing() {
    let package = Package::new();
    let output = command(package.launcher()).env("AE_CPU", "x86-64").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let root = package.root.path().canonicalize().unwrap();
    let root = root.to_str().unwrap();
    let expected = format!(
        "error: no ae-app-x86-64 in {root}/libexec/ae-app or {root}/bin: install the package again\n"
    );
    assert_eq!(stderr(&output), expected);
    assert!(output.stdout.is_empty());
}

#[test]
fn a_file_that_cannot_be_executed_is_named() {
    let package = Package::new();
    let file = package.path("libexec/ae-app/ae-app-x86-64");
    fs::write(&file, "#!/bin/sh\n").unwrap();
    let output = command(package.launcher()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let line = stderr(&output);
    assert!(line.starts_with("error: cannot start ") && line.contains("ae-app-x86-64: "), "{line}");
    assert_eq!(line.lines().count(), 1);
}

#[test]
fn the_program_takes_the_place_of_the_launcher() {
    let package = Package::shell();
    let run = |script: &str| command(package.launcher()).args(["-c", script]).output().unwrap();
    assert_eq!(run("exit 0").status.code(), Some(0));
    assert_eq!(run("exit 143").status.code(), Some(143));
    // Ended by a signal, as the shell's parent sees it.
    assert_eq!(run("kill -TERM $$").status.signal(), Some(15));

    let mut child = command(package.launcher())
        .arg0("the name as typed")
        .args(["-c", "echo \"$$ $0\""])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let id = child.id();
    let mut text = String::new();
    std::io::Read::read_to_string(child.stdout.as_mut().unwrap(), &mut text).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(text, format!("{id} the name as typed\n"));
}

/// Under an emulator, which shows another CPU to the launcher; the programs are started by the real
/// one. A launcher that was compiled for more than any x86-64 cannot run there.
#[test]
fn on_other_cpus_another_program_is_started() {
    let qemu = Path::new("/usr/bin/qemu-x86_64");
    if cfg!(target_feature = "sse3") || !qemu.exists() {
        return;
    }
    let package = Package::whole();
    for (cpu, level) in [("Nehalem", "x86-64"), ("Haswell", "x86-64-v3"), ("EPYC", "x86-64-v3")] {
        let output = command(qemu).args(["-cpu", cpu]).arg(package.launcher()).output().unwrap();
        assert_eq!(stdout(&output), format!("{level}|"), "{cpu}");
    }
    let output = command(qemu)
        .args(["-cpu", "Haswell"])
        .arg(package.launcher())
        .env("AE_CPU", "x86-64-v4")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let expected =
        "error: AE_CPU is x86-64-v4, which needs avx512f; this CPU lacks it: unset AE_CPU\n";
    assert!(stderr(&output).ends_with(expected), "{}", stderr(&output));
}

/// The script that builds packages.
fn script() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/package.sh");
    fs::read_to_string(file).unwrap()
}

#[test]
fn a_package_holds_the_levels_that_the_launcher_knows() {
    let line = "profile=release levels=x86-64,x86-64-v3,x86-64-v4 folder=\n";
    assert!(script().contains(line), "the script's default has changed");
    let package = Package::new();
    let output = command(package.launcher()).env("AE_CPU", "?").output().unwrap();
    let (_, known) = stderr(&output).trim_end().split_once("expected one of ").unwrap();
    let mut known: Vec<&str> = known.split(", ").collect();
    known.reverse();
    assert_eq!(known, ALL);
}

/// The script names the instructions of `x86-64-v4` one by one, to avoid its preference for vectors
/// of 32 bytes.
#[test]
fn the_flags_for_avx_512_name_the_instructions_of_its_level() {
    let _alone = alone();
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let instructions = |flags: &str| {
        let target = ["--print", "cfg", "--target", "x86_64-unknown-linux-gnu"];
        let output = Command::new(&rustc).args(target).args(flags.split(' ')).output().unwrap();
        let features = stdout(&output).lines().filter(|line| line.starts_with("target_feature="));
        features.map(String::from).collect::<Vec<_>>()
    };
    let script = script();
    let (_, rest) = script.split_once("    x86-64-v4) echo \"").unwrap();
    let (flags, _) = rest.split_once('"').unwrap();
    let named = instructions(flags);
    assert!(named.len() > 20, "{named:?}");
    assert_eq!(named, instructions("-C target-cpu=x86-64-v4"));
}
