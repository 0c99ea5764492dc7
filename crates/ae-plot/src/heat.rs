//! The colors of heat maps: from black over violet, red and orange to a bright yellow.
//!
//! A reader compares brightness better than hue, and a gray print keeps nothing else. So the
//! lightness of the colors rises in equal steps with the value, as in the maps "inferno" and
//! "magma" of N. J. Smith and S. van der Walt (2015), while the hue makes levels easier to name.
//! The colors are computed in Oklab, in which equal steps look about equal: B. Ottosson, "A
//! perceptual color space for image processing" (2020).

use crate::theme::Rgb;

/// Lightness, chroma and hue (degrees) at equal distances. The lightness rises by equal steps; the
/// chroma stays within what a screen can show.
const KNOTS: [[f32; 3]; 7] = [
    [0.06, 0.010, 285.0],
    [0.21, 0.110, 295.0],
    [0.36, 0.150, 325.0],
    [0.51, 0.170, 372.0],
    [0.66, 0.180, 400.0],
    [0.81, 0.160, 432.0],
    [0.96, 0.110, 465.0],
];

/// Returns the color of a level from 0, black, to 1, a bright yellow. Levels beyond are clamped,
/// and NaN is black.
///
/// ```
/// let luma = |[red, green, blue]: [u8; 3]| 3 * red as u32 + 6 * green as u32 + blue as u32;
/// let [low, middle, high] = [0.1, 0.5, 0.9].map(ae_plot::heat_color);
/// assert!(luma(low) < luma(middle) && luma(middle) < luma(high));
/// ```
#[must_use]
pub fn heat_color(level: f32) -> Rgb {
    srgb(oklab(level)).map(|value| (value.clamp(0.0, 1.0) * 255.0).round() as u8)
}

/// The color of a level in Oklab: lightness, green to red, blue to yellow.
fn oklab(level: f32) -> [f32; 3] {
    let level = if level.is_nan() { 0.0 } else { level.clamp(0.0, 1.0) };
    let place = level * (KNOTS.len() - 1) as f32;
    let below = (place as usize).min(KNOTS.len() - 2);
    let part = place - below as f32;
    let [lightness, chroma, hue] =
        [0, 1, 2].map(|i| KNOTS[below][i] + part * (KNOTS[below + 1][i] - KNOTS[below][i]));
    let (sine, cosine) = hue.to_radians().sin_cos();
    [lightness, chroma * cosine, chroma * sine]
}

/// Oklab to the values of a screen; below 0 or above 1 if a screen cannot show the color. The
/// matrices are Ottosson's.
fn srgb([lightness, a, b]: [f32; 3]) -> [f32; 3] {
    let long = (lightness + 0.396_337_78 * a + 0.215_803_76 * b).powi(3);
    let medium = (lightness - 0.105_561_346 * a - 0.063_854_17 * b).powi(3);
    let short = (lightness - 0.089_484_18 * a - 1.291_485_5 * b).powi(3);
    let red = 4.076_741_7 * long - 3.307_711_6 * medium + 0.230_969_93 * short;
    let green = -1.268_438 * long + 2.609_757_4 * medium - 0.341_319_4 * short;
    let blue = -0.004_196_086_3 * long - 0.703_418_6 * medium + 1.707_614_7 * short;
    // The transfer function of IEC 61966-2-1.
    [red, green, blue].map(|value| {
        if value <= 0.003_130_8 { 12.92 * value } else { 1.055 * value.powf(1.0 / 2.4) - 0.055 }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_matrices_give_white_gray_and_red() {
        let near = |lab: [f32; 3], expected: [f32; 3]| {
            let found = srgb(lab);
            for (a, b) in found.iter().zip(expected) {
                assert!((a - b).abs() < 2e-3, "{lab:?}: {found:?} and not {expected:?}");
            }
        };
        near([1.0, 0.0, 0.0], [1.0; 3]);
        near([0.0, 0.0, 0.0], [0.0; 3]);
        // Pure red, from Ottosson's table of examples turned around.
        near([0.627_955, 0.224_863, 0.125_846], [1.0, 0.0, 0.0]);
    }

    #[test]
    fn every_color_fits_a_screen_and_is_lighter_than_the_one_before() {
        let luminance = |[r, g, b]: [f32; 3]| {
            let linear =
                |v: f32| if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) };
            0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
        };
        let mut last = -1.0;
        for i in 0..=1000 {
            let color = srgb(oklab(i as f32 / 1000.0));
            for value in color {
                assert!((-0.02..=1.02).contains(&value), "level {i}/1000: {color:?}");
            }
            let light = luminance(color);
            assert!(light > last, "level {i}/1000 is not lighter");
            last = light;
        }
    }

    #[test]
    fn levels_beyond_are_clamped_and_nan_is_black() {
        assert_eq!(heat_color(-3.0), heat_color(0.0));
        assert_eq!(heat_color(7.0), heat_color(1.0));
        assert_eq!(heat_color(f32::NAN), heat_color(0.0));
        assert!(heat_color(0.0).iter().all(|&v| v < 16), "{:?}", heat_color(0.0));
    }
}
