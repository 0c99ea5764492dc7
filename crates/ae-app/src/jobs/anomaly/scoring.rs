//! The scores of images, and the thresholds.

use crate::exit::{data, warn};
use ae_lab::anomaly::{
    Mahalanobis, NeighborDistance, ScoreKind, Threshold, cross_entropies, error_maps, patch_maps,
    squared_errors, worst_patches,
};
use ae_run::{AnomalySpec, Detector};
use ae_tensor::Tensor;
use ae_train::{AutoEncoder, Examples, Samples, predict};
use anyhow::Result;

/// The number of images whose reconstructions are in memory at a time.
pub(super) const AT_A_TIME: usize = 512;

/// The scores of images by each kind.
pub(super) type Scores = Vec<(ScoreKind, Vec<f64>)>;

/// A trained model, and what the scores need besides it.
pub(super) struct Scorer<'a> {
    pub(super) model: &'a AutoEncoder,
    /// The height, width and channels of an image.
    pub(super) image: [usize; 3],
    /// The side of a window, in pixels.
    pub(super) patch: usize,
    neighbors: usize,
    codes: Option<Tensor>,
    mahalanobis: Option<Mahalanobis>,
    nearest: Option<NeighborDistance>,
}

/// The thresholds of a run.
pub(super) struct Fitted<'a> {
    pub(super) score: ScoreKind,
    pub(super) false_alarms: f64,
    pub(super) patch: usize,
    pub(super) neighbors: usize,
    pub(super) codes: Option<&'a Tensor>,
    /// The scores of the images that were held out.
    pub(super) held_out: Scores,
    pub(super) thresholds: Vec<(ScoreKind, Threshold)>,
}

impl<'a> Scorer<'a> {
    /// Fits the distances to the codes of the images that the model was trained on.
    pub(super) fn fit(
        spec: &AnomalySpec,
        model: &'a AutoEncoder,
        image: [usize; 3],
        trained: Examples<'_>,
    ) -> Result<Self> {
        let vectors = model.encoder().is_ok_and(|encoder| encoder.output_shape().rank() == 1);
        let codes = vectors.then(|| model.encode(&trained));
        Self::of_codes(model, image, spec.patch, spec.neighbors, codes, spec.score())
    }

    /// Returns the scorer of a run's detector.
    pub(super) fn of_detector(
        detector: &Detector,
        model: &'a AutoEncoder,
        image: [usize; 3],
        score: ScoreKind,
    ) -> Result<Self> {
        let record = &detector.record;
        let codes = detector.codes.clone();
        Self::of_codes(model, image, record.patch, record.neighbors, codes, score)
    }

    fn of_codes(
        model: &'a AutoEncoder,
        image: [usize; 3],
        patch: usize,
        neighbors: usize,
        codes: Option<Tensor>,
        score: ScoreKind,
    ) -> Result<Self> {
        let mahalanobis = match codes.as_ref().map(Mahalanobis::fit).transpose() {
            // Codes that are all equal are a poor model, whose other scores may still tell.
            Err(error) if score != ScoreKind::Mahalanobis => {
                warn(&format!("score mahalanobis: {error}; left out"));
                None
            }
            fitted => fitted?,
        };
        let nearest = codes.clone().map(|codes| NeighborDistance::fit(codes, neighbors));
        let nearest = nearest.transpose()?;
        Ok(Self { model, image, patch, neighbors, codes, mahalanobis, nearest })
    }

    /// Returns the scores of these images by every kind that the model has.
    pub(super) fn scores(&self, examples: Examples<'_>) -> Result<Scores> {
        let mut all: Scores = Vec::new();
        let indices: Vec<_> = (0..examples.count()).collect();
        for part in indices.chunks(AT_A_TIME) {
            for (kind, mut scores) in self.part(&examples.inputs(part))? {
                match all.iter_mut().find(|(found, _)| *found == kind) {
                    Some((_, found)) => found.append(&mut scores),
                    None => all.push((kind, scores)),
                }
            }
        }
        Ok(all)
    }

    fn part(&self, inputs: &Tensor) -> Result<Scores> {
        let (inputs, outputs) = self.reconstructed(inputs);
        let maps = self.maps(&inputs, &outputs);
        let [height, width, _] = self.image;
        let mut scores = vec![
            (ScoreKind::SquaredError, squared_errors(&inputs, &outputs)),
            (ScoreKind::CrossEntropy, cross_entropies(&inputs, &outputs)),
            (ScoreKind::WorstPatch, worst_patches(&maps, [height, width], self.patch)),
        ];
        if let (Some(_), Ok(encoder)) = (&self.codes, self.model.encoder()) {
            let samples = Samples::from_f32(inputs.data(), encoder.input_shape());
            let codes = predict(encoder, self.model.params(), samples);
            if let Some(mahalanobis) = &self.mahalanobis {
                scores.push((ScoreKind::Mahalanobis, mahalanobis.distances(&codes)?));
            }
            if let Some(nearest) = &self.nearest {
                scores.push((ScoreKind::Neighbors, nearest.distances(&codes)?));
            }
        }
        Ok(scores)
    }

    /// Returns the heat maps of images and their reconstructions: the error of each pixel.
    pub(super) fn maps(&self, inputs: &Tensor, made: &Tensor) -> Tensor {
        error_maps(inputs, made, self.image)
    }

    /// Returns the mean of such a map in the window around each pixel.
    pub(super) fn smoothed(&self, maps: &Tensor) -> Tensor {
        let [height, width, _] = self.image;
        patch_maps(maps, [height, width], self.patch)
    }

    /// Returns images and their reconstructions, a row each.
    pub(super) fn reconstructed(&self, inputs: &Tensor) -> (Tensor, Tensor) {
        let layers = self.model.sequential();
        let samples = Samples::from_f32(inputs.data(), layers.input_shape());
        let made = predict(layers, self.model.params(), samples);
        let rows = [samples.count(), layers.input_shape().len()];
        (Tensor::new(rows, inputs.data().to_vec()), Tensor::new(rows, made.into_data()))
    }

    /// Returns the thresholds from normal images that the model was not trained on. A score that
    /// cannot be computed of these images is left out, unless it is the one that flags.
    pub(super) fn detector(
        &self,
        spec: &AnomalySpec,
        held_out: Examples<'_>,
    ) -> Result<Fitted<'_>> {
        let held_out = self.scores(held_out)?;
        self.thresholds(spec.score(), spec.false_alarms, held_out)
    }

    /// Returns the thresholds from the scores of normal images.
    pub(super) fn thresholds(
        &self,
        score: ScoreKind,
        false_alarms: f64,
        mut held_out: Scores,
    ) -> Result<Fitted<'_>> {
        let usable = |(kind, scores): &(ScoreKind, Vec<f64>)| {
            *kind == score || scores.iter().all(|score| score.is_finite())
        };
        held_out.retain(usable);
        if !held_out.iter().any(|(kind, _)| *kind == score) {
            let has: Vec<_> = held_out.iter().map(|(kind, _)| kind.name()).collect();
            let message =
                format!("--score {score}: expected one of {}, which the run has", has.join(", "));
            return Err(crate::exit::usage(message).into());
        }
        let mut thresholds = Vec::new();
        for (kind, scores) in &held_out {
            if kind.needs_unit_range() && scores.iter().any(|score| score.is_nan()) {
                let message = format!("--score {kind}: expected numbers from 0 to 1, found others");
                return Err(data(message).into());
            }
            thresholds.push((*kind, Threshold::from_held_out(scores, false_alarms)?));
        }
        let Self { patch, neighbors, .. } = *self;
        let codes = self.codes.as_ref();
        Ok(Fitted { score, false_alarms, patch, neighbors, codes, held_out, thresholds })
    }
}

impl Fitted<'_> {
    /// Returns the threshold of a score, if it could be computed.
    pub(super) fn threshold_of(&self, kind: ScoreKind) -> Option<Threshold> {
        self.thresholds.iter().find(|(found, _)| *found == kind).map(|(_, threshold)| *threshold)
    }
}
