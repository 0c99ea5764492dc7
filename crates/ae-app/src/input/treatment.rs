//! How a model of gray images takes color, and a model of color images gray.

use crate::exit::{Refusal, usage};
use ae_image::{Channels, GrayImage, Raster, interleaved, luma_of, repeat_gray, set_luma};

/// What a model of gray images does with a color image to keep its colors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeepColor {
    /// It takes the luma; the chroma stays.
    Luma,
    /// It takes red, green and blue one after the other.
    Channels,
}

/// How a model takes an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Treatment {
    /// As it is: a gray model a gray image, a color model a color image.
    Whole(Channels),
    /// A gray model takes red, green and blue as three gray images.
    ByChannel,
    /// A gray model takes the luma of a color image.
    ByLuma,
    /// A color model takes a gray image three times. The luma of its output is the result.
    Repeated,
}

impl Treatment {
    /// Returns the treatment of an image by a model of `model` channels. A gray model takes a color
    /// image as gray unless it is asked to keep its colors.
    pub(crate) fn of(model: Channels, keep: Option<KeepColor>, is_colored: bool) -> Self {
        match (model, is_colored, keep) {
            (Channels::Rgb, true, _) => Self::Whole(Channels::Rgb),
            (Channels::Rgb, false, _) => Self::Repeated,
            (Channels::Gray, true, Some(KeepColor::Luma)) => Self::ByLuma,
            (Channels::Gray, true, Some(KeepColor::Channels)) => Self::ByChannel,
            (Channels::Gray, ..) => Self::Whole(Channels::Gray),
        }
    }

    /// Refuses the option for a model of color images, which has no use for it.
    pub(crate) fn check(model: Channels, keep: Option<KeepColor>) -> Result<(), Refusal> {
        match (model, keep) {
            (Channels::Rgb, Some(_)) => Err(usage(
                "--keep-color: expected a model of gray images, found one of color images, \
                 which takes red, green and blue together; leave the option out",
            )),
            _ => Ok(()),
        }
    }

    /// The channels in which the image is read and the result is written.
    pub(crate) fn image(self) -> Channels {
        match self {
            Self::Whole(channels) => channels,
            Self::ByChannel | Self::ByLuma => Channels::Rgb,
            Self::Repeated => Channels::Gray,
        }
    }

    /// The channels of the rows that go through the model, before a gray model takes them one by
    /// one.
    pub(crate) fn through(self) -> Channels {
        match self {
            Self::Whole(channels) => channels,
            Self::ByLuma => Channels::Gray,
            Self::ByChannel | Self::Repeated => Channels::Rgb,
        }
    }

    /// Turns a row of the image into a row for the model.
    pub(crate) fn to_model(self, row: &[f32], out: &mut [f32]) {
        match self {
            Self::Whole(_) | Self::ByChannel => out.copy_from_slice(row),
            Self::ByLuma => luma_of(row, out),
            Self::Repeated => repeat_gray(row, out),
        }
    }

    /// Turns a row of the model's output into a row of the result. `row` is the row of the image
    /// that the model got.
    pub(crate) fn to_image(self, output: &[f32], row: &[f32]) -> Vec<f32> {
        match self {
            Self::Whole(_) | Self::ByChannel => output.to_vec(),
            Self::ByLuma => {
                let mut row = row.to_vec();
                set_luma(&mut row, output);
                row
            }
            Self::Repeated => {
                let mut gray = vec![0.0; row.len()];
                luma_of(output, &mut gray);
                gray
            }
        }
    }

    /// Returns the samples for the model, one after the other, for an image of the model's size.
    /// `luma` is the same image in gray.
    pub(crate) fn samples(self, image: &Raster, luma: &GrayImage) -> Vec<u8> {
        match self {
            Self::Whole(_) => image.values().to_vec(),
            Self::ByLuma => luma.pixels().to_vec(),
            Self::ByChannel => {
                image.planes().into_iter().flat_map(GrayImage::into_pixels).collect()
            }
            Self::Repeated => image.values().iter().flat_map(|&gray| [gray; 3]).collect(),
        }
    }

    /// Returns the values of the result for these outputs of the model for [`Treatment::samples`].
    /// `image` has the values of the image in [0, 1].
    pub(crate) fn result(self, outputs: &[f32], image: &[f32]) -> Vec<f32> {
        match self {
            Self::ByChannel => interleaved(outputs),
            Self::Whole(_) | Self::ByLuma | Self::Repeated => self.to_image(outputs, image),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEEP: [Option<KeepColor>; 3] = [None, Some(KeepColor::Luma), Some(KeepColor::Channels)];

    #[test]
    fn a_gray_image_is_gray_for_any_model_and_option() {
        for keep in KEEP {
            let gray = Treatment::of(Channels::Gray, keep, false);
            assert_eq!(gray, Treatment::Whole(Channels::Gray));
            assert_eq!(Treatment::of(Channels::Rgb, keep, false), Treatment::Repeated);
            assert_eq!(Treatment::of(Channels::Rgb, keep, false).image(), Channels::Gray);
        }
        let colored = KEEP.map(|keep| Treatment::of(Channels::Gray, keep, true).image());
        assert_eq!(colored, [Channels::Gray, Channels::Rgb, Channels::Rgb]);
    }

    /// A model that returns its input returns every image, whatever the treatment.
    #[test]
    fn what_a_model_does_not_change_stays_the_same() {
        let color = [0.25, 0.5, 0.75, 0.1, 0.2, 0.9];
        let gray = [0.25, 0.75];
        for (treatment, row) in [
            (Treatment::Whole(Channels::Gray), &gray[..]),
            (Treatment::Whole(Channels::Rgb), &color),
            (Treatment::ByChannel, &color),
            (Treatment::ByLuma, &color),
            (Treatment::Repeated, &gray),
        ] {
            let pixels = row.len() / treatment.image().count();
            let mut through = vec![0.0; pixels * treatment.through().count()];
            treatment.to_model(row, &mut through);
            let result = treatment.to_image(&through, row);
            assert!(result.iter().zip(row).all(|(a, b)| (a - b).abs() < 1e-6), "{treatment:?}");
        }
    }

    #[test]
    fn samples_and_results_of_a_whole_image_belong_together() {
        let values: Vec<u8> = (0..12).map(|i| 20 * i).collect();
        let image = Raster::new(2, 2, Channels::Rgb, values.clone());
        let luma = GrayImage::new(2, 2, vec![1, 2, 3, 4]);
        let levels = |bytes: &[u8]| bytes.iter().map(|&b| f32::from(b) / 255.0).collect::<Vec<_>>();
        let samples = Treatment::ByChannel.samples(&image, &luma);
        assert_eq!(samples[..4], [0, 60, 120, 180]);
        assert_eq!(
            Treatment::ByChannel.result(&levels(&samples), &levels(&values)),
            levels(&values)
        );
        assert_eq!(Treatment::ByLuma.samples(&image, &luma), [1, 2, 3, 4]);
        let gray = Raster::from(luma.clone());
        assert_eq!(Treatment::Repeated.samples(&gray, &luma)[..6], [1, 1, 1, 2, 2, 2]);
    }

    #[test]
    fn a_color_model_has_no_use_for_the_option() {
        for keep in KEEP {
            assert!(Treatment::check(Channels::Gray, keep).is_ok());
            assert_eq!(Treatment::check(Channels::Rgb, keep).is_err(), keep.is_some());
        }
    }
}
