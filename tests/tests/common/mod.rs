//! Code that the tests of the command line share: the program, a folder to run it in, and its
//! expected results.
#![allow(dead_code, reason = "each test file is a program of its own and uses a part of these")]

pub(crate) mod data;
pub(crate) mod files;
mod program;
#[cfg(unix)]
pub(crate) mod running;
pub(crate) mod runs;

pub(crate) use program::program;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// The files of every run of `ae-app dense`.
pub(crate) const RUN_FILES: [&str; 14] = [
    SUMS,
    PREVIOUS,
    CHECKPOINT,
    "config.toml",
    "generated-naive.png",
    "generated-pca.png",
    "history.csv",
    "latent-pca.png",
    "loss.png",
    "model.safetensors",
    "paths.toml",
    "reconstruction.png",
    REPORT,
    "times.toml",
];

/// The newest checkpoint, the previous one, and the checksums of a run that has ended.
pub(crate) const CHECKPOINT: &str = "checkpoint.safetensors";
pub(crate) const PREVIOUS: &str = "checkpoint-previous.safetensors";
pub(crate) const SUMS: &str = "SHA256SUMS";

/// The page that shows a run.
pub(crate) const REPORT: &str = "report.html";

/// The files that differ between two runs of the same results, because they hold times.
pub(crate) const TIMED: [&str; 2] = ["times.toml", REPORT];

/// The files of every run of `ae-app denoise`, and those that `--sweep` adds.
pub(crate) const DENOISE_FILES: [&str; 13] = [
    SUMS,
    PREVIOUS,
    CHECKPOINT,
    "config.toml",
    "denoised.png",
    "filters.png",
    "history.csv",
    "loss.png",
    "metrics.toml",
    "model.safetensors",
    "paths.toml",
    REPORT,
    "times.toml",
];
pub(crate) const SWEEP_FILES: [&str; 3] = ["sweep-psnr.png", "sweep.csv", "sweep.png"];

/// The beginning of a run of `ae-app denoise` on [`data::small`].
pub(crate) const DENOISE: [&str; 5] = ["denoise", "--dataset", "data", "--batch", "20"];

/// A short run on [`data::small`], as `data` in the working folder.
pub(crate) const SHORT_RUN: [&str; 11] = [
    "dense",
    "--dataset",
    "data",
    "--classes",
    "all",
    "--latent",
    "4",
    "--batch",
    "20",
    "--epochs",
    "2",
];

/// The arguments of `ae-app dense` for `data`; training works with valid data.
pub(crate) const DATA_ARGS: [&str; 9] =
    ["dense", "--dataset", "data", "--classes", "all", "--latent", "4", "--batch", "20"];

/// The exit statuses by cause.
pub(crate) const FAILURE: i32 = 1;
pub(crate) const USAGE: i32 = 2;
pub(crate) const DATA: i32 = 3;
pub(crate) const DIVERGED: i32 = 4;
/// Ctrl-C: 128 and the number of its signal.
pub(crate) const INTERRUPTED: i32 = 130;
/// The same for SIGTERM and SIGHUP.
pub(crate) const TERMINATED: i32 = 143;
pub(crate) const HUNG_UP: i32 = 129;

/// A temporary folder that the program works in. Paths in arguments and in messages are relative to
/// it.
pub(crate) struct Sandbox(TempDir);

impl Sandbox {
    /// An empty sandbox.
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    /// A sandbox with the valid data set [`data::small`] in `data`, and an earlier run in
    /// `runs/dense-data-all`.
    pub(crate) fn with_data() -> Self {
        let sandbox = Self::new();
        data::small(&sandbox.path("data"));
        fs::create_dir_all(sandbox.path("runs/dense-data-all")).unwrap();
        fs::write(sandbox.path("runs/dense-data-all/history.csv"), "an earlier run's\n").unwrap();
        sandbox
    }

    /// A path below the folder.
    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.path().join(name)
    }

    /// The program, ready to run here, without input and without the caller's environment
    /// variables.
    pub(crate) fn command<I: IntoIterator<Item: AsRef<OsStr>>>(&self, args: I) -> Command {
        let mut command = Command::new(program());
        self.prepare(&mut command);
        command.args(args);
        command
    }

    /// Prepares any command to run here in the same way.
    pub(crate) fn prepare(&self, command: &mut Command) {
        command.current_dir(self.0.path()).stdin(Stdio::null());
        // Decoded images are not kept.
        command.env("AE_CACHE_DIR", "");
        // CI too: if it is set, colors are on even on a dumb terminal.
        for name in [
            "AE_STOP_AT",
            "AE_HOLD_AT",
            "AE_PANIC_AT",
            "AE_DATA_DIR",
            "NO_COLOR",
            "CLICOLOR",
            "CLICOLOR_FORCE",
            "TERM",
            "COLUMNS",
            "CI",
        ] {
            command.env_remove(name);
        }
    }

    /// Runs the program to its end.
    pub(crate) fn run<I: IntoIterator<Item: AsRef<OsStr>>>(&self, args: I) -> Outcome {
        Outcome::of(&mut self.command(args))
    }

    /// Everything below the folder: the content of each file, `None` for a folder.
    pub(crate) fn tree(&self) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
        let mut tree = BTreeMap::new();
        let mut folders = vec![self.0.path().to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap();
                let path = entry.path();
                let name = path.strip_prefix(self.0.path()).unwrap().to_path_buf();
                let file_type = entry.file_type().unwrap();
                if file_type.is_dir() {
                    tree.insert(name, None);
                    folders.push(path);
                } else {
                    // For files that cannot be read (a link to itself) only their existence is
                    // compared.
                    tree.insert(name, Some(fs::read(&path).unwrap_or_default()));
                }
            }
        }
        tree
    }

    /// The files of a run's folder, by name.
    #[track_caller]
    pub(crate) fn run_files(&self, folder: impl AsRef<Path>) -> BTreeMap<String, Vec<u8>> {
        let folder = self.path(folder);
        let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        entries
            .map(|entry| {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                (name, fs::read(&path).unwrap())
            })
            .collect()
    }

    /// Asserts that the folder holds exactly the files of a whole run of `ae-app dense`.
    #[track_caller]
    pub(crate) fn assert_whole_run(&self, folder: impl AsRef<Path>) {
        self.assert_files(folder, &RUN_FILES);
    }

    /// Asserts that the folder holds exactly these files, and returns them.
    #[track_caller]
    pub(crate) fn assert_files(
        &self,
        folder: impl AsRef<Path>,
        names: &[&str],
    ) -> BTreeMap<String, Vec<u8>> {
        let files = self.run_files(folder);
        let mut expected = names.to_vec();
        expected.sort_unstable();
        assert_eq!(files.keys().collect::<Vec<_>>(), expected);
        for (name, content) in &files {
            assert!(!content.is_empty(), "{name} is empty");
        }
        files
    }

    /// Asserts that the program refuses these arguments with this status and that nothing changes
    /// on the disk. Returns the line on stderr.
    #[track_caller]
    pub(crate) fn assert_refused<I: IntoIterator<Item: AsRef<OsStr>>>(
        &self,
        args: I,
        status: i32,
    ) -> String {
        let before = self.tree();
        let outcome = self.run(args);
        let line = outcome.assert_error(status);
        assert_eq!(outcome.stdout, "", "stdout, with {line:?}");
        let after = self.tree();
        // Names first: a difference in them is easier to read than one in bytes.
        assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>(), "{line}");
        assert!(after == before, "a file has changed, with {line:?}");
        line
    }
}

/// How a run of the program ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The exit status; `None` if a signal ended it.
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    /// Runs `command` to its end.
    #[track_caller]
    pub(crate) fn of(command: &mut Command) -> Self {
        command.output().unwrap_or_else(|e| panic!("{command:?}: {e}")).into()
    }

    /// Asserts success.
    #[track_caller]
    pub(crate) fn assert_success(&self) -> &Self {
        assert_eq!(self.status, Some(0), "{self:#?}");
        self
    }

    /// Asserts an end with this status and one line on stderr, which is returned without its end.
    #[track_caller]
    pub(crate) fn assert_error(&self, status: i32) -> String {
        assert_eq!(self.status, Some(status), "{self:#?}");
        assert!(self.stderr.ends_with('\n'), "{self:#?}");
        assert_eq!(self.stderr.lines().count(), 1, "{self:#?}");
        let line = self.stderr.trim_end_matches('\n');
        assert!(line.starts_with("error: "), "{self:#?}");
        assert!(!line.chars().any(char::is_control), "{self:#?}");
        for word in ["panicked", "RUST_BACKTRACE", "unwrap"] {
            assert!(!line.contains(word), "{self:#?}");
        }
        line.to_owned()
    }
}

/// The text with the backslashes of Windows paths turned into slashes, for tests to compare.
/// In JSON a backslash begins an escape, so JSON is left alone.
fn slashes(text: String) -> String {
    if cfg!(windows) && !text.starts_with('{') { text.replace('\\', "/") } else { text }
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code(),
            stdout: slashes(String::from_utf8(output.stdout).expect("stdout is UTF-8")),
            stderr: slashes(String::from_utf8(output.stderr).expect("stderr is UTF-8")),
        }
    }
}

/// The top folder of the workspace.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is in the workspace").into()
}

/// The packages of the workspace with their dependencies, by `cargo metadata`.
pub(crate) fn metadata() -> serde_json::Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
    let output = Command::new(cargo)
        .current_dir(workspace())
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline", "--locked"])
        .output()
        .expect("cargo can be started");
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Asserts that `data` is refused, under the default name for the results and under a given one,
/// new or taken. Returns the message.
#[track_caller]
pub(crate) fn data_refused(sandbox: &Sandbox) -> String {
    let line = sandbox.assert_refused(DATA_ARGS, DATA);
    for out in ["new", "runs/dense-data-all"] {
        let again = sandbox.assert_refused(DATA_ARGS.iter().chain(&["--out", out]), DATA);
        assert_eq!(again, line);
    }
    line
}
