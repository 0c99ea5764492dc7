//! `ae-app verify`: checks that a run's configuration reproduces its files.

use super::shared::{run_environment, run_job};
use crate::cli::RunArgs;
use crate::report::{Output, Report};
use crate::run::{Ending, Environment};
use ae_files::printable_path;
use ae_run::{CONFIG, Checksums, Config, RunFolder};
use anyhow::{Context, Result};

/// Repeats the run in another folder, and compares the files.
pub(super) fn run(args: RunArgs, output: Output) -> Result<Ending> {
    let report = Report::new(output);
    let folder = RunFolder::open(&args.run)?;
    let path = folder.path();
    let text = folder.read(CONFIG)?;
    let (recorded, digest) = Checksums::read(&folder)?;
    recorded.compare(&Checksums::of(path)?, path, "as it was written")?;
    report.line(format_args!("{}: every file is as it was written", printable_path(path)));

    let job = run_job(&Config::parse(&text, &folder.file(CONFIG))?, &args)?;
    let temporary = tempfile::tempdir().context("cannot make a temporary folder")?;
    let again = temporary.path().join("run");
    let environment =
        Environment { out: Some(again.clone()), ..run_environment(args, Output::silent()) };
    report.line("running it again ...");
    let ending = crate::jobs::run(&job, &environment, None)?;
    if ending == Ending::Interrupted {
        return Ok(ending);
    }
    Checksums::of(&again)?.compare(&recorded, path, "as the configuration makes it")?;
    report.line(format_args!("the same files again, digest {digest}"));
    report.end_in("done", path, Some(digest))?;
    Ok(Ending::Done)
}
