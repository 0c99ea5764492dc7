//! The folder of a sweep: the plan, and a folder for each run. Several processes may work in it.

use super::{BegunSweep, SweepJob, SweepPlan, measures};
use crate::{CONFIG, Config, RunError, RunFolder, file_names, is_complete, read_file};
use ae_lab::{Outcome, SweepTable};
use std::collections::{BTreeMap, BTreeSet};
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

/// Writes the plan into the claimed folder of a sweep, with what its runs share, or compares it
/// with the one that it holds. Once a run has begun, only a plan with more values or seeds takes
/// the place of another. `models` are the checksums of the files of its models.
///
/// # Errors
/// [`RunError::NotEmpty`] if the folder holds something else than a sweep, [`RunError::Plan`] if it
/// holds one of another plan, [`RunError::Write`] if the plan cannot be written.
pub fn keep_plan(
    folder: &RunFolder,
    plan: &SweepPlan,
    models: &BTreeMap<String, String>,
) -> Result<(), RunError> {
    let path = folder.file(PLAN);
    if path.exists() && has_begun(folder.path())? {
        let refused = |found| RunError::Plan { path: path.clone(), found };
        let stored = stored_plan(folder.path())?;
        let mut begun = match BegunSweep::read(folder.path())? {
            Some(begun) => begun,
            None => BegunSweep::new(&stored, &BTreeMap::new()),
        };
        begun.check(plan).map_err(refused)?;
        begun.take_models(models).map_err(refused)?;
        if plan.enlarges(&stored).map_err(refused)? {
            folder.write(PLAN, &plan.to_toml())?;
        }
        return begun.write(folder);
    }
    if !path.exists() {
        folder.check_empty()?;
    }
    // First the plan: with it, the folder is that of a sweep.
    folder.write(PLAN, &plan.to_toml())?;
    BegunSweep::new(plan, models).write(folder)
}

/// Returns whether a run has begun in this folder: whether one in it holds anything.
///
/// # Errors
/// [`RunError::Io`] if a folder cannot be read.
pub fn has_begun(folder: &Path) -> Result<bool, RunError> {
    let read = |folder: &Path| fs::read_dir(folder).map_err(RunError::io("read", folder));
    for entry in read(folder)? {
        let path = entry.map_err(RunError::io("read", folder))?.path();
        if path.is_dir() && read(&path)?.next().is_some() {
            return Ok(true);
        }
    }
    Ok(false)
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

/// What the folder of a sweep holds.
#[derive(Debug)]
pub struct Collected {
    /// The measures of the plan's runs that are complete.
    pub table: SweepTable,
    /// The builds that made them, each described.
    pub builds: BTreeSet<String>,
    /// The folders of other runs.
    pub others: Vec<String>,
}

/// Collects the measures of the runs in the folder of a sweep.
///
/// # Errors
/// [`RunError`] if a file of a complete run is missing or damaged, if two runs of one point differ
/// in more than the seed, or if two runs that should have the same data do not:
/// [`RunError::OtherRun`], [`RunError::OtherData`].
pub fn collect(folder: &Path, plan: &SweepPlan) -> Result<Collected, RunError> {
    let jobs = plan.jobs();
    let (mut table, mut builds) = (SweepTable::new(plan.grid_options()), BTreeSet::new());
    let mut first: BTreeMap<&[String], (&str, Config)> = BTreeMap::new();
    let mut of_data: BTreeMap<Vec<&str>, (&str, Config)> = BTreeMap::new();
    for SweepJob { name, point, .. } in &jobs {
        let run = folder.join(name);
        let outcome = match progress(&run)? {
            Progress::Failed(_) => Outcome::Diverged,
            Progress::Begun | Progress::New => Outcome::Missing,
            Progress::Complete => {
                let config = Config::parse(&read_file(&run, CONFIG)?, &run.join(CONFIG))?;
                let (other, expected) =
                    of_data.entry(plan.data_of(point)).or_insert_with(|| (name, config.clone()));
                config.check_data_of(expected, &run, &folder.join(other))?;
                let (other, expected) =
                    first.entry(point).or_insert_with(|| (name, config.clone()));
                if !config.same_but_for_the_seed(expected) {
                    return Err(RunError::OtherRun { path: run, other: folder.join(other) });
                }
                builds.insert(config.build());
                Outcome::Measured(measures(&run)?)
            }
        };
        table.add(point, outcome);
    }
    let of_plan: BTreeSet<&str> = jobs.iter().map(|job| job.name.as_str()).collect();
    let others = others(folder, &of_plan)?;
    Ok(Collected { table, builds, others })
}

/// The names of folders that hold runs, and are not `of_plan`, sorted.
fn others(folder: &Path, of_plan: &BTreeSet<&str>) -> Result<Vec<String>, RunError> {
    let cannot = || RunError::io("read", folder);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(cannot())? {
        let entry = entry.map_err(cannot())?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !of_plan.contains(name.as_str()) && entry.path().join(CONFIG).is_file() {
            found.push(name);
        }
    }
    found.sort_unstable();
    Ok(found)
}
