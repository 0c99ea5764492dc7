//! `ae-app sweep`: the runs of a plan, in folders that any number of processes share.

mod folder;
mod plan;
mod results;

use super::shared::run_environment;
use super::taking::{Taken, take};
use crate::cli::{RunArgs, ShardArgs, SweepArgs};
use crate::exit::{in_json, is_divergence, usage, warn};
use crate::report::{Output, Report, counted};
use crate::run::{Ending, Environment, Interrupt, Processes, claim};
use ae_files::printable_path;
use ae_run::sweep::{Shard, check_plan, measures, record_failure, shown};
use ae_run::{Config, RunFolder};
use anyhow::Result;
use plan::{Planned, Run};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Does the runs of a plan that are left to do, and writes the report.
pub(super) fn run(args: SweepArgs, output: Output, processes: &Processes) -> Result<Ending> {
    let planned = Planned::read(&args.plan)?;
    let out = match (&planned.begun_in, args.out) {
        (None, Some(out)) => out,
        (None, None) => PathBuf::from("runs").join(format!("sweep-{}", planned.name)),
        (Some(folder), None) => folder.clone(),
        (Some(folder), Some(out)) => {
            let [folder, out] = [folder, &out].map(|path| printable_path(path).to_string());
            let message =
                format!("--out {out}: {folder} is the folder of a sweep, which goes on in it");
            return Err(usage(message).into());
        }
    };
    let environment = Environment {
        output: quiet_unless_verbose(output),
        ..run_environment(args.data_dir, args.threads, output).led(processes)
    };
    let (report, siblings) = (Report::new(output), RefCell::default());
    let sweep = Sweep { planned, out, environment, report, output, siblings };
    if args.report {
        sweep.check_begun()?;
        return sweep.end();
    }
    // Most processes find their plan there, and need not wait for each other.
    if sweep.has_news()? {
        sweep.keep_plan()?;
    }
    sweep.work(args.shard.shard.unwrap_or(Shard::ALL), args.keep_going)
}

/// Goes on with a sweep in its folder.
pub(super) fn resume(args: RunArgs, output: Output, processes: &Processes) -> Result<Ending> {
    let RunArgs { run: plan, data_dir, threads, .. } = args;
    let shard = ShardArgs::default();
    let args =
        SweepArgs { plan, out: None, shard, report: false, keep_going: false, data_dir, threads };
    run(args, output, processes)
}

/// The runs say nothing, because there are many of them.
fn quiet_unless_verbose(output: Output) -> Output {
    if output.verbose && !output.json { output } else { Output::silent() }
}

/// A sweep in its folder.
struct Sweep {
    planned: Planned,
    out: PathBuf,
    /// That of the runs.
    environment: Environment,
    report: Report,
    output: Output,
    /// For each choice of data a run that has them.
    siblings: RefCell<BTreeMap<Vec<String>, Sibling>>,
}

/// A run of the sweep: its folder and its configuration.
type Sibling = Arc<(PathBuf, Config)>;

/// What has become of a run.
enum Done {
    /// Nothing is left to do.
    Settled,
    /// Another process works on it.
    Busy,
    /// A signal has ended it.
    Stopped,
}

impl Sweep {
    /// Does the runs of this shard. Those that other processes work on are looked at again as long
    /// as there was something else to do.
    fn work(&self, shard: Shard, keep_going: bool) -> Result<Ending> {
        let (mut left, mut failed) = (shard.of(&self.planned.runs), Vec::new());
        self.say_what_there_is(&left, shard);
        loop {
            let (mut busy, mut moved) = (Vec::new(), false);
            for run in &left {
                match self.one(run) {
                    Ok(Done::Settled) => moved = true,
                    Ok(Done::Busy) => busy.push(run.clone()),
                    Ok(Done::Stopped) => return self.stopped(),
                    Err(error) if keep_going && !self.environment.processes.lost() => {
                        let name = &run.job.name;
                        warn(&format!("{name}: {error:#}"));
                        self.report.note(|results| results.failed(name, format!("{error:#}")));
                        failed.push(error.context(name.clone()));
                        moved = true;
                    }
                    Err(error) => return Err(error.context(run.job.name.clone())),
                }
                if Interrupt::installed()?.asked() {
                    return self.stopped();
                }
            }
            left = busy;
            if left.is_empty() || !moved {
                break;
            }
        }
        for run in &left {
            self.report.line(format_args!("{}: another process works on it", run.job.name));
        }
        let ending = self.end()?;
        match failed.into_iter().next() {
            Some(error) if self.output.json => Err(in_json(error)),
            Some(error) => Err(error),
            None => Ok(ending),
        }
    }

    fn say_what_there_is(&self, own: &[Run], shard: Shard) {
        let all = self.planned.runs.len();
        let of = if own.len() < all { format!(" of {all}, shard {shard}") } else { String::new() };
        let (own, seeds) = (counted(own.len(), "run"), self.planned.plan.seeds().len());
        let (command, seeds) = (self.planned.plan.command(), counted(seeds, "seed"));
        let points = match self.planned.plan.points() {
            1 => String::new(),
            points => format!(" at each of {points} points of the grid"),
        };
        self.report.item("sweep", format_args!("{own} of {command}{of}, {seeds}{points}"));
        self.report.item("folder", printable_path(&self.out));
    }

    /// Does one run, unless another process does it or has done it.
    fn one(&self, run: &Run) -> Result<Done> {
        let (name, path) = (&run.job.name, self.out.join(&run.job.name));
        let resumed = match take(&path)? {
            Taken::Complete => return Ok(Done::Settled),
            Taken::Busy => return Ok(Done::Busy),
            Taken::Failed(line) => {
                self.failed(name, line);
                return Ok(Done::Settled);
            }
            Taken::Ours(resumed) => resumed,
        };
        // Until this run began, another process might have begun another plan.
        check_plan(&self.out, &self.planned.plan)?;
        let (out, sibling) = (Some(path.clone()), self.sibling(run));
        let environment = Environment { out, sibling, ..self.environment.clone() };
        // The runs are silent; a signal is not.
        Interrupt::wait(self.output.quiet)?;
        match crate::jobs::run(&run.spec, &environment, Some(resumed)) {
            Ok(Ending::Interrupted) => Ok(Done::Stopped),
            Ok(_) => {
                let found = measures(&path)?;
                let names: Vec<String> = found.iter().map(|(name, _)| name.clone()).collect();
                let chosen = shown(self.planned.plan.command(), &names);
                let chosen = found.iter().filter(|(name, _)| chosen.contains(&name.as_str()));
                let chosen: Vec<String> =
                    chosen.map(|(name, value)| format!("{name} {value:.4}")).collect();
                self.report.line(format_args!("{name}: {}", chosen.join(", ")));
                Ok(Done::Settled)
            }
            Err(error) if is_divergence(&error) => {
                self.failed(name, format!("{error:#}"));
                // If another process has taken the run again, it will find the same.
                match claim(|| RunFolder::share(&path)) {
                    Err(error) if super::taking::is_busy(&error) => {}
                    folder => record_failure(&folder?, &format!("{error:#}"))?,
                }
                Ok(Done::Settled)
            }
            Err(error) => Err(error),
        }
    }

    /// Reports a run that diverged.
    fn failed(&self, name: &str, line: String) {
        self.report.line(format_args!("{name}: {line}"));
        self.report.note(|results| results.failed(name, line));
    }
}
