//! `ae-app dense`: the notebook's first half, from the images to new ones.

use crate::cli::{DenseArgs, StepArgs};
use crate::data::Data;
use crate::exit::{DataError, UsageError};
use crate::interrupt::{Ending, Interrupt};
use crate::job::{Closing, Job, build, check_batch, on_threads, write_history};
use crate::latent_map;
use crate::model_file::{ModelFile, check_images};
use crate::model_use::{Use, close};
use crate::models::{Plan, choose};
use crate::pictures;
use crate::report::{Report, shown};
use crate::run_folder::RunFolder;
use crate::session::{Resumed, Session, announce_resumed};
use crate::training::train;
use ae_autodiff::Params;
use ae_lab::{Sampler, SamplerKind};
use ae_layers::{Architecture, Mode, Sequential};
use ae_pca::Pca;
use ae_tensor::Tensor;
use ae_tensor::random::{Purpose, stream};
use ae_train::{Samples, Training, predict};
use anyhow::Result;

/// The notebook's naive generation draws latent numbers from this interval ...
const NAIVE: (f32, f32) = (0.0, 5.0);
/// ... and its generation through PCA draws principal components from this one.
const PCA: (f32, f32) = (-7.5, 7.5);

/// Streams of [`Purpose::Generation`], by what they generate.
const NAIVE_STREAM: u64 = 0;
const PCA_STREAM: u64 = 1;
const SCALED_STREAM: u64 = 2;

pub(crate) fn run(args: DenseArgs) -> Result<Ending> {
    on_threads(args.common.threads, || job(&args, None))
}

/// Goes on with a run of these arguments.
pub(crate) fn resume(args: DenseArgs, resumed: Resumed) -> Result<Ending> {
    on_threads(args.common.threads, || job(&args, Some(resumed)))
}

fn job(args: &DenseArgs, resumed: Option<Resumed>) -> Result<Ending> {
    let report = Report::new(args.common.output);
    let limits = args.limits();
    let data = Data::load(&args.data)?.limited(limits);
    let chosen = choose(&args.model, args.usual_model(&data.dataset.name), data.image())?;
    let plan = chosen.plan(&args.steps, args.epochs, DenseArgs::USUAL)?;
    let mut params = Params::new();
    let model = build(&chosen, &data, &mut params, args.common.seed)?;
    let latent = code_len(&chosen.architecture, &model)
        .map_err(|found| UsageError(format!("--model {}: {found}", chosen.name)))?;
    check(&args.steps, latent, &data)?;
    let mut optimizer = plan.optimizer.build(plan.lr);
    let job = with_model("dense", args, &data, &chosen.name, &chosen.architecture, &model, plan);
    check_batch(plan, job.train)?;
    let mut config = job.config(&args.keep, &params, &*optimizer).latent(latent).limit(limits);
    let (mut session, state) =
        Session::begin(&job, &args.keep, &mut config, &mut params, &mut *optimizer, resumed)?;
    let interrupt = Interrupt::listen(&session.folder, args.common.output.quiet)?;
    job.announce(&report, &params, &*optimizer);
    announce_resumed(&report, &state);
    let training = Training { params: &mut params, optimizer: &mut *optimizer, state };
    let trained = train(&job, training, &interrupt, |epoch| session.at_epoch(epoch))?;
    trained.report(&report);

    session.trained()?;
    config.ended(&trained.fitted);
    let folder = &*session.folder;
    folder.write("config.toml", &toml::to_string(&config)?)?;
    folder.write("times.toml", &toml::to_string(&trained.times())?)?;
    write_history(folder, &data.title(), &trained.fitted.history)?;
    session.write_model(&params, &trained.how_far())?;
    let dense = Dense { job, params: &params, latent };
    dense.reconstruct(folder)?;
    dense.generate(folder)?;

    let closing = Closing { files: &FILES, next: next(args, latent) };
    closing.report(&report, folder, trained.stopped())
}

/// Lets a trained model work on images.
pub(crate) fn apply(args: &DenseArgs, trained: &ModelFile, what: Use) -> Result<Ending> {
    on_threads(args.common.threads, || use_model(args, trained, what))
}

fn use_model(args: &DenseArgs, trained: &ModelFile, what: Use) -> Result<Ending> {
    let report = Report::new(args.common.output);
    let data = Data::load(&args.data)?.limited(args.limits());
    let ModelFile { architecture, model, params, .. } = trained;
    check_images(model, &data)?;
    let latent = code_len(architecture, model)
        .map_err(|found| DataError(format!("a model {architecture}: {found}")))?;
    check(&args.steps, latent, &data)?;
    let chosen = choose(&args.model, "", data.image())?;
    let plan = chosen.plan(&args.steps, args.epochs, DenseArgs::USUAL)?;
    let job = with_model(what.name(), args, &data, &chosen.name, architecture, model, plan);
    let folder = job.folder()?;
    let dense = Dense { job, params, latent };
    match what {
        Use::Reconstruct => dense.reconstruct(&folder)?,
        Use::Generate => dense.generate(&folder)?,
        Use::Map(side) => {
            let parts = architecture.divide(model).expect("this was checked");
            latent_map::draw(&dense.job, params, parts, side, &folder)?;
        }
    }
    close(&folder, &report, &FILES)
}

/// The job with what it has learnt.
struct Dense<'a> {
    job: Job<'a>,
    params: &'a Params,
    latent: usize,
}

impl Dense<'_> {
    /// Test images above what the auto-encoder makes of them.
    fn reconstruct(&self, folder: &RunFolder) -> Result<()> {
        let originals = self.job.test.gather(&self.job.chosen());
        let reconstructions = self.job.model.predict(self.params, &originals);
        pictures::gallery(
            self.job.common.show,
            &folder.file("reconstruction.png"),
            "",
            self.job.data.image(),
            &[("test images", &originals), ("reconstructions", &reconstructions)],
        )
    }

    /// New images, naively and through PCA of the codes, and a look at the codes themselves.
    fn generate(&self, folder: &RunFolder) -> Result<()> {
        let Job { data, train, model, common, .. } = &self.job;
        let (params, image) = (self.params, data.image());
        let (encoder, decoder) = self.job.architecture.divide(model).expect("this was checked");
        let naive = decoder.predict(params, &self.uniform(NAIVE, NAIVE_STREAM));
        pictures::gallery(
            common.show,
            &folder.file("generated-naive.png"),
            "",
            image,
            &[("decoded from latent numbers uniform in [0, 5)", &naive)],
        )?;

        let codes = predict(&encoder, params, *train);
        if !model.noise(Mode::Evaluation).is_empty() {
            self.generate_variational(folder, &codes, &decoder)?;
        }
        let pca = Pca::fit(&codes, None)?;
        let scores = self.uniform(PCA, PCA_STREAM);
        let generated = decoder.predict(params, &pca.inverse_transform(&scores));
        let mut rng = stream(common.seed, Purpose::Generation, 0, SCALED_STREAM);
        let scores = Tensor::standard_normal(scores.shape(), &mut rng);
        // Whitening gives every component the variance 1; its inverse gives back each its own.
        let scaled = pca.clone().with_whitening(true).inverse_transform(&scores);
        let scaled = decoder.predict(params, &scaled);
        pictures::gallery(
            common.show,
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
        let (common, count) = (self.job.common, self.job.samples);
        let decoded = |kind| -> Result<Tensor> {
            let sampler = Sampler::fit(kind, codes, common.seed)?;
            Ok(decoder.predict(self.params, &sampler.sample(count, common.seed)))
        };
        let (prior, mixture) = (decoded(SamplerKind::Prior)?, decoded(SamplerKind::Mixture)?);
        let path = folder.file("generated-sampled.png");
        pictures::gallery(
            common.show,
            &path,
            "",
            self.job.data.image(),
            &[
                ("decoded from codes of N(0, 1), the prior", &prior),
                ("from a mixture of Gaussians fitted to the codes", &mixture),
            ],
        )
    }

    /// One latent vector, or vector of principal components, for each sample to generate.
    fn uniform(&self, (low, high): (f32, f32), index: u64) -> Tensor {
        let mut rng = stream(self.job.common.seed, Purpose::Generation, 0, index);
        Tensor::uniform([self.job.samples, self.latent], low, high, &mut rng)
    }
}

/// What can only be checked once the data is there.
fn check(steps: &StepArgs, latent: usize, data: &Data) -> Result<(), UsageError> {
    let [height, width] = data.image();
    // No gallery has more columns than there are samples to generate.
    pictures::check_gallery(data.image(), &Tensor::zeros([steps.samples, height * width]), 2)?;
    let count = data.dataset.train.count();
    if count <= latent {
        let classes = data.class_names().join(", ");
        return Err(UsageError(format!(
            "--classes {classes}: {count} training images are too few for the PCA of {latent} latent numbers"
        )));
    }
    Ok(())
}

/// How many numbers make up a code, if it is a vector.
pub(crate) fn code_len(architecture: &Architecture, model: &Sequential) -> Result<usize, String> {
    const EXPECTED: &str = "expected an encoder whose code is a vector, and a decoder, found";
    let Some((encoder, _)) = architecture.divide(model) else {
        return Err(format!("{EXPECTED} a model that is not divided"));
    };
    match *encoder.output_shape().dims() {
        [latent] => Ok(latent),
        _ => Err(format!("{EXPECTED} codes of shape {}", encoder.output_shape())),
    }
}

/// The job with a model that is to be trained, or has been.
fn with_model<'a>(
    name: &'static str,
    args: &'a DenseArgs,
    data: &'a Data,
    model_name: &'a str,
    architecture: &'a Architecture,
    model: &'a Sequential,
    plan: Plan,
) -> Job<'a> {
    let shape = architecture.input;
    Job {
        name,
        data,
        train: Samples::new(data.dataset.train.images(), shape),
        test: Samples::new(data.dataset.test.images(), shape),
        noise: None,
        model_name,
        architecture,
        model,
        plan,
        samples: args.steps.samples,
        common: &args.common,
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
fn next(args: &DenseArgs, latent: usize) -> String {
    let (dataset, classes) = (shown(&args.data.dataset), args.data.classes.join(","));
    if latent < 25 {
        format!("dense --dataset {dataset} --classes {classes} --latent 25")
    } else if args.data.dataset.as_os_str() == "mnist" {
        "dense --dataset fashion-mnist --classes ankle-boot".into()
    } else {
        "dense --help".into()
    }
}
