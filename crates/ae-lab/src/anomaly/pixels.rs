//! How well heat maps say where a defect is.

use super::ranking::finite;
use crate::LabError;

/// The pixels of heat maps in two groups, with 4 bytes for each: a thousand images of 256 x 256
/// pixels take 262 MB, where a [`RocCurve`](super::RocCurve) with all its points would take ten
/// times as much.
///
/// The pixels of all images are ranked together, those of normal images among them: this is the
/// pixel-level AUROC of P. Bergmann et al., "MVTec AD", 2019. An image with a large defect counts
/// more than one with a small defect, and a map that is equally bright everywhere gives 0.5.
///
/// ```
/// use ae_lab::anomaly::PixelRanking;
/// let mut pixels = PixelRanking::default();
/// pixels.add(&[0.1, 0.4, 0.35], &[false, false, true])?;
/// pixels.add(&[0.8], &[true])?;
/// // Three of the four pairs of a sound and a defective pixel are in the right order.
/// assert_eq!(pixels.auroc()?, 0.75);
/// # Ok::<(), ae_lab::LabError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct PixelRanking {
    sound: Vec<f32>,
    defective: Vec<f32>,
}

impl PixelRanking {
    /// Adds the pixels of one map, larger for less normal, and whether each is a part of a defect.
    ///
    /// # Errors
    /// [`LabError::NotFiniteScore`] with the pixel's number.
    ///
    /// # Panics
    /// If the two have different lengths.
    pub fn add(&mut self, map: &[f32], defect: &[bool]) -> Result<(), LabError> {
        assert!(map.len() == defect.len(), "{} pixels and {} labels", map.len(), defect.len());
        for (&value, &defect) in map.iter().zip(defect) {
            if !value.is_finite() {
                finite(&map.iter().copied().map(f64::from).collect::<Vec<_>>())?;
            }
            if defect { &mut self.defective } else { &mut self.sound }.push(value);
        }
        Ok(())
    }

    /// The share of pixels that are a part of a defect.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.defective.len() as f64 / (self.sound.len() + self.defective.len()) as f64
    }

    /// The number of pixels.
    #[must_use]
    pub fn count(&self) -> usize {
        self.sound.len() + self.defective.len()
    }

    /// The probability that a defective pixel is brighter than a sound one, where equal ones count
    /// half: the area under the ROC curve, exact before one last rounding.
    ///
    /// # Errors
    /// [`LabError::OneGroup`] if there are only sound or only defective pixels.
    pub fn auroc(mut self) -> Result<f64, LabError> {
        let [normal, anomalous] = [self.sound.len(), self.defective.len()];
        if normal == 0 || anomalous == 0 {
            return Err(LabError::OneGroup { normal, anomalous });
        }
        self.sound.sort_unstable_by(f32::total_cmp);
        self.defective.sort_unstable_by(f32::total_cmp);
        // The sound pixels that are darker, and those that are not brighter.
        let (mut below, mut up_to, mut twice) = (0, 0, 0_u128);
        for value in &self.defective {
            below += self.sound[below..].iter().take_while(|sound| *sound < value).count();
            up_to += self.sound[up_to..].iter().take_while(|sound| *sound <= value).count();
            twice += (below + up_to) as u128;
        }
        Ok(twice as f64 / (2 * normal as u128 * anomalous as u128) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anomaly::RocCurve;

    #[test]
    fn the_area_is_that_of_the_curve() {
        // Values with ties, and both zeros.
        let value = |i: usize| [0.0, -0.0, 0.5, 0.25, 1.0, 0.75, 0.5][i * i % 7] + (i % 3) as f32;
        let values: Vec<f32> = (0..200).map(value).collect();
        let defect: Vec<bool> = (0..200).map(|i| i * 13 % 11 < 4).collect();
        let mut pixels = PixelRanking::default();
        for (values, defect) in values.chunks(60).zip(defect.chunks(60)) {
            pixels.add(values, defect).unwrap();
        }
        let marked = defect.iter().filter(|defect| **defect).count();
        assert_eq!((pixels.count(), pixels.share()), (200, marked as f64 / 200.0));
        let scores: Vec<f64> = values.iter().map(|&value| f64::from(value)).collect();
        let curve = RocCurve::new(&scores, &defect).unwrap();
        assert_eq!(pixels.auroc().unwrap(), curve.auroc);
    }

    #[test]
    fn one_group_and_nan_are_refused() {
        let mut pixels = PixelRanking::default();
        let error = pixels.add(&[1.0, f32::NAN], &[true, false]).unwrap_err();
        assert!(error.to_string().contains("found NaN in row 1"), "{error}");
        let mut pixels = PixelRanking::default();
        pixels.add(&[1.0, 2.0], &[false, false]).unwrap();
        let error = pixels.auroc().unwrap_err();
        assert!(matches!(error, LabError::OneGroup { normal: 2, anomalous: 0 }), "{error}");
    }
}
