//! What a page holds: from a run and its data to plain values.

use crate::commands::shared::trained_image;
use crate::exit::{Refusal, warn};
use crate::input::{Data, read_text, select_model};
use crate::jobs::dense::latent_len;
use crate::run::{Environment, Suggestion, Views, check_images, job_image};
use ae_data::Extents;
use ae_files::printable_path;
use ae_models::Preset;
use ae_run::{DenoiseSpec, DenseSpec, HISTORY, Job, MODEL, ModelFile, ModelSpec, TrainingSpec};
use ae_train::{History, NamedCorruption, Split, predict_examples};
use ae_web::engine::components;
use ae_web::{Bundle, Codes, Epoch, Extent, Images, Missing, Reference, Run, Training};
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// The numbers of images in a page if none were asked for.
const TRAIN: usize = 2_000;
const TEST: usize = 300;

/// The model with which a page trains.
const TRAINED: &str = "notebook-dense";

/// What a page is made of.
pub(super) struct Content<'a> {
    pub(super) job: &'a Job,
    pub(super) environment: &'a Environment,
    /// The run's model; `None` for a page that begins with none.
    pub(super) trained: Option<&'a ModelFile>,
    /// The images; `None` if those of the run were not found.
    pub(super) data: Option<&'a Data>,
}

impl Content<'_> {
    /// Returns the name of the folder.
    pub(super) fn folder_name(&self) -> String {
        match (self.data, self.trained) {
            (Some(data), _) => format!("explore-{}-{}", data.dataset.name, data.class_label()),
            (None, Some(trained)) => format!("explore-{}", trained.config.data().dataset),
            (None, None) => "explore".into(),
        }
    }

    /// Computes everything that the page holds, with at most this many images.
    pub(super) fn bundle(&self, train: Option<usize>, test: Option<usize>) -> Result<Bundle> {
        let extents = self.extents()?;
        let image = extent(extents);
        let code = self.trained.and_then(|trained| latent_len(&trained.model).ok());
        let mut bundle = Bundle {
            program: format!("ae-app {}", env!("CARGO_PKG_VERSION")),
            run: self.trained.map(|trained| self.run(trained, code)),
            model: self.trained.map(bytes_of).transpose()?,
            image,
            training: self.training(extents)?,
            train: Images::none(image),
            test: Images::none(image),
            class_names: self.class_names(),
            codes: None,
            pca: None,
            reference: Reference::default(),
            missing: Missing::default(),
        };
        if let Some(data) = self.data {
            // Only training needs the training images themselves.
            let train = train.unwrap_or(if Missing::can_train(image) { TRAIN } else { 0 });
            self.add_images(&mut bundle, data, [train, test.unwrap_or(TEST)], code)?;
            data.check_read()?;
        }
        let model = self.trained.map(|trained| (trained.config.job_name(), code));
        let codes = bundle.codes.is_some() && bundle.pca.is_some();
        bundle.missing = Missing::of(image, model, &bundle.train, &bundle.test, codes);
        Ok(bundle)
    }

    /// Adds the first images of both sets, at most this many, and what the model makes of them. The
    /// images are clean, and those of a model of crops are cropped at their centers.
    fn add_images(
        &self,
        bundle: &mut Bundle,
        data: &Data,
        [train, test]: [usize; 2],
        code: Option<usize>,
    ) -> Result<()> {
        let image = bundle.image;
        let input = self.trained.map(|trained| trained.model.architecture().input);
        let input = input.unwrap_or_else(|| [image.values()].into());
        let mut views = Views::of(self.job, data.extents());
        views.corruption = None;
        let centered = |images, split| views.centered(views.samples(images, input), split);
        let train_set = centered(&data.dataset.train, Split::Train);
        let test_set = centered(&data.dataset.test, Split::Test);
        let train_labels = data.train_class_ids();
        bundle.train = Images::first(image, &train_set, &train_labels, train);
        bundle.test = Images::first(image, &test_set, &data.test_class_ids(), test);
        let Some(ModelFile { model, .. }) = self.trained else { return Ok(()) };
        let count = bundle.test.count().min(Reference::IMAGES);
        let first = test_set.inputs(&(0..count).collect::<Vec<_>>());
        let reconstruction = model.sequential().predict(model.params(), &first);
        bundle.reference.reconstruction = reconstruction.into_data();
        if let Some(length) = code {
            let encoder = model.encoder()?;
            bundle.reference.codes = encoder.predict(model.params(), &first).into_data();
            let codes = predict_examples(encoder, model.params(), train_set);
            bundle.codes = Some(Codes::spread(&codes, &train_labels));
            match components(codes.data(), length) {
                Ok(found) => bundle.pca = Some(found),
                Err(error) => warn(&format!("{error}: the page has no latent space")),
            }
        }
        Ok(())
    }

    /// Returns the size of the images, which must be those that the model takes.
    fn extents(&self) -> Result<Extents> {
        let Some(data) = self.data else {
            let trained = self.trained.expect("a run, or data");
            return Ok(trained_extents(trained)?);
        };
        let image = job_image(self.job, data)?;
        if let Some(trained) = self.trained {
            check_images(trained, data, image)?;
        }
        Ok(image)
    }

    fn class_names(&self) -> Vec<String> {
        match (self.data, self.trained) {
            (Some(data), _) => data.shown_class_names(),
            (None, Some(trained)) => trained.config.data().class_names.clone(),
            (None, None) => Vec::new(),
        }
    }

    /// Returns what the page says about the run.
    fn run(&self, trained: &ModelFile, code_length: Option<usize>) -> Run {
        let record = trained.config.data();
        let command = match self.data {
            Some(data) => {
                Suggestion::with_run("explore", &trained.place, data, self.environment, &[])
            }
            None => Suggestion::with_data_from("explore", &trained.place),
        };
        let noise = match self.job {
            Job::Denoise(DenoiseSpec {
                corruption: NamedCorruption::Gaussian { factor }, ..
            }) => Some(*factor),
            _ => None,
        };
        Run {
            name: run_name(&trained.place),
            job: trained.config.job_name().into(),
            dataset: record.dataset.clone(),
            classes: record.class_names.clone(),
            model: trained.config.model().name.clone(),
            code_length,
            noise,
            history: history(&trained.place),
            command: command.line(),
        }
    }

    /// Returns the settings with which training in the page begins: the run's own if it has
    /// trained this model, else the usual ones of `dense`.
    fn training(&self, image: Extents) -> Result<Training, Refusal> {
        let own = self.trained.filter(|trained| {
            let config = &trained.config;
            config.job_name() == "dense" && config.model().name == TRAINED
        });
        let seed = self.job.training().seed;
        let model = ModelSpec { model: Some(TRAINED.into()), ..ModelSpec::default() };
        let usual = TrainingSpec { model, seed, ..DenseSpec::default().training };
        let usual = Job::Dense(DenseSpec { training: usual });
        let job = if own.is_some() { self.job } else { &usual };
        let plan = select_model(job, "", image.into())?.plan(job)?;
        let code = own.and_then(ModelFile::code_len);
        let preset = Preset::find(TRAINED).and_then(|preset| preset.recipe().latent);
        let (source, total) = match (self.data, self.trained) {
            (Some(data), _) => (data.dataset.name.clone(), data.dataset.train.count()),
            (None, Some(trained)) => {
                let record = trained.config.data();
                (record.dataset.clone(), record.train_images)
            }
            (None, None) => (String::new(), 0),
        };
        Ok(Training {
            source,
            classes: self.class_names(),
            total,
            seed,
            batch: plan.batch,
            epochs: plan.epochs,
            latent: code.or(preset).unwrap_or(1),
            optimizer: plan.optimizer.name().into(),
            rate: plan.optimizer.build(plan.lr).learning_rate(),
        })
    }
}

fn extent(Extents { height, width, channels }: Extents) -> Extent {
    Extent { height, width, channels }
}

/// Returns the size of the images that the model was trained on.
fn trained_extents(trained: &ModelFile) -> Result<Extents, Refusal> {
    let [height, width, channels] = trained_image(&trained.place, trained)?;
    Ok(Extents { height, width, channels })
}

/// Returns the model's file as it is.
fn bytes_of(trained: &ModelFile) -> Result<Vec<u8>> {
    let place = &trained.place;
    let path = if place.is_dir() { place.join(MODEL) } else { place.clone() };
    fs::read(&path).with_context(|| format!("cannot read {}", printable_path(&path)))
}

/// Returns the losses of the run in this folder. A model's file alone has none.
fn history(place: &Path) -> Vec<Epoch> {
    let path = place.join(HISTORY);
    if !path.is_file() {
        return Vec::new();
    }
    let read = read_text(&path).and_then(|text| {
        History::from_csv(&text).ok_or_else(|| "expected the losses that the run wrote".into())
    });
    match read {
        Ok(history) => Epoch::all(&history),
        Err(why) => {
            warn(&format!("{}: {why}: the page has no losses", printable_path(&path)));
            Vec::new()
        }
    }
}

/// Returns the name of the run's folder.
fn run_name(place: &Path) -> String {
    let resolved = place.canonicalize().unwrap_or_else(|_| place.to_path_buf());
    let folder = if resolved.is_dir() { Some(resolved.as_path()) } else { resolved.parent() };
    folder.and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned()
}
