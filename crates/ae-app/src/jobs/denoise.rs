//! The notebook's second half: from noisy images to clean ones.

use super::sweep::{self, Sweep};
use crate::input::Data;
use crate::report::{Report, decibels, pictures, similarity};
use crate::run::{
    BegunRun, Ending, Environment, Resumed, Suggestion, Task, Trained, TrainedRun, check_images,
    close, fit_model, job_image, note_other_images, short, write_history, write_page,
};
use ae_autodiff::Params;
use ae_files::printable_path;
use ae_models::Preset;
use ae_run::{
    CONFIG, Config, DenoiseSpec, Job, Limits, METRICS, Metrics, ModelFile, REPORT, RunFolder,
};
use ae_tensor::Tensor;
use ae_train::{Batch, EpochReport, measure_denoising};
use anyhow::Result;
use std::sync::Arc;

/// The picture that is redrawn after each epoch.
const GALLERY: &str = "denoised.png";

const REDRAWN: (&str, &str) =
    (GALLERY, "test images, the same with noise, and what the model makes of those");

/// The files of a complete run.
const FILES: [(&str, &str); 10] = [
    REDRAWN,
    ("filters.png", "the kernels of the first layer"),
    ("loss.png", "both losses over the epochs; the numbers are in history.csv"),
    ("sweep.png", "the same test images with more and less noise"),
    ("sweep-psnr.png", "how close images are before and after; the numbers are in sweep.csv"),
    ("metrics.toml", "how close the test images are to the originals"),
    ("model.safetensors", "the trained model, for reconstruct"),
    ("config.toml", "the configuration; times.toml has the times, paths.toml where the data were"),
    (REPORT, "all of this on one page, for a browser"),
    ("SHA256SUMS", "the files' checksums, for verify"),
];

/// Trains a model from the beginning, or from where an earlier run was stopped.
pub(super) fn run(
    job: &Job,
    spec: &DenoiseSpec,
    environment: &Environment,
    resumed: Option<Resumed>,
) -> Result<Ending> {
    let report = Report::new(environment.output);
    let data = Data::of_job(job, environment.finding())?;
    let fitted = fit_model(job, &data, gallery_rows(spec))?;
    let run = BegunRun::new(job, &data, fitted, None, environment, resumed, &[REDRAWN])?;
    let folder = Arc::clone(run.folder());
    run.announce(&report);
    announce(&report, spec, job.limits(), &folder);
    let run = run.train(&report, |task, config, epoch| {
        Denoiser { spec, task, folder: &folder }.write_so_far(epoch, config)
    })?;

    let denoiser = Denoiser { spec, task: &run.task, folder: &folder };
    run.write_records(&denoiser.title("", &data.title()))?;
    denoiser.draw_trained(run.model.params(), &run.trained)?;
    run.write_model()?;
    denoiser.measure(&run, &report)?;
    let stopped = match run.trained.stopped() {
        None if spec.sweep => denoiser.sweep(&run, &report)?,
        stopped => stopped,
    };
    data.check_read()?;
    let others = vec![
        ("Draw, add noise, and denoise in a browser", run.with_run("explore", &[])),
        ("Denoise other test images", run.with_run("reconstruct", &["--seed", "2"])),
        ("Run it again, and compare the files", run.with_run("verify", &[])),
    ];
    run.conclude(&report, &FILES, stopped, |run| next(spec, run), others)
}

/// Applies a trained model to the job's images.
pub(crate) fn reconstruct(
    job: &Job,
    spec: &DenoiseSpec,
    environment: &Environment,
    trained: &ModelFile,
) -> Result<Ending> {
    let report = Report::new(environment.output);
    let training = &spec.training;
    let data = Data::of_job(job, environment.finding())?;
    let model = &trained.model;
    let image = job_image(job, &data)?;
    check_images(trained, &data, image)?;
    let row = Tensor::zeros([training.samples, image.len()]);
    pictures::check_gallery(image.into(), &row, gallery_rows(spec))?;
    note_other_images(&report, &data, trained);
    let task = Task::new(job, &data, model, environment);
    let folder = task.folder("reconstruct")?;
    let denoiser = Denoiser { spec, task: &task, folder: &folder };
    denoiser.draw_gallery(model.params(), &trained.trained, environment.show)?;
    data.check_read()?;
    write_page(&folder, format!("reconstruct: {}", data.title()), None, &FILES, None);
    close(&folder, &report, &FILES)
}

/// The number of rows of the largest gallery.
fn gallery_rows(spec: &DenoiseSpec) -> usize {
    if spec.sweep { sweep::GALLERY_ROWS } else { 3 }
}

/// Prints the lines of the report that only this job has.
fn announce(report: &Report, spec: &DenoiseSpec, limits: Option<Limits>, folder: &RunFolder) {
    if let Some(Limits { train, test }) = limits {
        let only = format!("at most {train} training and {test} test images");
        if spec.quick {
            report.item("quick run", format_args!("{only}: a first impression only"));
        } else {
            report.item("limit", only);
        }
    }
    let path = folder.file(GALLERY);
    report.line(format_args!("watch {}, redrawn after each epoch", printable_path(&path)));
}

/// A task and the folder for its results.
struct Denoiser<'a> {
    spec: &'a DenoiseSpec,
    task: &'a Task<'a>,
    folder: &'a RunFolder,
}

impl Denoiser<'_> {
    /// Measures the model at other noise. Returns where a signal stopped it, if one did.
    fn sweep(&self, run: &TrainedRun<'_>, report: &Report) -> Result<Option<String>> {
        let title = self.title("trained at ", &self.task.data.title());
        let (model, loss) = (&run.model, run.plan.loss);
        let sweep = Sweep { task: self.task, model, loss, folder: self.folder };
        sweep.run(report, &run.interrupt, &title)
    }

    /// Returns a picture's title. The classes come last, because long titles are cut off at the
    /// end.
    fn title(&self, trained_at: &str, what: &str) -> String {
        let quick = if self.spec.quick { "quick run, " } else { "" };
        let noise = short(self.spec.corruption);
        format!("{quick}{trained_at}noise {noise}, {what}")
    }

    /// Writes the intermediate results at an epoch's end, so that progress can be watched.
    fn write_so_far(&self, epoch: &EpochReport<'_>, config: &Config) -> Result<()> {
        let far = format!("epoch {} of {}", epoch.epoch, epoch.epochs);
        // In the terminal it would interfere with the progress bar.
        self.draw_gallery(epoch.params, &far, false)?;
        write_history(self.folder, &self.title("", &self.task.data.title()), epoch.history)?;
        Ok(self.folder.write_toml(CONFIG, config)?)
    }

    /// Draws the results once training has ended, by itself or by a signal.
    fn draw_trained(&self, params: &Params, trained: &Trained) -> Result<()> {
        // These may not be the last epoch's weights: training may have been stopped, or the best
        // weights restored.
        self.draw_gallery(params, &trained.how_far(), self.task.environment.show)?;
        self.draw_kernels(params)
    }

    /// Measures how close the test images are to the originals, before and after denoising.
    fn measure(&self, run: &TrainedRun<'_>, report: &Report) -> Result<()> {
        let (layers, params) = (run.model.sequential(), run.model.params());
        let measured = measure_denoising(layers, params, self.task.test_examples(), &run.plan.loss);
        for (heading, quality) in [("noisy", measured.noisy), ("denoised", measured.denoised)] {
            let (psnr, ssim) = (decibels(quality.psnr), similarity(quality.ssim));
            let what = format_args!("PSNR {psnr} dB, SSIM {ssim}, means over the test images");
            report.item(heading, what);
        }
        let metrics = Metrics::new(&run.trained.fitted.history.epochs, &measured);
        Ok(self.folder.write_toml(METRICS, &metrics)?)
    }

    /// Draws test images, the same images with noise, and the denoised images.
    fn draw_gallery(&self, params: &Params, how_far: &str, show: bool) -> Result<()> {
        let mut batch = Batch::new();
        self.task.test_examples().gather(&self.task.gallery_indices(), 0, &mut batch);
        let denoised = self.task.layers.predict(params, batch.input());
        pictures::gallery(
            show,
            &self.folder.file(GALLERY),
            &self.title("", how_far),
            self.task.image,
            &[("original", batch.target()), ("noisy", batch.input()), ("denoised", &denoised)],
        )
    }

    /// Draws the kernels of the first layer.
    fn draw_kernels(&self, params: &Params) -> Result<()> {
        let first = params.ids().next().expect("a model that has learned has weights");
        let kernels = params.get(first);
        // Kernels can be drawn only if the first layer is a convolution over images.
        let &[_, _, 1 | 3, _] = kernels.shape().dims() else { return Ok(()) };
        let title = self.title("trained at ", "the first layer's kernels");
        pictures::kernels(&self.folder.file("filters.png"), &title, kernels)
    }
}

/// Returns what to run next: more of the same data, then other data.
fn next(spec: &DenoiseSpec, run: &TrainedRun<'_>) -> Suggestion {
    let Task { data, environment, .. } = run.task;
    let again = |changes: &[&str]| {
        Suggestion::again("denoise", run.folder().path(), data, environment, changes)
    };
    match (spec.quick, spec.sweep, spec.fresh_noise) {
        (true, false, _) => again(&["--sweep"]),
        (true, true, _) => {
            // The record has the few epochs of a quick run; a full run has the model's own number.
            let described =
                Preset::find(&run.name).and_then(|preset| preset.recipe().training.epochs);
            let epochs = described.unwrap_or(DenoiseSpec::USUAL.epochs).to_string();
            again(&["--quick=false", "--epochs", &epochs])
        }
        (false, _, false) => again(&["--fresh-noise", "--sweep"]),
        (false, _, true) => Suggestion::after_mnist("denoise", data, environment, &["--quick"])
            .unwrap_or_else(|| run.with_run("reconstruct", &["--seed", "2"])),
    }
}
