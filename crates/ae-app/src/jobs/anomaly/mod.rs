//! What does not belong: a model of normal images, and the images that it does not expect.

mod drawing;
mod files;
mod new_images;
mod pictures;
mod pixels;
mod results;
mod scoring;

pub(crate) use new_images::{Asked, Given, score_given, score_test};
pub(crate) use results::Row;

use self::results::Scored;
use self::scoring::Scorer;
use super::dense::latent_len;
use crate::exit::{Refusal, usage};
use crate::input::{Data, FoundMasks};
use crate::report::Report;
use crate::run::{
    BegunRun, Ending, Environment, Resumed, Task, check_images, close, fit_model, job_image,
    note_other_images, write_page,
};
use ae_data::ImageSet;
use ae_lab::anomaly::Threshold;
use ae_run::{AnomalySpec, Job, MaskSpec, ModelFile};
use anyhow::Result;

/// Trains a model of normal images from the beginning, or from where an earlier run was stopped,
/// and scores the test images.
pub(super) fn run(
    job: &Job,
    spec: &AnomalySpec,
    environment: &Environment,
    resumed: Option<Resumed>,
) -> Result<Ending> {
    let report = Report::new(environment.output);
    let data = Data::with_masks(job, environment.finding())?;
    check_counts(spec, &data)?;
    let job = &with_found_masks(spec, &data);
    let fitted = fit_model(job, &data, pictures::gallery_rows(data.masks.is_some()))?;
    let latent = latent_len(&fitted.model);
    check_score(spec, latent.as_ref().err())?;
    let run = BegunRun::new(job, &data, fitted, latent.ok(), environment, resumed, &[])?;
    run.announce(&report);
    let held_out = data.held_out.as_ref().map_or(0, ImageSet::count);
    let sample = data.sample();
    report.item("held out", format_args!("{held_out} normal {sample}s, for the threshold"));
    let run = run.train(&report, |_, _, _| Ok(()))?;

    run.write_records(&data.title())?;
    run.write_model()?;
    let (task, folder) = (&run.task, run.folder());
    let scorer = Scorer::fit(spec, &run.model, task.image, task.centered_train())?;
    let detector = scorer.detector(spec, task.validation_examples())?;
    files::write(&detector, data.scaling.as_ref(), folder)?;
    let scored = Scored::of_test(&scorer, &detector, task)?;
    scored.write(folder, Some(&run.trained.fitted.history))?;
    let (test, masks) = (task.test_examples(), task.mask_examples());
    scored.draw(folder, &scorer, test, masks, (task.samples, environment.show))?;
    scored.report(&report);
    data.check_read()?;

    let stopped = run.trained.stopped();
    let explore = match data.scaling {
        Some(_) => "Move its codes in a browser",
        None => "Move its codes and draw in a browser",
    };
    let others = vec![
        (explore, run.with_run("explore", &[])),
        ("Run it again, and compare the files", run.with_run("verify", &[])),
    ];
    run.conclude(&report, &files::FILES, stopped, |run| run.with_run("reconstruct", &[]), others)
}

/// Draws test images above their reconstructions.
pub(crate) fn reconstruct(
    job: &Job,
    environment: &Environment,
    trained: &ModelFile,
) -> Result<Ending> {
    let report = Report::new(environment.output);
    let data = Data::of_job(job, environment.finding())?;
    check_images(trained, &data, job_image(job, &data)?)?;
    note_other_images(&report, &data, trained);
    let task = Task::new(job, &data, &trained.model, environment);
    let folder = task.folder("reconstruct")?;
    let originals = task.clean_test().inputs(&task.gallery_indices());
    let made = trained.model.sequential().predict(trained.model.params(), &originals);
    if data.scaling.is_some() {
        let rows: Vec<_> = (0..originals.shape().dims()[0])
            .map(|i| (format!("test vector {i}"), originals.row(i), made.row(i)))
            .collect();
        crate::report::pictures::anomaly::series(&folder.file(pictures::SERIES), "", &rows)?;
        let files = [(pictures::SERIES, "test vectors and what the model makes of them")];
        return close(&folder, &report, &files);
    }
    let rows = [("test images", &originals), ("reconstructions", &made)];
    crate::report::pictures::gallery(
        environment.show,
        &folder.file("reconstruction.png"),
        "",
        task.image,
        &rows,
    )?;
    data.check_read()?;
    let files = [("reconstruction.png", "test images and what the model makes of them")];
    write_page(&folder, format!("reconstruct: {}", data.title()), None, &files, None);
    close(&folder, &report, &files)
}

/// Returns the job with the masks that were found, as the run records it.
fn with_found_masks(spec: &AnomalySpec, data: &Data) -> Job {
    let masks = match &data.masks {
        None => MaskSpec::Without,
        Some(FoundMasks { sha256, folder, .. }) => {
            MaskSpec::Recorded { sha256: sha256.clone(), place: Some(folder.clone()) }
        }
    };
    Job::Anomaly(AnomalySpec { masks, ..spec.clone() })
}

/// Refuses too few images for the threshold, for the neighbors and for training.
fn check_counts(spec: &AnomalySpec, data: &Data) -> Result<()> {
    let &AnomalySpec { false_alarms, held_out, neighbors, .. } = spec;
    let (needed, all) = (Threshold::needed(false_alarms)?, data.normal_count());
    let found = data.held_out.as_ref().map_or(0, ImageSet::count);
    let sample = data.sample();
    if all == 0 {
        let name = &data.dataset.name;
        let message = format!("data set {name}: expected normal {sample}s to train on, found none");
        return Err(usage(message).into());
    }
    if (found as u64) < needed {
        // The least rate that these images give a threshold for, rounded up.
        let possible = match found {
            0 => String::new(),
            _ => {
                let rate = (1000.0 / (found as f64 + 1.0)).ceil() / 1000.0;
                format!(", or accept more false alarms: --false-alarms {rate}")
            }
        };
        return Err(usage(format!(
            "--false-alarms {false_alarms}: expected at least {needed} held-out {sample}s, found {found} (--held-out \
             {held_out} of {all} normal training {sample}s); hold out more{possible}"
        ))
        .into());
    }
    let trained = data.dataset.train.count();
    if trained < neighbors.max(2) {
        return Err(usage(format!(
            "--held-out {held_out}: expected at least {} {sample}s to train on, for --neighbors {neighbors}, found \
             {trained} of {all}",
            neighbors.max(2)
        ))
        .into());
    }
    Ok(())
}

/// Refuses a score of codes for a model without any. `no_codes` says what it has instead.
fn check_score(spec: &AnomalySpec, no_codes: Option<&String>) -> Result<(), Refusal> {
    match no_codes {
        Some(found) if spec.score().needs_codes() => {
            Err(usage(format!("--score {}: {found}", spec.score())))
        }
        _ => Ok(()),
    }
}
