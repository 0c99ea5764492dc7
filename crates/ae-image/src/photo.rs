//! A drawing on photographed paper: gray, darker in one corner than in the other, and noisy.
//!
//! No single level separates such paper from ink: paper in a shadow can be darker than ink in the
//! light. But the paper changes slowly, and strokes are narrow. So the paper's level is estimated
//! for each place, and what exceeds it is ink:
//!
//! 1. *Soften* the image: the mean of neighbors has less than half of the noise.
//! 2. *Open* it (`window.rs`) with a square wider than a stroke. Strokes are gone, and shadows and
//!    their edges stay. The result is a little too dark, since it is a minimum over noise.
//! 3. What exceeds the opened image most is left out, and the rest averaged locally: the paper.
//! 4. Ink is what exceeds the paper by nearly half as much as the drawing's strongest strokes do.
//!    J. Sauvola and M. Pietikäinen, "Adaptive document image binarization", Pattern Recognition
//!    33 (2000), compare such local thresholds; theirs is computed from the local mean and
//!    deviation.
//! 5. Of the connected parts, specks are left out, and what reaches the border: the table's edge.
//!
//! All of this is for bright ink on dark paper, as a network of MNIST sees it: a negative.

use crate::gray::GrayImage;
use crate::parts::keep_drawing;
use crate::window::Field;

/// The longest side that is worked with. Larger photographs are reduced first.
const LONGEST: usize = 1024;

/// The share of the longest side that the opening's square reaches to each side. Strokes of a fifth
/// of the image are removed, which are twice as wide as those of MNIST.
const REACH: f32 = 0.1;

/// The share of the strongest strokes' contrast from which a pixel is ink.
const INK: f32 = 0.4;

/// Strokes must exceed the noise by this many standard deviations.
const ABOVE_NOISE: f32 = 5.0;

/// The least contrast of a drawing, of 255.
const LEAST_CONTRAST: f32 = 12.0;

/// One of this many pixels is at least as bright as the strongest strokes.
const STRONGEST: usize = 4000;

/// The drawing, white on black, without its paper. `None` if nothing stands out from the paper.
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

/// The level of the paper at each place.
fn paper(soft: &Field, reach: usize) -> Field {
    let opened = soft.opened(reach);
    let excess = soft.with(&opened, |value, opened| value - opened);
    // Half of the pixels are surely paper; noise reaches about as far above them as below.
    let limit = 3.0 * quantile(&excess, 2).max(1.0);
    let is_paper = excess.with(&excess, |excess, _| if excess <= limit { 1.0 } else { 0.0 });
    let (sums, counts) =
        (soft.with(&is_paper, |v, is| v * is).sums(reach / 2), is_paper.sums(reach / 2));
    let mean = sums.with(&counts, |sum, count| if count > 0.0 { sum / count } else { f32::MIN });
    // At the edge of a shadow the mean is between the two sides; the opened image is not.
    mean.with(&opened, f32::max)
}

/// How far the strongest strokes exceed the paper, if they exceed its noise.
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
