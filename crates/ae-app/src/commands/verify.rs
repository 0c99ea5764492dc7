//! `ae-app verify`: checks that a run's configuration reproduces its files.

use super::shared::{run_environment, run_job};
use crate::cli::RunArgs;
use crate::exit::warn;
use crate::report::{Output, Report};
use crate::run::{Ending, Environment, Interrupt, Processes};
use ae_files::{printable, printable_path};
use ae_run::{CONFIG, Checksums, Config, check_idle, read_file};
use anyhow::Result;

/// Repeats the run in another folder, and compares the files. The run's own folder is only read: it
/// may be read-only.
pub(super) fn run(args: RunArgs, output: Output, processes: &Processes) -> Result<Ending> {
    let report = Report::new(output);
    let path = args.run.clone();
    check_idle(&path)?;
    let text = read_file(&path, CONFIG)?;
    let (recorded, digest) = Checksums::read(&path)?;
    let mut found = Checksums::of(&path)?;
    let others = found.split_off_others(&recorded);
    recorded.compare(&found, &path, "as it was written")?;
    report.line(format_args!("{}: every file is as it was written", printable_path(&path)));
    if !others.is_empty() {
        let others = printable(&others.join(", "));
        report.line(format_args!("not compared, because they are not files of this run: {others}"));
    }

    let config = Config::parse(&text, &path.join(CONFIG))?;
    if let Some(was) = config.other_build() {
        let (run, this) = (path.display(), Config::this_build());
        warn(&format!("{run}: written by {was}; last digits may differ with {this}"));
    }
    let job = run_job(&config, &args)?;
    let interrupt = Interrupt::installed()?;
    let temporary = interrupt.temporary()?;
    // None of these results is kept, so a signal may end the program at once.
    interrupt.end_at_once(output, "nothing has changed".into(), None);
    let again = temporary.path().join("run");
    let environment = Environment {
        out: Some(again.clone()),
        disposable: true,
        ..run_environment(args.data_dir, args.threads, Output::silent()).led(processes)
    };
    report.line("running it again ...");
    crate::jobs::run(&job, &environment, None)?;
    Checksums::of(&again)?.compare(&recorded, &path, "as the configuration makes it")?;
    report.line(format_args!("the same files again, digest {digest}"));
    report.end_in("done", &path, Some(digest))?;
    Ok(Ending::Done)
}
