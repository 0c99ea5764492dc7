//! Finds a drawing on photographed paper, which is gray, uneven and noisy.
//!
//! No single threshold separates such paper from ink: paper in a shadow can be darker than ink in
//! the light. But the paper's gray changes slowly, and strokes are narrow. So the gray of the paper
//! is estimated at each place, and pixels that exceed it are ink:
//!
//! 1. *Soften* the image: a mean over neighbors has less than half of the noise.
//! 2. *Open* it (`window.rs`) with squares wider than a stroke. This removes strokes and keeps
//!    shadows and their edges. The result is a little too dark, because it is a minimum over noise.
//! 3. Leave out the pixels that exceed the opened image most, and average the others locally. The
//!    result is the paper.
//! 4. Ink is what exceeds the paper by nearly half as much as the drawing's strongest strokes do.
//!    J. Sauvola and M. Pietikäinen, "Adaptive document image binarization", Pattern Recognition
//!    33 (2000), compare such local thresholds; theirs is computed from the local mean and
//!    deviation.
//! 5. Remove connected parts that are specks, or that touch the border, like the edge of the table.
//!
//! The image must be a negative, with bright ink on dark paper, as in MNIST.

use crate::gray::GrayImage;
use crate::parts::keep_drawing;
use crate::window::Field;

/// The maximum side of the image. Larger photographs are reduced first.
const LONGEST: usize = 1024;

/// The reach of the opening's squares to each side, as a share of the image's longest side. This
/// removes strokes as wide as a fifth of the image, twice the width of those in MNIST.
const REACH: f32 = 0.1;

/// The minimum contrast of ink, as a share of the contrast of the strongest strokes.
const INK: f32 = 0.4;

/// Strokes must exceed the noise by this many standard deviations.
const ABOVE_NOISE: f32 = 5.0;

/// The minimum contrast of a drawing, out of 255.
const LEAST_CONTRAST: f32 = 12.0;

/// One of this many pixels is at least as bright as the strongest strokes.
const STRONGEST: usize = 4000;

/// Returns the drawing, white on black, without its paper. `None` if nothing stands out from the
/// paper.
pub(crate) fn without_paper(image: &GrayImage) -> Option<GrayImage> {
    let image = reduced(image);
    let values = image.pixels().iter().map(|&pixel| f32::from(pixel)).collect();
    let soft = Field::new(image.cols(), values).softened();
    let reach = (REACH * image.rows().max(image.cols()) as f32).ceil() as usize;
    let excess = soft.with(&paper(&soft, reach), |value, paper| value - paper);
    let contrast = contrast(&excess)?;
    let mut ink: Vec<bool> = excess.values.iter().map(|&value| value > INK * contrast).collect();
    keep_drawing(&mut ink, image.cols());
    let level = |(excess, near): (&f32, f32)| match near > 0.0 {
        // From a fifth of the contrast to four fifths: strokes keep soft edges.
        true => ((excess / contrast - 0.2) / 0.6).clamp(0.0, 1.0),
        false => 0.0,
    };
    let near = Field::new(image.cols(), ink.iter().map(|&ink| f32::from(u8::from(ink))).collect());
    let levels: Vec<f32> = excess.values.iter().zip(near.sums(1).values).map(level).collect();
    let drawing = GrayImage::from_levels(image.rows(), image.cols(), &levels);
    drawing.pixels().iter().any(|&pixel| pixel > 0).then_some(drawing)
}

/// The image with sides of at most [`LONGEST`].
pub(crate) fn reduced(image: &GrayImage) -> GrayImage {
    let longest = image.rows().max(image.cols());
    if longest <= LONGEST {
        return image.clone();
    }
    let side = |side: usize| (side * LONGEST / longest).max(1);
    image.resize(side(image.rows()), side(image.cols()))
}

/// Returns the gray of the paper at each place.
fn paper(soft: &Field, reach: usize) -> Field {
    let opened = soft.opened(reach);
    let excess = soft.with(&opened, |value, opened| value - opened);
    // At least half of the pixels are paper; noise reaches about as far above them as below.
    let limit = 3.0 * quantile(&excess, 2).max(1.0);
    let is_paper = excess.with(&excess, |excess, _| if excess <= limit { 1.0 } else { 0.0 });
    let (sums, counts) =
        (soft.with(&is_paper, |v, is| v * is).sums(reach / 2), is_paper.sums(reach / 2));
    let mean = sums.with(&counts, |sum, count| if count > 0.0 { sum / count } else { f32::MIN });
    // At the edge of a shadow the mean lies between the two sides, but the opened image does not.
    mean.with(&opened, f32::max)
}

/// Returns how far the strongest strokes exceed the paper, if they exceed its noise.
fn contrast(excess: &Field) -> Option<f32> {
    let strongest = quantile(excess, STRONGEST);
    let sizes = excess.with(excess, |value, _| value.abs());
    // The median of sizes is 0.674 standard deviations of noise.
    let noise = quantile(&sizes, 2) / 0.674;
    (strongest >= LEAST_CONTRAST && INK * strongest >= noise * (ABOVE_NOISE * INK).max(2.5))
        .then_some(strongest)
}

/// The value that one in `share` pixels reaches, but at least 16 pixels.
fn quantile(field: &Field, share: usize) -> f32 {
    let mut values = field.values.clone();
    let rank = (values.len() / share).max(16).min(values.len() - 1);
    let at = values.len() - 1 - rank;
    *values.select_nth_unstable_by(at, f32::total_cmp).1
}
