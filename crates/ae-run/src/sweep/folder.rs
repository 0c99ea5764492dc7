//! The folder of a sweep: the plan, and a folder for each run. Several processes may work in it.

use super::begun::BegunSweep;
use super::{PlanError, SweepJob, SweepPlan, measures};
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
    if !path.exists() {
        folder.check_empty()?;
        return write(folder, plan, &BegunSweep::new(plan, models));
    }
    let stored = Stored::read(folder.path())?;
    let refused = match stored.enlarged(plan, models) {
        Ok((plan, begun)) => return write(folder, plan, &begun),
        Err(found) => RunError::Plan { path, found },
    };
    if has_begun(folder.path())? {
        return Err(refused);
    }
    write(folder, plan, &BegunSweep::new(plan, models))?;
    // A process claims a run, and then looks whether the plan is still its own. So if it has not
    // seen this one, its run is seen here.
    if has_begun(folder.path())? {
        write(folder, &stored.plan, &stored.shared())?;
        return Err(refused);
    }
    Ok(())
}

/// Returns whether [`keep_plan`] would write something into this folder. The folder need not be
/// claimed.
///
/// # Errors
/// As [`keep_plan`].
pub fn has_news(
    folder: &Path,
    plan: &SweepPlan,
    models: &BTreeMap<String, String>,
) -> Result<bool, RunError> {
    let path = folder.join(PLAN);
    if !path.is_file() {
        return Ok(true);
    }
    let stored = Stored::read(folder)?;
    match stored.enlarged(plan, models) {
        Ok((larger, shared)) => Ok(*larger != stored.plan || Some(shared) != stored.begun),
        Err(_) if !has_begun(folder)? => Ok(true),
        Err(found) => Err(RunError::Plan { path, found }),
    }
}

/// Checks that the runs of this plan are like those that have begun in the folder.
///
/// # Errors
/// [`RunError::Plan`] if they are not, [`RunError::NotARun`] if `sweep.toml` is not as it was
/// written.
pub fn check_plan(folder: &Path, plan: &SweepPlan) -> Result<(), RunError> {
    let begun = BegunSweep::read(folder)?;
    let checked = begun.map_or(Ok(()), |begun| begun.check(plan));
    checked.map_err(|found| RunError::Plan { path: folder.join(PLAN), found })
}

/// What the folder of a sweep says of it.
struct Stored {
    plan: SweepPlan,
    /// Earlier versions did not write it.
    begun: Option<BegunSweep>,
}

impl Stored {
    fn read(folder: &Path) -> Result<Self, RunError> {
        Ok(Self { plan: stored_plan(folder)?, begun: BegunSweep::read(folder)? })
    }

    /// What the runs share.
    fn shared(&self) -> BegunSweep {
        let begun = self.begun.clone();
        begun.unwrap_or_else(|| BegunSweep::new(&self.plan, &BTreeMap::new()))
    }

    /// Returns the larger one of the plan and another, and what their runs share with these models.
    fn enlarged<'a>(
        &'a self,
        plan: &'a SweepPlan,
        models: &BTreeMap<String, String>,
    ) -> Result<(&'a SweepPlan, BegunSweep), PlanError> {
        let mut shared = self.shared();
        shared.check(plan)?;
        shared.take_models(models)?;
        Ok((if plan.enlarges(&self.plan)? { plan } else { &self.plan }, shared))
    }
}

/// Writes the plan, and then what its runs share: with a plan, the folder is that of a sweep.
fn write(folder: &RunFolder, plan: &SweepPlan, begun: &BegunSweep) -> Result<(), RunError> {
    folder.write(PLAN, &plan.to_toml())?;
    begun.write(folder)
}

/// Returns whether a run has begun in this folder: whether one in it holds anything.
fn has_begun(folder: &Path) -> Result<bool, RunError> {
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
/// [`RunError`] if a file of a complete run is missing or damaged; [`RunError::Edited`] if a run
/// has another number than its plan, [`RunError::OtherRun`] if two runs of one point differ in more
/// than the seed, [`RunError::OtherData`] if two runs that should have the same data do not.
pub fn collect(folder: &Path, plan: &SweepPlan) -> Result<Collected, RunError> {
    let jobs = plan.jobs();
    let (mut table, mut builds) = (SweepTable::new(plan.grid_options()), BTreeSet::new());
    let mut first: BTreeMap<&[String], (&str, Config)> = BTreeMap::new();
    let mut of_data: BTreeMap<Vec<&str>, (&str, Config)> = BTreeMap::new();
    for SweepJob { name, point, options, .. } in &jobs {
        let run = folder.join(name);
        let outcome = match progress(&run)? {
            Progress::Failed(_) => Outcome::Diverged,
            Progress::Begun | Progress::New => Outcome::Missing,
            Progress::Complete => {
                let config = Config::parse(&read_file(&run, CONFIG)?, &run.join(CONFIG))?;
                config.check_numbers(options, &run.join(CONFIG))?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_can_be_replaced_until_a_run_has_begun_and_grows_afterwards() {
        let parent = tempfile::tempdir().unwrap();
        let out = parent.path();
        let plan = |epochs: usize, seeds: usize| {
            let text = format!("command = 'dense'\nseeds = {seeds}\n[options]\nepochs = {epochs}");
            SweepPlan::parse(&text).unwrap()
        };
        let keep = |plan: &SweepPlan| {
            let models = BTreeMap::new();
            let news = has_news(out, plan, &models).map_err(|error| error.to_string());
            let kept = keep_plan(&RunFolder::share(out).unwrap(), plan, &models);
            let kept = kept.map_err(|error| error.to_string());
            // What is refused is refused before the folder is claimed, too.
            assert_eq!(news.clone().map(drop), kept);
            if kept.is_ok() {
                assert!(!has_news(out, plan, &models).unwrap());
            }
            kept.map(|()| news == Ok(true))
        };
        let is_kept = |plan: &SweepPlan| {
            let begun = BegunSweep::new(plan, &BTreeMap::new());
            assert_eq!(stored_plan(out).unwrap(), *plan);
            assert_eq!(BegunSweep::read(out).unwrap(), Some(begun));
        };
        for epochs in [1, 2] {
            assert_eq!(keep(&plan(epochs, 2)), Ok(true));
            assert_eq!(keep(&plan(epochs, 2)), Ok(false));
            is_kept(&plan(epochs, 2));
        }
        // An empty folder is none of a run; a claim is enough.
        fs::create_dir(out.join("seed=1")).unwrap();
        assert!(!has_begun(out).unwrap());
        let run = RunFolder::share(&out.join("seed=1")).unwrap();
        assert!(has_begun(out).unwrap());
        let error = keep(&plan(1, 2)).unwrap_err();
        assert!(error.contains("options.epochs: expected \"2\", found \"1\"; only"), "{error}");
        is_kept(&plan(2, 2));
        assert_eq!(keep(&plan(2, 3)), Ok(true));
        is_kept(&plan(2, 3));
        drop(run);
        assert_eq!(keep(&plan(2, 1)), Ok(true), "nobody works in it");
        is_kept(&plan(2, 1));
    }
}
