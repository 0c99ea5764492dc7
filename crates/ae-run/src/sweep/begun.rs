//! `sweep.toml`: what all runs of a sweep have in common. The plan beside it may be edited, and may
//! grow; this says whether it is still a plan of these runs.

use super::SweepPlan;
use super::values::{PlanError, refused};
use crate::{RunError, RunFolder, read_file};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What the runs of a sweep have in common, in its folder.
pub const BEGUN: &str = "sweep.toml";
/// The first line of the file.
const HEADING: &str =
    "# What all runs of this sweep share. `ae-app sweep` compares plan.toml with it.\n";
/// What can be done with a sweep that has begun, for an error's line.
const ONLY: &str = "only new values and seeds can be added to a sweep that has begun; change it \
                    back, or sweep this plan into a new folder";
const NO_KEY: &str = "no such key";

/// What the runs of a sweep that has begun have in common: all but the values and the seeds, to
/// which others can be added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BegunSweep {
    command: String,
    /// The names of the grid's options, sorted.
    grid: Vec<String>,
    /// The values as they would be typed, by option.
    options: BTreeMap<String, String>,
    /// The SHA-256 of the file of each model that is not a preset, by the path in the plan.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    models: BTreeMap<String, String>,
}

impl BegunSweep {
    /// Returns what the runs of this plan have in common. `models` are the checksums of the files
    /// of its models.
    pub(super) fn new(plan: &SweepPlan, models: &BTreeMap<String, String>) -> Self {
        Self {
            command: plan.command().into(),
            grid: plan.grid_options().map(str::to_owned).collect(),
            options: plan.options().clone(),
            models: models.clone(),
        }
    }

    /// Reads the file in the folder of a sweep. One of an earlier version has none.
    ///
    /// # Errors
    /// [`RunError::NotARun`] if it is not as it was written.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>, RunError> {
        let path = folder.join(BEGUN);
        if !path.exists() {
            return Ok(None);
        }
        toml::from_str(&read_file(folder, BEGUN)?).map(Some).map_err(|error| {
            let found = error.message().lines().next().unwrap_or_default().into();
            RunError::NotARun { path, expected: "the record of a sweep as it was written", found }
        })
    }

    /// Checks that this plan makes runs like those that have begun.
    ///
    /// # Errors
    /// [`PlanError`] names the first key that differs.
    pub(super) fn check(&self, plan: &SweepPlan) -> Result<(), PlanError> {
        if self.command != plan.command() {
            let [begun, found] = [&self.command, plan.command()];
            return refused("command", format!("expected {begun}, found {found}; {ONLY}"));
        }
        let options = plan.options();
        for key in options.keys().chain(self.options.keys()) {
            let [begun, found] = [&self.options, options].map(|options| options.get(key));
            if begun != found {
                let [begun, found] = [begun, found]
                    .map(|value| value.map_or_else(|| NO_KEY.into(), |v| format!("{v:?}")));
                let key = format!("options.{key}");
                return refused(&key, format!("expected {begun}, found {found}; {ONLY}"));
            }
        }
        if !plan.grid_options().eq(&self.grid) {
            let found: Vec<String> = plan.grid_options().map(str::to_owned).collect();
            let [begun, found] = [&self.grid, &found].map(|names| named(names));
            return refused("grid", format!("expected {begun}, found {found}; {ONLY}"));
        }
        Ok(())
    }

    /// Checks that the files of models are those with which the sweep began, and takes in new ones.
    ///
    /// # Errors
    /// [`PlanError`] names the first one that differs.
    pub(super) fn take_models(
        &mut self,
        models: &BTreeMap<String, String>,
    ) -> Result<(), PlanError> {
        for (path, sum) in models {
            let begun = self.models.entry(path.clone()).or_insert_with(|| sum.clone());
            if begun != sum {
                let why = format!(
                    "expected {path} as the sweep began with it, found another file; {ONLY}"
                );
                return refused("model", why);
            }
        }
        Ok(())
    }

    pub(super) fn write(&self, folder: &RunFolder) -> Result<(), RunError> {
        folder.write(BEGUN, &format!("{HEADING}{}", toml::to_string(self)?))
    }
}

/// `the options latent, lr`, or `no options`.
fn named(names: &[String]) -> String {
    match names {
        [] => "no options".into(),
        [one] => format!("the option {one}"),
        _ => format!("the options {}", names.join(", ")),
    }
}

impl SweepPlan {
    /// Compares the plan with one that has begun. Returns whether this one has more values or
    /// seeds.
    ///
    /// # Errors
    /// [`PlanError`] names what this plan has otherwise, or lacks.
    pub fn enlarges(&self, begun: &Self) -> Result<bool, PlanError> {
        BegunSweep::new(begun, &BTreeMap::new()).check(self)?;
        for key in begun.grid_options() {
            let own: BTreeSet<&str> = self.values_of(key).collect();
            if let Some(value) = begun.values_of(key).find(|value| !own.contains(value)) {
                return refused(&format!("grid.{key}"), format!("expected {value} too; {ONLY}"));
            }
        }
        let own: BTreeSet<u64> = self.seeds().iter().copied().collect();
        if let Some(seed) = begun.seeds().iter().find(|seed| !own.contains(seed)) {
            return refused("seeds", format!("expected {seed} too; {ONLY}"));
        }
        Ok(self.run_count() > begun.run_count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::plan::tests::{PLAN, parse};

    #[test]
    fn a_plan_that_has_begun_can_only_grow() {
        let begun = parse(PLAN).unwrap();
        assert_eq!(begun.enlarges(&begun), Ok(false));
        let changed = |from: &str, to: &str| {
            let text = PLAN.replace(from, to);
            assert_ne!(text, PLAN);
            parse(&text).unwrap().enlarges(&begun).map_err(|error| error.to_string())
        };
        assert_eq!(changed("0.5]", "0.5, 0.25]"), Ok(true));
        assert_eq!(changed("[7,", "[8, 7,"), Ok(true));
        // Another order is the same plan.
        assert_eq!(changed("1e-3, 0.5", "0.5, 1e-3"), Ok(false));
        for (from, to, expected) in [
            ("denoise", "dense", "command: expected denoise, found dense; only"),
            ("true", "false", "options.keep-best: expected \"true\", found \"false\"; only"),
            (
                "keep_best = true",
                "",
                "options.keep-best: expected \"true\", found no such key; only",
            ),
            ("1e-3, 0.5", "0.5", "grid.lr: expected 0.001 too; only"),
            ("[7,", "[8,", "seeds: expected 7 too; only"),
            (
                "lr =",
                "latent = [5]\nlr =",
                "grid: expected the options lr, noise, found the options latent, lr, noise; only",
            ),
        ] {
            let found = changed(from, to).unwrap_err();
            assert!(found.starts_with(expected), "{found}");
        }
    }

    #[test]
    fn a_sweep_that_has_begun_knows_its_plan_whatever_values_it_has() {
        let plan = parse(PLAN).unwrap();
        let models = |sum: &str| BTreeMap::from([("own.toml".to_owned(), sum.to_owned())]);
        let mut begun = BegunSweep::new(&plan, &models("1"));
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(BegunSweep::read(folder.path()).unwrap(), None);
        begun.write(&RunFolder::share(folder.path()).unwrap()).unwrap();
        assert_eq!(BegunSweep::read(folder.path()).unwrap(), Some(begun.clone()));
        // Values and seeds may come and go.
        let edited = PLAN.replace("1e-3, 0.5", "0.25").replace("[7,", "[8, 9,");
        assert_eq!(begun.check(&parse(&edited).unwrap()), Ok(()));
        let error = begun.check(&parse(&PLAN.replace("true", "false")).unwrap()).unwrap_err();
        let line = "options.keep-best: expected \"true\", found \"false\"; only";
        assert!(error.to_string().starts_with(line), "{error}");
        // So may models, but one that has been trained must stay as it is.
        let other = BTreeMap::from([("other.toml".to_owned(), "3".to_owned())]);
        assert_eq!(begun.take_models(&other), Ok(()));
        assert_eq!(begun.take_models(&models("1")), Ok(()));
        let error = begun.take_models(&models("2")).unwrap_err().to_string();
        assert!(
            error.starts_with("model: expected own.toml as the sweep began with it, "),
            "{error}"
        );
    }
}
