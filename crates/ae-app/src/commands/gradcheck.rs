//! `ae-app gradcheck`: the gradients of a model beside finite differences.

use crate::cli::GradcheckArgs;
use crate::exit::{in_json, usage};
use crate::input::select_model;
use crate::report::{Output, Report, files, pictures};
use crate::run::{Ending, Environment};
use ae_gradcheck::{Broken, Bug, Options, Report as Found, Row, check};
use ae_layers::Architecture;
use ae_run::{DenseSpec, Job, ModelFile, ModelSpec};
use ae_train::AutoEncoder;
use anyhow::{Result, anyhow};
use serde::Serialize;

const PICTURE: &str = "gradcheck.png";
const FILES: [(&str, &str); 1] =
    [(PICTURE, "how far each gradient is off, in units of the rounding to be expected")];

/// The content of the JSON.
#[derive(Serialize)]
struct Checked {
    loss: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    broken: Option<[String; 2]>,
    /// The number of roundings above which a gradient is wrong.
    limit: f64,
    parameters: Vec<Parameter>,
    /// The layer nearest to the loss with a wrong gradient.
    #[serde(skip_serializing_if = "Option::is_none")]
    wrong_in: Option<String>,
    folder: String,
    status: u8,
}

#[derive(Serialize)]
struct Parameter {
    layer: String,
    parameter: String,
    shape: Vec<usize>,
    checked: usize,
    bends: usize,
    not_compared: usize,
    deviation: f64,
    expected: f64,
    roundings: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    factor: Option<f64>,
    wrong: bool,
}

impl Parameter {
    fn of(row: &Row) -> Self {
        Self {
            layer: row.layer.clone(),
            parameter: row.parameter.clone(),
            shape: row.shape.dims().to_vec(),
            checked: row.points.len(),
            bends: row.bends,
            not_compared: row.lost,
            deviation: row.deviation,
            expected: row.expected,
            roundings: row.roundings(),
            factor: row.factor(),
            wrong: row.is_wrong(),
        }
    }
}

/// Compares, prints the table, and draws the picture.
pub(super) fn run(args: GradcheckArgs, output: Output) -> Result<Ending> {
    let environment = Environment {
        threads: args.threads.threads,
        out: args.out.out.clone(),
        output,
        ..Environment::default()
    };
    environment.on_threads(|| compare(&args, &environment))
}

/// The model: its name, its layers, and its weights if it is trained.
fn model(args: &GradcheckArgs) -> Result<(String, Architecture, Option<AutoEncoder>)> {
    let place = &args.model;
    let trained = place.is_dir() || place.extension().is_some_and(|end| end == "safetensors");
    if trained {
        if args.side.is_some() {
            let why = "--side: a trained model has its size; leave the option out";
            return Err(usage(why).into());
        }
        let model = ModelFile::load(place)?.model;
        let name = place.file_name().map_or_else(|| "model".into(), |name| name.to_string_lossy());
        return Ok((name.into_owned(), model.architecture().clone(), Some(model)));
    }
    let mut job = Job::Dense(DenseSpec::default());
    job.training_mut().model = ModelSpec { model: Some(place.clone()), ..ModelSpec::default() };
    let side = args.side.unwrap_or(28);
    let selected = select_model(&job, "mnist", [side, side, 1])?;
    Ok((selected.name, selected.architecture, None))
}

fn compare(args: &GradcheckArgs, environment: &Environment) -> Result<Ending> {
    let report = Report::new(environment.output);
    let (name, architecture, trained) = model(args)?;
    let bug = |name: &str| Bug::ALL.into_iter().find(|bug| bug.name() == name);
    let broken = args.bug.as_deref().and_then(bug);
    let broken = broken.map(|bug| Broken { bug, layer: args.break_in.clone() });
    let options = Options {
        seed: args.seed,
        images: args.images.unwrap_or(Options::default().images),
        most: if args.all { None } else { args.weights.or(Options::default().most) },
        layer: args.layer.clone(),
        broken,
    };
    let params = trained.as_ref().map(AutoEncoder::params);
    let found = check(&architecture, params, &options)
        .map_err(|error| usage(format!("gradcheck {name}: {error}")))?;
    let folder = environment.folder(&format!("gradcheck-{name}"))?;
    report.item("model", format_args!("{name}: {architecture}"));
    report.item("loss", format_args!("{}, with the penalties of the layers", found.loss));
    if let Some((bug, layer)) = &found.broken {
        report.item("mistake", format_args!("{} in {layer}: {}", bug.name(), bug.about()));
    }
    table(&report, &found);
    pictures::deviations(&folder.file(PICTURE), &title(&name, &found), &found)?;
    folder.keep();
    files(&report, folder.path(), &FILES);
    let wrong = found.where_it_enters().map(str::to_owned);
    // A mistake may lie outside of what is compared: behind it, or in a sum over one image.
    let hidden = found.broken.is_some() && wrong.is_none();
    report.json(&Checked {
        loss: found.loss,
        broken: found.broken.as_ref().map(|(bug, layer)| [bug.name().to_owned(), layer.clone()]),
        limit: Found::LIMIT,
        parameters: found.rows.iter().map(Parameter::of).collect(),
        wrong_in: wrong.clone(),
        folder: folder.path().display().to_string(),
        status: u8::from(wrong.is_some() || hidden),
    })?;
    match wrong {
        None if hidden => Err(in_json(anyhow!(
            "the mistake does not show in the gradients that were compared: \
             compare more images (--images), weights (--weights) or layers (leave out --layer)"
        ))),
        None => {
            report.line("\nevery gradient is right");
            Ok(Ending::Done)
        }
        Some(layer) => Err(in_json(anyhow!(
            "a gradient is wrong, and {layer} is the layer nearest to the loss where one is: look there"
        ))),
    }
}

fn title(name: &str, found: &Found) -> String {
    match &found.broken {
        None => format!("Gradients of {name}"),
        Some((bug, layer)) => format!("Gradients of {name}: {} in {layer}", bug.name()),
    }
}

fn table(report: &Report, found: &Found) {
    report.line(format_args!(
        "\n{:<28} {:<14} {:>7} {:>9} {:>9} {:>10}",
        "parameter", "shape", "checked", "off by", "relative", "roundings"
    ));
    for row in &found.rows {
        let name = format!("{}/{}", row.layer, row.parameter);
        let relative = if row.largest > 0.0 { row.deviation / row.largest } else { 0.0 };
        let verdict = match (row.is_wrong(), row.factor()) {
            (false, _) => "right".to_owned(),
            (true, Some(factor)) => format!("WRONG: {factor:.4} times the difference"),
            (true, None) => "WRONG".to_owned(),
        };
        let bends = match (row.bends, row.lost) {
            (0, _) => String::new(),
            (bends, 0) => format!(", {bends} near a bend"),
            (bends, lost) => format!(", {bends} near a bend, {lost} of them not compared"),
        };
        report.line(format_args!(
            "{name:<28} {:<14} {:>7} {:>9.1e} {relative:>9.1e} {:>10.3}  {verdict}{bends}",
            row.shape.to_string(),
            row.points.len(),
            row.deviation,
            Roundings(row.roundings()),
        ));
    }
}

/// Small numbers with digits, large ones as powers of ten.
struct Roundings(f64);

impl std::fmt::Display for Roundings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = if self.0 < 1e4 { format!("{:.3}", self.0) } else { format!("{:.1e}", self.0) };
        write!(f, "{text:>10}")
    }
}
