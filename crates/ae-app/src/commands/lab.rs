//! `ae-app lab`: where do codes to decode come from, and how good is what they become? Trains models, or takes trained ones, and
//! scores every sampler on each.

use super::shared::environment;
use crate::cli::LabArgs;
use crate::exit::{data as data_error, usage};
use crate::input::Data;
use crate::jobs::dense::vector_code;
use crate::report::{Output, Report, pictures, shown};
use crate::run::{Ending, Environment, check_images, close};
use ae_lab::{Features, LabError, Reference, Sampler, ScoreOptions, Scores, interpolate};
use ae_layers::Sequential;
use ae_run::{
    DataSpec, DenseSpec, Job, KeepSpec, Limits, ModelFile, ModelSpec, PlanSpec, RunFolder,
    TrainingSpec,
};
use ae_tensor::Tensor;
use ae_train::{Samples, predict};
use anyhow::Result;
use std::path::Path;

mod table;

use table::{Of, Row};

/// The row of what the model makes of the test images' own codes: the best that any sampler can reach.
const DECODED: &str = "test images, decoded";

/// Pairs of test images that walks lead between.
const PAIRS: usize = 3;

const FILES: [(&str, &str); 2] = [
    ("report.md", "the tables, with the pictures"),
    ("scores.csv", "every score of every sampler, model and seed"),
];

/// Trains or takes models, samples and scores.
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
    let images = matrix(&selected, selected.dataset.train.images());
    let features = Features::fit(&images)?;
    let train = features.transform(&images);
    let test = features.transform(&matrix(&selected, selected.dataset.test.images()));
    let reference = Reference::new(&train, &test, &ScoreOptions::default())?;
    let lab = Lab { args, environment, data: &selected, features, train: &train, reference };
    let mut rows = Vec::new();
    for trained in &models {
        report.line(format_args!("{}, seed {}: sampling and scoring", trained.name, trained.seed));
        lab.score(trained, &mut rows)?;
    }
    folder.keep();
    folder.write("scores.csv", &table::csv(&rows))?;
    let mut pictures = Vec::new();
    for trained in first_of_each(&models) {
        pictures.push((trained.name.as_str(), lab.draw(trained, &folder, &rows)?));
    }
    let text = table::markdown(&selected, &rows, &pictures, lab.reference.count());
    folder.write("report.md", &text)?;
    report.line(format_args!("\n{}", table::plain(&rows)));
    close(&folder, &report, &FILES)
}

/// Each model of the first seed that it has.
fn first_of_each(models: &[Trained]) -> impl Iterator<Item = &Trained> {
    models
        .iter()
        .enumerate()
        .filter(|(i, trained)| models[..*i].iter().all(|earlier| earlier.name != trained.name))
        .map(|(_, trained)| trained)
}

/// The images that a run's model learnt from.
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

/// Trains a model as `dense` does, in a folder of its own; `None` if Ctrl-C ended it.
fn train(
    args: &LabArgs,
    environment: &Environment,
    data: &DataSpec,
    model: &Path,
    seed: u64,
    folder: &RunFolder,
    report: &Report,
) -> Result<Option<Trained>> {
    let name = model.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let out = folder.path().join(format!("{name}-seed-{seed}"));
    report.line(format_args!("{name}, seed {seed}: training, see {}", shown(&out)));
    let training = TrainingSpec {
        data: data.clone(),
        model: ModelSpec {
            model: Some(model.to_path_buf()),
            latent: args.latent,
            ..ModelSpec::default()
        },
        plan: PlanSpec { epochs: args.epochs, batch: args.batch, ..PlanSpec::default() },
        // Models are trained in minutes; a checkpoint at each epoch would be most of the work of the small ones.
        keep: KeepSpec { checkpoint_every: 50, ..KeepSpec::default() },
        seed,
        samples: args.gallery.count(),
    };
    let environment = Environment {
        out: Some(out.clone()),
        show: false,
        output: Output::silent(),
        ..environment.clone()
    };
    let job = Job::Dense(DenseSpec { training });
    if crate::jobs::run(&job, &environment, None)? == Ending::Interrupted {
        folder.keep();
        return Ok(None);
    }
    Ok(Some(Trained { name, seed, file: ModelFile::load(&out)? }))
}

/// What all models are compared by.
struct Lab<'a> {
    args: &'a LabArgs,
    environment: &'a Environment,
    data: &'a Data,
    /// What images are compared by.
    features: Features,
    /// The training images' features.
    train: &'a Tensor,
    reference: Reference<'a>,
}

impl Lab<'_> {
    /// Adds a row for each sampler.
    fn score(&self, trained: &Trained, rows: &mut Vec<Row>) -> Result<()> {
        let (encoder, decoder) = parts(trained, self.data)?;
        let params = &trained.file.params;
        let shape = trained.file.model.input_shape();
        let codes = |images| predict(&encoder, params, Samples::new(images, shape));
        let train_codes = codes(self.data.dataset.train.images());
        let decode =
            |codes: &Tensor| self.features.transform(&self.pixels(decoder.predict(params, codes)));
        let test = decode(&codes(self.data.dataset.test.images()));
        // What the sampler does wrong, with the decoder taken out: both sets are decoded.
        let sheet = Reference::new(self.train, &test, &ScoreOptions::default())?;
        let mut add = |what: Of, generated: &Tensor| -> Result<(), LabError> {
            let scores = self.reference.score(generated)?;
            let decoded: Option<Scores> = match what {
                Of::Sampler(_) => Some(sheet.score(generated)?),
                Of::Decoded => None,
            };
            rows.push(Row {
                model: trained.name.clone(),
                seed: trained.seed,
                what,
                scores,
                decoded,
            });
            Ok(())
        };
        for &kind in &self.args.samplers {
            let sampler = Sampler::fit(kind, &train_codes, trained.seed)?;
            add(Of::Sampler(kind), &decode(&sampler.sample(self.reference.count(), trained.seed)))?;
        }
        add(Of::Decoded, &test)?;
        Ok(())
    }

    /// Draws samples of each sampler, and walks between images; returns the files' names.
    fn draw(&self, trained: &Trained, folder: &RunFolder, rows: &[Row]) -> Result<[String; 2]> {
        let (encoder, decoder) = parts(trained, self.data)?;
        let (params, image) = (&trained.file.params, self.data.image());
        let shape = trained.file.model.input_shape();
        let train = Samples::new(self.data.dataset.train.images(), shape);
        let codes = predict(&encoder, params, train);
        let mut galleries = Vec::new();
        for &kind in &self.args.samplers {
            let sampler = Sampler::fit(kind, &codes, trained.seed)?;
            let images =
                decoder.predict(params, &sampler.sample(self.args.gallery.count(), trained.seed));
            let frechet = table::frechet(rows, &trained.name, Of::Sampler(kind));
            galleries.push((format!("{kind}: Frechet distance {frechet:.1}"), images));
        }
        let samples = format!("samples-{}.png", trained.name);
        self.gallery(folder, &samples, &galleries, image)?;

        let mut walks = Vec::new();
        let test = Samples::new(self.data.dataset.test.images(), shape);
        for [a, b] in self.pairs() {
            let ends = test.gather(&[a, b]);
            let codes = encoder.predict(params, &ends);
            let between = interpolate(codes.row(0), codes.row(1), self.args.gallery.count());
            walks.push(("a walk between two codes".to_owned(), decoder.predict(params, &between)));
            let fade = interpolate(ends.row(0), ends.row(1), self.args.gallery.count());
            walks.push(("the two images laid over each other".to_owned(), fade));
        }
        let walk = format!("walk-{}.png", trained.name);
        self.gallery(folder, &walk, &walks, image)?;
        Ok([samples, walk])
    }

    fn gallery(
        &self,
        folder: &RunFolder,
        name: &str,
        rows: &[(String, Tensor)],
        image: [usize; 2],
    ) -> Result<()> {
        let rows: Vec<(&str, &Tensor)> =
            rows.iter().map(|(caption, images)| (caption.as_str(), images)).collect();
        pictures::gallery(self.environment.show, &folder.file(name), "", image, &rows)
    }

    /// Test images to walk between: of different classes where there are several.
    fn pairs(&self) -> Vec<[usize; 2]> {
        let labels = self.data.dataset.test.labels();
        let of = |class: u8, skip: usize| {
            labels
                .iter()
                .enumerate()
                .filter(|(_, label)| **label == class)
                .map(|(i, _)| i)
                .nth(skip)
        };
        let classes = &self.data.classes;
        let next = |i: usize| classes[i % classes.len()];
        (0..PAIRS).filter_map(|i| Some([of(next(i), i)?, of(next(i + 1), i + PAIRS)?])).collect()
    }

    /// Images as rows of pixels.
    fn pixels(&self, images: Tensor) -> Tensor {
        let count = images.shape().dims()[0];
        let [height, width] = self.data.image();
        images.reshape([count, height * width])
    }
}

/// Images as rows of pixels in [0, 1].
fn matrix(data: &Data, images: &[u8]) -> Tensor {
    let [height, width] = data.image();
    let samples = Samples::new(images, [height * width]);
    samples.gather(&(0..samples.count()).collect::<Vec<_>>())
}

/// Encoder and decoder of a model for these images.
fn parts(trained: &Trained, data: &Data) -> Result<(Sequential, Sequential)> {
    let ModelFile { architecture, model, .. } = &trained.file;
    check_images(model, data)?;
    vector_code(architecture, model)
        .map_err(|found| data_error(format!("a model {architecture}: {found}")))?;
    Ok(architecture.divide(model).expect("it has a code"))
}
