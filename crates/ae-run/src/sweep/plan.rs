//! The plan of a sweep, and the runs that follow from it.

use super::name;
use super::values::{PlanError, refused, section, seeds, short, text_of, values};
use std::collections::BTreeMap;
use toml::{Table, Value};

/// The commands whose runs a sweep can make.
const COMMANDS: [&str; 3] = ["dense", "denoise", "anomaly"];
/// The maximum number of runs.
const MOST_RUNS: usize = 10_000;

/// The plan of a sweep: a command, the options that all runs share, a grid of options, and seeds.
///
/// A plan without a grid has one point: its runs differ in the seed alone.
///
/// ```
/// let plan = ae_run::sweep::SweepPlan::parse(
///     "command = 'dense'\nseeds = 2\n[options]\nepochs = 20\n[grid]\nlatent = [5, 10]\n",
/// )?;
/// let names: Vec<String> = plan.jobs().into_iter().map(|job| job.name).collect();
/// let expected = ["latent=5,seed=1", "latent=5,seed=2", "latent=10,seed=1", "latent=10,seed=2"];
/// assert_eq!(names, expected);
/// # Ok::<(), ae_run::sweep::PlanError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepPlan {
    command: String,
    seeds: Vec<u64>,
    /// The values as they would be typed, by option.
    options: BTreeMap<String, String>,
    grid: BTreeMap<String, Vec<String>>,
}

/// A run of a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepJob {
    /// The name of its folder.
    pub name: String,
    /// The values of the grid's options, in the order of [`SweepPlan::grid_options`].
    pub point: Vec<String>,
    /// The seed.
    pub seed: u64,
    /// All options of the command, the seed among them, as they would be typed.
    pub options: BTreeMap<String, String>,
}

impl SweepPlan {
    /// Reads a plan. Whether the command has these options, and takes these values, is for the
    /// caller to check.
    ///
    /// # Errors
    /// [`PlanError`] names the key that is unknown, missing or empty, has a value twice, or has one
    /// of another kind.
    pub fn parse(text: &str) -> Result<Self, PlanError> {
        let table: Table = text.parse().map_err(|error: toml::de::Error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map(|before| before.matches('\n').count() + 1);
            let message = error.message().lines().next().unwrap_or_default().to_owned();
            PlanError(line.map_or(message.clone(), |line| format!("line {line}: {message}")))
        })?;
        let known = ["command", "grid", "options", "seeds"];
        if let Some(key) = table.keys().find(|key| !known.contains(&key.as_str())) {
            return refused(key, "unknown key; expected command, seeds, [options] and [grid]");
        }
        let [first @ .., last] = COMMANDS;
        let expected = format!("{} or {last}", first.join(", "));
        let command = match table.get("command") {
            Some(Value::String(name)) if COMMANDS.contains(&name.as_str()) => name.clone(),
            Some(found) => {
                return refused("command", format!("expected {expected}, found {}", short(found)));
            }
            None => return refused("command", format!("expected {expected}, found no such key")),
        };
        let options = section(&table, "options")?;
        let options = options.into_iter().map(|(key, value)| {
            let value = text_of(&value).or_else(|found| {
                refused(&format!("options.{key}"), format!("expected a value, found {found}"))
            })?;
            Ok((key, value))
        });
        let options: BTreeMap<_, _> = options.collect::<Result<_, PlanError>>()?;
        let mut grid = BTreeMap::new();
        for (key, value) in section(&table, "grid")? {
            if options.contains_key(&key) {
                return refused(&format!("grid.{key}"), "this option is in [options] too");
            }
            let values = values(&format!("grid.{key}"), &value)?;
            grid.insert(key, values);
        }
        let seeds = seeds(table.get("seeds"), MOST_RUNS)?;
        let plan = Self { command, seeds, options, grid };
        match plan.run_count() {
            Some(runs) if runs <= MOST_RUNS => Ok(plan),
            runs => {
                let found = runs.map_or_else(|| "far more".into(), |runs| runs.to_string());
                refused("grid", format!("expected at most {MOST_RUNS} runs, found {found}"))
            }
        }
    }

    /// Returns the name of the command.
    #[must_use]
    pub fn command(&self) -> &str {
        &self.command
    }

    /// Returns the seeds.
    #[must_use]
    pub fn seeds(&self) -> &[u64] {
        &self.seeds
    }

    /// Returns the number of points of the grid: 1 if it has no options.
    #[must_use]
    pub fn points(&self) -> usize {
        self.grid.values().map(Vec::len).product()
    }

    /// The number of runs, if it can be counted.
    pub(super) fn run_count(&self) -> Option<usize> {
        let mut lengths = self.grid.values().map(Vec::len).chain([self.seeds.len()]);
        lengths.try_fold(1, usize::checked_mul)
    }

    /// Returns the names of the grid's options, sorted.
    pub fn grid_options(&self) -> impl Iterator<Item = &str> {
        self.grid.keys().map(String::as_str)
    }

    /// Returns the values that all runs share, as they would be typed, by option.
    #[must_use]
    pub fn options(&self) -> &BTreeMap<String, String> {
        &self.options
    }

    /// Returns the values of an option, of all runs or of the grid, as they would be typed.
    pub fn values_of(&self, option: &str) -> impl Iterator<Item = &str> {
        let values = self.grid.get(option).into_iter().flatten();
        self.options.get(option).into_iter().chain(values).map(String::as_str)
    }

    /// Returns each option with its section: `options` or `grid`.
    pub fn keys(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let options = self.options.keys().map(|key| ("options", key.as_str()));
        options.chain(self.grid.keys().map(|key| ("grid", key.as_str())))
    }

    /// Returns the runs: for each point of the grid those with each seed. The last option changes
    /// fastest.
    #[must_use]
    pub fn jobs(&self) -> Vec<SweepJob> {
        let mut points: Vec<Vec<(String, String)>> = vec![Vec::new()];
        for (option, values) in &self.grid {
            let with = |point: &Vec<(String, String)>, value: &String| {
                [point.clone(), vec![(option.clone(), value.clone())]].concat()
            };
            points = points
                .iter()
                .flat_map(|point| values.iter().map(move |value| with(point, value)))
                .collect();
        }
        let job = |point: &Vec<(String, String)>, seed: u64| {
            let mut options = self.options.clone();
            options.extend(point.iter().cloned());
            options.insert("seed".into(), seed.to_string());
            let name = name::of(point, seed);
            let point = point.iter().map(|(_, value)| value.clone()).collect();
            SweepJob { name, point, seed, options }
        };
        let seeds = &self.seeds;
        points.iter().flat_map(|point| seeds.iter().map(move |&seed| job(point, seed))).collect()
    }

    /// Returns the plan as TOML, which [`SweepPlan::parse`] reads again.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let seeds = self.seeds.iter().map(|&seed| match i64::try_from(seed) {
            Ok(seed) => Value::Integer(seed),
            // The integers of TOML end before the seeds.
            Err(_) => Value::String(seed.to_string()),
        });
        let texts = |values: &Vec<String>| values.iter().cloned().map(Value::String).collect();
        let options = self.options.iter().map(|(key, value)| (key.clone(), value.clone().into()));
        let grid = self.grid.iter().map(|(key, values)| (key.clone(), Value::Array(texts(values))));
        let table = Table::from_iter([
            ("command".to_owned(), Value::String(self.command.clone())),
            ("seeds".to_owned(), Value::Array(seeds.collect())),
            ("options".to_owned(), Value::Table(options.collect())),
            ("grid".to_owned(), Value::Table(grid.collect())),
        ]);
        table.to_string()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::sweep) const PLAN: &str = "\
command = 'denoise'
seeds = [7, '18446744073709551615']
[options]
keep_best = true
classes = [3, 'eight']
[grid]
lr = [1e-3, 0.5]
noise = [0.3, '0.1..0.5']
";

    pub(in crate::sweep) fn parse(text: &str) -> Result<SweepPlan, String> {
        SweepPlan::parse(text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_plan_becomes_every_combination_with_every_seed() {
        let plan = parse(PLAN).unwrap();
        let jobs = plan.jobs();
        let names: Vec<&str> = jobs.iter().map(|job| job.name.as_str()).collect();
        assert_eq!(names.len(), 8);
        let beginning =
            ["lr=0.001,noise=0.3,seed=7", "lr=0.001,noise=0.3,seed=18446744073709551615"];
        assert_eq!(names[..2], beginning);
        assert_eq!(names[6], "lr=0.5,noise=0.1..0.5,seed=7");
        assert_eq!(jobs[6].point, ["0.5", "0.1..0.5"]);
        let options: Vec<String> =
            jobs[6].options.iter().map(|(key, value)| format!("--{key}={value}")).collect();
        let expected =
            ["--classes=3,eight", "--keep-best=true", "--lr=0.5", "--noise=0.1..0.5", "--seed=7"];
        assert_eq!(options, expected);
        assert_eq!(SweepPlan::parse(&plan.to_toml()), Ok(plan));
        let far = parse("command = 'dense'\n[grid]\nlr = [1e30, 2.0, 1e-7]").unwrap();
        let points: Vec<String> = far.jobs().into_iter().flat_map(|job| job.point).collect();
        assert_eq!(points, ["1e30", "2", "1e-7"]);
        let counted = parse("command = 'dense'\nseeds = 3\n[grid]\nlatent = [[1]]").unwrap();
        assert_eq!(counted.seeds(), [1, 2, 3]);
    }

    #[test]
    fn without_a_grid_the_runs_differ_in_the_seed_alone() {
        let plan = parse("command = 'dense'\nseeds = [3, 9]\n[options]\nlatent = 5").unwrap();
        let jobs = plan.jobs();
        let names: Vec<&str> = jobs.iter().map(|job| job.name.as_str()).collect();
        assert_eq!((names, plan.points()), (vec!["seed=3", "seed=9"], 1));
        assert!(jobs.iter().all(|job| job.point.is_empty() && job.options.len() == 2));
        assert_eq!(SweepPlan::parse(&plan.to_toml()), Ok(plan.clone()));
        // An empty grid is none, and one seed is enough.
        let one = parse("command = 'dense'\nseeds = [3]\n[options]\nlatent = 5\n[grid]").unwrap();
        assert_eq!((one.jobs().len(), plan.enlarges(&one)), (1, Ok(true)));
        let other = parse("command = 'dense'\nseeds = [3, 9]\n[grid]\nlatent = [5]").unwrap();
        let text = "command = 'dense'\nseeds = [3, 9]";
        let found = other.enlarges(&parse(text).unwrap()).unwrap_err().to_string();
        assert!(
            found.starts_with("grid: expected no options, found the option latent; "),
            "{found}"
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_its_key() {
        let with = |seeds: &str, rest: &str| format!("command = 'dense'\n{seeds}\n{rest}");
        let grid = "[grid]\nlatent = [5]\n";
        for (text, expected) in [
            (String::new(), "command: expected dense, denoise or anomaly, found no such key"),
            (
                "command = 'pca'".into(),
                "command: expected dense, denoise or anomaly, found \"pca\"",
            ),
            (with("", "[grid]\nlatent = []"), "grid.latent: expected values, found none"),
            (with("", "[grid]\nlatent = 5"), "grid.latent: expected a list of values, found 5"),
            (
                with("", "[grid]\nlr = [1e-3, 0.001]"),
                "grid.lr: expected each value once, found 0.001 twice",
            ),
            (with("", "[grid]\nlr = [{}]"), "grid.lr: expected a value, found a table"),
            (
                with("", "[grid]\nkeep-best = [true]\nkeep_best = [false]"),
                "grid.keep_best: expected this option once",
            ),
            (with("grid = 3", ""), "grid: expected a table, found 3"),
            (
                with("", "[options]\nlatent = 1\n[grid]\nlatent = [5]"),
                "grid.latent: this option is in [options] too",
            ),
            (
                with("", "[options]\nlr = 1979-05-27\n[grid]\nlatent = [5]"),
                "options.lr: expected a value, found a date",
            ),
            (
                with("seed = 1", grid),
                "seed: unknown key; expected command, seeds, [options] and [grid]",
            ),
            (with("seeds = []", grid), "seeds: expected whole numbers from 0"),
            (with("seeds = 0", grid), "seeds: expected whole numbers from 0"),
            (with("seeds = [1, -1]", grid), "seeds: expected whole numbers from 0"),
            (with("seeds = [1, 2, 1]", grid), "seeds: expected each seed once, found 1 twice"),
            (with("seeds = 1.5", grid), "seeds: expected whole numbers from 0"),
            (with("seeds = 100000", ""), "seeds: expected at most 10000 runs, found 100000 seeds"),
            (
                with(&format!("seeds = '{}'", "x".repeat(1000)), ""),
                "seeds: expected whole numbers from 0, or how many seeds from 1 on, found \"xxx",
            ),
            (
                with("seeds = 10000", "[grid]\nlatent = [5, 6]"),
                "grid: expected at most 10000 runs, found 20000",
            ),
            (with("seeds =", grid), "line 2: "),
        ] {
            let found = parse(&text).unwrap_err();
            assert!(found.starts_with(expected) && found.len() < 200, "{text}: {found}");
        }
    }
}
