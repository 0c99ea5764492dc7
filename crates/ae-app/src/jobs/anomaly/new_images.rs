//! Images that were not there when the model was trained.

use super::results::{Row, Scored};
use super::scoring::{Scorer, Scores};
use super::{files, pictures};
use crate::exit::{Refusal, data as data_error};
use crate::input::Data;
use crate::report::{Report, pictures as galleries};
use crate::run::{
    Ending, Environment, Task, check_images, close, job_image, note_other_images, write_page,
};
use ae_data::Scaling;
use ae_lab::anomaly::ScoreKind;
use ae_run::{AnomalySpec, DETECTOR, Detector, DetectorRecord, Job, ModelFile, RunFolder};
use ae_tensor::Tensor;
use ae_train::{Examples, Samples};
use anyhow::Result;

/// What may differ from the run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) score: Option<ScoreKind>,
    pub(crate) false_alarms: Option<f64>,
    pub(crate) fail_if_any: bool,
}

/// Images in the size of the model's.
pub(crate) struct Given {
    pub(crate) rows: Vec<Row>,
    /// Their bytes, one image after another.
    pub(crate) values: Vec<u8>,
    /// Or the numbers of vectors, in their units.
    pub(crate) numbers: Vec<f32>,
}

impl Given {
    /// Adds an image.
    pub(crate) fn add(&mut self, name: String, class: String, values: &[u8]) {
        self.rows.push(Row { name, class });
        self.values.extend_from_slice(values);
    }
}

/// The score and the scores of held-out images, as asked for.
fn settings(detector: &Detector, asked: Asked) -> (ScoreKind, f64, Scores) {
    let record = &detector.record;
    let rate = asked.false_alarms.unwrap_or(record.false_alarms);
    (asked.score.unwrap_or(record.score), rate, detector.held_out.clone())
}

/// The scaling of vectors that the run recorded, if it was trained on vectors.
fn scaling(detector: &Detector, trained: &ModelFile) -> Result<Option<Scaling>, Refusal> {
    if !trained.config.data().options.vectors {
        return Ok(None);
    }
    let refused = |error| data_error(format!("{DETECTOR}: {error}"));
    let DetectorRecord { shifts, scales, .. } = &detector.record;
    if shifts.is_empty() {
        return Err(refused("expected the shifts of the columns, found none".into()));
    }
    Scaling::from_parts(shifts.clone(), scales.clone()).map(Some).map_err(refused)
}

/// Scores images from files.
pub(crate) fn score_given(
    spec: &AnomalySpec,
    given: Given,
    environment: &Environment,
    trained: &ModelFile,
    detector: &Detector,
    asked: Asked,
) -> Result<Ending> {
    let report = Report::new(environment.output);
    let image: [usize; 3] = trained.config.image().into();
    let row = Tensor::zeros([spec.training.samples, image.iter().product()]);
    let scaling = scaling(detector, trained)?;
    if scaling.is_none() {
        galleries::check_gallery(image, &row, pictures::gallery_rows(false))?;
    }
    let (score, false_alarms, held_out) = settings(detector, asked);
    let scorer = Scorer::of_detector(detector, &trained.model, image, score)?;
    let fitted = scorer.thresholds(score, false_alarms, held_out)?;
    let Given { rows, values, mut numbers } = given;
    let shape = trained.model.sequential().input_shape();
    let samples = match &scaling {
        Some(scaling) => {
            scaling.apply(&mut numbers);
            Samples::from_f32(&numbers, shape)
        }
        None => Samples::new(&values, shape),
    };
    let examples = Examples::clean(samples);
    let mut scored = Scored::new(&scorer, &fitted, examples, String::new(), rows, None)?;
    scored.vectors = scaling.is_some();
    let folder = environment.folder("anomaly-images")?;
    let show = (spec.training.samples, environment.show);
    scored.draw(&folder, &scorer, examples, None, show)?;
    end(&scored, &folder, &report, asked)
}

/// Scores the run's own test images again.
pub(crate) fn score_test(
    job: &Job,
    environment: &Environment,
    trained: &ModelFile,
    detector: &Detector,
    asked: Asked,
) -> Result<Ending> {
    let report = Report::new(environment.output);
    let data = Data::with_masks(job, environment.finding())?;
    check_images(trained, &data, job_image(job, &data)?)?;
    note_other_images(&report, &data, trained);
    let task = Task::new(job, &data, &trained.model, environment);
    let (score, false_alarms, held_out) = settings(detector, asked);
    let scorer = Scorer::of_detector(detector, &trained.model, task.image, score)?;
    let fitted = scorer.thresholds(score, false_alarms, held_out)?;
    let scored = Scored::of_test(&scorer, &fitted, &task)?;
    let folder = task.folder("anomaly-scores")?;
    let (test, masks) = (task.test_examples(), task.mask_examples());
    scored.draw(&folder, &scorer, test, masks, (task.samples, environment.show))?;
    data.check_read()?;
    end(&scored, &folder, &report, asked)
}

fn end(scored: &Scored, folder: &RunFolder, report: &Report, asked: Asked) -> Result<Ending> {
    scored.write(folder, None)?;
    scored.report(report);
    write_page(folder, "anomaly".into(), None, &files::FILES, None);
    close(folder, report, &files::FILES)?;
    Ok(if asked.fail_if_any && scored.flagged() > 0 { Ending::Flagged } else { Ending::Done })
}
