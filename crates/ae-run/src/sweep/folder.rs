//! The folder of a sweep: the plan, and a folder for each run. Several processes may work in it.

use super::{SweepJob, SweepPlan, measures};
use crate::{CONFIG, Config, RunError, RunFolder, file_names, is_complete, read_file};
use ae_lab::{Outcome, SweepTable};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The plan, in the folder of a sweep.
pub const PLAN: &str = "plan.toml";
/// A plan has at most half as many bytes; as it is written into a folder it may be a little longer.
const MOST_BYTES: u64 = 1 << 19;
/// The error that ended a run for good, in the run's folder.
pub const FAILED: &str = "failed.txt";

/// How far a run of a sweep has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It is complete.
    Complete,
    /// It has diverged, and would diverge again. Holds the error's line.
    Failed(String),
    /// It was begun, and can be continued.
    Begun,
    /// Nothing of it exists.
    New,
}

/// Returns how far the run in this folder has come. A run in progress counts as begun.
///
/// # Errors
/// [`RunError::Io`] if the folder cannot be read.
pub fn progress(folder: &Path) -> Result<Progress, RunError> {
    if is_complete(folder) {
        return Ok(Progress::Complete);
    }
    if let Ok(text) = fs::read_to_string(folder.join(FAILED)) {
        return Ok(Progress::Failed(text.lines().next().unwrap_or_default().to_owned()));
    }
    let begun = folder.is_dir() && !file_names(folder)?.is_empty();
    Ok(if begun { Progress::Begun } else { Progress::New })
}

/// Records that this run ended with an error that it would have again.
///
/// # Errors
/// [`RunError::Write`] if the file cannot be written.
pub fn record_failure(folder: &RunFolder, error: &str) -> Result<(), RunError> {
    folder.write(FAILED, &format!("{error}\n"))
}

/// Writes the plan into the claimed folder of a sweep, or compares it with the one that is there.
/// Only a plan with more values or seeds takes the place of another.
///
/// # Errors
/// [`RunError::NotEmpty`] if the folder holds something else than a sweep, [`RunError::Plan`] if it
/// holds one of another plan, [`RunError::Write`] if the plan cannot be written.
pub fn keep_plan(folder: &RunFolder, plan: &SweepPlan) -> Result<(), RunError> {
    let path = folder.file(PLAN);
    if path.exists() {
        let begun = stored_plan(folder.path())?;
        if !plan.enlarges(&begun).map_err(|found| RunError::Plan { path, found })? {
            return Ok(());
        }
    } else {
        folder.check_empty()?;
    }
    folder.write(PLAN, &plan.to_toml())
}

/// Reads the plan in the folder of a sweep.
///
/// # Errors
/// [`RunError::NotARun`] if there is none, [`RunError::Plan`] if it is not one.
pub fn stored_plan(folder: &Path) -> Result<SweepPlan, RunError> {
    if let Ok(bytes @ MOST_BYTES..) = fs::metadata(folder.join(PLAN)).map(|file| file.len()) {
        let (path, found) = (folder.join(PLAN), format!("{bytes} bytes"));
        return Err(RunError::NotARun { path, expected: "a plan of at most 512 KiB", found });
    }
    let refused = |found| RunError::Plan { path: folder.join(PLAN), found };
    SweepPlan::parse(&read_file(folder, PLAN)?).map_err(refused)
}

/// Collects the measures of the runs in the folder of a sweep.
///
/// # Errors
/// [`RunError`] if a file of a complete run is missing or damaged, or if two runs of one point
/// differ in more than the seed: [`RunError::OtherRun`].
pub fn table(folder: &Path, plan: &SweepPlan) -> Result<SweepTable, RunError> {
    let jobs = plan.jobs();
    let mut table = SweepTable::new(plan.grid_options());
    let mut first: BTreeMap<&[String], (&str, Config)> = BTreeMap::new();
    for SweepJob { name, point, .. } in &jobs {
        let run = folder.join(name);
        let outcome = match progress(&run)? {
            Progress::Failed(_) => Outcome::Diverged,
            Progress::Begun | Progress::New => Outcome::Missing,
            Progress::Complete => {
                let config = Config::parse(&read_file(&run, CONFIG)?, &run.join(CONFIG))?;
                let (other, expected) =
                    first.entry(point).or_insert_with(|| (name, config.clone()));
                if !config.same_but_for_the_seed(expected) {
                    return Err(RunError::OtherRun { path: run, other: folder.join(other) });
                }
                Outcome::Measured(measures(&run)?)
            }
        };
        table.add(point, outcome);
    }
    Ok(table)
}
