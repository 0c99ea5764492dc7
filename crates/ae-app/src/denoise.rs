//! `ae-app denoise`: the notebook's second half, from noisy images to clean ones.

use crate::cli::DenoiseArgs;
use crate::data::{Data, Limits};
use crate::exit::UsageError;
use crate::interrupt::{Ending, Interrupt};
use crate::job::{Closing, Job, build, check_batch, on_threads, write_history};
use crate::model_file::{ModelFile, check_images};
use crate::model_use::{Use, close};
use crate::models::{Plan, choose};
use crate::pictures;
use crate::record::{Config, DenoiseRecord, Metrics};
use crate::report::{Report, decibels, shown, similarity};
use crate::run_folder::RunFolder;
use crate::session::{Resumed, Session, announce_resumed};
use crate::show::ShowArgs;
use crate::sweep::{self, Sweep};
use crate::training::{Trained, train};
use ae_autodiff::Params;
use ae_layers::{Architecture, Sequential};
use ae_tensor::Tensor;
use ae_train::{
    Batch, BinaryCrossentropy, EpochReport, GaussianNoise, History, Samples, Training,
    measure_denoising,
};
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
    on_threads(args.common.threads, || job(&args, None))
}

/// Goes on with a run of these arguments.
pub(crate) fn resume(args: DenoiseArgs, resumed: Resumed) -> Result<Ending> {
    on_threads(args.common.threads, || job(&args, Some(resumed)))
}

fn job(args: &DenoiseArgs, resumed: Option<Resumed>) -> Result<Ending> {
    let report = Report::new(args.common.output);
    let data = Data::load(&args.data)?.limited(args.limits());
    let chosen = choose(&args.model, args.usual_model(&data.dataset.name), data.image())?;
    let plan = args.plan(&chosen)?;
    check_galleries(args, &data)?;
    let mut params = Params::new();
    let model = build(&chosen, &data, &mut params, args.common.seed)?;
    let mut optimizer = plan.optimizer.build(plan.lr);
    let job = with_noise("denoise", args, &data, &chosen.name, &chosen.architecture, &model, plan);
    check_batch(plan, job.train)?;
    let mut config = job.config(&args.keep, &params, &*optimizer).denoise(DenoiseRecord {
        noise: args.noise,
        fresh_noise: args.fresh_noise,
        sweep: args.sweep,
        quick: args.quick,
    });
    config = config.limit(args.limits());
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
    model_name: &'a str,
    architecture: &'a Architecture,
    model: &'a Sequential,
    plan: Plan,
) -> Job<'a> {
    let shape = architecture.input;
    let (factor, fresh) = (args.noise, args.fresh_noise);
    Job {
        name,
        data,
        train: Samples::new(data.dataset.train.images(), shape),
        test: Samples::new(data.dataset.test.images(), shape),
        noise: Some(GaussianNoise { factor, seed: args.common.seed, fresh }),
        model_name,
        architecture,
        model,
        plan,
        samples: args.steps.samples,
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
    on_threads(args.common.threads, || use_model(args, trained, what))
}

fn use_model(args: &DenoiseArgs, trained: &ModelFile, what: Use) -> Result<Ending> {
    let report = Report::new(args.common.output);
    let data = Data::load(&args.data)?.limited(args.limits());
    let ModelFile { architecture, model, params, .. } = trained;
    check_images(model, &data)?;
    check_galleries(args, &data)?;
    let chosen = choose(&args.model, "", data.image())?;
    let plan = args.plan(&chosen)?;
    let job = with_noise(what.name(), args, &data, &chosen.name, architecture, model, plan);
    let folder = Arc::new(job.folder()?);
    let denoise = Denoise { args, job, folder: Arc::clone(&folder) };
    denoise.draw_gallery(params, &trained.trained, args.common.show)?;
    close(&folder, &report, &FILES)
}

/// Whether the galleries can be drawn, that of the sweep included.
fn check_galleries(args: &DenoiseArgs, data: &Data) -> Result<(), UsageError> {
    let [height, width] = data.image();
    let rows = if args.sweep { sweep::GALLERY_ROWS } else { 3 };
    let row = Tensor::zeros([args.steps.samples, height * width]);
    pictures::check_gallery(data.image(), &row, rows)
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
        let interrupt = Interrupt::listen(&self.folder, self.args.common.output.quiet)?;
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
        let measured = measure_denoising(
            self.job.model,
            params,
            self.job.test_examples(),
            &BinaryCrossentropy,
        );
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
        let first = params.ids().next().expect("a model that has learnt has weights");
        let kernels = params.get(first);
        // Those of a dense layer, say, or of a second convolution are no pictures.
        let &[_, _, 1, _] = kernels.shape().dims() else { return Ok(()) };
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
