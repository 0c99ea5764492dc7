//! `ae-app denoise-image`: removes noise from images of any size.

use super::image_noise::NoiseOptions;
use super::shared::{channels_of, environment, keep_color, trained_image};
use crate::cli::{DataDirArgs, DenoiseImageArgs};
use crate::exit::{data, usage};
use crate::input::{
    OwnImage, Taking, Treatment, check_sources, learned_dark_on_light, prefers, result_stem,
    unit_levels, warn_of_negative,
};
use crate::jobs::own_image::ImageDenoiser;
use crate::report::{Output, Report, decibels, pictures};
use crate::run::{Ending, Environment};
use ae_files::{printable, printable_path};
use ae_image::Raster;
use ae_run::{ModelFile, RunFolder};
use ae_tensor::Tensor;
use ae_train::GaussianNoise;
use anyhow::Result;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// The longest side of an image for which a gallery is drawn. Larger files are easier to view
/// directly.
const SMALL: usize = 512;

/// The number of pixels up to which `--show` prints the whole image instead of a reduced one.
const SHOWN_WHOLE: usize = 1 << 22;

/// Denoises each image.
pub(super) fn run(args: DenoiseImageArgs, output: Output) -> Result<Ending> {
    let trained = ModelFile::load(&args.model)?;
    let job = trained.config.job_name();
    if job != "denoise" {
        let message = format!("denoise-image: expected a model of denoise, found one of {job}");
        return Err(usage(message).into());
    }
    let image = trained_image(&args.model, &trained)?;
    Treatment::check(channels_of(image), keep_color(args.keep_color))?;
    let noise = NoiseOptions::new(args.noise, args.strength, &trained)?;
    let environment = environment(args.work.clone(), DataDirArgs { data_dir: None }, output);
    environment.on_threads(|| {
        let call = Call { args: &args, environment: &environment, trained: &trained, image, noise };
        call.run()
    })
}

/// A denoising model and the images to denoise.
struct Call<'a> {
    args: &'a DenoiseImageArgs,
    environment: &'a Environment,
    trained: &'a ModelFile,
    /// The height, width and channels of the images that the model was trained on.
    image: [usize; 3],
    noise: NoiseOptions,
}

impl Call<'_> {
    fn run(&self) -> Result<Ending> {
        let report = Report::new(self.environment.output);
        // Nothing is written if one of the images cannot be read.
        let images = self.open()?;
        let folder = self.environment.folder("denoise-image")?;
        let names = names(&self.args.images);
        self.check_names(&folder, &names)?;
        report.line(format_args!("in {}:", printable_path(folder.path())));
        for (index, (image, name)) in images.iter().zip(&names).enumerate() {
            let line = self.denoise(index, image, &folder, name, &report)?;
            let denoised_name = format!("{}-denoised.png", printable(name));
            report.line(format_args!("  {denoised_name:<21} {line}"));
        }
        report.end_in("done", folder.path(), None)?;
        Ok(Ending::Done)
    }

    /// Opens all images, and warns of those that seem to be negatives of the training images.
    fn open(&self) -> Result<Vec<OwnImage>> {
        let &Self { args, trained, image: [height, width, _], .. } = self;
        check_sources(&args.images)?;
        let learned_dark_on_light = learned_dark_on_light(trained);
        let taking = Taking {
            invert: args.invert,
            model: channels_of(self.image),
            keep_color: keep_color(args.keep_color),
            learned_dark_on_light,
            max_pixels: args.max_pixels,
        };
        let open = |path: &PathBuf| {
            let image = OwnImage::open(path, taking)?;
            let pieces = image.pieces([height, width])?;
            let negatives = pieces.clone().invert();
            if prefers(trained, negatives.values(), pieces.values()) {
                warn_of_negative(path, args.invert, learned_dark_on_light);
            }
            Ok(image)
        };
        args.images.iter().map(open).collect()
    }

    /// Checks, before the work begins, that the file system accepts the names of all results.
    fn check_names(&self, folder: &RunFolder, names: &[String]) -> Result<()> {
        for (path, name) in self.args.images.iter().zip(names) {
            for what in ["denoised", "noisy", "gallery"] {
                let result = folder.file(&format!("{name}-{what}.png"));
                let made = File::create_new(&result).and_then(|_| fs::remove_file(&result));
                made.map_err(|reason| {
                    let (path, result) = (printable_path(path), printable_path(&result));
                    data(format!("{path}: its result {result} cannot be made: {reason}"))
                })?;
            }
        }
        Ok(())
    }

    /// Denoises image number `index`. Returns its line of the report.
    fn denoise(
        &self,
        index: usize,
        image: &OwnImage,
        folder: &RunFolder,
        name: &str,
        report: &Report,
    ) -> Result<String> {
        let Self { args, environment, trained: ModelFile { model, .. }, image: trained, noise } =
            *self;
        let [rows, cols] = image.size();
        let (longest, seed) = (rows.max(cols), args.seed.number());
        let shown =
            environment.show.then_some(if rows * cols <= SHOWN_WHOLE { longest } else { SMALL });
        let mut denoiser = ImageDenoiser {
            model,
            trained,
            noise: args.add_noise.map(|factor| GaussianNoise { factor, seed, fresh: false }),
            contrast: 1.0,
            strength: 1.0,
            kept_side: if longest <= SMALL { Some(longest) } else { shown },
        };
        let file = |what: &str| folder.file(&format!("{name}-{what}.png"));
        let path = &args.images[index];
        let found = noise.apply(&mut denoiser, index, path, image)?;
        let denoised = denoiser.denoise(index, path, image, &file("denoised"))?;
        folder.keep();
        let mut line = format!("{cols} x {rows} pixels");
        if image.loses_color() {
            line += " in gray (--keep-color keeps the colors)";
        }
        if let Some(found) = found {
            line += &format!(", {found}");
            report.note(|results| results.found_noise(found));
        }
        let mut small_noisy = None;
        if args.add_noise.is_some() {
            let noisy = denoiser.write_noisy(index, image, &file("noisy"))?;
            let [noisy_psnr, psnr] =
                [&noisy, &denoised].map(|written| decibels(written.errors.psnr()));
            line += &format!(", PSNR {noisy_psnr} dB noisy, {psnr} dB denoised");
            small_noisy = noisy.small;
        }
        if let (Some(original), Some(denoised)) = (denoiser.small(image)?, denoised.small) {
            let gallery = (longest <= SMALL).then(|| file("gallery"));
            self.gallery(gallery, path, [Some(original), small_noisy, Some(denoised)])?;
        }
        Ok(line)
    }

    /// Draws the image before and after denoising: as a file if it is small, in the terminal if
    /// `--show` asks for it.
    fn gallery(
        &self,
        path: Option<PathBuf>,
        image: &Path,
        versions: [Option<Raster>; 3],
    ) -> Result<()> {
        let title = image.file_name().unwrap_or_default().to_string_lossy();
        let noisy = if self.args.add_noise == Some(0.0) { "with noise of 0" } else { "with noise" };
        let captions = ["original", noisy, "denoised"];
        let extents = |image: &Raster| [image.rows(), image.cols(), image.channels().count()];
        let size = versions.iter().flatten().next().map(extents);
        let rows: Vec<(&str, Tensor)> = captions
            .into_iter()
            .zip(&versions)
            .filter_map(|(caption, image)| Some((caption, unit_levels(image.as_ref()?.values()))))
            .collect();
        let rows: Vec<(&str, &Tensor)> = rows.iter().map(|(name, row)| (*name, row)).collect();
        let (show, size) = (self.environment.show, size.unwrap_or_default());
        pictures::shown_gallery(show, path.as_deref(), &printable(&title), size, &rows)
    }
}

/// Returns a name for each file's results: the file's stem, numbered if two are the same.
fn names(paths: &[PathBuf]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut name_of = |path: &PathBuf| {
        let stem = result_stem(path);
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
        let paths =
            ["a/x.png", "x.png", "b/X.PNG", "x-2.png", "x", "y.tar.png", "-"].map(PathBuf::from);
        assert_eq!(names(&paths), ["x", "x-2", "X-3", "x-2-2", "x-4", "y.tar", "stdin"]);
    }
}
