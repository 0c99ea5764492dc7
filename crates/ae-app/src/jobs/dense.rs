//! The notebook's first half: from the images to new ones.

use super::latent_map;
use crate::exit::{Refusal, data as data_error, usage};
use crate::input::{Data, select_model};
use crate::report::{Report, pictures};
use crate::run::{
    BegunRun, Ending, Environment, Resumed, Suggestion, Task, TrainedRun, check_images, close,
    fit_model, job_image, note_other_images, write_page,
};
use ae_lab::{Sampler, SamplerKind};
use ae_layers::Mode;
use ae_pca::Pca;
use ae_run::{Job, ModelFile, ModelSpec, REPORT, RecordedModel, RunFolder};
use ae_tensor::Tensor;
use ae_train::AutoEncoder;
use anyhow::Result;

/// The originals, and their reconstructions below.
const GALLERY_ROWS: usize = 2;

/// Trains a model from the beginning, or from where an earlier run was stopped.
pub(super) fn run(
    job: &Job,
    environment: &Environment,
    resumed: Option<Resumed>,
) -> Result<Ending> {
    let data = Data::of_job(job, environment.finding())?;
    run_on(&data, job, environment, resumed)
}

/// As [`run`], on the job's data, which have been loaded.
pub(crate) fn run_on(
    data: &Data,
    job: &Job,
    environment: &Environment,
    resumed: Option<Resumed>,
) -> Result<Ending> {
    let report = Report::new(environment.output);
    let fitted = fit_model(job, data, GALLERY_ROWS)?;
    let latent = latent_len(&fitted.model)
        .map_err(|found| usage(format!("--model {}: {found}", fitted.name)))?;
    check_count(latent, data)?;
    let run = BegunRun::new(job, data, fitted, Some(latent), environment, resumed, &[])?;
    run.announce(&report);
    let run = run.train(&report, |_, _, _| Ok(()))?;

    run.write_records(&data.title())?;
    run.write_model()?;
    let dense = Dense { task: &run.task, model: &run.model };
    dense.reconstruct(run.folder())?;
    dense.generate(run.folder())?;
    data.check_read()?;

    let stopped = run.trained.stopped();
    let others = vec![
        ("Move its codes, draw, and train in a browser", run.with_run("explore", &[])),
        ("Generate other images", run.with_run("generate", &["--seed", "2"])),
        ("Reconstruct other test images", run.with_run("reconstruct", &["--seed", "2"])),
        ("Compare the model with PCA of as many components", run.with_run("pca", &[])),
        ("Run it again, and compare the files", run.with_run("verify", &[])),
    ];
    run.conclude(&report, &FILES, stopped, |run| next(job, run, latent), others)
}

/// Refuses a job on these images if [`run`] would fail, before or after training.
pub(crate) fn check(job: &Job, data: &Data) -> Result<(), Refusal> {
    let fitted = fit_model(job, data, GALLERY_ROWS)?;
    let latent = latent_len(&fitted.model)
        .map_err(|found| usage(format!("--model {}: {found}", fitted.name)))?;
    check_count(latent, data)
}

/// The use of a trained model.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Work {
    /// Reconstruct test images.
    Reconstruct,
    /// Generate new images.
    Generate,
    /// Draw a map of the latent space, this many images wide and high.
    Map(usize),
}

/// Applies a trained model to the job's images.
pub(crate) fn use_model(
    job: &Job,
    environment: &Environment,
    trained: &ModelFile,
    work: Work,
) -> Result<Ending> {
    let report = Report::new(environment.output);
    let spec = job.training();
    let data = Data::of_job(job, environment.finding())?;
    let model = &trained.model;
    let image = job_image(job, &data)?;
    check_images(trained, &data, image)?;
    let latent = latent_len(model)
        .map_err(|found| data_error(format!("a model {}: {found}", model.architecture())))?;
    let row = Tensor::zeros([spec.samples, image.len()]);
    pictures::check_gallery(image.into(), &row, GALLERY_ROWS)?;
    check_count(latent, &data)?;
    note_other_images(&report, &data, trained);
    let task = Task::new(job, &data, model, environment);
    let command = match work {
        Work::Reconstruct => "reconstruct",
        Work::Generate | Work::Map(_) => "generate",
    };
    let folder = task.folder(command)?;
    let dense = Dense { task: &task, model };
    match work {
        Work::Reconstruct => dense.reconstruct(&folder)?,
        Work::Generate => dense.generate(&folder)?,
        Work::Map(side) => latent_map::draw(&task, model, side, &folder)?,
    }
    data.check_read()?;
    write_page(&folder, format!("{command}: {}", data.title()), None, &FILES, None);
    close(&folder, &report, &FILES)
}

/// A task with its trained model, which has an encoder, a decoder, and codes that are vectors.
struct Dense<'a> {
    task: &'a Task<'a>,
    model: &'a AutoEncoder,
}

impl Dense<'_> {
    /// Draws test images above their reconstructions.
    fn reconstruct(&self, folder: &RunFolder) -> Result<()> {
        let originals = self.task.clean_test().inputs(&self.task.gallery_indices());
        let reconstructions = self.model.sequential().predict(self.model.params(), &originals);
        self.gallery(
            folder,
            "reconstruction.png",
            &[("test images", &originals), ("reconstructions", &reconstructions)],
        )
    }

    /// Draws new images, naively and through PCA of the codes, and the codes themselves.
    fn generate(&self, folder: &RunFolder) -> Result<()> {
        let codes = self.model.encode(&self.task.centered_train());
        let naive = self.sampled(SamplerKind::Uniform, &codes)?;
        let caption = "decoded from latent numbers uniform in [0, 5)";
        self.gallery(folder, "generated-naive.png", &[(caption, &naive)])?;
        if !self.model.sequential().noise(Mode::Evaluation).is_empty() {
            self.generate_variational(folder, &codes)?;
        }
        let uniform = self.sampled(SamplerKind::PcaUniform, &codes)?;
        let gaussian = self.sampled(SamplerKind::PcaGaussian, &codes)?;
        self.gallery(
            folder,
            "generated-pca.png",
            &[
                ("through PCA, components uniform in [-7.5, 7.5)", &uniform),
                ("through PCA, components normal with their own deviations", &gaussian),
            ],
        )?;
        let (ids, names) = (self.task.data.train_class_ids(), self.task.data.shown_class_names());
        let pca = Pca::fit(&codes, None)?;
        pictures::latent(&folder.file("latent-pca.png"), &pca, &codes, &ids, &names)
    }

    /// Draws new images of a variational model: from its prior, and from the distribution of its
    /// codes.
    fn generate_variational(&self, folder: &RunFolder, codes: &Tensor) -> Result<()> {
        let prior = self.sampled(SamplerKind::Prior, codes)?;
        let mixture = self.sampled(SamplerKind::Mixture, codes)?;
        self.gallery(
            folder,
            "generated-sampled.png",
            &[
                ("decoded from codes of N(0, 1), the prior", &prior),
                ("from a mixture of Gaussians fitted to the codes", &mixture),
            ],
        )
    }

    /// Returns a row of images decoded from codes of a sampler.
    fn sampled(&self, kind: SamplerKind, codes: &Tensor) -> Result<Tensor> {
        let &Task { samples, seed, .. } = self.task;
        Ok(self.model.decode(&Sampler::fit(kind, codes, seed)?.sample(samples, seed)))
    }

    fn gallery(&self, folder: &RunFolder, name: &str, rows: &[(&str, &Tensor)]) -> Result<()> {
        let &Task { image, environment, .. } = self.task;
        pictures::gallery(environment.show, &folder.file(name), "", image, rows)
    }
}

/// The code length that is suggested after a run with a shorter one.
const WIDER: usize = 25;

/// Returns what to run next: longer codes, other images, or more images generated by this model.
fn next(job: &Job, run: &TrainedRun<'_>, latent: usize) -> Suggestion {
    let Task { data, environment, image, .. } = run.task;
    // The suggested command reads this from the run's configuration.
    let (name, architecture) = (run.name.clone(), run.model.architecture().to_string());
    let recorded = RecordedModel { name, architecture, latent: Some(latent) };
    let mut wider = job.clone();
    wider.training_mut().model =
        ModelSpec { recorded: Some(recorded), latent: Some(WIDER), ..ModelSpec::default() };
    let works =
        check_count(WIDER, data).is_ok() && select_model(&wider, data.known_name(), image).is_ok();
    if latent < WIDER && works {
        let folder = run.folder().path();
        return Suggestion::again("dense", folder, data, environment, &["--latent", "25"]);
    }
    let boots = ["--classes", "ankle-boot"];
    Suggestion::after_mnist("dense", data, environment, &boots)
        .unwrap_or_else(|| run.with_run("generate", &["--seed", "2"]))
}

/// Checks that there are enough images for the PCA of their codes, and that it fits into memory.
fn check_count(latent: usize, data: &Data) -> Result<(), Refusal> {
    let count = data.dataset.train.count();
    if count <= latent {
        let classes = data.class_names().join(", ");
        return Err(usage(format!(
            "classes {classes}: expected more than {latent} training images, for the PCA of {latent} latent numbers, \
             found {count}"
        )));
    }
    match Pca::check(count, latent, None) {
        Ok(_) => Ok(()),
        Err(error) => Err(usage(format!("--latent {latent}: {error}"))),
    }
}

/// Returns the length of a code, if codes are vectors.
pub(crate) fn latent_len(model: &AutoEncoder) -> Result<usize, String> {
    const EXPECTED: &str = "expected an encoder whose code is a vector, and a decoder, found";
    let Ok(encoder) = model.encoder() else {
        return Err(format!("{EXPECTED} a model that is not divided"));
    };
    match *encoder.output_shape().dims() {
        [latent] => Ok(latent),
        _ => Err(format!("{EXPECTED} codes of shape {}", encoder.output_shape())),
    }
}

/// The files of a run, in the order of the notebook.
const FILES: [(&str, &str); 11] = [
    ("reconstruction.png", "test images and what the auto-encoder makes of them"),
    ("generated-naive.png", "images decoded from random latent numbers: poor"),
    ("generated-pca.png", "the same through PCA of the codes: better"),
    ("generated-sampled.png", "from the prior, and from a mixture fitted to the codes: best"),
    ("latent-pca.png", "the codes' explained variance, and the codes in a plane"),
    (latent_map::FILE, "images decoded from all over the plane in which the codes vary most"),
    ("loss.png", "both losses over the epochs; the numbers are in history.csv"),
    ("model.safetensors", "the trained model, for reconstruct and generate"),
    ("config.toml", "the configuration; times.toml has the times, paths.toml where the data were"),
    (REPORT, "all of this on one page, for a browser"),
    ("SHA256SUMS", "the files' checksums, for verify"),
];
