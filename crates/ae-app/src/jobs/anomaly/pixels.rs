//! Whether the heat maps are hot where a defect is.

use super::scoring::{AT_A_TIME, Scorer};
use crate::exit::warn;
use crate::report::Report;
use ae_lab::anomaly::PixelRanking;
use ae_train::Examples;
use anyhow::Result;
use serde::Serialize;

/// How well the pixels of heat maps tell defects from the rest, over all test images.
#[derive(Debug, Serialize)]
pub(super) struct Pixels {
    /// The AUROC of the mean error of the window around each pixel.
    auroc: f64,
    /// The AUROC of the error of each pixel by itself.
    error_auroc: f64,
    /// The share of the pixels that are a part of a defect.
    defective: f64,
    /// The number of pixels.
    pixels: usize,
    /// The side of a window.
    patch: usize,
}

impl Pixels {
    /// Measures the heat maps of images by their masks. Returns `None` and warns if no pixel is
    /// marked, or every one.
    pub(super) fn measure(
        scorer: &Scorer<'_>,
        images: Examples<'_>,
        masks: Examples<'_>,
    ) -> Result<Option<Self>> {
        let [mut smooth, mut single] = [PixelRanking::default(), PixelRanking::default()];
        let indices: Vec<_> = (0..images.count()).collect();
        for part in indices.chunks(AT_A_TIME) {
            let defect: Vec<bool> =
                masks.inputs(part).data().iter().map(|&level| level > 0.5).collect();
            let (inputs, made) = scorer.reconstructed(&images.inputs(part));
            let maps = scorer.maps(&inputs, &made);
            single.add(maps.data(), &defect)?;
            smooth.add(scorer.smoothed(&maps).data(), &defect)?;
        }
        let (defective, pixels, patch) = (single.share(), single.count(), scorer.patch);
        if defective == 0.0 || (1.0 - defective) == 0.0 {
            let which = if defective == 0.0 { "no pixel" } else { "every pixel" };
            warn(&format!(
                "masks: {which} of the test images is marked at this size, so the heat maps are not measured"
            ));
            return Ok(None);
        }
        let (auroc, error_auroc) = (smooth.auroc()?, single.auroc()?);
        Ok(Some(Self { auroc, error_auroc, defective, pixels, patch }))
    }

    pub(super) fn report(&self, report: &Report) {
        let &Self { auroc, error_auroc, defective, pixels, patch } = self;
        report.item(
            "pixels",
            format_args!(
                "AUROC {auroc:.4} of the mean error in windows of {patch} x {patch}, {error_auroc:.4} of the error; \
                 {:.2} % of {pixels} pixels are defective",
                100.0 * defective
            ),
        );
    }
}
