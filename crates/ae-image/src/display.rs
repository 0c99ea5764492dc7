//! How the pixels of a PNG file are to be displayed. These values are copied and never used in
//! computations.

use png::{
    ColorType, Encoder, Info, PixelDimensions, ScaledFloat, SourceChromaticities,
    SrgbRenderingIntent,
};
use std::io::Write;

/// How the pixels of a file are to be displayed: its chunks `pHYs` (pixels per meter), `gAMA` and
/// `sRGB`, and those that describe its colors, `cHRM` and `iCCP`, which only a color image gets.
///
/// The samples are used as they are stored, whatever these chunks say, as in Pillow and in Keras's
/// `load_img`. So an image computed from them is to be displayed in the same way, and gets the same
/// chunks.
#[derive(Clone, Debug, Default)]
pub struct Display {
    density: Option<PixelDimensions>,
    gamma: Option<ScaledFloat>,
    srgb: Option<SrgbRenderingIntent>,
    chromaticities: Option<SourceChromaticities>,
    /// Whole, as the file has it, but of a color image only: that of a gray image describes grays.
    profile: Option<Vec<u8>>,
}

impl Display {
    /// Reads the chunks. If `turned` is set, the upright image has the stored columns as rows.
    pub(crate) fn of(info: &Info<'_>, turned: bool) -> Self {
        let upright = |stored: PixelDimensions| match turned {
            true => PixelDimensions { xppu: stored.yppu, yppu: stored.xppu, ..stored },
            false => stored,
        };
        let in_color =
            matches!(info.color_type, ColorType::Rgb | ColorType::Rgba | ColorType::Indexed);
        let profile = info.icc_profile.as_deref().filter(|_| in_color);
        Self {
            density: info.pixel_dims.map(upright),
            gamma: info.gama_chunk,
            srgb: info.srgb,
            chromaticities: info.chrm_chunk,
            profile: profile.map(<[u8]>::to_vec),
        }
    }

    /// Adds what describes the colors of a color image.
    pub(crate) fn describe_colors(&self, info: &mut Info<'_>) {
        info.source_chromaticities = self.chromaticities;
        info.icc_profile = self.profile.clone().map(Into::into);
    }

    pub(crate) fn write<W: Write>(&self, encoder: &mut Encoder<'_, W>) {
        encoder.set_pixel_dims(self.density);
        if let Some(gamma) = self.gamma {
            encoder.set_source_gamma(gamma);
        }
        if let Some(intent) = self.srgb {
            encoder.set_source_srgb(intent);
        }
    }
}
