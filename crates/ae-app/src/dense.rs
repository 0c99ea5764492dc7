//! `ae-app dense`: the notebook's first half, from the images to new ones.

use crate::cli::{DenseArgs, OptimizerName};
use crate::data::Data;
use crate::exit::UsageError;
use crate::pictures;
use crate::record::{Config, Times, cpu_features};
use crate::report::{Report, shown};
use crate::run_folder::RunFolder;
use ae_autodiff::Params;
use ae_layers::{Activation, Sequential, dense};
use ae_optim::{Adadelta, EpsilonPlace, Optimizer, RmsProp};
use ae_pca::Pca;
use ae_tensor::random::{Purpose, stream};
use ae_tensor::{Tensor, current_threads, with_threads};
use ae_train::{Examples, FitOptions, Fitted, Progress, Samples, fit, predict};
use anyhow::{Context, Result};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// The notebook's naive generation draws latent numbers from this interval ...
const NAIVE: (f32, f32) = (0.0, 5.0);
/// ... and its generation through PCA draws principal components from this one.
const PCA: (f32, f32) = (-7.5, 7.5);

/// Streams of [`Purpose::Generation`], by what they generate.
const NAIVE_STREAM: u64 = 0;
const PCA_STREAM: u64 = 1;
const SCALED_STREAM: u64 = 2;

pub(crate) fn run(args: DenseArgs) -> Result<()> {
    let available = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = args.common.threads.unwrap_or(available);
    with_threads(threads, || job(&args)).context("cannot start threads")?
}

fn job(args: &DenseArgs) -> Result<()> {
    let report = Report::new(args.common.quiet);
    let data = Data::load(&args.data)?;
    let (train, test) = (&data.dataset.train, &data.dataset.test);
    let image = [train.rows(), train.cols()];
    let pixels = train.image(0).len();
    let train = Samples::new(train.images(), [pixels]);
    let test = Samples::new(test.images(), [pixels]);
    check(args, &data, train)?;
    // No gallery has more columns than there are samples to generate.
    pictures::check_gallery(image, &Tensor::zeros([args.samples, pixels]))?;

    let mut params = Params::new();
    let layers = [dense(args.latent, Activation::Relu), dense(pixels, Activation::Sigmoid)];
    let model = Sequential::build([pixels], &layers, &mut params, args.common.seed)?;
    let mut optimizer = optimizer(args.optimizer, args.lr);
    let config = Config::new(args, &data, &model, params.element_count(), &*optimizer);

    let name = format!("dense-{}-{}", data.dataset.name, data.class_label());
    let mut folder = RunFolder::create(args.common.out.as_deref(), &name)?;
    let job = Job { args, data: &data, image, train, test, model: &model };
    job.announce(&report, &params, &*optimizer);
    let (Fitted { history, .. }, time) = job.train(&mut params, &mut *optimizer)?;
    if let Some(last) = history.epochs.last() {
        let epochs = counted(args.epochs, "epoch");
        report.line(format_args!("trained {epochs} in {:.2} s", time.as_secs_f64()));
        report.line(format_args!("loss {:.4}, val_loss {:.4}", last.loss, last.val_loss));
    }

    folder.keep();
    folder.write("config.toml", &toml::to_string(&config)?)?;
    let times = Times { threads: current_threads(), training_seconds: time.as_secs_f64() };
    folder.write("times.toml", &toml::to_string(&times)?)?;
    folder.write("history.csv", &history.to_csv())?;
    let title = format!("{}, {}", data.dataset.name, data.class_names().join(", "));
    pictures::losses(&folder.file("loss.png"), &title, &history)?;
    job.reconstruct(&params, &folder)?;
    job.generate(&params, &folder)?;

    closing(args, &report, &folder);
    Ok(())
}

/// What stays the same from the first line of the report to the last picture.
struct Job<'a> {
    args: &'a DenseArgs,
    data: &'a Data,
    /// Height and width.
    image: [usize; 2],
    train: Samples<'a>,
    test: Samples<'a>,
    model: &'a Sequential,
}

impl Job<'_> {
    /// Says what will be done, with which data, constants and machine.
    fn announce(&self, report: &Report, params: &Params, optimizer: &dyn Optimizer) {
        let &Self { args, data, train, test, .. } = self;
        report.item("data", format_args!("{}, {}", data.dataset.name, shown(&data.folder)));
        report.item("classes", data.class_names().join(", "));
        report.line(format_args!("train {}", train.batch_shape(train.count())));
        report.line(format_args!("test {}", test.batch_shape(test.count())));
        report.line(self.model.summary(params));
        let constants: Vec<String> =
            optimizer.constants().iter().map(|(name, value)| format!("{name} {value}")).collect();
        report.item("optimizer", format_args!("{}, {}", optimizer.name(), constants.join(", ")));
        report.item("loss", "binary cross-entropy, mean over pixels and images");
        let (epochs, seed) = (counted(args.epochs, "epoch"), args.common.seed);
        report.item("training", format_args!("{epochs}, batch {}, seed {seed}", args.batch));
        let threads = counted(current_threads(), "thread");
        report.item("machine", format_args!("{threads}, {}", cpu_features().join(" ")));
        if cfg!(all(target_arch = "x86_64", not(target_feature = "avx2"))) {
            // See .cargo/config.toml: cargo was called from elsewhere, or told otherwise.
            let note = "built for any x86-64 CPU rather than for this one: several times slower";
            report.item("", note);
        }
    }

    /// Trains, and shows how far it is.
    fn train(
        &self,
        params: &mut Params,
        optimizer: &mut dyn Optimizer,
    ) -> Result<(Fitted, Duration)> {
        let &Self { args, model, train, test, .. } = self;
        let options = FitOptions { epochs: args.epochs, batch: args.batch, seed: args.common.seed };
        let progress = Progress::new(args.epochs, args.common.quiet);
        let start = Instant::now();
        let (train, test) = (Examples::clean(train), Examples::clean(test));
        let fitted = fit(model, params, optimizer, train, test, options, |event| {
            progress.event(event);
            ControlFlow::Continue(())
        });
        let time = start.elapsed();
        progress.finish();
        Ok((fitted?, time))
    }

    /// Test images above what the auto-encoder makes of them.
    fn reconstruct(&self, params: &Params, folder: &RunFolder) -> Result<()> {
        let chosen = self.test.choose(self.args.samples, self.args.common.seed);
        let originals = self.test.gather(&chosen);
        let reconstructions = self.model.predict(params, &originals);
        pictures::gallery(
            &folder.file("reconstruction.png"),
            self.image,
            &[("test images", &originals), ("reconstructions", &reconstructions)],
        )
    }

    /// New images, naively and through PCA of the codes, and a look at the codes themselves.
    fn generate(&self, params: &Params, folder: &RunFolder) -> Result<()> {
        let (encoder, decoder) = self.model.split_at(1);
        let naive = decoder.predict(params, &self.uniform(NAIVE, NAIVE_STREAM));
        pictures::gallery(
            &folder.file("generated-naive.png"),
            self.image,
            &[("decoded from latent numbers uniform in [0, 5)", &naive)],
        )?;

        let codes = predict(&encoder, params, self.train);
        let pca = Pca::fit(&codes, None)?;
        let scores = self.uniform(PCA, PCA_STREAM);
        let generated = decoder.predict(params, &pca.inverse_transform(&scores));
        let mut rng = stream(self.args.common.seed, Purpose::Generation, 0, SCALED_STREAM);
        let scores = Tensor::standard_normal(scores.shape(), &mut rng);
        // Whitening gives every component the variance 1; its inverse gives back each its own.
        let scaled = pca.clone().with_whitening(true).inverse_transform(&scores);
        let scaled = decoder.predict(params, &scaled);
        pictures::gallery(
            &folder.file("generated-pca.png"),
            self.image,
            &[
                ("through PCA, components uniform in [-7.5, 7.5)", &generated),
                ("through PCA, components normal with their own deviations", &scaled),
            ],
        )?;
        let (ids, names) = (self.data.train_class_ids(), self.data.class_names());
        pictures::latent(&folder.file("latent-pca.png"), &pca, &codes, &ids, &names)
    }

    /// One latent vector, or vector of principal components, for each sample to generate.
    fn uniform(&self, (low, high): (f32, f32), index: u64) -> Tensor {
        let mut rng = stream(self.args.common.seed, Purpose::Generation, 0, index);
        Tensor::uniform([self.args.samples, self.args.latent], low, high, &mut rng)
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
    if args.batch > train.count() {
        let (batch, count) = (args.batch, train.count());
        return Err(UsageError(format!(
            "--batch {batch}: expected 1 to {count}, the training images"
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

fn optimizer(name: OptimizerName, rate: Option<f64>) -> Box<dyn Optimizer> {
    let rmsprop = rate.map_or_else(RmsProp::default, RmsProp::new);
    match name {
        OptimizerName::Rmsprop => Box::new(rmsprop),
        OptimizerName::RmspropKeras3 => Box::new(rmsprop.with_epsilon(EpsilonPlace::InsideRoot)),
        OptimizerName::Adadelta => Box::new(rate.map_or_else(Adadelta::default, Adadelta::new)),
    }
}

/// `1 epoch`, `2 epochs`.
fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

/// Names the files and what to do next.
fn closing(args: &DenseArgs, report: &Report, folder: &RunFolder) {
    report.line(format_args!("\nin {}:", shown(folder.path())));
    for (file, content) in [
        ("reconstruction.png", "test images and what the auto-encoder makes of them"),
        ("generated-naive.png", "images decoded from random latent numbers: poor"),
        ("generated-pca.png", "the same through PCA of the codes: better"),
        ("latent-pca.png", "the codes' explained variance, and the codes in a plane"),
        ("loss.png", "both losses over the epochs; the numbers are in history.csv"),
        ("config.toml", "what was run; times.toml says how long it took"),
    ] {
        report.line(format_args!("  {file:<21} {content}"));
    }
    let same_data = format!(
        "--dataset {} --classes {}",
        shown(&args.data.dataset),
        args.data.classes.join(",")
    );
    let next = if args.latent < 25 {
        format!("dense {same_data} --latent 25")
    } else if args.data.dataset.as_os_str() == "mnist" {
        format!("dense --dataset fashion-mnist --classes ankle-boot --latent {}", args.latent)
    } else {
        "dense --help".into()
    };
    report.line(format_args!("\nnext: cargo run -p ae-app -- {next}"));
}
