//! `ae-app denoise-image`: removes noise from images of any size.

use super::shared::{environment, trained_size};
use crate::cli::{DataDirArgs, DenoiseImageArgs};
use crate::exit::{data, usage};
use crate::input::{read_image, unit_levels, warn_if_dark_on_light};
use crate::report::{Output, Report, decibels, pictures};
use crate::run::{Ending, Environment};
use ae_files::{printable, printable_path};
use ae_image::GrayImage;
use ae_run::ModelFile;
use ae_tensor::Tensor;
use ae_train::metrics::psnr;
use ae_train::{Corruption, GaussianNoise, ImageKey, Split, TILE, predict_image};
use anyhow::Result;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The longest side of an image for which a gallery is drawn. Larger files are easier to view
/// directly.
const SMALL: usize = 512;

/// Denoises each image.
pub(super) fn run(args: DenoiseImageArgs, output: Output) -> Result<Ending> {
    let trained = ModelFile::load(&args.model)?;
    let job = trained.config.job_name();
    if job != "denoise" {
        let message = format!("denoise-image: expected a model of denoise, found one of {job}");
        return Err(usage(message).into());
    }
    let size = trained_size(&args.model, &trained)?;
    let environment = environment(args.work.clone(), DataDirArgs { data_dir: None }, output);
    let seed = args.seed.number();
    environment.on_threads(|| {
        let denoiser =
            ImageDenoiser { args: &args, seed, environment: &environment, trained: &trained, size };
        denoiser.run()
    })
}

/// A denoising model and the images to denoise.
struct ImageDenoiser<'a> {
    args: &'a DenoiseImageArgs,
    seed: u64,
    environment: &'a Environment,
    trained: &'a ModelFile,
    size: [usize; 2],
}

/// An image before and after.
struct Denoised {
    /// The image with added noise, if any was added.
    noisy: Option<GrayImage>,
    clean: GrayImage,
    /// The line of the report.
    line: String,
}

impl ImageDenoiser<'_> {
    fn run(&self) -> Result<Ending> {
        let Self { args, .. } = self;
        let report = Report::new(self.environment.output);
        // The images are read one at a time, and again below: a hundred photographs do not fit into
        // memory, and nothing is written if one of them cannot be read.
        for path in &args.images {
            warn_if_dark_on_light(path, &read_image(path, args.invert)?, args.invert);
        }
        let folder = self.environment.folder("denoise-image")?;
        report.line(format_args!("in {}:", printable_path(folder.path())));
        for ((index, path), name) in args.images.iter().enumerate().zip(names(&args.images)) {
            let image = read_image(path, args.invert)?;
            let denoised = self.denoise(index, path, &image)?;
            let file = |what: &str| folder.file(&format!("{name}-{what}.png"));
            pictures::gray(&file("denoised"), &denoised.clean)?;
            folder.keep();
            if let Some(noisy) = &denoised.noisy {
                pictures::gray(&file("noisy"), noisy)?;
            }
            let denoised_name = format!("{}-denoised.png", printable(&name));
            report.line(format_args!("  {denoised_name:<21} {}", denoised.line));
            self.gallery(&file("gallery"), path, &image, &denoised)?;
        }
        report.end_in("done", folder.path(), None)?;
        Ok(Ending::Done)
    }

    /// Denoises image number `index`.
    fn denoise(&self, index: usize, path: &Path, image: &GrayImage) -> Result<Denoised> {
        let Self { args, trained: ModelFile { model, .. }, size, .. } = self;
        let as_read = |image: GrayImage| if args.invert { image.invert() } else { image };
        let [rows, cols] = [image.rows(), image.cols()];
        let original = unit_levels(&as_read(image.clone()));
        let mut input = original.clone();
        if let Some(factor) = args.add_noise {
            let noise = GaussianNoise { factor, seed: self.seed, fresh: false };
            let key = ImageKey { split: Split::Test, epoch: 0, image: index };
            noise.corrupt(key, original.data(), input.data_mut());
        }
        let output = predict_image(model.architecture(), model.params(), *size, &input, TILE);
        if output.data().iter().any(|value| !value.is_finite()) {
            let message = format!("{}: the model makes NaN or infinity of it", path.display());
            return Err(data(message).into());
        }
        let mut line = format!("{cols} x {rows} pixels");
        if args.add_noise.is_some() {
            let of = |made: &Tensor| decibels(psnr(original.data(), made.data()));
            line += &format!(", PSNR {} dB noisy, {} dB denoised", of(&input), of(&output));
        }
        let picture = |values: &Tensor| as_read(GrayImage::from_levels(rows, cols, values.data()));
        let noisy = args.add_noise.map(|_| picture(&input));
        Ok(Denoised { noisy, clean: picture(&output), line })
    }

    /// Draws the image before and after denoising: as a file if it is small, in the terminal if
    /// `--show` asks for it.
    fn gallery(
        &self,
        path: &Path,
        image: &Path,
        original: &GrayImage,
        denoised: &Denoised,
    ) -> Result<()> {
        let title = image.file_name().unwrap_or_default().to_string_lossy();
        let size = [original.rows(), original.cols()];
        let mut rows = vec![("original", unit_levels(original))];
        if let (Some(noisy), Some(factor)) = (&denoised.noisy, self.args.add_noise) {
            let caption = if factor > 0.0 { "with noise" } else { "with noise of 0" };
            rows.push((caption, unit_levels(noisy)));
        }
        rows.push(("denoised", unit_levels(&denoised.clean)));
        let rows: Vec<(&str, &Tensor)> = rows.iter().map(|(name, row)| (*name, row)).collect();
        let path = (size[0].max(size[1]) <= SMALL).then_some(path);
        pictures::shown_gallery(self.environment.show, path, &printable(&title), size, &rows)
    }
}

/// Returns a name for each file's results: the file's stem, numbered if two are the same.
fn names(paths: &[PathBuf]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut name_of = |path: &PathBuf| {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let numbered = (2..).map(|number| format!("{stem}-{number}"));
        // Names are compared without case, because some file systems ignore it.
        let mut free = std::iter::once(stem.clone()).chain(numbered);
        free.find(|name| taken.insert(name.to_lowercase())).unwrap_or(stem)
    };
    paths.iter().map(&mut name_of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_images_have_results_of_one_name() {
        let paths = ["a/x.png", "x.png", "b/X.PNG", "x-2.png", "x", "y.tar.png"].map(PathBuf::from);
        assert_eq!(names(&paths), ["x", "x-2", "X-3", "x-2-2", "x-4", "y.tar"]);
    }
}
