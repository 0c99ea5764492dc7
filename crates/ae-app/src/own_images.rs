//! Images of one's own: `ae-app denoise-image`, and `ae-app reconstruct` with files.

use crate::cli::{DenoiseImageArgs, ReconstructArgs};
use crate::exit::{DataError, UsageError, printable, warn};
use crate::interrupt::Ending;
use crate::job::on_threads;
use crate::model_file::ModelFile;
use crate::pictures;
use crate::report::{Report, counted, decibels};
use crate::run_folder::RunFolder;
use ae_image::{GrayImage, MNIST_SIDE, Options};
use ae_tensor::Tensor;
use ae_train::metrics::psnr;
use ae_train::{Corruption, GaussianNoise, ImageKey, Part, Samples, TILE, predict, predict_image};
use anyhow::Result;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The longer side of an image up to which there is a gallery of it: beyond, the files themselves are easier to look at.
const SMALL: usize = 512;
/// The most images in a gallery.
const MOST_IMAGES: usize = 100;

/// Reads an image; `invert` makes a negative of it, which a transparent sheet is told by being white.
fn read(path: &Path, invert: bool) -> Result<GrayImage> {
    let background = if invert { 255 } else { 0 };
    Ok(ae_image::read_file(path, &Options { background, ..Options::default() })?)
}

/// Says so when an image seems to need `--invert`.
fn check_light(path: &Path, image: &GrayImage, invert: bool) {
    if !invert && image.looks_dark_on_light() {
        let path = path.display();
        warn(&format!("{path}: looks dark on light, the model learnt light on dark; try --invert"));
    }
}

/// Pixels as the model takes them, values in [0, 1].
fn levels(image: &GrayImage) -> Tensor {
    let size = [image.rows(), image.cols()];
    Samples::new(image.pixels(), size).gather(&[0]).reshape(size)
}

/// Height and width of the images that the model was trained on, if it makes such images of them.
fn trained_size(place: &Path, trained: &ModelFile) -> Result<[usize; 2], DataError> {
    let size = trained.config.image();
    let (input, output) = (trained.model.input_shape(), trained.model.output_shape());
    let [height, width] = size;
    if [input.len(), output.len()].map(Some) == [height.checked_mul(width); 2] {
        return Ok(size);
    }
    Err(DataError(format!(
        "{}: expected a model of gray images of {height} x {width}, found one from {input} to {output}",
        place.display()
    )))
}

pub(crate) fn denoise(args: &DenoiseImageArgs) -> Result<Ending> {
    let trained = ModelFile::load(&args.model)?;
    if trained.config.job() != "denoise" {
        let message = format!(
            "denoise-image: expected a model of denoise, found one of {}",
            trained.config.job()
        );
        return Err(UsageError(message).into());
    }
    let size = trained_size(&args.model, &trained)?;
    on_threads(args.common.threads, || Denoise { args, trained: &trained, size }.run())
}

/// A denoising model and the images for it.
struct Denoise<'a> {
    args: &'a DenoiseImageArgs,
    trained: &'a ModelFile,
    size: [usize; 2],
}

/// An image before and after.
struct Denoised {
    /// With noise added, if any was.
    noisy: Option<GrayImage>,
    clean: GrayImage,
    /// What the report says of it.
    line: String,
}

impl Denoise<'_> {
    fn run(&self) -> Result<Ending> {
        let Self { args, .. } = self;
        let report = Report::new(args.common.output);
        // One after the other, and once more below: a hundred photographs do not fit into memory, and nothing shall be
        // written if one of them cannot be read.
        for path in &args.images {
            check_light(path, &read(path, args.invert)?, args.invert);
        }
        let folder = RunFolder::create(args.common.out.as_deref(), "denoise-image")?;
        report.line(format_args!("in {}:", crate::report::shown(folder.path())));
        for ((index, path), name) in args.images.iter().enumerate().zip(names(&args.images)) {
            let image = read(path, args.invert)?;
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
        report.end_in("done", &folder, None)?;
        Ok(Ending::Done)
    }

    /// What the model makes of image number `index`.
    fn denoise(&self, index: usize, path: &Path, image: &GrayImage) -> Result<Denoised> {
        let Self { args, trained: ModelFile { architecture, params, .. }, size } = self;
        let as_read = |image: GrayImage| if args.invert { image.invert() } else { image };
        let [rows, cols] = [image.rows(), image.cols()];
        let original = levels(&as_read(image.clone()));
        let mut input = original.clone();
        if let Some(factor) = args.add_noise {
            let noise = GaussianNoise { factor, seed: args.common.seed, fresh: false };
            let key = ImageKey { part: Part::Test, epoch: 0, image: index };
            noise.corrupt(key, original.data(), input.data_mut());
        }
        let output = predict_image(architecture, params, *size, &input, TILE);
        if output.data().iter().any(|value| !value.is_finite()) {
            let message = format!("{}: the model makes of it what are no numbers", path.display());
            return Err(DataError(message).into());
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

    /// Before and after side by side: as a file if the image is small, in the terminal if asked for.
    fn gallery(
        &self,
        path: &Path,
        image: &Path,
        original: &GrayImage,
        denoised: &Denoised,
    ) -> Result<()> {
        let title = image.file_name().unwrap_or_default().to_string_lossy();
        let size = [original.rows(), original.cols()];
        let mut rows = vec![("original", levels(original))];
        if let (Some(noisy), Some(factor)) = (&denoised.noisy, self.args.add_noise) {
            let caption = if factor > 0.0 { "with noise" } else { "with noise of 0" };
            rows.push((caption, levels(noisy)));
        }
        rows.push(("denoised", levels(&denoised.clean)));
        let rows: Vec<(&str, &Tensor)> = rows.iter().map(|(name, row)| (*name, row)).collect();
        let path = (size[0].max(size[1]) <= SMALL).then_some(path);
        pictures::shown_gallery(self.args.common.show, path, &printable(&title), size, &rows)
    }
}

/// A name for each file's results: its own without its ending, numbered where two are the same.
fn names(paths: &[PathBuf]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut name_of = |path: &PathBuf| {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let numbered = (2..).map(|number| format!("{stem}-{number}"));
        // Compared as a file system may that does not tell A from a.
        let mut free = std::iter::once(stem.clone()).chain(numbered);
        free.find(|name| taken.insert(name.to_lowercase())).unwrap_or(stem)
    };
    paths.iter().map(&mut name_of).collect()
}

/// `ae-app reconstruct` with images of one's own.
pub(crate) fn reconstruct(args: &ReconstructArgs) -> Result<Ending> {
    let model = &args.model;
    let trained = ModelFile::load(&model.model)?;
    let size @ [height, width] = trained_size(&model.model, &trained)?;
    let of_mnist = size == [MNIST_SIDE; 2];
    if args.centre && !of_mnist {
        let message = format!(
            "--centre: makes images of {MNIST_SIDE} x {MNIST_SIDE}, the model takes {height} x {width}"
        );
        return Err(UsageError(message).into());
    }
    if args.images.len() > MOST_IMAGES {
        let found = counted(args.images.len(), "image");
        let message = format!("reconstruct: expected at most {MOST_IMAGES} images, found {found}");
        return Err(UsageError(message).into());
    }
    let centre = args.centre || !args.no_centre && of_mnist && trained.config.learnt_mnist();
    let (mut originals, mut seen) = (Vec::new(), Vec::new());
    for path in &args.images {
        let image = read(path, args.invert)?;
        check_light(path, &image, args.invert);
        let paper = if image.looks_dark_on_light() { 255 } else { 0 };
        originals.extend(image.fit(height, width, paper).into_pixels());
        let image = if args.invert { image.invert() } else { image };
        seen.extend(match centre {
            true => centred(path, &image, args.paper)?.into_pixels(),
            false => image.resize(height, width).into_pixels(),
        });
    }
    let common = model.common();
    on_threads(common.threads, || {
        let report = Report::new(model.output);
        let input = trained.model.input_shape();
        let all: Vec<usize> = (0..args.images.len()).collect();
        let tensor = |pixels: &[u8]| Samples::new(pixels, input).gather(&all);
        let (originals, shown) = (tensor(&originals), tensor(&seen));
        let made = predict(&trained.model, &trained.params, Samples::new(&seen, input));
        pictures::check_gallery(size, &shown, 3)?;
        let folder = RunFolder::create(model.out.as_deref(), "reconstruct-images")?;
        let as_seen = if centre { "centred, as the model sees it" } else { "as the model sees it" };
        pictures::gallery(
            common.show,
            &folder.file(RECONSTRUCTION),
            "",
            size,
            &[("input", &originals), (as_seen, &shown), ("reconstruction", &made)],
        )?;
        let what =
            [(RECONSTRUCTION, "the images, as the model sees them, and what it makes of them")];
        crate::model_use::close(&folder, &report, &what)
    })
}

const RECONSTRUCTION: &str = "reconstruction.png";

/// The drawing placed as MNIST places its digits.
fn centred(path: &Path, image: &GrayImage, paper: Option<u8>) -> Result<GrayImage, DataError> {
    let paper = paper.unwrap_or_else(|| image.paper());
    image.centre_as_mnist(paper).ok_or_else(|| {
        DataError(format!(
            "{}: expected a drawing, something brighter than {paper} of 255 on dark ground, found none (--invert for dark on \
             light, --paper for another limit, --no-centre for no drawing at all)",
            path.display()
        ))
    })
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
