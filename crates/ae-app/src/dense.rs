//! `ae-app dense`: the notebook's first half, from the images to new ones.

use crate::cli::DenseArgs;
use crate::data::Data;
use crate::exit::{DataError, UsageError};
use crate::interrupt::{Ending, Interrupt};
use crate::job::{Closing, Job, check_batch, on_threads, write_history};
use crate::latent_map;
use crate::model_file::{ModelFile, check_images};
use crate::model_use::{Use, close};
use crate::pictures;
use crate::report::{Report, shown};
use crate::run_folder::RunFolder;
use crate::session::{Resumed, Session, announce_resumed};
use crate::training::train;
use ae_autodiff::Params;
use ae_layers::{Activation, Architecture, Sequential, dense};
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
    on_threads(&args.common, || job(&args, None))
}

/// Goes on with a run of these arguments.
pub(crate) fn resume(args: DenseArgs, resumed: Resumed) -> Result<Ending> {
    on_threads(&args.common, || job(&args, Some(resumed)))
}

fn job(args: &DenseArgs, resumed: Option<Resumed>) -> Result<Ending> {
    let report = Report::new(args.common.quiet);
    let data = Data::load(&args.data)?;
    let (train_images, test_images) = (&data.dataset.train, &data.dataset.test);
    let pixels = train_images.image(0).len();
    let samples = Samples::new(train_images.images(), [pixels]);
    check(args, &data, samples)?;
    check_batch(&args.steps, samples)?;

    let mut params = Params::new();
    let layers = vec![dense(args.latent, Activation::Relu), dense(pixels, Activation::Sigmoid)];
    let architecture = Architecture { input: [pixels].into(), layers };
    let seed = args.common.seed;
    let model = Sequential::build([pixels], &architecture.layers, &mut params, seed)?;
    let mut optimizer = args.steps.optimizer.build(args.steps.lr);
    let job = Job {
        name: "dense",
        data: &data,
        train: samples,
        test: Samples::new(test_images.images(), [pixels]),
        noise: None,
        architecture: &architecture,
        model: &model,
        epochs: args.epochs,
        steps: &args.steps,
        common: &args.common,
    };
    let mut config = job.config(&args.keep, &params, &*optimizer).latent(args.latent);
    let (mut session, state) =
        Session::begin(&job, &args.keep, &mut config, &mut params, &mut *optimizer, resumed)?;
    let interrupt = Interrupt::listen(&session.folder, args.common.quiet)?;
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
    let dense = Dense { job, params: &params, latent: args.latent };
    dense.reconstruct(folder)?;
    dense.generate(folder)?;

    let closing = Closing { files: &FILES, next: next(args) };
    closing.report(&report, folder, trained.stopped())
}

/// Lets a trained model work on images.
pub(crate) fn apply(args: &DenseArgs, trained: &ModelFile, what: Use) -> Result<Ending> {
    on_threads(&args.common, || use_model(args, trained, what))
}

fn use_model(args: &DenseArgs, trained: &ModelFile, what: Use) -> Result<Ending> {
    let report = Report::new(args.common.quiet);
    let data = Data::load(&args.data)?;
    let (train_images, test_images) = (&data.dataset.train, &data.dataset.test);
    let pixels = train_images.image(0).len();
    let ModelFile { architecture, model, params, .. } = trained;
    check_images(model, &data, [pixels].into())?;
    let code = (architecture.layers.len() > 1).then(|| model.split_at(1).0.output_shape());
    let Some(latent) = code.filter(|code| code.rank() == 1).map(|code| code.len()) else {
        let message =
            format!("a model {architecture}: expected a dense layer that encodes, and a decoder");
        return Err(DataError(message).into());
    };
    let samples = Samples::new(train_images.images(), [pixels]);
    check(&DenseArgs { latent, ..args.clone() }, &data, samples)?;
    let job = Job {
        name: what.name(),
        data: &data,
        train: samples,
        test: Samples::new(test_images.images(), [pixels]),
        noise: None,
        architecture,
        model,
        epochs: args.epochs,
        steps: &args.steps,
        common: &args.common,
    };
    let folder = job.folder()?;
    let dense = Dense { job, params, latent };
    match what {
        Use::Reconstruct => dense.reconstruct(&folder)?,
        Use::Generate => dense.generate(&folder)?,
        Use::Map(side) => latent_map::draw(&dense.job, params, model.split_at(1), side, &folder)?,
    }
    Ok(close(&folder, &report, &FILES))
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
        let (encoder, decoder) = model.split_at(1);
        let naive = decoder.predict(params, &self.uniform(NAIVE, NAIVE_STREAM));
        pictures::gallery(
            common.show,
            &folder.file("generated-naive.png"),
            "",
            image,
            &[("decoded from latent numbers uniform in [0, 5)", &naive)],
        )?;

        let codes = predict(&encoder, params, *train);
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

    /// One latent vector, or vector of principal components, for each sample to generate.
    fn uniform(&self, (low, high): (f32, f32), index: u64) -> Tensor {
        let mut rng = stream(self.job.common.seed, Purpose::Generation, 0, index);
        Tensor::uniform([self.job.steps.samples, self.latent], low, high, &mut rng)
    }
}

/// What can only be checked once the data is there.
fn check(args: &DenseArgs, data: &Data, train: Samples<'_>) -> Result<(), UsageError> {
    let pixels = train.shape().len();
    // No gallery has more columns than there are samples to generate.
    pictures::check_gallery(data.image(), &Tensor::zeros([args.steps.samples, pixels]), 2)?;
    if args.latent > pixels {
        let latent = args.latent;
        return Err(UsageError(format!(
            "--latent {latent}: expected 1 to {pixels}, the pixels of an image"
        )));
    }
    if train.count() <= args.latent {
        let classes = data.class_names().join(", ");
        return Err(UsageError(format!(
            "--classes {classes}: {} training images are too few for the PCA of {} latent numbers",
            train.count(),
            args.latent
        )));
    }
    Ok(())
}

/// What a run leaves, in the order of the notebook.
const FILES: [(&str, &str); 9] = [
    ("reconstruction.png", "test images and what the auto-encoder makes of them"),
    ("generated-naive.png", "images decoded from random latent numbers: poor"),
    ("generated-pca.png", "the same through PCA of the codes: better"),
    ("latent-pca.png", "the codes' explained variance, and the codes in a plane"),
    (latent_map::FILE, "images decoded from all over the plane in which the codes vary most"),
    ("loss.png", "both losses over the epochs; the numbers are in history.csv"),
    ("model.safetensors", "the trained model, for reconstruct and generate"),
    ("config.toml", "what was run; times.toml says how long it took"),
    ("SHA256SUMS", "the files' checksums, for verify"),
];

/// What to run next.
fn next(args: &DenseArgs) -> String {
    let (dataset, classes) = (shown(&args.data.dataset), args.data.classes.join(","));
    if args.latent < 25 {
        format!("dense --dataset {dataset} --classes {classes} --latent 25")
    } else if args.data.dataset.as_os_str() == "mnist" {
        format!("dense --dataset fashion-mnist --classes ankle-boot --latent {}", args.latent)
    } else {
        "dense --help".into()
    }
}
