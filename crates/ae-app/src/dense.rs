//! `ae-app dense`: the notebook's first half, from the images to new ones.

use crate::cli::DenseArgs;
use crate::data::Data;
use crate::exit::UsageError;
use crate::interrupt::{Ending, Interrupt};
use crate::job::{Closing, Job, check_batch, on_threads, write_history};
use crate::pictures;
use crate::report::{Report, shown};
use crate::run_folder::RunFolder;
use crate::training::train;
use ae_autodiff::Params;
use ae_layers::{Activation, Sequential, dense};
use ae_pca::Pca;
use ae_tensor::Tensor;
use ae_tensor::random::{Purpose, stream};
use ae_train::{Samples, predict};
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
    on_threads(&args.common, || job(&args))
}

fn job(args: &DenseArgs) -> Result<Ending> {
    let report = Report::new(args.common.quiet);
    let data = Data::load(&args.data)?;
    let (train_images, test_images) = (&data.dataset.train, &data.dataset.test);
    let pixels = train_images.image(0).len();
    let samples = Samples::new(train_images.images(), [pixels]);
    check(args, &data, samples)?;
    // No gallery has more columns than there are samples to generate.
    pictures::check_gallery(data.image(), &Tensor::zeros([args.steps.samples, pixels]), 2)?;

    let mut params = Params::new();
    let layers = [dense(args.latent, Activation::Relu), dense(pixels, Activation::Sigmoid)];
    let model = Sequential::build([pixels], &layers, &mut params, args.common.seed)?;
    let mut optimizer = args.steps.optimizer.build(args.steps.lr);
    let job = Job {
        name: "dense",
        data: &data,
        train: samples,
        test: Samples::new(test_images.images(), [pixels]),
        noise: None,
        model: &model,
        epochs: args.epochs,
        steps: &args.steps,
        common: &args.common,
    };
    let mut config = job.config(&params, &*optimizer).latent(args.latent);
    let mut folder = job.folder()?;
    let interrupt = Interrupt::listen(&folder, args.common.quiet)?;
    job.announce(&report, &params, &*optimizer);
    let trained = train(&job, &mut params, &mut *optimizer, &interrupt, |_| Ok(()))?;
    trained.report(&report);

    folder.keep();
    config.ended(&trained.fitted);
    folder.write("config.toml", &toml::to_string(&config)?)?;
    folder.write("times.toml", &toml::to_string(&trained.times())?)?;
    write_history(&folder, &data.title(), &trained.fitted.history)?;
    let dense = Dense { job, params: &params, latent: args.latent };
    dense.reconstruct(&folder)?;
    dense.generate(&folder)?;

    Ok(Closing { files: &FILES, next: next(args) }.report(&report, &folder, trained.stopped()))
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
    if args.latent > pixels {
        let latent = args.latent;
        return Err(UsageError(format!(
            "--latent {latent}: expected 1 to {pixels}, the pixels of an image"
        )));
    }
    check_batch(&args.steps, train)?;
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
const FILES: [(&str, &str); 6] = [
    ("reconstruction.png", "test images and what the auto-encoder makes of them"),
    ("generated-naive.png", "images decoded from random latent numbers: poor"),
    ("generated-pca.png", "the same through PCA of the codes: better"),
    ("latent-pca.png", "the codes' explained variance, and the codes in a plane"),
    ("loss.png", "both losses over the epochs; the numbers are in history.csv"),
    ("config.toml", "what was run; times.toml says how long it took"),
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
