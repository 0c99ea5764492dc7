//! The plan of a sweep, and the runs that follow from it.

use super::name;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use toml::{Table, Value};

/// The commands whose runs a sweep can make.
const COMMANDS: [&str; 3] = ["dense", "denoise", "anomaly"];
/// The maximum number of runs.
const MOST_RUNS: usize = 10_000;

/// What is wrong with a plan: one line that begins with the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanError(String);

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PlanError {}

fn refused<T>(key: &str, why: impl fmt::Display) -> Result<T, PlanError> {
    Err(PlanError(format!("{key}: {why}")))
}

/// The plan of a sweep: a command, the options that all runs share, a grid of options, and seeds.
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
        let expected = COMMANDS.join(", ");
        let command = match table.get("command") {
            Some(Value::String(name)) if COMMANDS.contains(&name.as_str()) => name.clone(),
            Some(found) => {
                return refused("command", format!("expected {expected}, found {found}"));
            }
            None => return refused("command", format!("expected {expected}, found no such key")),
        };
        let seeds = seeds(table.get("seeds"))?;
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
        if grid.is_empty() {
            let why = "expected at least one option with a list of values, found none";
            return refused("grid", why);
        }
        let plan = Self { command, seeds, options, grid };
        let lengths = plan.grid.values().map(Vec::len).chain([plan.seeds.len()]);
        match lengths.into_iter().try_fold(1, usize::checked_mul) {
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

    /// Returns the names of the grid's options, sorted.
    pub fn grid_options(&self) -> impl Iterator<Item = &str> {
        self.grid.keys().map(String::as_str)
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

    /// Compares the plan with one that has begun. Returns whether this one has more values or
    /// seeds.
    ///
    /// # Errors
    /// [`PlanError`] names what this plan has otherwise, or lacks.
    pub fn enlarges(&self, begun: &Self) -> Result<bool, PlanError> {
        const ONLY: &str = "only new values and seeds can be added to a sweep that has begun";
        if self.command != begun.command {
            let [begun, found] = [&begun.command, &self.command];
            return refused("command", format!("expected {begun}, found {found}; {ONLY}"));
        }
        let keys = self.options.keys().chain(begun.options.keys());
        for key in keys {
            let [begun, found] = [begun, self].map(|plan| plan.options.get(key));
            if begun != found {
                let [begun, found] = [begun, found]
                    .map(|value| value.map_or_else(|| "no such key".into(), |v| format!("{v:?}")));
                let key = format!("options.{key}");
                return refused(&key, format!("expected {begun}, found {found}; {ONLY}"));
            }
        }
        if !self.grid.keys().eq(begun.grid.keys()) {
            let [begun, found] =
                [begun, self].map(|plan| plan.grid_options().collect::<Vec<_>>().join(", "));
            return refused("grid", format!("expected the options {begun}, found {found}; {ONLY}"));
        }
        for (key, values) in &begun.grid {
            if let Some(value) = values.iter().find(|value| !self.grid[key].contains(value)) {
                return refused(&format!("grid.{key}"), format!("expected {value} too; {ONLY}"));
            }
        }
        if let Some(seed) = begun.seeds.iter().find(|seed| !self.seeds.contains(seed)) {
            return refused("seeds", format!("expected {seed} too; {ONLY}"));
        }
        Ok(self.jobs().len() > begun.jobs().len())
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

/// Reads `seeds`: a list, or a number N for 1, 2, .. N; without the key, the seed 1.
fn seeds(value: Option<&Value>) -> Result<Vec<u64>, PlanError> {
    const EXPECTED: &str = "expected whole numbers from 0, or how many seeds from 1 on";
    let bad = |found: &dyn fmt::Display| refused("seeds", format!("{EXPECTED}, found {found}"));
    let values = match value {
        None => return Ok(vec![1]),
        Some(Value::Integer(count @ 1..=10_000)) => return Ok((1..=*count as u64).collect()),
        Some(Value::Array(values)) if !values.is_empty() => values,
        Some(other) => return bad(other),
    };
    let mut seeds = Vec::new();
    for value in values {
        let seed = match value {
            Value::Integer(seed) => u64::try_from(*seed).ok(),
            Value::String(digits) => digits.parse().ok(),
            _ => None,
        };
        let Some(seed) = seed else { return bad(value) };
        if seeds.contains(&seed) {
            return refused("seeds", format!("expected each seed once, found {seed} twice"));
        }
        seeds.push(seed);
    }
    Ok(seeds)
}

/// Returns the keys of a section, with `-` between their words.
fn section(table: &Table, name: &str) -> Result<Vec<(String, Value)>, PlanError> {
    let section = match table.get(name) {
        None => return Ok(Vec::new()),
        Some(Value::Table(section)) => section,
        Some(other) => return refused(name, format!("expected a table, found {other}")),
    };
    let mut found: Vec<(String, Value)> = Vec::new();
    for (key, value) in section {
        let option = key.replace('_', "-");
        if found.iter().any(|(other, _)| *other == option) {
            return refused(&format!("{name}.{key}"), "expected this option once, found it twice");
        }
        found.push((option, value.clone()));
    }
    Ok(found)
}

/// Returns the values of an option of the grid.
fn values(key: &str, value: &Value) -> Result<Vec<String>, PlanError> {
    let list = match value {
        Value::Array(list) if list.is_empty() => {
            return refused(key, "expected values, found none");
        }
        Value::Array(list) => list,
        other => return refused(key, format!("expected a list of values, found {other}")),
    };
    let mut seen = BTreeSet::new();
    let mut texts = Vec::new();
    for value in list {
        let text = match text_of(value) {
            Ok(text) => text,
            Err(found) => return refused(key, format!("expected a value, found {found}")),
        };
        if !seen.insert(text.clone()) {
            return refused(key, format!("expected each value once, found {text} twice"));
        }
        texts.push(text);
    }
    Ok(texts)
}

/// Formats a value as it would be typed. A list becomes its elements, separated by commas.
fn text_of(value: &Value) -> Result<String, &'static str> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Integer(number) => Ok(number.to_string()),
        // Not 1e30 with all its zeros, but 0.001 and not 1e-3.
        Value::Float(number) => {
            let [long, short] = [number.to_string(), format!("{number:e}")];
            Ok(if long.len() > short.len() + 3 { short } else { long })
        }
        Value::Boolean(switch) => Ok(switch.to_string()),
        Value::Array(values) => {
            Ok(values.iter().map(text_of).collect::<Result<Vec<_>, _>>()?.join(","))
        }
        Value::Table(_) => Err("a table"),
        Value::Datetime(_) => Err("a date"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = "\
command = 'denoise'
seeds = [7, '18446744073709551615']
[options]
keep_best = true
classes = [3, 'eight']
[grid]
lr = [1e-3, 0.5]
noise = [0.3, '0.1..0.5']
";

    fn parse(text: &str) -> Result<SweepPlan, String> {
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
    fn what_is_wrong_is_said_with_its_key() {
        let with = |seeds: &str, rest: &str| format!("command = 'dense'\n{seeds}\n{rest}");
        let grid = "[grid]\nlatent = [5]\n";
        for (text, expected) in [
            (String::new(), "command: expected dense, denoise, anomaly, found no such key"),
            ("command = 'pca'".into(), "command: expected dense, denoise, anomaly, found \"pca\""),
            (with("", ""), "grid: expected at least one option with a list of values, found none"),
            (with("", "[grid]"), "grid: expected at least one option"),
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
            (
                with("seeds = 10000", "[grid]\nlatent = [5, 6]"),
                "grid: expected at most 10000 runs, found 20000",
            ),
            (with("seeds =", grid), "line 2: "),
        ] {
            let found = parse(&text).unwrap_err();
            assert!(found.starts_with(expected), "{text}: {found}");
        }
    }

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
                "grid: expected the options lr, noise, found latent, lr, noise; only",
            ),
        ] {
            let found = changed(from, to).unwrap_err();
            assert!(found.starts_with(expected), "{found}");
        }
    }
}
