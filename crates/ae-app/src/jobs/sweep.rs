//! The sweep: a model trained at one noise level, measured at others.

use crate::report::{Report, decibels, pictures, similarity};
use crate::run::{Interrupt, JobCorruption, Task, faults};
use ae_run::RunFolder;
use ae_tensor::Tensor;
use ae_train::{AutoEncoder, Batch, Denoising, NamedLoss, measure_denoising};
use anyhow::Result;

/// The noise levels that are measured.
const FACTORS: [f32; 9] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
/// The step between the levels shown in the gallery: the first, the third and so on.
const SHOWN: usize = 2;
/// The originals, and two rows for each level shown.
pub(super) const GALLERY_ROWS: usize = 1 + 2 * FACTORS.len().div_ceil(SHOWN);

/// A trained model, and the folder for its measurements.
pub(super) struct Sweep<'a> {
    pub(super) task: &'a Task<'a>,
    pub(super) model: &'a AutoEncoder,
    pub(super) loss: NamedLoss,
    pub(super) folder: &'a RunFolder,
}

impl Sweep<'_> {
    /// Measures the model at each level and writes the results. If a signal stops it, nothing
    /// is written, and the level is returned.
    pub(super) fn run(
        &self,
        report: &Report,
        interrupt: &Interrupt,
        title: &str,
    ) -> Result<Option<String>> {
        report.line("\nnoise  PSNR noisy  denoised  SSIM noisy  denoised  val_loss");
        let mut measured = Vec::with_capacity(FACTORS.len());
        for factor in FACTORS {
            let at = self.measure(factor);
            let Denoising { noisy, denoised, loss } = at;
            report.line(format_args!(
                "{factor:<5}  {:>10}  {:>8}  {:>10}  {:>8}  {loss:>8.4}",
                decibels(noisy.psnr),
                decibels(denoised.psnr),
                similarity(noisy.ssim),
                similarity(denoised.ssim),
            ));
            report.note(|results| results.at_noise(factor, &at));
            measured.push(at);
            faults::point_until("sweep", || interrupt.asked());
            if let Some(signal) = interrupt.request().filter(|_| measured.len() < FACTORS.len()) {
                let signal = signal.name();
                return Ok(Some(format!("stopped by {signal} in the sweep, after noise {factor}")));
            }
        }
        self.folder.write("sweep.csv", &csv(&measured))?;
        self.draw_gallery(title, &measured)?;
        self.draw_chart(report, title, &measured)?;
        Ok(None)
    }

    fn measure(&self, factor: f32) -> Denoising {
        let (layers, params) = (self.model.sequential(), self.model.params());
        let corruption = self.at(factor);
        let examples = self.task.test_examples_with(&corruption);
        measure_denoising(layers, params, examples, &self.loss)
    }

    /// Returns the corruption of the training at this strength.
    fn at(&self, factor: f32) -> JobCorruption {
        let corruption = self.task.corruption().expect("a denoising job has a corruption");
        corruption.with_strength(factor)
    }

    /// Draws the same images at increasing noise, before and after denoising.
    fn draw_gallery(&self, title: &str, measured: &[Denoising]) -> Result<()> {
        let chosen = self.task.gallery_indices();
        let mut batch = Batch::new();
        self.task.clean_test().gather(&chosen, 0, &mut batch);
        let mut rows: Vec<(String, Tensor)> = vec![("original".into(), batch.target().clone())];
        for (factor, at) in FACTORS.into_iter().zip(measured).step_by(SHOWN) {
            let corruption = self.at(factor);
            self.task.test_examples_with(&corruption).gather(&chosen, 0, &mut batch);
            let denoised = self.model.sequential().predict(self.model.params(), batch.input());
            let psnr = [at.noisy.psnr, at.denoised.psnr].map(decibels);
            rows.push((format!("noise {factor}: mean PSNR {} dB", psnr[0]), batch.input().clone()));
            rows.push((format!("denoised: mean PSNR {} dB", psnr[1]), denoised));
        }
        let rows: Vec<(&str, &Tensor)> =
            rows.iter().map(|(caption, images)| (caption.as_str(), images)).collect();
        let path = self.folder.file("sweep.png");
        pictures::gallery(self.task.environment.show, &path, title, self.task.image, &rows)
    }

    fn draw_chart(&self, report: &Report, title: &str, measured: &[Denoising]) -> Result<()> {
        let noisy: Vec<f64> = measured.iter().map(|at| at.noisy.psnr).collect();
        let denoised: Vec<f64> = measured.iter().map(|at| at.denoised.psnr).collect();
        if noisy.iter().chain(&denoised).any(|psnr| psnr.is_infinite()) {
            report.line(
                "all test images are denoised perfectly, so their PSNR is infinite: sweep-psnr.png is left out",
            );
            return Ok(());
        }
        let path = self.folder.file("sweep-psnr.png");
        pictures::sweep(&path, title, &FACTORS, [&noisy, &denoised])
    }
}

/// Returns a line for each level. Its SSIM fields are empty if there is no SSIM.
fn csv(measured: &[Denoising]) -> String {
    let mut csv =
        String::from("noise,psnr_noisy,psnr_denoised,ssim_noisy,ssim_denoised,val_loss\n");
    let field = |ssim: Option<f64>| ssim.map(|ssim| ssim.to_string()).unwrap_or_default();
    for (factor, Denoising { noisy, denoised, loss }) in FACTORS.into_iter().zip(measured) {
        let [psnr_noisy, psnr_denoised] = [noisy.psnr, denoised.psnr];
        let [ssim_noisy, ssim_denoised] = [noisy.ssim, denoised.ssim].map(field);
        csv +=
            &format!("{factor},{psnr_noisy},{psnr_denoised},{ssim_noisy},{ssim_denoised},{loss}\n");
    }
    csv
}
