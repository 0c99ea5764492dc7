//! `ae-app reconstruct` with images from files instead of test images.

use super::shared::{environment, trained_size};
use crate::cli::ReconstructArgs;
use crate::exit::{Refusal, data, usage};
use crate::input::{read_image, warn_if_dark_on_light};
use crate::report::{Output, Report, counted, pictures};
use crate::run::{Ending, close};
use ae_idx::MNIST;
use ae_image::{GrayImage, MNIST_SIDE};
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
    if args.centre && !of_mnist {
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
    let centre = args.centre || !args.no_centre && of_mnist && trained.config.is_of(&MNIST);
    let (mut originals, mut seen) = (Vec::new(), Vec::new());
    for path in &args.images {
        let image = read_image(path, args.invert)?;
        warn_if_dark_on_light(path, &image, args.invert);
        let paper = if image.looks_dark_on_light() { 255 } else { 0 };
        originals.extend(image.fit(height, width, paper).into_pixels());
        let image = if args.invert { image.invert() } else { image };
        seen.extend(match centre {
            true => centred(path, &image, args.paper)?.into_pixels(),
            false => image.resize(height, width).into_pixels(),
        });
    }
    let environment = environment(model.work.clone(), model.data.data_dir.clone(), output);
    environment.on_threads(|| {
        let report = Report::new(output);
        let input = trained.model.sequential().input_shape();
        let all: Vec<usize> = (0..args.images.len()).collect();
        let tensor = |pixels: &[u8]| Samples::new(pixels, input).gather(&all);
        let (originals, shown) = (tensor(&originals), tensor(&seen));
        let made = trained.model.reconstruct(&Samples::new(&seen, input));
        pictures::check_gallery(size, &shown, 3)?;
        let folder = environment.folder("reconstruct-images")?;
        let as_seen = if centre { "centred, as the model sees it" } else { "as the model sees it" };
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

/// Places the drawing as MNIST places its digits.
fn centred(path: &Path, image: &GrayImage, paper: Option<u8>) -> Result<GrayImage, Refusal> {
    let paper = paper.unwrap_or_else(|| image.paper());
    image.centre_as_mnist(paper).ok_or_else(|| {
        data(format!(
            "{}: expected a drawing, something brighter than {paper} of 255 on dark ground, found none (--invert for dark on \
             light, --paper for another limit, --no-centre for no drawing at all)",
            path.display()
        ))
    })
}
