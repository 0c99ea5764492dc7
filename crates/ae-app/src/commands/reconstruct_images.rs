//! `ae-app reconstruct` with images from files instead of test images.

use super::shared::{channels_of, environment, keep_color, trained_image};
use crate::cli::ReconstructArgs;
use crate::exit::{Refusal, data, usage};
use crate::input::{
    OwnImage, Taking, Treatment, check_sources, learned_dark_on_light, prefers, unit_levels,
    warn_of_negative,
};
use crate::report::{Output, Report, counted, pictures};
use crate::run::{Ending, close};
use ae_files::printable_path;
use ae_idx::MNIST;
use ae_image::{Channels, GrayImage, MNIST_SIDE, Raster, repeat_gray};
use ae_run::ModelFile;
use ae_tensor::Tensor;
use ae_train::Samples;
use anyhow::Result;
use std::path::Path;

/// The maximum number of images in a gallery.
const MOST_IMAGES: usize = 100;

/// Draws the images, the model's inputs, and the reconstructions.
pub(super) fn run(args: ReconstructArgs, output: Output) -> Result<Ending> {
    let model = &args.model;
    let trained = ModelFile::load(&model.model)?;
    let image @ [height, width, _] = trained_image(&model.model, &trained)?;
    let keep_color = keep_color(args.keep_color);
    Treatment::check(channels_of(image), keep_color)?;
    let of_mnist = image == [MNIST_SIDE, MNIST_SIDE, 1];
    if args.center && !of_mnist {
        let message = format!(
            "--centre: makes images of {MNIST_SIDE} x {MNIST_SIDE}, the model takes {height} x {width}"
        );
        return Err(usage(message).into());
    }
    if args.center && keep_color.is_some() {
        let message = "--centre: makes a gray drawing, so --keep-color cannot be given as well";
        return Err(usage(message).into());
    }
    if args.images.len() > MOST_IMAGES {
        let found = counted(args.images.len(), "image");
        let message = format!("reconstruct: expected at most {MOST_IMAGES} images, found {found}");
        return Err(usage(message).into());
    }
    let by_itself = of_mnist && trained.config.is_of(&MNIST) && keep_color.is_none();
    let center = args.center || !args.no_center && by_itself;
    check_sources(&args.images)?;
    let environment = environment(model.work.clone(), model.data.data_dir.clone(), output);
    let learned_dark_on_light = environment.on_threads(|| Ok(learned_dark_on_light(&trained)))?;
    let taking = Taking {
        invert: args.invert,
        model: channels_of(image),
        keep_color,
        learned_dark_on_light,
        max_pixels: args.max_pixels,
    };
    let mut taken = Vec::new();
    for path in &args.images {
        let image = Taken::open(path, taking, [height, width], center.then_some(args.paper))?;
        let Some(image) = image else { return Err(no_drawing(path, args.paper).into()) };
        if image.other.as_ref().is_some_and(|other| prefers(&trained, other, &image.samples)) {
            warn_of_negative(path, args.invert, learned_dark_on_light);
        }
        taken.push(image);
    }
    environment.on_threads(|| {
        let report = Report::new(output);
        let in_color = taken.iter().any(|image| image.original.channels() == Channels::Rgb);
        let channels = if in_color { Channels::Rgb } else { Channels::Gray };
        let size = [height, width, channels.count()];
        let row = |levels: &dyn Fn(&Taken) -> (Channels, Vec<f32>)| {
            let values =
                taken.iter().map(levels).flat_map(|(of, values)| widen(values, of, channels));
            let values: Vec<f32> = values.collect();
            Tensor::new([values.len()], values)
        };
        let levels = |image: &Raster| (image.channels(), unit_levels(image.values()).into_data());
        let originals = row(&|image| levels(&image.original));
        let shown = row(&|image| levels(&image.seen));
        pictures::check_gallery(size, &shown, 3)?;
        let made = row(&|image| image.reconstructed(&trained));
        let folder = environment.folder("reconstruct-images")?;
        let as_seen =
            if center { "centered, as the model sees it" } else { "as the model sees it" };
        pictures::gallery(
            environment.show,
            &folder.file(RECONSTRUCTION),
            "",
            size,
            &[("input", &originals), (as_seen, &shown), ("reconstruction", &made)],
        )?;
        let what =
            [(RECONSTRUCTION, "the images, as the model sees them, and what it makes of them")];
        close(&folder, &report, &what)
    })
}

const RECONSTRUCTION: &str = "reconstruction.png";

/// An image in the size of the model's images.
pub(super) struct Taken {
    treatment: Treatment,
    /// As it was read.
    original: Raster,
    /// As the model sees it, in the channels of the result.
    seen: Raster,
    /// The samples for the model.
    pub(super) samples: Vec<u8>,
    /// The samples of the negative, if it can be taken.
    pub(super) other: Option<Vec<u8>>,
}

impl Taken {
    /// Opens an image. With `paper`, its drawing is cut out and centered; `None` if there is none.
    pub(super) fn open(
        path: &Path,
        taking: Taking,
        [height, width]: [usize; 2],
        paper: Option<Option<u8>>,
    ) -> Result<Option<Self>> {
        let file = OwnImage::open(path, taking)?;
        let treatment = file.treatment();
        let (gray, raster) = (file.read()?, file.read_raster()?);
        let background = if gray.looks_dark_on_light() { 255 } else { 0 };
        let original = raster.fit(height, width, background);
        let versions = [(gray.clone(), raster.clone()), (gray.invert(), raster.invert())];
        let [plain, negative] = versions.map(|(gray, raster)| match paper {
            Some(paper) => gray.drawing(paper).map(|drawing| (drawing.clone(), drawing.into())),
            None => Some((gray.resize(height, width), raster.resize(height, width))),
        });
        let (taken, other) = if taking.invert { (negative, plain) } else { (plain, negative) };
        let samples = |(gray, raster): &(GrayImage, Raster)| treatment.samples(raster, gray);
        Ok(taken.map(|taken| Self {
            treatment,
            original,
            samples: samples(&taken),
            other: other.as_ref().map(samples),
            seen: taken.1,
        }))
    }

    /// Returns the model's reconstruction, with its channels.
    fn reconstructed(&self, trained: &ModelFile) -> (Channels, Vec<f32>) {
        let input = trained.model.sequential().input_shape();
        let made = trained.model.reconstruct(&Samples::new(&self.samples, input));
        let seen = unit_levels(self.seen.values());
        (self.treatment.image(), self.treatment.result(made.data(), seen.data()))
    }
}

/// Returns values of these channels in the channels of a gallery: gray in color, if it has color.
fn widen(values: Vec<f32>, from: Channels, to: Channels) -> Vec<f32> {
    if from == to {
        return values;
    }
    let mut color = vec![0.0; to.count() * values.len()];
    repeat_gray(&values, &mut color);
    color
}

pub(super) fn no_drawing(path: &Path, paper: Option<u8>) -> Refusal {
    let brighter = paper.map_or_else(|| "its paper".into(), |paper| format!("{paper} of 255"));
    data(format!(
        "{}: expected a drawing, something brighter than {brighter} on a dark background, found none \
         (--invert for dark on light, --paper for another limit, --no-centre for no drawing at all)",
        printable_path(path)
    ))
}
