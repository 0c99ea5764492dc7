use super::*;
use crate::{Chosen, DataSpec, DenoiseSpec, DenseSpec, OptimizerName, PlanSpec};
use ae_train::{NamedLoss, Stopped, Summation};

/// As version 0.1.0 wrote it.
const DENSE: &str = include_str!("dense.toml");
const DENOISE: &str = include_str!("denoise.toml");

fn read(text: &str) -> Config {
    Config::parse(text, Path::new("config.toml")).unwrap()
}

#[test]
fn what_a_run_wrote_is_read_and_written_as_it_was() {
    for text in [DENSE, DENOISE] {
        assert_eq!(toml::to_string(&read(text)).unwrap(), text);
        read(text).check_derived().unwrap();
    }
}

#[test]
fn every_seed_is_written_in_toml_that_reads_back() {
    for seed in [0, 7, i64::MAX as u64, i64::MAX as u64 + 1, u64::MAX] {
        let text = toml::to_string(&Config { seed, ..read(DENSE) }).unwrap();
        let table: toml::Table = text.parse().unwrap();
        assert_eq!(table["seed"].is_str(), i64::try_from(seed).is_err());
        assert_eq!(read(&text).seed(), seed);
    }
    // Version 0.1.0 wrote a large seed like this. It is not valid TOML, but it is read.
    let earlier = DENSE.replace("seed = 1\n", "seed = 18446744073709551615\n");
    assert_eq!(read(&earlier).seed(), u64::MAX);
    for wrong in ["-1", "'x'", "'-1'", "1.5", "[]"] {
        let text = DENSE.replace("seed = 1\n", &format!("seed = {wrong}\n"));
        let error = Config::parse(&text, Path::new("config.toml")).unwrap_err().to_string();
        assert!(error.contains("a whole number from 0 to 18446744073709551615"), "{error}");
    }
}

#[test]
fn a_job_comes_back_from_its_configuration() {
    let mut spec = DenseSpec::default().training;
    spec.data = DataSpec { limit: Some(60), ..spec.data };
    (spec.data.classes, spec.data.chosen) = (vec!["7".into()], Chosen::ByRun);
    spec.keep.early_stopping =
        EarlyStopping { patience: Some(2), min_delta: 0.5, restore_best: true };
    let schedule = "warmup:1+cosine".parse().unwrap();
    let asked = PlanSpec {
        epochs: Some(3),
        batch: Some(20),
        optimizer: Some(OptimizerName::Adam),
        lr: Some(0.002),
        loss: Some(NamedLoss::MeanSquaredError),
        schedule: Some(schedule),
        clip_norm: Some(1.5),
        summation: Some(Summation::Pairwise),
    };
    spec.plan = asked;
    let denoise = |corruption: &str| {
        let corruption = corruption.parse().unwrap();
        let training = spec.clone();
        Job::Denoise(DenoiseSpec {
            training,
            corruption,
            fresh_noise: true,
            sweep: true,
            quick: true,
        })
    };
    let jobs = [
        Job::Dense(DenseSpec { training: spec.clone() }),
        denoise("gaussian:0.25"),
        denoise("salt-and-pepper:0.1"),
    ];
    for mut job in jobs {
        let DataRecord { mut class_names, mut classes, .. } = read(DENSE).data;
        (class_names[0], classes[0]) = ("7".into(), 7);
        let data = DataRecord { class_names, classes, ..read(DENSE).data };
        let model = read(DENSE).model;
        let plan = Plan {
            lr: Some(0.002),
            loss: NamedLoss::MeanSquaredError,
            schedule,
            clip_norm: Some(1.5),
            summation: Summation::Pairwise,
            ..Plan::new(3, 20, OptimizerName::Adam)
        };
        let config = Config::new(&job, data, model, &plan, &*plan.optimizer.build(plan.lr));
        let written = Config::parse(&toml::to_string(&config).unwrap(), Path::new("")).unwrap();
        let back = written.job().unwrap();
        // The job named the model; the configuration describes it in full.
        job.training_mut().model = back.training().model.clone();
        assert_eq!(back, job);
        assert!(config.other_build().is_none());
    }
}

#[test]
fn a_run_that_names_all_classes_of_a_known_data_set_takes_all() {
    let job = read(DENOISE).job().unwrap();
    assert_eq!(job.training().data.classes, ["all"]);
    assert_eq!(read(DENSE).job().unwrap().training().data.classes, ["5"]);
}

#[test]
fn limits_of_a_quick_run_are_its_own_unless_others_were_asked_for() {
    let of = |limit: &str| {
        let text =
            DENOISE.replace("quick = false", "quick = true").replace("limit = [600, 600]", limit);
        let job = read(&text).job().unwrap();
        (job.training().data.limit, job.limits().map(|limits| [limits.train, limits.test]))
    };
    assert_eq!(of("limit = [10000, 2000]"), (None, Some([10_000, 2_000])));
    assert_eq!(of("limit = [600, 600]"), (Some(600), Some([600, 600])));
}

#[test]
fn another_job_and_another_file_are_refused() {
    let error = read(&DENSE.replace("job = \"dense\"", "job = \"paint\"")).job().unwrap_err();
    assert_eq!(
        error.to_string(),
        "a configuration of job \"paint\": expected dense, denoise or anomaly"
    );
    // A denoising run must record its corruption.
    assert!(read(&DENSE.replace("job = \"dense\"", "job = \"denoise\"")).job().is_err());
    let error = Config::parse("epochs = 3", Path::new("x/config.toml")).unwrap_err().to_string();
    assert!(error.starts_with("x/config.toml: expected a run's configuration, found: missing"));
}

#[test]
fn what_came_of_a_run_is_not_what_it_began_with() {
    let begun = read(DENSE).at_the_beginning().unwrap();
    assert!(begun.contains("epochs_finished = 0\n"));
    let mut config = read(DENSE);
    config.finished(1);
    config.training.stopped = Some(Stopped { epoch: 2, batch: 3, batches: 4 });
    assert_eq!(config.at_the_beginning().unwrap(), begun);
    let other = begun.replace("version = \"0.1.0\"", "version = \"0.0.9\"");
    assert_ne!(other, begun);
    assert!(read(&other).other_build().unwrap().starts_with("version 0.0.9, arithmetic 1, for "));
    assert_eq!(read(&other).without_build().unwrap(), read(&begun).without_build().unwrap());
}

#[test]
fn a_run_of_before_is_of_another_arithmetic() {
    let features = ae_tensor::cpu_features();
    let mut lines: Vec<_> = DENSE.lines().map(String::from).collect();
    let at = lines.iter().position(|line| line.starts_with("cpu_features = ")).unwrap();
    lines[at] = format!("cpu_features = {features:?}");
    // The version and the features are those of this program.
    let was = read(&lines.join("\n")).other_build().unwrap();
    assert!(was.starts_with("version 0.1.0, arithmetic 1, for "), "{was}");
    lines.insert(at, "arithmetic = 2".into());
    let now = read(&lines.join("\n"));
    assert_eq!(now.other_build(), None);
    assert!(toml::to_string(&now).unwrap().contains("arithmetic = 2\n"));
}

#[test]
fn two_trainings_of_one_model_differ_in_their_seeds() {
    let same = |from: &str, to: &str| {
        assert!(DENSE.contains(from), "{from}");
        read(DENSE).same_but_for_the_seed(&read(&DENSE.replacen(from, to, 1)))
    };
    for (from, to) in [
        ("seed = 1\n", "seed = 7\n"),
        ("dataset = \"mnist\"", "dataset = \"a\"\nfolder = \"a\""),
        ("checkpoint_every = 1", "checkpoint_every = 3"),
        ("version = \"0.1.0\"", "version = \"0.0.9\""),
    ] {
        assert!(same(from, to), "{to}");
    }
    for (from, to) in [
        ("dense 25 relu", "dense 24 relu"),
        ("batch = 250", "batch = 25"),
        ("epochs = 2", "epochs = 3"),
        ("classes = [5]", "classes = [6]"),
        ("sha256]\n", "sha256]\nother = \"1\"\n"),
    ] {
        assert!(!same(from, to), "{to}");
    }
}

#[test]
fn the_first_file_that_differs_is_named_in_the_order_of_mnist() {
    let record = read(DENSE).data;
    assert_eq!(record.difference(&record.sha256), None);
    assert_eq!(record.known().unwrap().name, "mnist");
    let mut other = record.sha256.clone();
    for name in [ae_idx::FILE_NAMES[2], ae_idx::FILE_NAMES[1]] {
        other.insert(name.into(), "12".into());
    }
    let difference = record.difference(&other).unwrap();
    assert_eq!(difference.file, "train-labels-idx1-ubyte");
    let expected = &record.sha256["train-labels-idx1-ubyte"];
    assert_eq!(difference.to_string(), format!("expected SHA-256 {expected}, found SHA-256 12"));
    other.remove(ae_idx::FILE_NAMES[0]);
    let difference = record.difference(&other).unwrap();
    assert!(difference.to_string().ends_with(", found no such file"), "{difference}");
}
