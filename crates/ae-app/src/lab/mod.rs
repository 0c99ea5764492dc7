//! `ae-app lab`: where do codes to decode come from, and how good is what they become? Trains models, or takes trained ones, and
//! scores every sampler on each.

use crate::cli::{
    Command, ConfigArgs, DataArgs, DenseArgs, KeepArgs, LabArgs, ModelOptions, StepArgs,
};
use crate::data::{Data, Limits};
use crate::dense::code_len;
use crate::exit::{DataError, UsageError};
use crate::interrupt::Ending;
use crate::job::on_threads;
use crate::model_file::{ModelFile, check_images};
use crate::model_use::close;
use crate::pictures;
use crate::record::Place;
use crate::report::{Report, shown};
use crate::run_folder::RunFolder;
use ae_lab::{Features, LabError, Reference, Sampler, ScoreOptions, Scores, interpolate};
use ae_layers::Sequential;
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

pub(crate) fn run(args: &LabArgs) -> Result<Ending> {
    on_threads(args.threads, || lab(args))
}

/// A model to be scored.
struct Trained {
    name: String,
    seed: u64,
    file: ModelFile,
}

fn lab(args: &LabArgs) -> Result<Ending> {
    let report = Report::new(args.output);
    let mut models = Vec::new();
    let (data, limits) = match args.runs.is_empty() {
        true => (args.data.clone(), args.limit.map(|n| Limits { train: n, test: n })),
        false => {
            for run in &args.runs {
                let file = ModelFile::load(run)?;
                models.push(Trained {
                    name: file.config.model_name().into(),
                    seed: file.config.seed(),
                    file,
                });
            }
            data_of(args, &models[0])?
        }
    };
    let selected = Data::load(&data)?.limited(limits);
    let name = format!("lab-{}-{}", selected.dataset.name, selected.class_label());
    let folder = RunFolder::create(args.out.as_deref(), &name)?;
    report.item("data", selected.title());
    if args.runs.is_empty() {
        for model in &args.models {
            for seed in 1..=args.seeds as u64 {
                let Some(trained) = train(args, &data, model, seed, &folder, &report)? else {
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
    let lab = Lab { args, data: &selected, features, train: &train, reference };
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
fn data_of(args: &LabArgs, trained: &Trained) -> Result<(DataArgs, Option<Limits>)> {
    let place = Place { data_dir: args.data.data_dir.clone(), ..Place::default() };
    match trained.file.config.command(&place)? {
        Command::Dense(dense) => Ok((dense.data.clone(), dense.limits())),
        _ => {
            let message = "lab: a denoising model has no codes to sample; expected runs of dense";
            Err(UsageError(message.into()).into())
        }
    }
}

/// Trains a model as `dense` does, in a folder of its own; none if Ctrl-C ended it.
fn train(
    args: &LabArgs,
    data: &DataArgs,
    model: &Path,
    seed: u64,
    folder: &RunFolder,
    report: &Report,
) -> Result<Option<Trained>> {
    let name = model.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let out = folder.path().join(format!("{name}-seed-{seed}"));
    report.line(format_args!("{name}, seed {seed}: training, see {}", shown(&out)));
    let dense = DenseArgs {
        data: data.clone(),
        limit: args.limit,
        model: ModelOptions {
            model: Some(model.to_path_buf()),
            latent: args.latent,
            ..ModelOptions::default()
        },
        epochs: args.epochs,
        steps: StepArgs { batch: args.batch, optimizer: None, lr: None, samples: args.samples },
        // Models are trained in minutes; a checkpoint at each epoch would be most of the work of the small ones.
        keep: KeepArgs { checkpoint_every: 50, keep_best: false, patience: None, min_delta: 0.0 },
        config: ConfigArgs::default(),
        common: args.common(seed, out.clone()),
    };
    if crate::dense::run(dense)? == Ending::Interrupted {
        folder.keep();
        return Ok(None);
    }
    Ok(Some(Trained { name, seed, file: ModelFile::load(&out)? }))
}

/// What all models are compared by.
struct Lab<'a> {
    args: &'a LabArgs,
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
            let images = decoder.predict(params, &sampler.sample(self.args.samples, trained.seed));
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
            let between = interpolate(codes.row(0), codes.row(1), self.args.samples);
            walks.push(("a walk between two codes".to_owned(), decoder.predict(params, &between)));
            let fade = interpolate(ends.row(0), ends.row(1), self.args.samples);
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
        pictures::gallery(self.args.show, &folder.file(name), "", image, &rows)
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
    code_len(architecture, model)
        .map_err(|found| DataError(format!("a model {architecture}: {found}")))?;
    Ok(architecture.divide(model).expect("it has a code"))
}
