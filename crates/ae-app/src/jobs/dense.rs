//! the notebook's first half, from the images to new ones.

use super::latent_map;
use crate::exit::{Refusal, data as data_error, usage};
use crate::input::Data;
use crate::report::{Report, pictures, shown};
use crate::run::{
    Conclusion, Ending, Environment, Interrupt, Prepared, Resumed, Task, announce_resumed, begin,
    check_images, close, prepare, train, write_history,
};
use ae_autodiff::Params;
use ae_lab::{Sampler, SamplerKind};
use ae_layers::{Architecture, Sequential};
use ae_pca::Pca;
use ae_run::{CONFIG, Config, DataSpec, Job, ModelFile, ModelRecord, RunFolder, TIMES};
use ae_tensor::Tensor;
use ae_tensor::random::{Purpose, stream};
use ae_train::{Training, predict};
use anyhow::Result;

/// The notebook's naive generation draws latent numbers from this interval ...
const NAIVE: (f32, f32) = (0.0, 5.0);
/// ... and its generation through PCA draws principal components from this one.
const PCA: (f32, f32) = (-7.5, 7.5);

/// Streams of [`Purpose::Generation`], by what they generate.
const NAIVE_STREAM: u64 = 0;
const PCA_STREAM: u64 = 1;
const SCALED_STREAM: u64 = 2;

/// Originals above what the model makes of them.
const GALLERY_ROWS: usize = 2;

/// Trains a model from the beginning, or from where a run was stopped.
pub(super) fn run(
    job: &Job,
    environment: &Environment,
    resumed: Option<Resumed>,
) -> Result<Ending> {
    let report = Report::new(environment.output);
    let Prepared { data, model_name, architecture, model, mut params, plan, mut optimizer } =
        prepare(job, environment, GALLERY_ROWS)?;
    let latent = vector_code(&architecture, &model)
        .map_err(|found| usage(format!("--model {model_name}: {found}")))?;
    check_count(latent, &data)?;
    let task = Task::new(job, &data, &architecture, &model, environment);
    let model_record = ModelRecord {
        name: model_name.clone(),
        architecture: architecture.to_string(),
        latent: Some(latent),
        parameters: params.element_count(),
    };
    let mut config = Config::new(job, data.record(), model_record, &plan, &*optimizer);
    let (mut session, state) = begin(&task, &mut config, &mut params, &mut *optimizer, resumed)?;
    let interrupt = Interrupt::listen(session.folder(), environment.output.quiet)?;
    task.announce(&report, &model_name, plan, &params, &*optimizer);
    announce_resumed(&report, &state);
    let training = Training { params: &mut params, optimizer: &mut *optimizer, state };
    let trained = train(&task, plan, training, &interrupt, |epoch| Ok(session.at_epoch(epoch)?))?;
    trained.report(&report);

    session.trained()?;
    config.ended(&trained.fitted);
    let folder = &**session.folder();
    folder.write_toml(CONFIG, &config)?;
    folder.write_toml(TIMES, &trained.times())?;
    write_history(folder, &data.title(), &trained.fitted.history)?;
    session.write_model(&params, &trained.how_far())?;
    let dense = Dense { task, params: &params, latent };
    dense.reconstruct(folder)?;
    dense.generate(folder)?;

    let next = next(&job.training().data, latent);
    Conclusion { files: &FILES, stopped: trained.stopped(), next }.report(&report, folder)
}

/// What a trained model is to do.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Work {
    /// Give back test images.
    Reconstruct,
    /// Make new images.
    Generate,
    /// Draw a map of the latent space, this many images wide and high.
    Map(usize),
}

/// Lets a trained model work on the job's images.
pub(crate) fn use_model(
    job: &Job,
    environment: &Environment,
    trained: &ModelFile,
    work: Work,
) -> Result<Ending> {
    let report = Report::new(environment.output);
    let spec = job.training();
    let data = Data::load(&spec.data, environment.data_dir.as_deref(), job.limits())?;
    let ModelFile { architecture, model, params, .. } = trained;
    check_images(model, &data)?;
    let latent = vector_code(architecture, model)
        .map_err(|found| data_error(format!("a model {architecture}: {found}")))?;
    let [height, width] = data.image();
    let row = Tensor::zeros([spec.samples, height * width]);
    pictures::check_gallery(data.image(), &row, GALLERY_ROWS)?;
    check_count(latent, &data)?;
    let task = Task::new(job, &data, architecture, model, environment);
    let command = match work {
        Work::Reconstruct => "reconstruct",
        Work::Generate | Work::Map(_) => "generate",
    };
    let folder = task.folder(command)?;
    let dense = Dense { task, params, latent };
    match work {
        Work::Reconstruct => dense.reconstruct(&folder)?,
        Work::Generate => dense.generate(&folder)?,
        Work::Map(side) => {
            let parts = architecture.divide(model).expect("this was checked");
            latent_map::draw(&dense.task, params, parts, side, &folder)?;
        }
    }
    close(&folder, &report, &FILES)
}

/// A task with what the model has learnt.
struct Dense<'a> {
    task: Task<'a>,
    params: &'a Params,
    latent: usize,
}

impl Dense<'_> {
    /// Test images above what the auto-encoder makes of them.
    fn reconstruct(&self, folder: &RunFolder) -> Result<()> {
        let originals = self.task.test.gather(&self.task.gallery_indices());
        let reconstructions = self.task.model.predict(self.params, &originals);
        pictures::gallery(
            self.task.environment.show,
            &folder.file("reconstruction.png"),
            "",
            self.task.data.image(),
            &[("test images", &originals), ("reconstructions", &reconstructions)],
        )
    }

    /// New images, naively and through PCA of the codes, and a look at the codes themselves.
    fn generate(&self, folder: &RunFolder) -> Result<()> {
        let Task { data, train, model, environment, seed, .. } = &self.task;
        let (params, image) = (self.params, data.image());
        let (encoder, decoder) = self.task.architecture.divide(model).expect("this was checked");
        let naive = decoder.predict(params, &self.uniform(NAIVE, NAIVE_STREAM));
        pictures::gallery(
            environment.show,
            &folder.file("generated-naive.png"),
            "",
            image,
            &[("decoded from latent numbers uniform in [0, 5)", &naive)],
        )?;

        let codes = predict(&encoder, params, *train);
        if model.noise_len() > 0 {
            self.generate_variational(folder, &codes, &decoder)?;
        }
        let pca = Pca::fit(&codes, None)?;
        let scores = self.uniform(PCA, PCA_STREAM);
        let generated = decoder.predict(params, &pca.inverse_transform(&scores));
        let mut rng = stream(*seed, Purpose::Generation, 0, SCALED_STREAM);
        let scores = Tensor::standard_normal(scores.shape(), &mut rng);
        // Whitening gives every component the variance 1; its inverse gives back each its own.
        let scaled = pca.clone().with_whitening(true).inverse_transform(&scores);
        let scaled = decoder.predict(params, &scaled);
        pictures::gallery(
            environment.show,
            &folder.file("generated-pca.png"),
            "",
            image,
            &[
                ("through PCA, components uniform in [-7.5, 7.5)", &generated),
                ("through PCA, components normal with their own deviations", &scaled),
            ],
        )?;
        let (ids, names) = (data.train_class_ids(), data.class_names());
        pictures::latent(&folder.file("latent-pca.png"), &pca, &codes, &ids, &names)
    }

    /// New images of a variational model: from the prior that its codes were held near, and from where they have come to lie.
    fn generate_variational(
        &self,
        folder: &RunFolder,
        codes: &Tensor,
        decoder: &Sequential,
    ) -> Result<()> {
        let Task { samples: count, seed, environment, .. } = self.task;
        let decoded = |kind| -> Result<Tensor> {
            let sampler = Sampler::fit(kind, codes, seed)?;
            Ok(decoder.predict(self.params, &sampler.sample(count, seed)))
        };
        let (prior, mixture) = (decoded(SamplerKind::Prior)?, decoded(SamplerKind::Mixture)?);
        let path = folder.file("generated-sampled.png");
        pictures::gallery(
            environment.show,
            &path,
            "",
            self.task.data.image(),
            &[
                ("decoded from codes of N(0, 1), the prior", &prior),
                ("from a mixture of Gaussians fitted to the codes", &mixture),
            ],
        )
    }

    /// One latent vector, or vector of principal components, for each sample to generate.
    fn uniform(&self, (low, high): (f32, f32), index: u64) -> Tensor {
        let mut rng = stream(self.task.seed, Purpose::Generation, 0, index);
        Tensor::uniform([self.task.samples, self.latent], low, high, &mut rng)
    }
}

/// Whether there are images enough for the PCA of their codes.
fn check_count(latent: usize, data: &Data) -> Result<(), Refusal> {
    let count = data.dataset.train.count();
    if count <= latent {
        let classes = data.class_names().join(", ");
        return Err(usage(format!(
            "--classes {classes}: {count} training images are too few for the PCA of {latent} latent numbers"
        )));
    }
    Ok(())
}

/// How many numbers make up a code, if it is a vector.
pub(crate) fn vector_code(
    architecture: &Architecture,
    model: &Sequential,
) -> Result<usize, String> {
    const EXPECTED: &str = "expected an encoder whose code is a vector, and a decoder, found";
    let Some((encoder, _)) = architecture.divide(model) else {
        return Err(format!("{EXPECTED} a model that is not divided"));
    };
    match *encoder.output_shape().dims() {
        [latent] => Ok(latent),
        _ => Err(format!("{EXPECTED} codes of shape {}", encoder.output_shape())),
    }
}

/// What a run leaves, in the order of the notebook.
const FILES: [(&str, &str); 10] = [
    ("reconstruction.png", "test images and what the auto-encoder makes of them"),
    ("generated-naive.png", "images decoded from random latent numbers: poor"),
    ("generated-pca.png", "the same through PCA of the codes: better"),
    ("generated-sampled.png", "from the prior, and from a mixture fitted to the codes: best"),
    ("latent-pca.png", "the codes' explained variance, and the codes in a plane"),
    (latent_map::FILE, "images decoded from all over the plane in which the codes vary most"),
    ("loss.png", "both losses over the epochs; the numbers are in history.csv"),
    ("model.safetensors", "the trained model, for reconstruct and generate"),
    ("config.toml", "what was run; times.toml says how long it took"),
    ("SHA256SUMS", "the files' checksums, for verify"),
];

/// What to run next.
fn next(data: &DataSpec, latent: usize) -> String {
    let (dataset, classes) = (shown(&data.dataset), data.classes.join(","));
    if latent < 25 {
        format!("dense --dataset {dataset} --classes {classes} --latent 25")
    } else if data.dataset.as_os_str() == "mnist" {
        "dense --dataset fashion-mnist --classes ankle-boot".into()
    } else {
        "dense --help".into()
    }
}
