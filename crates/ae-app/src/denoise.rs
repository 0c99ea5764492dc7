//! `ae-app denoise`: the notebook's second half, from noisy images to clean ones.

use crate::cli::DenoiseArgs;
use crate::data::{Data, Limits};
use crate::exit::{DataError, UsageError};
use crate::interrupt::{Ending, Interrupt};
use crate::job::{Closing, Job, check_batch, on_threads, write_history};
use crate::model_file::{ModelFile, check_images};
use crate::model_use::{Use, close};
use crate::pictures;
use crate::record::{Config, DenoiseRecord, Metrics};
use crate::report::{Report, decibels, shown, similarity};
use crate::run_folder::RunFolder;
use crate::session::{Resumed, Session, announce_resumed};
use crate::show::ShowArgs;
use crate::sweep::{self, Sweep};
use crate::training::{Trained, train};
use ae_autodiff::Params;
use ae_layers::{
    Activation, Architecture, LayerSpec, Sequential, Window, conv2d, max_pool2d, up_sample2d,
};
use ae_tensor::Tensor;
use ae_train::{Batch, EpochReport, GaussianNoise, History, Samples, Training, measure_denoising};
use anyhow::Result;
use std::sync::Arc;

/// The picture that is drawn anew after each epoch.
const GALLERY: &str = "denoised.png";

/// What a whole run leaves.
const FILES: [(&str, &str); 9] = [
    (GALLERY, "test images, the same with noise, and what the model makes of those"),
    ("filters.png", "the kernels of the first layer"),
    ("loss.png", "both losses over the epochs; the numbers are in history.csv"),
    ("sweep.png", "the same test images with more and less noise"),
    ("sweep-psnr.png", "how close images are before and after; the numbers are in sweep.csv"),
    ("metrics.toml", "how close the test images are to the originals"),
    ("model.safetensors", "the trained model, for reconstruct"),
    ("config.toml", "what was run; times.toml says how long it took"),
    ("SHA256SUMS", "the files' checksums, for verify"),
];

pub(crate) fn run(args: DenoiseArgs) -> Result<Ending> {
    on_threads(&args.common, || job(&args, None))
}

/// Goes on with a run of these arguments.
pub(crate) fn resume(args: DenoiseArgs, resumed: Resumed) -> Result<Ending> {
    on_threads(&args.common, || job(&args, Some(resumed)))
}

fn job(args: &DenoiseArgs, resumed: Option<Resumed>) -> Result<Ending> {
    let report = Report::new(args.common.quiet);
    let data = Data::load(&args.data)?.limited(args.limits());
    let [height, width] = data.image();
    check_sides(&data)?;
    let shape = [height, width, 1];
    check_batch(&args.steps, Samples::new(data.dataset.train.images(), shape))?;
    check_galleries(args, &data)?;

    let mut params = Params::new();
    let architecture = Architecture { input: shape.into(), layers: layers().to_vec() };
    let seed = args.common.seed;
    let model = Sequential::build(shape, &architecture.layers, &mut params, seed)?;
    let mut optimizer = args.steps.optimizer.build(args.steps.lr);
    let job = with_noise("denoise", args, &data, &architecture, &model);
    let mut config = job.config(&args.keep, &params, &*optimizer).denoise(DenoiseRecord {
        noise: args.noise,
        fresh_noise: args.fresh_noise,
        sweep: args.sweep,
        quick: args.quick,
        limit: args.limits().map(|Limits { train, test }| [train, test]),
    });
    let (session, state) =
        Session::begin(&job, &args.keep, &mut config, &mut params, &mut *optimizer, resumed)?;
    let training = Training { params: &mut params, optimizer: &mut *optimizer, state };
    let folder = Arc::clone(&session.folder);
    Denoise { args, job, folder }.run(training, session, config, &report)
}

/// The job on the first half of its way, and a trained model's.
fn with_noise<'a>(
    name: &'static str,
    args: &'a DenoiseArgs,
    data: &'a Data,
    architecture: &'a Architecture,
    model: &'a Sequential,
) -> Job<'a> {
    let [height, width] = data.image();
    let shape = [height, width, 1];
    let (factor, fresh) = (args.noise, args.fresh_noise);
    Job {
        name,
        data,
        train: Samples::new(data.dataset.train.images(), shape),
        test: Samples::new(data.dataset.test.images(), shape),
        noise: Some(GaussianNoise { factor, seed: args.common.seed, fresh }),
        architecture,
        model,
        epochs: args.epochs(),
        steps: &args.steps,
        common: &args.common,
    }
}

/// Lets a trained model work on images.
pub(crate) fn apply(args: &DenoiseArgs, trained: &ModelFile, what: Use) -> Result<Ending> {
    if what != Use::Reconstruct {
        let message =
            "generate: a denoising model has no codes to generate from; expected one of dense";
        return Err(UsageError(message.into()).into());
    }
    on_threads(&args.common, || use_model(args, trained, what))
}

fn use_model(args: &DenoiseArgs, trained: &ModelFile, what: Use) -> Result<Ending> {
    let report = Report::new(args.common.quiet);
    let data = Data::load(&args.data)?.limited(args.limits());
    let [height, width] = data.image();
    let ModelFile { architecture, model, params, .. } = trained;
    check_images(model, &data, [height, width, 1].into())?;
    check_galleries(args, &data)?;
    let job = with_noise(what.name(), args, &data, architecture, model);
    let folder = Arc::new(job.folder()?);
    let denoise = Denoise { args, job, folder: Arc::clone(&folder) };
    denoise.draw_gallery(params, &trained.trained, args.common.show)?;
    Ok(close(&folder, &report, &FILES))
}

/// Whether the galleries can be drawn, that of the sweep included.
fn check_galleries(args: &DenoiseArgs, data: &Data) -> Result<(), UsageError> {
    let [height, width] = data.image();
    let rows = if args.sweep { sweep::GALLERY_ROWS } else { 3 };
    let row = Tensor::zeros([args.steps.samples, height * width]);
    pictures::check_gallery(data.image(), &row, rows)
}

/// The notebook's model: the encoder halves the image twice, the decoder doubles it twice.
fn layers() -> [LayerSpec; 9] {
    let three = Window::same([3, 3]);
    let convolution = || conv2d(32, three, Activation::Relu);
    let halve = || max_pool2d(Window::same([2, 2]).with_stride([2, 2]));
    let double = || up_sample2d([2, 2]);
    let last = conv2d(1, three, Activation::Sigmoid);
    [
        convolution(),
        halve(),
        convolution(),
        halve(),
        convolution(),
        double(),
        convolution(),
        double(),
        last,
    ]
}

/// An image that cannot be halved twice comes out larger than it went in.
fn check_sides(data: &Data) -> Result<(), DataError> {
    let [height, width] = data.image();
    if height.is_multiple_of(4) && width.is_multiple_of(4) {
        return Ok(());
    }
    Err(DataError(format!(
        "{}: the convolutional model halves the image twice and doubles it twice: height and width must be \
         multiples of 4, found {height} x {width}",
        data.folder.display()
    )))
}

/// The job and where its results go.
struct Denoise<'a> {
    args: &'a DenoiseArgs,
    job: Job<'a>,
    folder: Arc<RunFolder>,
}

impl Denoise<'_> {
    fn run(
        self,
        training: Training<'_>,
        mut session: Session,
        mut config: Config,
        report: &Report,
    ) -> Result<Ending> {
        let interrupt = Interrupt::listen(&self.folder, self.args.common.quiet)?;
        self.job.announce(report, training.params, training.optimizer);
        self.announce(report);
        announce_resumed(report, &training.state);
        let Training { params, optimizer, state } = training;
        let training = Training { params: &mut *params, optimizer, state };
        let trained = train(&self.job, training, &interrupt, |epoch| {
            config.finished(epoch.epoch);
            self.write_so_far(epoch, &config)?;
            session.at_epoch(epoch)
        })?;
        trained.report(report);

        session.trained()?;
        config.ended(&trained.fitted);
        self.write_trained(params, &trained, &config)?;
        session.write_model(params, &trained.how_far())?;
        self.measure(params, &trained, report)?;
        let mut stopped = trained.stopped();
        if self.args.sweep && stopped.is_none() {
            let title = self.title("trained at ", &self.job.data.title());
            let sweep = Sweep { job: &self.job, params, folder: &self.folder };
            stopped = sweep.run(report, &interrupt, &title)?;
        }
        let closing = Closing { files: &FILES, next: next(self.args) };
        closing.report(report, &self.folder, stopped)
    }

    /// What only this job has to say before it begins.
    fn announce(&self, report: &Report) {
        if let Some(Limits { train, test }) = self.args.limits() {
            let only = format!("at most {train} training and {test} test images");
            if self.args.quick {
                report.item("quick run", format_args!("{only}: a first impression only"));
            } else {
                report.item("limit", only);
            }
        }
        let path = self.folder.file(GALLERY);
        report.line(format_args!("watch {}, drawn anew after each epoch", shown(&path)));
    }

    /// A picture's title. The classes come last: of a long title the end is cut off.
    fn title(&self, trained_at: &str, what: &str) -> String {
        let quick = if self.args.quick { "quick run, " } else { "" };
        format!("{quick}{trained_at}noise {}, {what}", self.args.noise)
    }

    /// What there is at an epoch's end, so that one can watch.
    fn write_so_far(&self, epoch: &EpochReport<'_>, config: &Config) -> Result<()> {
        let far = format!("epoch {} of {}", epoch.epoch, epoch.epochs);
        // In the terminal it would be in the way of the progress.
        self.draw_gallery(epoch.params, &far, ShowArgs::default())?;
        self.write_history(epoch.history)?;
        self.folder.write("config.toml", &toml::to_string(config)?)
    }

    /// What there is once training has ended, by itself or by Ctrl-C.
    fn write_trained(&self, params: &Params, trained: &Trained, config: &Config) -> Result<()> {
        self.folder.write("config.toml", &toml::to_string(config)?)?;
        self.folder.write("times.toml", &toml::to_string(&trained.times())?)?;
        self.write_history(&trained.fitted.history)?;
        // Not always the last epoch's: training may have been broken off, or gone back to the best.
        self.draw_gallery(params, &trained.how_far(), self.args.common.show)?;
        self.draw_kernels(params)
    }

    fn write_history(&self, history: &History) -> Result<()> {
        let title = self.title("", &self.job.data.title());
        write_history(&self.folder, &title, history)
    }

    /// How close the test images are to the originals, before and after the model.
    fn measure(&self, params: &Params, trained: &Trained, report: &Report) -> Result<()> {
        let measured = measure_denoising(self.job.model, params, self.job.test_examples());
        for (heading, quality) in [("noisy", measured.noisy), ("denoised", measured.denoised)] {
            let (psnr, ssim) = (decibels(quality.psnr), similarity(quality.ssim));
            let what = format_args!("PSNR {psnr} dB, SSIM {ssim}, means over the test images");
            report.item(heading, what);
        }
        let metrics = Metrics::new(&trained.fitted.history.epochs, &measured);
        self.folder.write("metrics.toml", &toml::to_string(&metrics)?)
    }

    /// Test images, the same with noise, and what the model makes of those.
    fn draw_gallery(&self, params: &Params, how_far: &str, show: ShowArgs) -> Result<()> {
        let mut batch = Batch::new();
        self.job.test_examples().gather(&self.job.chosen(), 0, &mut batch);
        let denoised = self.job.model.predict(params, batch.input());
        pictures::gallery(
            show,
            &self.folder.file(GALLERY),
            &self.title("", how_far),
            self.job.data.image(),
            &[("original", batch.target()), ("noisy", batch.input()), ("denoised", &denoised)],
        )
    }

    /// What the first layer looks for.
    fn draw_kernels(&self, params: &Params) -> Result<()> {
        let kernel = params.find("conv2d_1/kernel").expect("the model begins with a convolution");
        let kernels = params.get(kernel);
        let title = self.title("trained at ", "the first layer's kernels");
        pictures::kernels(&self.folder.file("filters.png"), &title, kernels)
    }
}

/// What to run next: more of the same data, then other data.
fn next(args: &DenoiseArgs) -> String {
    let (dataset, classes) = (shown(&args.data.dataset), args.data.classes.join(","));
    let again = match (dataset.as_str(), classes.as_str()) {
        ("mnist", "all") => "denoise".into(),
        _ => format!("denoise --dataset {dataset} --classes {classes}"),
    };
    match (args.quick, args.sweep, args.fresh_noise) {
        (true, false, _) => format!("{again} --quick --sweep"),
        (true, true, _) => format!("{again} --sweep"),
        (false, _, false) => format!("{again} --fresh-noise --sweep"),
        (false, ..) if dataset == "mnist" => "denoise --dataset fashion-mnist --quick".into(),
        (false, ..) => "denoise --help".into(),
    }
}
