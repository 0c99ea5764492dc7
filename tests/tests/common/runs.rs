//! Short runs, and data that are copied and changed.

use super::data::TRAIN_IMAGES;
use super::{CHECKPOINT, Outcome, SHORT_RUN, SUMS, Sandbox};
use std::ffi::OsStr;
use std::fs;

/// A sandbox with the data in `data` and a short run on them in `run`.
pub(crate) fn with_run() -> Sandbox {
    let sandbox = Sandbox::with_data();
    train(&sandbox, "data", "run");
    sandbox
}

#[track_caller]
pub(crate) fn train(sandbox: &Sandbox, dataset: impl AsRef<OsStr>, out: &str) {
    let args = SHORT_RUN.map(|arg| if arg == "data" { dataset.as_ref() } else { OsStr::new(arg) });
    sandbox.run(args.into_iter().chain(["-q", "--out", out].map(OsStr::new))).assert_success();
}

/// Runs the program in a folder of the sandbox.
#[track_caller]
pub(crate) fn run_in(sandbox: &Sandbox, folder: &str, args: &[&str]) -> Outcome {
    Outcome::of(sandbox.command(args).current_dir(sandbox.path(folder)))
}

/// Copies a folder of files.
pub(crate) fn copy(sandbox: &Sandbox, from: &str, to: &str) {
    fs::create_dir_all(sandbox.path(to)).unwrap();
    for (name, content) in sandbox.run_files(from) {
        fs::write(sandbox.path(to).join(name), content).unwrap();
    }
}

/// Changes one pixel of one training image.
pub(crate) fn change_a_pixel(sandbox: &Sandbox, folder: &str) {
    let path = sandbox.path(folder).join(TRAIN_IMAGES);
    let mut bytes = fs::read(&path).unwrap();
    bytes[100] ^= 1;
    fs::write(path, bytes).unwrap();
}

pub(crate) fn sums(sandbox: &Sandbox, run: &str) -> String {
    String::from_utf8(sandbox.run_files(run)[SUMS].clone()).unwrap()
}

/// Resets the run to its previous checkpoint, as if it had been killed.
pub(crate) fn unfinish(sandbox: &Sandbox, run: &str) {
    fs::remove_file(sandbox.path(run).join(SUMS)).unwrap();
    fs::remove_file(sandbox.path(run).join(CHECKPOINT)).unwrap();
}
