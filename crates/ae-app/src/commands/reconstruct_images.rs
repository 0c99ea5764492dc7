//! `ae-app reconstruct` with images from files instead of test images.

use super::shared::{environment, trained_size};
use crate::cli::ReconstructArgs;
use crate::exit::{Refusal, data, usage};
use crate::input::{
    OwnImage, Taking, check_sources, learned_dark_on_light, prefers, warn_of_negative,
};
use crate::report::{Output, Report, counted, pictures};
use crate::run::{Ending, close};
use ae_files::printable_path;
use ae_idx::MNIST;
use ae_image::MNIST_SIDE;
use ae_run::ModelFile;
use ae_train::Samples;
use anyhow::Result;
use std::path::Path;

/// The maximum number of images in a gallery.
const MOST_IMAGES: usize = 100;

/// Draws the images, the model's inputs, and the reconstructions.
pub(super) fn run(args: ReconstructArgs, output: Output) -> Result<Ending> {
    let model = &args.model;
    let trained = ModelFile::load(&model.model)?;
    let size @ [height, width] = trained_size(&model.model, &trained)?;
    let of_mnist = size == [MNIST_SIDE; 2];
    if args.center && !of_mnist {
        let message = format!(
            "--centre: makes images of {MNIST_SIDE} x {MNIST_SIDE}, the model takes {height} x {width}"
        );
        return Err(usage(message).into());
    }
    if args.images.len() > MOST_IMAGES {
        let found = counted(args.images.len(), "image");
        let message = format!("reconstruct: expected at most {MOST_IMAGES} images, found {found}");
        return Err(usage(message).into());
    }
    let center = args.center || !args.no_center && of_mnist && trained.config.is_of(&MNIST);
    check_sources(&args.images)?;
    let environment = environment(model.work.clone(), model.data.data_dir.clone(), output);
    let learned_dark_on_light =
        environment.on_threads(|| Ok(learned_dark_on_light(&trained, size)))?;
    let taking = Taking { invert: args.invert, learned_dark_on_light, max_pixels: args.max_pixels };
    let (mut originals, mut seen) = (Vec::new(), Vec::new());
    for path in &args.images {
        let image = OwnImage::open(path, taking)?.read()?;
        let paper = if image.looks_dark_on_light() { 255 } else { 0 };
        originals.extend(image.fit(height, width, paper).into_pixels());
        let versions = [image.clone(), image.invert()];
        let [plain, negative] = versions.map(|image| match center {
            true => image.drawing(args.paper),
            false => Some(image.resize(height, width)),
        });
        let (taken, other) = if args.invert { (negative, plain) } else { (plain, negative) };
        let taken = taken.ok_or_else(|| no_drawing(path, args.paper))?;
        if other.is_some_and(|other| prefers(&trained, &other, &taken)) {
            warn_of_negative(path, args.invert, learned_dark_on_light);
        }
        seen.extend(taken.into_pixels());
    }
    environment.on_threads(|| {
        let report = Report::new(output);
        let input = trained.model.sequential().input_shape();
        let all: Vec<usize> = (0..args.images.len()).collect();
        let tensor = |pixels: &[u8]| Samples::new(pixels, input).gather(&all);
        let (originals, shown) = (tensor(&originals), tensor(&seen));
        let made = trained.model.reconstruct(&Samples::new(&seen, input));
        pictures::check_gallery(size, &shown, 3)?;
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

fn no_drawing(path: &Path, paper: Option<u8>) -> Refusal {
    let brighter = paper.map_or_else(|| "its paper".into(), |paper| format!("{paper} of 255"));
    data(format!(
        "{}: expected a drawing, something brighter than {brighter} on a dark background, found none \
         (--invert for dark on light, --paper for another limit, --no-centre for no drawing at all)",
        printable_path(path)
    ))
}
