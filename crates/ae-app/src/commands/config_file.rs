//! `--config FILE`: a job's options from a file, either written by hand or the `config.toml` of a
//! run.

use super::training::JobArgs;
use crate::cli::words::{color, is_unexpanded, unexpanded};
use crate::cli::{Cli, Command};
use crate::exit::{Refusal, usage, usage_line, warn};
use crate::input::{read_text, tip};
use ae_run::{Config, Job};
use anyhow::Result;
use clap::builder::Resettable;
use clap::{Arg, CommandFactory, FromArgMatches};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use toml::{Table, Value};

/// Parses the command line and the file of `--config`. If that file is the configuration of a run,
/// its job is returned as well, and the arguments hold only the options that were typed.
pub(super) fn parse(words: &[OsString]) -> Result<(Cli, Option<Job>)> {
    let definition = || Cli::command().color(color(words));
    let mut cli = Cli::from_arg_matches(&definition().try_get_matches_from(words)?)?;
    if let Some(word) = unexpanded(words) {
        let message = format!("{word}: the shell has not replaced ~: write the whole path");
        return Err(usage(message).into());
    }
    let (job, config) = match &cli.command {
        Command::Dense(args) => ("dense", &args.config.config),
        Command::Denoise(args) => ("denoise", &args.config.config),
        Command::Anomaly(args) => ("anomaly", &args.config.config),
        _ => return Ok((cli, None)),
    };
    let Some(path) = config else { return Ok((cli, None)) };
    // The order of precedence is command line, file, defaults. Without defaults, only typed options
    // have values.
    let file = read(path, job)?;
    let typed = without_defaults(definition(), job).try_get_matches_from(words)?;
    match file {
        File::Options(mut command) => {
            command.update_from_arg_matches(&typed)?;
            if let (Command::Denoise(args), Some(typed)) =
                (&mut *command, typed.subcommand_matches(job))
            {
                args.prefer_typed_noise(typed);
            }
            cli.command = *command;
            Ok((cli, None))
        }
        File::Run(job) => Ok((Cli::from_arg_matches(&typed)?, Some(*job))),
    }
}

/// The content of a configuration file.
enum File {
    /// Options written by hand, with defaults for the others.
    Options(Box<Command>),
    /// The job of a run's configuration.
    Run(Box<Job>),
}

fn read(path: &Path, job: &str) -> Result<File, Refusal> {
    let refused = |why: String| usage(format!("--config {}: {why}", path.display()));
    let text = read_text(path).map_err(refused)?;
    let table: Table = text.parse().map_err(|error| refused(in_toml(&text, &error)))?;
    match table.get("job") {
        None => {}
        Some(Value::String(found)) if found == job => {}
        Some(found) => return Err(refused(format!("expected job = \"{job}\", found {found}"))),
    }
    // Only the configuration of a run has a `build`.
    let file = match table.contains_key("build") {
        true => of_run(path, &text, &table).map(|job| File::Run(Box::new(job))),
        false => JobOptions::of(job).command(table).map(|command| File::Options(Box::new(command))),
    };
    file.map_err(refused)
}

/// Describes an error in the TOML, with its line.
fn in_toml(text: &str, error: &toml::de::Error) -> String {
    let message = error.message().lines().next().unwrap_or_default();
    // An error that belongs to no line is one of the whole text, or of nothing before it.
    let one_line = |part: &str| !part.is_empty() && !part.contains('\n');
    let span = error.span().filter(|s| s.start > 0 || text.get(s.clone()).is_some_and(one_line));
    let before = span.and_then(|span| text.get(..span.start));
    let Some(number) = before.map(|before| before.matches('\n').count() + 1) else {
        return message.into();
    };
    let line = text.lines().nth(number - 1).unwrap_or_default();
    let (key, value) = line.split_once('=').unwrap_or_default();
    let (key, value) = (key.trim(), value.trim());
    format!("line {number}: {message}{}{}", point_tip(value), quotes_tip(key, value))
}

/// Returns a tip if the value would be a seed in quotes: the integers of TOML end before the seeds.
fn quotes_tip(key: &str, value: &str) -> String {
    let number = value.split('#').next().unwrap_or_default().trim();
    let seed: Option<u64> = number.parse().ok().filter(|_| key == "seed");
    match seed.filter(|&seed| i64::try_from(seed).is_err()) {
        Some(seed) => format!("; tip: write it in quotes: \"{seed}\""),
        None => String::new(),
    }
}

/// Returns a tip if the value would be a number with a decimal point instead of a comma.
fn point_tip(value: &str) -> String {
    let (pointed, digits) = (value.replacen(',', ".", 1), |c: char| c.is_ascii_digit());
    if pointed == value || !value.starts_with(digits) || pointed.parse::<f64>().is_err() {
        return String::new();
    }
    format!("; tip: write a decimal point: {pointed}")
}

/// The commands whose options a file may hold.
const JOBS: [&str; 3] = ["dense", "denoise", "anomaly"];

/// Reads the options of a job from a file written by hand, or from a plan. Each key is an option's
/// name, with `-` or `_` between its words. Its value is parsed as on the command line.
pub(super) struct JobOptions {
    /// The definition of the program. It takes a millisecond to make, and a plan has many runs.
    definition: clap::Command,
    job: String,
    known: Vec<String>,
}

impl JobOptions {
    /// The options of this job.
    ///
    /// # Panics
    /// If it is not the name of a command.
    pub(super) fn of(job: &str) -> Self {
        let definition = Cli::command();
        let command = definition.find_subcommand(job).expect("a job is a command");
        let options = command.get_arguments().filter_map(Arg::get_long);
        let known = options.filter(|name| *name != "config").map(str::to_owned).collect();
        Self { job: job.to_owned(), known, definition }
    }

    /// Returns the job with these options, each as it would be typed.
    pub(super) fn job(&mut self, options: &BTreeMap<String, String>) -> Result<Job, String> {
        let table = options.iter().map(|(key, value)| (key.clone(), Value::String(value.clone())));
        let parsed = self.command(table.collect())?;
        let args = JobArgs::try_from(parsed);
        let args = args.unwrap_or_else(|_| unreachable!("{} is a job", self.job));
        args.job(None).map_err(|refusal| refusal.to_string())
    }

    /// Describes a key that the job does not have: with the jobs that have it, or with a tip.
    fn unknown(&self, key: &str, option: &str) -> String {
        let has = |job: &&str| {
            let command = self.definition.find_subcommand(job);
            command.is_some_and(|job| job.get_arguments().any(|arg| arg.get_long() == Some(option)))
        };
        let others: Vec<&str> = JOBS.into_iter().filter(has).collect();
        if !others.is_empty() && option != "config" {
            let (job, others) = (&self.job, others.join(" and "));
            return format!("unknown key '{key}': an option of {others}, not of {job}");
        }
        let known = self.known.iter().map(String::as_str);
        format!("unknown key '{key}'{}", tip("key", key, known))
    }

    /// Returns the command with these options.
    fn command(&mut self, options: Table) -> Result<Command, String> {
        let mut words = vec!["ae-app".into(), self.job.clone()];
        for (key, value) in options.into_iter().filter(|(key, _)| key != "job") {
            let option = key.replace('_', "-");
            if !self.known.contains(&option) {
                return Err(self.unknown(&key, &option));
            }
            words.push(format!("--{option}={}", word(&key, value)?));
        }
        let parsed = self.definition.try_get_matches_from_mut(words);
        let cli = parsed.and_then(|found| Cli::from_arg_matches(&found));
        Ok(cli.map_err(|error| usage_line(&error))?.command)
    }
}

/// Formats a value as it would be typed.
fn word(key: &str, value: Value) -> Result<String, String> {
    match value {
        Value::String(text) if is_unexpanded(&text) => {
            Err(format!("{key}: {text}: a shell replaces ~, a file does not: write the whole path"))
        }
        Value::String(text) => Ok(text),
        Value::Integer(number) => Ok(number.to_string()),
        Value::Float(number) => Ok(number.to_string()),
        Value::Boolean(switch) => Ok(switch.to_string()),
        Value::Array(values) => {
            let words: Result<Vec<_>, _> = values.into_iter().map(|v| word(key, v)).collect();
            Ok(words?.join(","))
        }
        found @ (Value::Datetime(_) | Value::Table(_)) => {
            let found = found.type_str();
            Err(format!("{key}: expected a number, a text, true, false or a list, found a {found}"))
        }
    }
}

/// Reads the job of a run from its `config.toml`.
fn of_run(path: &Path, text: &str, table: &Table) -> Result<Job, String> {
    let config: Config = toml::from_str(text).map_err(|error| in_toml(text, &error))?;
    // serde cannot refuse unknown keys in a struct that has flattened fields. But a key that serde
    // has read is also written again.
    let understood = Table::try_from(&config).map_err(|error| error.to_string())?;
    if let Some(unknown) = unknown_key("", table, &understood) {
        return Err(unknown);
    }
    if let Some(was) = config.other_build() {
        let path = path.display();
        warn(&format!("{path}: of a run by {was}: the last digits may differ from it"));
    }
    let job = config.job_of(path);
    let mut job = job.map_err(|error| error.to_string())?;
    config.check_derived().map_err(|error| error.to_string())?;
    // The data are loaded later.
    job.training_mut().data.recorded.iter_mut().for_each(|data| data.by_hand = true);
    Ok(job)
}

/// Returns the first key that serde has not read.
fn unknown_key(above: &str, table: &Table, understood: &Table) -> Option<String> {
    table.iter().find_map(|(key, value)| match (value, understood.get(key)) {
        (Value::Table(inner), Some(Value::Table(understood))) => {
            unknown_key(&format!("{above}{key}."), inner, understood)
        }
        (_, Some(_)) => None,
        // This key is written only if it is true.
        (Value::Boolean(false), None) if key == "stopped_early" => None,
        (_, None) => {
            let tip = tip("key", key, understood.keys().map(String::as_str));
            Some(format!("unknown key '{above}{key}'{tip}"))
        }
    })
}

/// Returns the definition without the defaults of the job's options, so that only typed options
/// have values.
fn without_defaults(definition: clap::Command, job: &str) -> clap::Command {
    definition.mut_subcommand(job, |command| {
        command.mut_args(|arg| arg.default_value(Resettable::Reset).required(false))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_run::{DenseSpec, OptimizerName};
    use std::ffi::OsString;

    /// Parses these words after `ae-app dense --config <a file with this content>`.
    fn dense(file: &str, words: &[&str]) -> Result<DenseSpec, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.toml");
        std::fs::write(&path, file).unwrap();
        let mut all: Vec<OsString> = ["ae-app", "dense", "--config"].map(OsString::from).to_vec();
        all.push(path.clone().into());
        all.extend(words.iter().map(OsString::from));
        let shown = format!("--config {}: ", path.display());
        match parse(&all) {
            Ok((Cli { command: Command::Dense(args), .. }, recorded)) => {
                match JobArgs::Dense(args).job(recorded) {
                    Ok(Job::Dense(spec)) => Ok(spec),
                    other => panic!("{other:?}"),
                }
            }
            Ok(_) => panic!("another command"),
            Err(error) => Err(error.to_string().replace(&shown, "")),
        }
    }

    #[test]
    fn the_command_line_wins_over_the_file_and_the_file_over_the_defaults() {
        let file = "epochs = 7\nbatch = 20\nclasses = [3, 'eight']\nkeep_best = true\nlr = 0.5\n\
                    checkpoint-every = 2\noptimizer = 'adadelta'\njob = 'dense'\n";
        let typed = ["--epochs", "9", "--classes", "all", "--keep-best=false"];
        let spec = dense(file, &typed).unwrap().training;
        assert_eq!(
            (spec.plan.epochs, spec.plan.batch, spec.model.latent),
            (Some(9), Some(20), None)
        );
        let expected = (Some(0.5), Some(OptimizerName::Adadelta));
        assert_eq!((spec.plan.lr, spec.plan.optimizer), expected);
        assert_eq!(spec.data.classes, ["all"]);
        assert!(!spec.keep.early_stopping.restore_best && spec.keep.checkpoint_every == 2);
        // A typed option counts even if it equals the default.
        let spec = dense(file, &["--epochs", "200", "--keep-best"]).unwrap().training;
        assert_eq!(spec.plan.epochs, Some(200));
        assert!(spec.keep.early_stopping.restore_best);
        assert_eq!(spec.data.classes, ["3", "eight"]);
        assert_eq!(dense("", &[]).unwrap(), DenseSpec::default());
    }

    #[test]
    fn options_change_the_job_of_an_earlier_run_and_leave_the_rest_of_it() {
        let run = include_str!("../../../ae-run/src/config/dense.toml");
        let mut repeated = dense(run, &[]).unwrap();
        // The places where the data are searched depend on the place of this file.
        assert!(repeated.training.data.recorded.take().is_some());
        let recorded = Config::parse(run, Path::new("")).unwrap().job().unwrap();
        assert_eq!(Job::Dense(repeated.clone()), recorded);
        let mut changed = dense(run, &["--seed", "2", "--latent", "5"]).unwrap();
        changed.training.data.recorded = None;
        let mut expected = repeated;
        (expected.training.seed, expected.training.model.latent) = (2, Some(5));
        assert_eq!(changed, expected);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_name() {
        for (file, message) in [
            ("epoch = 1", "unknown key 'epoch'; tip: a similar key exists: 'epochs'"),
            ("config = 'x'", "unknown key 'config'"),
            ("noise = 1", "unknown key 'noise': an option of denoise, not of dense"),
            ("quiet = true", "unknown key 'quiet'"),
            ("epochs = 0", "invalid value '0' for '--epochs <N>': it must be at least 1"),
            ("epochs = true", "invalid value 'true' for '--epochs <N>': it must be a whole number"),
            ("job = 'denoise'", "expected job = \"dense\", found \"denoise\""),
            ("batch = 1\nepochs =", "line 2: "),
            (
                "batch = 1\nlr = 0,5",
                "line 2: unexpected key or value, expected newline, `#`; tip: write a decimal point: 0.5",
            ),
            (
                "lr = '0,5'",
                "invalid value '0,5' for '--lr <RATE>': it must be a positive number (between 1.2e-38 and 3.4e38); tip: write a decimal point: 0.5",
            ),
            (
                "dataset = '~/kmnist'",
                "dataset: ~/kmnist: a shell replaces ~, a file does not: write the whole path",
            ),
            ("[training]\nepochs = 1", "unknown key 'training'"),
            (
                "latent = {}",
                "latent: expected a number, a text, true, false or a list, found a table",
            ),
            (
                "keep_best = 1",
                "invalid value '1' for '--keep-best[=<true|false>]' [possible values: true, false]",
            ),
        ] {
            let found = dense(file, &[]).unwrap_err();
            assert!(found.starts_with(message), "{file}: {found}");
        }
    }
}
