//! `ae-app doctor`: checks the data, the CPU and the folders, and estimates how long the jobs take
//! on this machine.

use crate::cli::DoctorArgs;
use crate::exit::{self, data as data_error};
use crate::input::{SelectedModel, search, select_model};
use crate::report::{Output, Report, counted};
use crate::run::{Ending, Environment};
use ae_files::printable_path;
use ae_idx::{Dataset, IdxError, KNOWN, KnownDataset, MNIST};
use ae_layers::Architecture;
use ae_run::{DenoiseSpec, DenseSpec, Job, Limits, Plan};
use ae_tensor::{cpu_features, current_threads, unused_cpu_features};
use ae_train::{AutoEncoder, measure_pace};
use anyhow::{Result, anyhow};
use serde::Serialize;
use std::path::Path;
use std::time::Duration;

/// The minimum time for which each job's steps are timed.
const TIMED: Duration = Duration::from_millis(300);

/// Everything that the command reports.
#[derive(Debug, Serialize)]
struct Findings {
    version: &'static str,
    /// `development` if debug assertions are on, else `release`.
    profile: &'static str,
    cpu: Cpu,
    threads: usize,
    data: Vec<DataFound>,
    results: Results,
    estimates: Vec<Estimate>,
    /// What is missing or wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// The exit status.
    status: u8,
}

/// The vector instructions of the program and of this CPU.
#[derive(Debug, Serialize)]
struct Cpu {
    /// The instructions that the program was compiled to use.
    used: Vec<&'static str>,
    /// The instructions that this CPU also has, but the program was not compiled to use.
    unused: Vec<&'static str>,
}

/// A known data set.
#[derive(Debug, Serialize)]
struct DataFound {
    dataset: &'static str,
    /// `intact`, `missing` or `damaged`.
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    folder: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// The parent folder of new runs.
#[derive(Debug, Serialize)]
struct Results {
    folder: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// An estimate of a job's duration, including validation, without pictures and checkpoints.
#[derive(Debug, Serialize)]
struct Estimate {
    /// The command as it is typed.
    job: &'static str,
    epochs: usize,
    train_images: usize,
    test_images: usize,
    seconds: f64,
}

/// Checks everything, reports it, and fails if something is missing.
pub(super) fn run(args: DoctorArgs, output: Output) -> Result<Ending> {
    let (data_dir, threads) = (args.data_dir.data_dir, args.threads.threads);
    let environment = Environment { data_dir, threads, output, ..Environment::default() };
    environment.on_threads(|| {
        let report = Report::new(output);
        let data_dir = environment.data_dir.as_deref();
        let data: Vec<DataFound> = KNOWN.iter().map(|known| look_for(known, data_dir)).collect();
        let results = results();
        report.item("program", format_args!("ae-app {}, {}", version(), profile()));
        let cpu = cpu();
        report.item("cpu", format_args!("compiled for {}", cpu.used.join(" ")));
        if !cpu.unused.is_empty() {
            let unused = cpu.unused.join(" ");
            report.item("", format_args!("this CPU has {unused} as well: not used"));
            report.item("", "(cargo compiles for this CPU when it is called within the workspace,");
            report.item("", "or with RUSTFLAGS=\"-C target-cpu=native\")");
        }
        report.item("threads", current_threads());
        for (DataFound { dataset, state, folder, problem }, heading) in
            data.iter().zip(headings("data"))
        {
            let rest = problem.as_ref().or(folder.as_ref());
            report.item(
                heading,
                format_args!("{dataset:<14} {state}: {}", rest.map_or("", |rest| rest)),
            );
        }
        match &results.problem {
            None => report.item("results", format_args!("{} can be written to", results.folder)),
            Some(problem) => report.item("results", problem),
        }
        let mut estimates = Vec::new();
        for (sketch, heading) in Sketch::all()?.into_iter().zip(headings("time")) {
            let estimate = sketch.estimate()?;
            let Estimate { job, epochs, train_images, seconds, .. } = estimate;
            let (epochs, time) = (counted(epochs, "epoch"), about(seconds));
            report.item(
                heading,
                format_args!("{job:<16} about {time} for {epochs} of {train_images} images"),
            );
            estimates.push(estimate);
        }
        report.item("", "(estimated from a few steps, as busy as this machine is now)");
        let threads = current_threads();
        let (version, profile) = (version(), profile());
        let (error, status) = (None, 0);
        let mut findings =
            Findings { version, profile, cpu, threads, data, results, estimates, error, status };
        let verdict = findings.verdict().map_err(|error| {
            (findings.error, findings.status) = (Some(error.to_string()), exit::status(&error));
            exit::in_json(error)
        });
        report.json(&findings)?;
        verdict
    })
}

impl Findings {
    /// Fails if data are missing, or if results cannot be written.
    fn verdict(&self) -> Result<Ending> {
        let bad: Vec<String> = self
            .data
            .iter()
            .filter(|data| data.state != "intact")
            .map(|data| format!("{} is {}", data.dataset, data.state))
            .collect();
        if !bad.is_empty() {
            return Err(data_error(bad.join(", ")).into());
        }
        self.results.problem.as_ref().map_or(Ok(Ending::Done), |problem| Err(anyhow!("{problem}")))
    }
}

fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

fn profile() -> &'static str {
    if cfg!(debug_assertions) { "development" } else { "release" }
}

/// Puts the heading before the first line only.
fn headings(first: &str) -> impl Iterator<Item = &str> {
    std::iter::once(first).chain(std::iter::repeat(""))
}

fn cpu() -> Cpu {
    Cpu { used: cpu_features(), unused: unused_cpu_features() }
}

/// Finds a known data set and compares its checksums.
fn look_for(known: &'static KnownDataset, data_dir: Option<&Path>) -> DataFound {
    let dataset = known.name;
    let folder = match search(data_dir).find(known) {
        Ok(folder) => folder,
        Err(error) => {
            let problem = Some(error.to_string());
            return DataFound { dataset, state: "missing", folder: None, problem };
        }
    };
    let loaded = Dataset::load_known(known, &folder);
    let state = match &loaded {
        Ok(_) => "intact",
        Err(IdxError::FileMissing { .. }) => "missing",
        Err(_) => "damaged",
    };
    let problem = loaded.err().map(|error| error.to_string());
    DataFound { dataset, state, folder: Some(printable_path(&folder)), problem }
}

/// Checks whether a run could create its folder.
fn results() -> Results {
    let runs = Path::new("runs");
    let (folder, path) = if runs.exists() { ("runs", runs) } else { (".", Path::new(".")) };
    let problem = tempfile::tempdir_in(path)
        .err()
        .map(|error| format!("{folder}: expected a folder that can be written to, found: {error}"));
    Results { folder, problem }
}

/// The properties of a job that decide its duration on the published data.
struct Sketch {
    job: &'static str,
    architecture: Architecture,
    plan: Plan,
    images: [usize; 2],
}

impl Sketch {
    /// Returns the jobs with their default options.
    fn all() -> Result<Vec<Self>> {
        let denoise = |quick| Job::Denoise(DenoiseSpec { quick, ..DenoiseSpec::default() });
        [
            ("dense", Job::Dense(DenseSpec::default()), [5_421, 892]),
            ("denoise --quick", denoise(true), [60_000, 10_000]),
            ("denoise", denoise(false), [60_000, 10_000]),
        ]
        .into_iter()
        .map(|(typed, job, images)| Self::of(typed, &job, images))
        .collect()
    }

    /// Returns the properties of a job. `typed` is its command, `images` the numbers of training
    /// and test images available.
    fn of(typed: &'static str, job: &Job, images: [usize; 2]) -> Result<Self> {
        let selected = select_model(job, MNIST.name, [28, 28, 1])?;
        let plan = selected.plan(job)?;
        let images = job.limits().map_or(images, |Limits { train, test }| [train, test]);
        let SelectedModel { architecture, .. } = selected;
        Ok(Self { job: typed, architecture, plan, images })
    }

    fn estimate(self) -> Result<Estimate> {
        let Self { job, architecture, plan, images: [train_images, test_images] } = self;
        let model = AutoEncoder::from_architecture(architecture, 1)?;
        let (_, layers, mut params) = model.into_parts();
        let mut optimizer = plan.optimizer.build(plan.lr);
        let pace = measure_pace(&layers, &mut params, &mut *optimizer, plan.batch, TIMED)?;
        let (epochs, seconds) = (plan.epochs, pace.seconds(plan.epochs, train_images, test_images));
        Ok(Estimate { job, epochs, train_images, test_images, seconds })
    }
}

/// A time for a person: `2.5 s`, `40 s`, `12 min`, `1.5 h`.
fn about(seconds: f64) -> String {
    match seconds {
        s if s < 10.0 => format!("{s:.1} s"),
        s if s < 100.0 => format!("{s:.0} s"),
        s if s < 6000.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_as_a_person_says_them() {
        let all = [0.94, 42.4, 99.9, 700.0, 5999.0, 9000.0].map(about);
        assert_eq!(all, ["0.9 s", "42 s", "100 s", "12 min", "100 min", "2.5 h"]);
    }

    #[test]
    fn the_jobs_are_those_of_the_notebook() {
        let all = Sketch::all().unwrap();
        assert_eq!(all.iter().map(|s| s.plan.epochs).collect::<Vec<_>>(), [200, 3, 100]);
        assert_eq!(all[1].images, [10_000, 2_000]);
        for (sketch, weights) in all.into_iter().zip([16_474, 28_353, 28_353]) {
            let model = AutoEncoder::from_architecture(sketch.architecture, 1).unwrap();
            assert_eq!(model.params().element_count(), weights, "{}", sketch.job);
        }
    }
}
