//! `ae-app lab`: compares ways to draw the codes that are decoded to new images. Trains models, or
//! loads trained ones, and scores every sampler on each.

mod checks;

use super::shared::environment;
use crate::cli::LabArgs;
use crate::exit::usage;
use crate::input::Data;
use crate::report::{Output, Report, pictures};
use crate::run::{Ending, Environment, close};
use ae_files::printable_path;
use ae_lab::{
    Features, ModelPictures, Reference, Sampler, ScoreOptions, ScoreTable, Source, interpolate,
    walk_pairs,
};
use ae_run::{
    DataSpec, DenseSpec, Job, KeepSpec, Limits, ModelFile, ModelSpec, PlanSpec, RunFolder,
    TrainingSpec,
};
use ae_tensor::Tensor;
use ae_train::Samples;
use anyhow::Result;
use checks::{check_models, check_scoring, check_trained, walk_steps};
use std::path::Path;

/// The number of pairs of test images between which images are interpolated.
const PAIRS: usize = 3;

const FILES: [(&str, &str); 2] = [
    ("report.md", "the tables, with the pictures"),
    ("scores.csv", "every score of every sampler, model and seed"),
];

/// Trains or loads the models, draws the samples and scores them.
pub(super) fn run(args: LabArgs, output: Output) -> Result<Ending> {
    let environment = environment(args.work.clone(), args.data.data_dir.clone(), output);
    environment.on_threads(|| lab(&args, &environment))
}

/// A model to be scored.
struct Trained {
    name: String,
    seed: u64,
    file: ModelFile,
}

fn lab(args: &LabArgs, environment: &Environment) -> Result<Ending> {
    let report = Report::new(environment.output);
    let mut spec = DenseSpec::default().training;
    let mut models = Vec::new();
    let limits = match args.runs.is_empty() {
        true => {
            args.data.clone().apply(&mut spec.data);
            spec.data.limit.map(|n| Limits { train: n, test: n })
        }
        false => {
            for run in &args.runs {
                let file = ModelFile::load(run)?;
                let name = file.config.model().name.clone();
                models.push(Trained { name, seed: file.config.seed(), file });
            }
            let limits;
            (spec.data, limits) = data_of(&models[0])?;
            limits
        }
    };
    let selected = Data::load(&spec.data, environment.data_dir.as_deref(), limits)?;
    check_scoring(args, &selected, &ScoreOptions::default())?;
    match args.runs.is_empty() {
        true => check_models(args, &spec.data, &selected)?,
        false => models.iter().try_for_each(|trained| check_trained(trained, &selected))?,
    }
    let name = format!("lab-{}-{}", selected.dataset.name, selected.class_label());
    let folder = environment.folder(&name)?;
    report.item("data", selected.title());
    if args.runs.is_empty() {
        for model in &args.models {
            for seed in 1..=args.seeds as u64 {
                let Some(trained) =
                    train(args, environment, &spec.data, model, seed, &folder, &report)?
                else {
                    return Ok(Ending::Interrupted);
                };
                models.push(trained);
            }
        }
    }
    let images = pixels(&selected, selected.dataset.train.images());
    let features = Features::fit(&images)?;
    let train = features.transform(&images);
    let test = features.transform(&pixels(&selected, selected.dataset.test.images()));
    let reference = Reference::new(&train, &test, &ScoreOptions::default())?;
    let lab = Lab { args, environment, data: &selected, features, reference };
    let (table, samplers) = lab.score(&models, &report)?;
    folder.keep();
    folder.write("scores.csv", &table.csv())?;
    let mut pictures = Vec::new();
    for (trained, samplers) in models.iter().zip(&samplers) {
        // Pictures are drawn of the first training of each model.
        if pictures.iter().all(|drawn: &ModelPictures| drawn.model != trained.name) {
            pictures.push(lab.draw(trained, samplers, &folder, &table)?);
        }
    }
    let text = table.report(&selected.title(), lab.reference.count(), &pictures);
    folder.write("report.md", &text)?;
    report.line(format_args!("\n{}", table.plain()));
    report.note(|results| results.scored(&table));
    close(&folder, &report, &FILES)
}

/// Returns the specification of the images that a run's model was trained on.
fn data_of(trained: &Trained) -> Result<(DataSpec, Option<Limits>)> {
    let job = trained.file.config.job()?;
    match &job {
        Job::Dense(spec) => Ok((spec.training.data.clone(), job.limits())),
        Job::Denoise(_) => {
            let message = "lab: a denoising model has no codes to sample; expected runs of dense";
            Err(usage(message).into())
        }
    }
}

/// Returns the name of a model in the results.
fn name_of(model: &Path) -> String {
    model.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Returns the job that trains this model with this seed.
fn job(args: &LabArgs, data: &DataSpec, model: &Path, seed: u64) -> Job {
    let training = TrainingSpec {
        data: data.clone(),
        model: ModelSpec {
            model: Some(model.to_path_buf()),
            latent: args.latent,
            ..ModelSpec::default()
        },
        plan: PlanSpec { epochs: args.epochs, batch: args.batch, ..PlanSpec::default() },
        // Models are trained in minutes. For small models, checkpoints at each epoch would take
        // most of the time.
        keep: KeepSpec { checkpoint_every: 50, ..KeepSpec::default() },
        seed,
        samples: args.gallery.count(),
    };
    Job::Dense(DenseSpec { training })
}

/// Trains a model as `dense` does, in a separate folder. Returns `None` if Ctrl-C ended the
/// training.
fn train(
    args: &LabArgs,
    environment: &Environment,
    data: &DataSpec,
    model: &Path,
    seed: u64,
    folder: &RunFolder,
    report: &Report,
) -> Result<Option<Trained>> {
    let name = name_of(model);
    let out = folder.path().join(format!("{name}-seed-{seed}"));
    report.line(format_args!("{name}, seed {seed}: training, see {}", printable_path(&out)));
    let environment = Environment {
        out: Some(out.clone()),
        show: false,
        output: Output::silent(),
        ..environment.clone()
    };
    let job = job(args, data, model, seed);
    if crate::jobs::run(&job, &environment, None)? == Ending::Interrupted {
        folder.keep();
        return Ok(None);
    }
    Ok(Some(Trained { name, seed, file: ModelFile::load(&out)? }))
}

/// The data and the features by which all models are compared.
struct Lab<'a> {
    args: &'a LabArgs,
    environment: &'a Environment,
    data: &'a Data,
    /// The features by which images are compared.
    features: Features,
    reference: Reference<'a>,
}

impl Lab<'_> {
    /// Scores each sampler of each model. The samplers are fitted once, and returned for the
    /// pictures.
    fn score(
        &self,
        models: &[Trained],
        report: &Report,
    ) -> Result<(ScoreTable, Vec<Vec<Sampler>>)> {
        let (mut table, mut all) = (ScoreTable::new(), Vec::new());
        for Trained { name, seed, file } in models {
            report.line(format_args!("{name}, seed {seed}: sampling and scoring"));
            let model = &file.model;
            let codes = |images| model.encode(&self.samples(file, images));
            let samplers = Sampler::fit_all(
                &self.args.samplers,
                &codes(self.data.dataset.train.images()),
                *seed,
            )?;
            let test_codes = codes(self.data.dataset.test.images());
            let decode = |codes: &Tensor| {
                let images = model.decode(codes);
                let shape = [images.shape().dims()[0], self.pixel_count()];
                self.features.transform(&images.reshape(shape))
            };
            let scored = self.reference.score_samplers(&samplers, &test_codes, *seed, decode)?;
            table.add(name, *seed, scored);
            all.push(samplers);
        }
        Ok((table, all))
    }

    /// Draws samples from each sampler, and interpolations between images.
    fn draw(
        &self,
        trained: &Trained,
        samplers: &[Sampler],
        folder: &RunFolder,
        table: &ScoreTable,
    ) -> Result<ModelPictures> {
        let Trained { name, seed, file } = trained;
        let count = self.args.gallery.count();
        let mut galleries = Vec::new();
        for sampler in samplers {
            let kind = sampler.kind();
            let images = file.model.decode(&sampler.sample(count, *seed));
            let frechet = table.mean_frechet(name, Source::Sampler(kind));
            galleries.push((format!("{kind}: Frechet distance {frechet:.1}"), images));
        }
        let samples = format!("samples-{name}.png");
        self.gallery(folder, &samples, &galleries)?;
        let walks = format!("walk-{name}.png");
        self.gallery(folder, &walks, &self.walks(file, walk_steps(count)))?;
        Ok(ModelPictures { model: name.clone(), samples, walks })
    }

    /// Returns rows of images between test images, interpolated in codes and in pixels.
    fn walks(&self, file: &ModelFile, count: usize) -> Vec<(String, Tensor)> {
        let test = &self.data.dataset.test;
        let images = self.samples(file, test.images());
        let mut rows = Vec::new();
        for ends in walk_pairs(test.labels(), &self.data.classes, PAIRS) {
            let ends = images.gather(&ends);
            let shape = file.model.architecture().input;
            let codes = file.model.encode(&Samples::from_f32(ends.data(), shape));
            let between = interpolate(codes.row(0), codes.row(1), count);
            rows.push(("a walk between two codes".to_owned(), file.model.decode(&between)));
            let fade = interpolate(ends.row(0), ends.row(1), count);
            rows.push(("the two images laid over each other".to_owned(), fade));
        }
        rows
    }

    fn gallery(&self, folder: &RunFolder, name: &str, rows: &[(String, Tensor)]) -> Result<()> {
        let rows: Vec<(&str, &Tensor)> =
            rows.iter().map(|(caption, images)| (caption.as_str(), images)).collect();
        let path = folder.file(name);
        pictures::gallery(self.environment.show, &path, "", self.data.image(), &rows)
    }

    /// Returns the images in the model's input shape.
    fn samples<'a>(&self, file: &ModelFile, images: &'a [u8]) -> Samples<'a> {
        Samples::new(images, file.model.architecture().input)
    }

    fn pixel_count(&self) -> usize {
        self.data.image().into_iter().product()
    }
}

/// Returns the images as rows of pixels in [0, 1].
fn pixels(data: &Data, images: &[u8]) -> Tensor {
    let [height, width] = data.image();
    Samples::new(images, [height * width]).all()
}
