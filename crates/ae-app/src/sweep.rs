//! `ae-app denoise --sweep`: the model, trained at one noise, measured at others.

use crate::interrupt::Interrupt;
use crate::job::Job;
use crate::pictures;
use crate::report::{Report, decibels, similarity};
use crate::run_folder::RunFolder;
use ae_autodiff::Params;
use ae_tensor::Tensor;
use ae_train::{Batch, BinaryCrossentropy, Denoising, Examples, GaussianNoise, measure_denoising};
use anyhow::Result;
use std::fmt::Write;

/// The noise measured at ...
const FACTORS: [f32; 9] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
/// ... of which the gallery shows every so manyth.
const SHOWN: usize = 2;
/// The originals, and two rows for each noise that is shown.
pub(crate) const GALLERY_ROWS: usize = 1 + 2 * FACTORS.len().div_ceil(SHOWN);

/// A trained model, and where its measures go.
pub(crate) struct Sweep<'a> {
    pub(crate) job: &'a Job<'a>,
    pub(crate) params: &'a Params,
    pub(crate) folder: &'a RunFolder,
}

impl Sweep<'_> {
    /// Measures at each noise and writes it down. If Ctrl-C breaks it off, it says where, and nothing is written.
    pub(crate) fn run(
        &self,
        report: &Report,
        interrupt: &Interrupt,
        title: &str,
    ) -> Result<Option<String>> {
        report.line("\nnoise  PSNR noisy  denoised  SSIM noisy  denoised  val_loss");
        let mut measured = Vec::with_capacity(FACTORS.len());
        for factor in FACTORS {
            let at = measure_denoising(
                self.job.model,
                self.params,
                self.examples(factor),
                &BinaryCrossentropy,
            );
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
            if interrupt.asked() && measured.len() < FACTORS.len() {
                return Ok(Some(format!("stopped by Ctrl-C in the sweep, after noise {factor}")));
            }
        }
        self.folder.write("sweep.csv", &csv(&measured))?;
        self.draw_gallery(title, &measured)?;
        self.draw_chart(report, title, &measured)?;
        Ok(None)
    }

    /// The test images with the same normal numbers as in training, times another factor.
    fn examples(&self, factor: f32) -> Examples<'_> {
        let noise = self.job.noise.map(|noise| GaussianNoise { factor, ..noise });
        self.job.test_examples_with(noise)
    }

    /// The same images at more and more noise, before and after the model.
    fn draw_gallery(&self, title: &str, measured: &[Denoising]) -> Result<()> {
        let chosen = self.job.chosen();
        let mut rows: Vec<(String, Tensor)> =
            vec![("original".into(), self.job.test.gather(&chosen))];
        let mut batch = Batch::new();
        for (factor, at) in FACTORS.into_iter().zip(measured).step_by(SHOWN) {
            self.examples(factor).gather(&chosen, 0, &mut batch);
            let denoised = self.job.model.predict(self.params, batch.input());
            let psnr = [at.noisy.psnr, at.denoised.psnr].map(decibels);
            rows.push((format!("noise {factor}: mean PSNR {} dB", psnr[0]), batch.input().clone()));
            rows.push((format!("denoised: mean PSNR {} dB", psnr[1]), denoised));
        }
        let rows: Vec<(&str, &Tensor)> =
            rows.iter().map(|(caption, images)| (caption.as_str(), images)).collect();
        let path = self.folder.file("sweep.png");
        pictures::gallery(self.job.common.show, &path, title, self.job.data.image(), &rows)
    }

    fn draw_chart(&self, report: &Report, title: &str, measured: &[Denoising]) -> Result<()> {
        let noisy: Vec<f64> = measured.iter().map(|at| at.noisy.psnr).collect();
        let denoised: Vec<f64> = measured.iter().map(|at| at.denoised.psnr).collect();
        if noisy.iter().chain(&denoised).any(|psnr| psnr.is_infinite()) {
            report.line(
                "a test image came out perfect, its PSNR is infinite: sweep-psnr.png is left out",
            );
            return Ok(());
        }
        let path = self.folder.file("sweep-psnr.png");
        pictures::sweep(&path, title, &FACTORS, [&noisy, &denoised])
    }
}

/// A line for each noise; without an SSIM its fields are empty.
fn csv(measured: &[Denoising]) -> String {
    let mut csv =
        String::from("noise,psnr_noisy,psnr_denoised,ssim_noisy,ssim_denoised,val_loss\n");
    let field = |ssim: Option<f64>| ssim.map(|ssim| ssim.to_string()).unwrap_or_default();
    for (factor, &Denoising { noisy, denoised, loss }) in FACTORS.into_iter().zip(measured) {
        let (ssim_noisy, ssim_denoised) = (field(noisy.ssim), field(denoised.ssim));
        writeln!(
            csv,
            "{factor},{},{},{ssim_noisy},{ssim_denoised},{loss}",
            noisy.psnr, denoised.psnr
        )
        .expect("a String takes everything");
    }
    csv
}
