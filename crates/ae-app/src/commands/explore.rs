//! `ae-app explore`: a page for a browser, with a run's model or with none yet.

mod bundle;

use super::browser;
use super::shared::run_environment;
use crate::cli::ExploreArgs;
use crate::exit::warn;
use crate::input::Data;
use crate::report::{Output, Report, counted, files};
use crate::run::{Ending, Environment, note_other_images};
use ae_run::{DenseSpec, Job, ModelFile};
use ae_web::Bundle;
use anyhow::Result;
use bundle::Content;

/// The name of the page.
const PAGE: &str = "explore.html";
const FILES: [(&str, &str); 1] =
    [(PAGE, "the page, in one file: it needs no network and no server")];

/// Writes the page.
pub(super) fn run(args: ExploreArgs, output: Output) -> Result<Ending> {
    let trained = args.model.as_ref().map(|model| ModelFile::load(model)).transpose()?;
    let mut job = match &trained {
        Some(trained) => trained.job()?,
        None => Job::Dense(DenseSpec::default()),
    };
    let environment = run_environment(args.data.data_dir.clone(), args.threads.clone(), output);
    let environment = Environment { out: args.out.out.clone(), ..environment };
    args.apply(&mut job.training_mut().data);
    environment.on_threads(|| write(&args, &environment, trained.as_ref(), &job))
}

fn write(
    args: &ExploreArgs,
    environment: &Environment,
    trained: Option<&ModelFile>,
    job: &Job,
) -> Result<Ending> {
    let report = Report::new(environment.output);
    let data = data(args, environment, trained, job)?;
    let content = Content { job, environment, trained, data: data.as_ref() };
    let many = args.train_images.is_some() || args.test_images.is_some();
    let mut bundle = content.bundle(args.train_images, args.test_images)?;
    let (html, taken) = ae_web::explore(&mut bundle, many);
    let folder = environment.folder(&content.folder_name())?;
    if let (Some(data), Some(trained)) = (&data, trained) {
        note_other_images(&report, data, trained);
    }
    let sample = data.as_ref().map_or("image", Data::sample);
    report.item("page", format_args!("{}, {}", megabytes(html.len()), about(&bundle, sample)));
    if let Some(taken) = taken {
        let (train, test) = (taken.train, taken.test);
        let most = megabytes(taken.most);
        report.item(
            &format!("{sample}s"),
            format_args!("only {train} for training and {test} for tests: with more the page would exceed {most}"),
        );
    }
    folder.write(PAGE, &html)?;
    folder.keep();
    files(&report, folder.path(), &FILES);
    browser::show(&report, &folder.file(PAGE), args.open);
    report.end_in("done", folder.path(), None)?;
    Ok(Ending::Done)
}

/// Loads the images. Without those that a model was trained on there is still a page, unless the
/// user has said where they are.
fn data(
    args: &ExploreArgs,
    environment: &Environment,
    trained: Option<&ModelFile>,
    job: &Job,
) -> Result<Option<Data>> {
    let place = args.data.dataset.is_some() || environment.data_dir.is_some();
    let chosen = place || args.data.classes.is_some();
    match Data::of_job(job, environment.finding()) {
        Ok(data) => Ok(Some(data)),
        Err(error) if trained.is_some() && !chosen => {
            warn(&format!("{error:#}: the page has no images"));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Returns what is in the page. `sample` is what an image is called.
fn about(bundle: &Bundle, sample: &str) -> String {
    let model = bundle.run.as_ref().map(|run| format!("the model {}", run.model));
    let images = |count: usize, what: &str| counted(count, &format!("{what} {sample}"));
    let parts = [
        Some(model.unwrap_or_else(|| "no model yet".into())),
        Some(images(bundle.train.count(), "training")),
        Some(images(bundle.test.count(), "test")),
        bundle.codes.as_ref().map(|codes| counted(codes.count(), "code")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn megabytes(bytes: usize) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
