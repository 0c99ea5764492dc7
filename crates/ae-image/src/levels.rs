//! Luma and chroma of rows of color, as numbers in [0, 1]: for a model of gray images that works on
//! the luma of a color image.
//!
//! A color is its luma Y and two differences, B - Y and R - Y, the chroma. Adding the same number
//! to red, green and blue changes the luma by that number, since its weights add up to 1, and
//! leaves both differences as they are. So a new luma Y' with the old chroma is the color plus
//! Y' - Y in each channel; no conversion to YCbCr is necessary.

use crate::luma::WEIGHTS;

/// The luma of each pixel of a row of color, red, green and blue side by side, with the weights of
/// Rec. 709.
///
/// # Panics
/// If `color` does not have three values for each of `luma`.
pub fn luma_of(color: &[f32], luma: &mut [f32]) {
    check(color, luma);
    for (luma, pixel) in luma.iter_mut().zip(color.chunks_exact(3)) {
        *luma = luma_of_pixel(pixel);
    }
}

/// Gives each pixel of a row of color another luma, and keeps its chroma. A value that would leave
/// [0, 1] is clamped, as the conversion from YCbCr does.
///
/// # Panics
/// If `color` does not have three values for each of `luma`.
pub fn set_luma(color: &mut [f32], luma: &[f32]) {
    check(color, luma);
    for (pixel, luma) in color.chunks_exact_mut(3).zip(luma) {
        let change = luma - luma_of_pixel(pixel);
        pixel.iter_mut().for_each(|value| *value = (*value + change).clamp(0.0, 1.0));
    }
}

/// Gray as color: red, green and blue of each pixel are the gray.
///
/// # Panics
/// If `color` does not have three values for each of `gray`.
pub fn repeat_gray(gray: &[f32], color: &mut [f32]) {
    check(color, gray);
    color.chunks_exact_mut(3).zip(gray).for_each(|(pixel, &gray)| pixel.fill(gray));
}

/// Red, green and blue one after the other become pixels with their three values side by side.
///
/// # Panics
/// If the number of values is not a multiple of three.
#[must_use]
pub fn interleaved(channels: &[f32]) -> Vec<f32> {
    let (values, pixels) = (channels.len(), channels.len() / 3);
    assert!(values == 3 * pixels, "{values} values of three channels");
    (0..pixels).flat_map(|i| [0, 1, 2].map(|channel| channels[channel * pixels + i])).collect()
}

fn luma_of_pixel(pixel: &[f32]) -> f32 {
    pixel.iter().zip(WEIGHTS).fold(0.0, |sum: f32, (value, weight)| value.mul_add(weight, sum))
}

fn check(color: &[f32], luma: &[f32]) {
    let (values, pixels) = (color.len(), luma.len());
    assert!(values == 3 * pixels, "a row of {values} values of color for {pixels} lumas");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_luma_keeps_the_chroma() {
        let old = [0.2, 0.5, 0.3, 0.9, 0.1, 0.4];
        let mut color = old;
        set_luma(&mut color, &[0.6, 0.3]);
        let mut luma = [0.0; 2];
        luma_of(&color, &mut luma);
        assert!((luma[0] - 0.6).abs() < 1e-6 && (luma[1] - 0.3).abs() < 1e-6, "{luma:?}");
        for (new, old) in color.chunks_exact(3).zip(old.chunks_exact(3)) {
            // Differences of channels, and so both differences to the luma, are what they were.
            for (a, b) in [(0, 1), (1, 2)] {
                assert!((new[a] - new[b] - (old[a] - old[b])).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn a_gray_pixel_becomes_the_luma_and_nothing_leaves_the_range() {
        let mut color = [0.25, 0.25, 0.25, 1.0, 0.0, 0.0];
        set_luma(&mut color, &[0.75, 0.9]);
        assert!(color[..3].iter().all(|value| (value - 0.75).abs() < 1e-6), "{color:?}");
        assert!(color[3] == 1.0 && color[4] > 0.5 && color[4] < 1.0, "{color:?}");
    }

    #[test]
    fn the_luma_of_a_primary_is_its_weight() {
        let mut luma = [0.0; 4];
        luma_of(&[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0], &mut luma);
        assert_eq!(luma[..3], WEIGHTS);
        assert!((luma[3] - 1.0).abs() < 1e-6);
    }

    #[test]
    fn gray_is_repeated_and_channels_are_joined() {
        let mut color = [9.0; 6];
        repeat_gray(&[0.25, 0.5], &mut color);
        assert_eq!(color, [0.25, 0.25, 0.25, 0.5, 0.5, 0.5]);
        assert_eq!(interleaved(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), [1.0, 3.0, 5.0, 2.0, 4.0, 6.0]);
    }

    #[test]
    #[should_panic(expected = "a row of 4 values of color for 1 lumas")]
    fn a_row_of_another_length() {
        luma_of(&[0.0; 4], &mut [0.0]);
    }
}
