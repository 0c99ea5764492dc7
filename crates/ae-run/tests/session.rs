//! Tests of a run through the public interface: trained at once, stopped and resumed, damaged, and
//! with another configuration.

use ae_data::Extents;
use ae_run::{
    CHECKPOINT, Config, DataRecord, DenseSpec, Job, MODEL, ModelFile, ModelRecord,
    NewestCheckpoint, OptimizerName, PREVIOUS_CHECKPOINT, Plan, RunError, RunFolder, Session,
    Start, newest_checkpoint,
};
use ae_train::{AutoEncoder, Event, Fit, Samples};
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

const WORDS: &str = "input 16; dense 4 relu | dense 16 sigmoid";

fn images() -> Vec<u8> {
    (0..40 * 16).map(|i| u8::from((i / 16) % 8 == i % 16 / 2) * 200).collect()
}

fn config(model: &AutoEncoder, plan: &Plan, seed: u64) -> Config {
    let mut job = Job::Dense(DenseSpec::default());
    job.training_mut().seed = seed;
    let mut data = DataRecord { image: Extents::gray(4, 4), ..DataRecord::named("pairs") };
    data.sha256.insert("images".into(), "1234".into());
    let optimizer = plan.optimizer.build(plan.lr);
    Config::new(&job, data, ModelRecord::new("small", model), plan, &*optimizer)
}

fn plan() -> Plan {
    Plan { schedule: "warmup:1+cosine".parse().unwrap(), ..Plan::new(4, 10, OptimizerName::Adam) }
}

/// Trains from `start` until the end, or until `stop` epochs have ended in all.
fn train(start: Start, plan: &Plan, stop: usize) -> Result<(), RunError> {
    let mut model = AutoEncoder::parse(WORDS, 1).unwrap();
    let mut optimizer = plan.optimizer.build(plan.lr);
    let mut config = config(&model, plan, 1);
    let (mut session, state) =
        Session::begin(start, &mut config, &mut model, &mut *optimizer, |_| ())?;
    let (bytes, mut failure) = (images(), None);
    let images = Samples::new(&bytes, [16]);
    let fit = Fit::new(&images).epochs(plan.epochs).batch(plan.batch).seed(1).resume(state);
    let fit = fit.schedule(&plan.schedule).on_event(|event| {
        let Event::Epoch(report) = event else { return ControlFlow::Continue(()) };
        failure = session.at_epoch(report).err();
        if failure.is_some() || report.epoch == stop {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    fit.run(&mut model, &mut *optimizer).unwrap();
    failure.map_or(Ok(()), Err)?;
    session.trained()?;
    session.write_model(&model, "so far")
}

fn new(path: &Path) -> Start {
    Start::New(RunFolder::create(path).unwrap())
}

fn resumed(path: &Path) -> Result<(Start, bool), RunError> {
    let folder = RunFolder::open(path)?;
    let NewestCheckpoint { archive: checkpoint, damaged } =
        newest_checkpoint(&folder)?.expect("a checkpoint");
    Ok((Start::Resumed { folder, checkpoint }, damaged.is_some()))
}

#[test]
fn a_run_that_was_stopped_ends_with_the_bytes_of_one_that_was_not() {
    let parent = tempfile::tempdir().unwrap();
    let [whole, parts] = ["whole", "parts"].map(|name| parent.path().join(name));
    train(new(&whole), &plan(), 4).unwrap();
    train(new(&parts), &plan(), 1).unwrap();
    train(resumed(&parts).unwrap().0, &plan(), 3).unwrap();
    train(resumed(&parts).unwrap().0, &plan(), 4).unwrap();
    for name in [MODEL, CHECKPOINT, PREVIOUS_CHECKPOINT] {
        let [whole, parts] = [&whole, &parts].map(|path| fs::read(path.join(name)).unwrap());
        assert!(whole == parts, "{name}");
    }
    let file = ModelFile::load(&parts).unwrap();
    assert_eq!((file.image(), file.code_len()), (Some(Extents::gray(4, 4)), Some(4)));
    assert_eq!((file.trained.as_str(), file.config.seed()), ("so far", 1));
    // The same model, without the configuration.
    let model = AutoEncoder::load(parts.join(MODEL)).unwrap();
    let bytes = images();
    let images = Samples::new(&bytes, [16]);
    assert_eq!(model.reconstruct(&images), file.model.reconstruct(&images));
}

#[test]
fn of_a_damaged_checkpoint_the_one_before_it_is_taken() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("run");
    train(new(&path), &plan(), 2).unwrap();
    let checkpoint = path.join(CHECKPOINT);
    let mut bytes = fs::read(&checkpoint).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&checkpoint, &bytes).unwrap();
    let (start, damaged) = resumed(&path).unwrap();
    assert!(damaged && !checkpoint.exists());
    train(start, &plan(), 4).unwrap();
    let whole = parent.path().join("whole");
    train(new(&whole), &plan(), 4).unwrap();
    assert!(fs::read(path.join(MODEL)).unwrap() == fs::read(whole.join(MODEL)).unwrap());
    // If both are damaged, both are named.
    for name in [CHECKPOINT, PREVIOUS_CHECKPOINT] {
        fs::write(path.join(name), "nothing").unwrap();
    }
    let error = resumed(&path).unwrap_err().to_string();
    assert!(error.contains(CHECKPOINT) && error.contains(PREVIOUS_CHECKPOINT), "{error}");
}

#[test]
fn a_checkpoint_of_another_configuration_is_refused() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("run");
    train(new(&path), &plan(), 1).unwrap();
    for (other, message) in [
        (Plan { batch: 8, ..plan() }, "config: expected batch = 8, found batch = 10"),
        (Plan { clip_norm: Some(1.0), ..plan() }, "config: expected clip_norm = 1.0, found "),
        (Plan { optimizer: OptimizerName::Sgd, ..plan() }, "config: expected optimizer = \"SGD\""),
    ] {
        let error = train(resumed(&path).unwrap().0, &other, 4).unwrap_err();
        assert!(matches!(error, RunError::Checkpoint(_)), "{error}");
        assert!(error.to_string().contains(message), "{error}");
    }
}

#[test]
fn what_is_not_there_is_named() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("run");
    let said = |error: RunError| error.to_string().replace(&path.display().to_string(), "RUN");
    let error = said(ModelFile::load(&path).unwrap_err());
    assert_eq!(
        error,
        "RUN: expected a model, or the folder of a run that has ended; found nothing there"
    );
    assert_eq!(
        said(resumed(&path).unwrap_err()),
        "RUN: expected the folder of a run, found nothing there"
    );
    fs::create_dir(&path).unwrap();
    assert!(newest_checkpoint(&RunFolder::open(&path).unwrap()).unwrap().is_none());
}

#[test]
fn a_run_that_fails_before_it_trains_leaves_nothing() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("a/run");
    let plan = Plan { batch: 1000, ..plan() };
    let mut model = AutoEncoder::parse(WORDS, 1).unwrap();
    let mut config = config(&model, &plan, 1);
    let mut optimizer = plan.optimizer.build(None);
    let (session, _) =
        Session::begin(new(&path), &mut config, &mut model, &mut *optimizer, |_| ()).unwrap();
    assert!(path.join(CHECKPOINT).exists());
    drop(session);
    assert!(!parent.path().join("a").exists());
}
