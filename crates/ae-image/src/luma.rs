//! Converts the samples of a PNG file to gray or to color: luma, opacity, and the background.

use png::{BitDepth, ColorType};

/// The luma of one pixel and its opacity, 65,535 for opaque.
pub(crate) type GrayAlpha = [u16; 2];

/// Red, green and blue of one pixel and its opacity, 65,535 for opaque.
pub(crate) type ColorAlpha = [u16; 4];

/// The weights of red, green and blue in the luma: the second row of the matrix from the primaries
/// of Rec. 709 with its white, D65, to XYZ.
pub const WEIGHTS: [f32; 3] = [0.212_647_84, 0.715_179_2, 0.072_173_04];

/// Converts one row of samples, as the decoder gives them: 8 or 16 bits, big-endian, and no
/// palette.
///
/// # Panics
/// If the samples have fewer bits, or a palette: the decoder has been told to expand both.
pub(crate) fn convert(line: &[u8], color: ColorType, depth: BitDepth, out: &mut Vec<GrayAlpha>) {
    out.clear();
    match depth {
        BitDepth::Eight => with_samples(line.iter().map(|&s| Sample::from(s)), color, out),
        BitDepth::Sixteen => {
            let samples = line.chunks_exact(2).map(|s| u16::from_be_bytes([s[0], s[1]]));
            with_samples(samples.map(Sample::from), color, out);
        }
        depth => panic!("luma: samples of {depth:?} bits, expected 8 or 16"),
    }
}

/// A sample in 16 bits and, for the weighted sum, between 0 and 1.
#[derive(Clone, Copy)]
struct Sample {
    bits: u16,
    share: f32,
}

impl From<u8> for Sample {
    fn from(sample: u8) -> Self {
        const STEP: f32 = 1.0 / 255.0;
        Self { bits: 257 * u16::from(sample), share: f32::from(sample) * STEP }
    }
}

impl From<u16> for Sample {
    fn from(sample: u16) -> Self {
        const STEP: f32 = 1.0 / 65535.0;
        Self { bits: sample, share: f32::from(sample) * STEP }
    }
}

fn with_samples(
    mut samples: impl Iterator<Item = Sample>,
    color: ColorType,
    out: &mut Vec<GrayAlpha>,
) {
    let mut next = || samples.next();
    const OPAQUE: u16 = u16::MAX;
    match color {
        ColorType::Grayscale => {
            while let Some(gray) = next() {
                out.push([gray.bits, OPAQUE])
            }
        }
        ColorType::GrayscaleAlpha => {
            while let (Some(gray), Some(alpha)) = (next(), next()) {
                out.push([gray.bits, alpha.bits]);
            }
        }
        ColorType::Rgb => {
            while let (Some(red), Some(green), Some(blue)) = (next(), next(), next()) {
                out.push([luma(red, green, blue), OPAQUE]);
            }
        }
        ColorType::Rgba => {
            while let (Some(red), Some(green), Some(blue), Some(alpha)) =
                (next(), next(), next(), next())
            {
                out.push([luma(red, green, blue), alpha.bits]);
            }
        }
        ColorType::Indexed => panic!("luma: a palette, expected colors"),
    }
}

fn luma(red: Sample, green: Sample, blue: Sample) -> u16 {
    // One rounding for a product and its sum, on every CPU.
    let sum = [red, green, blue]
        .iter()
        .zip(WEIGHTS)
        .fold(0.0, |sum: f32, (sample, weight)| sample.share.mul_add(weight, sum));
    (sum * 65535.0).round() as u16
}

/// As [`convert`], in color; the red, green and blue of a gray are that gray.
///
/// # Panics
/// Those of [`convert`].
pub(crate) fn convert_color(
    line: &[u8],
    color: ColorType,
    depth: BitDepth,
    out: &mut Vec<ColorAlpha>,
) {
    let at = |i: usize| match depth {
        BitDepth::Eight => 257 * u16::from(line[i]),
        BitDepth::Sixteen => u16::from_be_bytes([line[2 * i], line[2 * i + 1]]),
        depth => panic!("color: samples of {depth:?} bits, expected 8 or 16"),
    };
    const OPAQUE: u16 = u16::MAX;
    let samples = color.samples();
    let pixel = |i: usize| match color {
        ColorType::Grayscale => [at(i), at(i), at(i), OPAQUE],
        ColorType::GrayscaleAlpha => [at(i), at(i), at(i), at(i + 1)],
        ColorType::Rgb => [at(i), at(i + 1), at(i + 2), OPAQUE],
        ColorType::Rgba => [at(i), at(i + 1), at(i + 2), at(i + 3)],
        ColorType::Indexed => panic!("color: a palette, expected colors"),
    };
    let bytes = if depth == BitDepth::Sixteen { 2 * samples } else { samples };
    out.clear();
    out.extend((0..line.len() / bytes).map(|i| pixel(samples * i)));
}

/// Returns whether a pixel that is not entirely transparent has a color.
///
/// # Panics
/// Those of [`convert`].
pub(crate) fn is_colored(line: &[u8], color: ColorType, depth: BitDepth) -> bool {
    let bytes = if depth == BitDepth::Sixteen { 2 } else { 1 };
    let samples = color.samples();
    samples >= 3
        && line.chunks_exact(samples * bytes).any(|pixel| {
            let sample = |i: usize| &pixel[i * bytes..][..bytes];
            let visible = samples == 3 || sample(3).iter().any(|&byte| byte > 0);
            visible && (sample(0) != sample(1) || sample(1) != sample(2))
        })
}

/// `alpha luma + (1 - alpha) background`, rounded once, from 16 bits to 8, for luma or for one
/// channel of a color. A value of 8 bits does not change: it is 257 times itself in 16 bits.
pub(crate) fn over([luma, alpha]: GrayAlpha, background: u8) -> u8 {
    const ONE: u64 = u16::MAX as u64;
    let (luma, alpha) = (u64::from(luma), u64::from(alpha));
    let sum = luma * alpha + 257 * u64::from(background) * (ONE - alpha);
    // At most 255, since both terms are shares of ONE * ONE.
    ((sum + ONE * 257 / 2) / (ONE * 257)) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gray_of_eight_bits_comes_out_as_it_went_in() {
        for value in 0..=255u8 {
            let luma = 257 * u16::from(value);
            assert_eq!(over([luma, u16::MAX], 77), value, "opaque");
            assert_eq!(over([luma, 0], value), value, "transparent: the background alone");
            assert_eq!(over([luma, 0x8080], value), value, "the same gray over itself");
        }
    }

    #[test]
    fn a_mixture_is_rounded_to_the_nearest_gray() {
        // Compared with f64 for a sample of all values. No mixture of these lies halfway between
        // two grays.
        for luma in (0..=u16::MAX).step_by(4999) {
            for alpha in (0..=u16::MAX).step_by(3571) {
                for background in [0, 1, 100, 255] {
                    let share = f64::from(alpha) / 65535.0;
                    let exact =
                        share * f64::from(luma) / 257.0 + (1.0 - share) * f64::from(background);
                    let found = f64::from(over([luma, alpha], background));
                    assert!((found - exact).abs() <= 0.5 + 1e-9, "{luma} {alpha} {background}");
                }
            }
        }
    }

    #[test]
    fn a_gray_written_in_color_is_the_same_gray() {
        let mut out = Vec::new();
        for gray in 0..=255u8 {
            convert(&[gray; 3], ColorType::Rgb, BitDepth::Eight, &mut out);
            assert_eq!(over(out[0], 0), gray);
        }
    }
}
